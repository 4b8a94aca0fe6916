"""Reads connections, what uses them, and the Harbor behind them."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.cli.doctor.addresses import (
    Look,
    Route,
    check_address,
    check_condition,
    check_host,
    host_scheme,
    registry_hosts,
)
from harbor_operator.cli.doctor.answers import Needs, check_answers
from harbor_operator.cli.doctor.asking import ask
from harbor_operator.cli.doctor.checks import Check, State, fail, unknown
from harbor_operator.cli.doctor.looking import look_at
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_access import HarborLogin, open_harbor, stored_login
from harbor_operator.cli.harbor_options import HarborOptions
from harbor_operator.cli.kinds import CONNECTION, PROJECT, ROBOT
from harbor_operator.core.specs import placed_grants
from harbor_operator.harbor.errors import HarborError
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import Forbidden, NotFound
from harbor_operator.kube.resources import JsonObject

Now = Callable[[], datetime]
"""Tells the time; asked again after each wait."""


@dataclass(frozen=True, slots=True)
class Users:
    """The objects that use connections; None where they could not be listed."""

    projects: Sequence[JsonObject] | None
    robots: Sequence[JsonObject] | None


async def check_connections(client: KubeClient, only: str | None, now: Now) -> list[Check]:
    """Look at one connection or at all.

    Raises:
        CommandError: There is none of that name.
        KubeError: A call failed.
    """
    try:
        listed = await client.list(CONNECTION.resource)
    except Forbidden:
        return [unknown("connections", "you may not list them", "ask an administrator to look")]
    except NotFound:
        return []
    bodies = [body for body in listed.items if only in {None, body["metadata"]["name"]}]
    if only is not None and not bodies:
        raise CommandError(f"there is no connection {only}", ExitCode.NOT_FOUND)
    if not bodies:
        return [Check("connections", State.WARN, "none", "create one: docs/connection.md")]
    users = Users(await _listed(client, PROJECT), await _listed(client, ROBOT))
    answers = await asyncio.gather(*(_check(client, body, users, now) for body in bodies))
    return [check for of_one in answers for check in of_one]


def needs_of(connection: str, users: Users) -> Needs:
    """What the objects on a connection want; those whose spec cannot be read want nothing."""
    projects = [*_on(connection, users.projects or (), PROJECTS)]
    robots = [*_on(connection, users.robots or (), ROBOTS)]
    names = {
        (one.metadata.namespace, one.metadata.name): one.spec.name_in_harbor(one.metadata.name)
        for one in projects
    }
    grants = [placed_grants(one.spec, one.metadata.namespace, names) for one in robots]
    return Needs(
        projects=len(projects),
        robots=len(robots),
        grants=frozenset().union(*grants),
        overlaps=tuple(one.spec.rotation.overlap_interval for one in robots),
    )


async def _listed(client: KubeClient, kind: Any) -> Sequence[JsonObject] | None:  # noqa: ANN401
    try:
        return (await client.list(kind.resource)).items
    except (Forbidden, NotFound):
        return None


def _on(connection: str, bodies: Sequence[JsonObject], definition: Any) -> Iterator[Any]:  # noqa: ANN401
    for body in bodies:
        try:
            parsed = definition.parse(body)
        except ValidationError:
            continue  # the operator says so in the object's status
        if parsed.spec.connection_ref.name == connection:
            yield parsed


async def _check(client: KubeClient, body: JsonObject, users: Users, now: Now) -> list[Check]:
    name = body["metadata"]["name"]
    condition = check_condition(name, body)
    url = str(body["spec"].get("url", ""))
    login = await _login(client, name)
    if isinstance(login, Check) and body["spec"].get("caBundleRef"):
        return [condition, login]
    bundle = body["spec"].get("caBundle") if isinstance(login, Check) else login.ca_bundle
    look = await look_at(url, bundle)
    ready = condition.state is State.OK
    checks = [condition, *check_address(name, url, look, ready=ready, now=now())]
    checks += await _hosts(name, body, (url, look, bundle), now)
    if isinstance(login, Check):
        return [*checks, login]
    if look.route in {Route.OPEN, Route.STRANGE}:
        checks += await _answers(name, login, needs_of(name, users), now)
    return checks


async def _login(client: KubeClient, name: str) -> HarborLogin | Check:
    title = f"connection {name}: login"
    try:
        return await stored_login(client, "", HarborOptions(command="doctor", connection=name))
    except CommandError as error:
        if error.code is ExitCode.NO_ACCESS:
            return unknown(title, "you may not read its Secret")
        return fail(title, str(error), "create the Secret that credentialsSecretRef names")


async def _hosts(
    name: str, body: JsonObject, seen: tuple[str, Look, str | None], now: Now
) -> list[Check]:
    """The registry hosts, of which the address itself is looked at only once."""
    url, look, bundle = seen
    scheme = host_scheme(url)
    checks = []
    for host in registry_hosts(body):
        address = f"{scheme}://{host}"
        found = look if address == url.rstrip("/") else await look_at(address, bundle)
        checks.append(check_host(name, host, found, now()))
    return checks


async def _answers(name: str, login: HarborLogin, needs: Needs, now: Now) -> list[Check]:
    try:
        async with open_harbor(login) as harbor:
            answers = await ask(harbor, login.credentials.username, now())
    except HarborError as error:
        title = f"connection {name}: answers"
        return [fail(title, str(error), "look at Harbor's log, by the request's id if one is told")]
    return [*check_answers(name, answers, needs)]
