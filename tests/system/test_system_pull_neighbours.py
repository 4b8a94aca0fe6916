"""Pull secrets beside each other and beside ServiceAccounts that come, go and change."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from harbor_operator.api.base import LABEL_INJECT, LABEL_OWNER_UID
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import condition, is_ready
from tests.support.custom_resources import Json
from tests.support.namespaces import temporary_namespace
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION = {"distribution": [{"from": ["team-*"], "to": {"names": ["fed-*"]}}]}
PULLS = {"selector": {"matchLabels": {"pulls": "yes"}}}
NOTE = "harbor-operator.dev/image-pull-secrets"


@pytest_asyncio.fixture(loop_scope="module")
async def served(world: SystemWorld) -> AsyncIterator[Team]:
    """A namespace that both pull secrets want to serve."""
    async with temporary_namespace(world.plane, prefix="fed") as namespace:
        yield Team(world, namespace)


async def make_robot(team: Team) -> None:
    await team.project("web")
    await team.robot("puller", "web")


async def make_two(team: Team, served: Team) -> tuple[Json, Json]:
    """Two pull secrets that want the same Secret; the second one comes too late."""
    await make_robot(team)
    wanted = {
        "secretName": "shared",
        "targets": {"namespaces": {"names": [served.namespace]}},
        "serviceAccounts": {"names": ["default"]},
    }
    await team.pull_secret("first", "puller", **wanted)
    first = await team.ready(PULL_SECRETS, "first")
    await team.pull_secret("second", "puller", **wanted)
    return first, await team.ready(PULL_SECRETS, "second", is_refused)


def is_refused(body: Json) -> bool:
    return (condition(body, "Distributed") or {}).get("reason") == "SecretNotOwned"


async def note_of(team: Team) -> dict[str, str]:
    """Whose the entries of the default ServiceAccount are."""
    body = await team.world.cluster.get(team.core_path("serviceaccounts", "default"))
    noted: dict[str, str] = json.loads(body["metadata"].get("annotations", {}).get(NOTE, "{}"))
    return noted


async def make_account(team: Team, name: str, *, pulls: str) -> None:
    body = {"metadata": {"name": name, "labels": {"pulls": pulls}}}
    await team.world.cluster.create(team.core_path("serviceaccounts"), body)


def lists_pull_secret(body: Json) -> bool:
    return {"name": "pull"} in (body.get("imagePullSecrets") or [])


async def test_the_first_of_two_owns_the_secret_and_the_account(team: Team, served: Team) -> None:
    first, _ = await make_two(team, served)

    uid = first["metadata"]["uid"]
    assert (await served.secret("shared"))["metadata"]["labels"][LABEL_OWNER_UID] == uid
    assert await note_of(served) == {"shared": uid}


async def test_when_the_first_leaves_the_secret_stays_and_is_the_second_s(
    team: Team, served: Team
) -> None:
    _, second = await make_two(team, served)
    before = await served.secret("shared")

    await team.delete(PULL_SECRETS, "first")
    await team.gone(PULL_SECRETS, "first")

    await team.ready(PULL_SECRETS, "second")
    after = await served.secret("shared")
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["metadata"]["labels"][LABEL_OWNER_UID] == second["metadata"]["uid"]
    assert await note_of(served) == {"shared": second["metadata"]["uid"]}


async def test_a_target_that_leaves_one_spec_goes_to_the_other(team: Team, served: Team) -> None:
    _, second = await make_two(team, served)
    before = await served.secret("shared")

    await team.change(PULL_SECRETS, "first", targets={"namespaces": {"names": [team.namespace]}})

    await team.ready(PULL_SECRETS, "second")
    after = (await served.secret("shared"))["metadata"]
    assert after["uid"] == before["metadata"]["uid"]
    assert after["labels"][LABEL_OWNER_UID] == second["metadata"]["uid"]


async def test_a_robot_and_a_pull_secret_of_one_name_do_not_overwrite_each_other(
    team: Team,
) -> None:
    await make_robot(team)
    before = await team.ready(ROBOTS, "puller")
    secret = await team.secret("puller")

    await team.pull_secret("puller", "puller")
    await team.ready(PULL_SECRETS, "puller", is_refused)

    assert await team.secret("puller") == secret
    assert is_ready(before)


async def test_service_accounts_are_selected_by_label(team: Team) -> None:
    await make_robot(team)
    await make_account(team, "builder", pulls="yes")
    await make_account(team, "runner", pulls="no")
    await team.pull_secret("pull", "puller", serviceAccounts=PULLS)
    await team.ready(PULL_SECRETS, "pull")
    builder, runner = (team.core_path("serviceaccounts", n) for n in ("builder", "runner"))
    cluster = team.world.cluster
    assert lists_pull_secret(await cluster.get(builder))
    assert not lists_pull_secret(await cluster.get(runner))

    await cluster.merge(runner, {"metadata": {"labels": {"pulls": "yes"}}})
    await cluster.merge(builder, {"metadata": {"labels": {"pulls": "no"}}})

    await cluster.seen(runner, lists_pull_secret)
    await cluster.seen(builder, lambda body: not lists_pull_secret(body))


async def test_all_service_accounts_get_it_also_those_that_come_later(team: Team) -> None:
    await make_robot(team)
    await team.pull_secret("pull", "puller", serviceAccounts={"all": True})
    await team.ready(PULL_SECRETS, "pull")

    await make_account(team, "late", pulls="no")

    cluster = team.world.cluster
    await cluster.seen(team.core_path("serviceaccounts", "late"), lists_pull_secret)
    assert lists_pull_secret(await cluster.get(team.core_path("serviceaccounts", "default")))


async def test_injection_at_admission_is_a_label_on_the_secret(team: Team) -> None:
    await make_robot(team)
    await team.pull_secret("pull", "puller", admissionInjection=True)
    await team.ready(PULL_SECRETS, "pull")
    assert (await team.secret("pull"))["metadata"]["labels"][LABEL_INJECT] == "true"

    await team.change(PULL_SECRETS, "pull", admissionInjection=None)

    path = team.core_path("secrets", "pull")
    await team.world.cluster.seen(path, lambda b: LABEL_INJECT not in b["metadata"]["labels"])
