"""A second connection to the same Harbor, whose login is not Harbor's first user."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from harbor_operator.api.connection import CONNECTIONS
from tests.support.cluster import NAMESPACES, is_ready
from tests.support.custom_resources import Json, manifest
from tests.support.system_world import SystemWorld, cluster_path, connection_spec

BOT, PASSWORD = "bot", "Bots-Password-1"
SECRET = {"namespace": "default", "name": "harbor-bot"}


@asynccontextmanager
async def connected_as_bot(world: SystemWorld, name: str, **spec: object) -> AsyncIterator[str]:
    """Make the user an administrator of Harbor, and a connection that logs in as that user."""
    user = {"username": BOT, "realname": BOT, "email": "bot@example.com", "password": PASSWORD}
    assert await world.ask_harbor("POST", "/users", user) == 201
    bot = world.harbor.state.user_named(BOT)
    assert bot is not None
    flag = {"sysadmin_flag": True}
    assert await world.ask_harbor("PUT", f"/users/{bot.user_id}/sysadmin", flag) == 200
    secrets, path = f"{NAMESPACES}/{SECRET['namespace']}/secrets", cluster_path(CONNECTIONS)
    await world.cluster.create(secrets, _login())
    wanted = {**connection_spec(world.harbor.url), "credentialsSecretRef": SECRET, **spec}
    await world.cluster.create(path, manifest(CONNECTIONS, name, wanted))
    await world.cluster.seen(f"{path}/{name}", is_ready)
    yield name
    await world.cluster.delete(f"{path}/{name}")
    await world.cluster.delete(f"{secrets}/{SECRET['name']}")


def _login() -> Json:
    return {
        "metadata": {"name": SECRET["name"]},
        "type": "kubernetes.io/basic-auth",
        "stringData": {"username": BOT, "password": PASSWORD},
    }
