"""`kubectl harbor` beside a real operator, run by people with their own token."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.cli.failures import ExitCode
from testbed.tools.build import find_kubectl
from tests.support.cluster import decoded, has_reason
from tests.support.people import People, run
from tests.support.system_world import SystemWorld
from tests.support.tenant import tenant_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

TIMEOUT = "--timeout=20s"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kubectl() -> Path:
    """The program that looks for plugins."""
    return await find_kubectl()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(world: SystemWorld, kubectl: Path) -> AsyncIterator[People]:
    """A tenant with a project and a robot that serve."""
    async with tenant_of(world, "people") as tenant:
        kubeconfig = await world.plane.kubeconfig_for_service_account(tenant.namespace, "people")
        await tenant.project("web")
        await tenant.robot("ci", "web")
        await tenant.ready(ROBOTS, "ci")
        yield People(tenant, kubectl, kubeconfig)


async def test_status_shows_what_the_people_may_see(people: People) -> None:
    done = await people.harbor("status")

    assert done.err == ""
    assert done.code == ExitCode.FINE
    assert "clusterharborconnections are left out: you may not list them" in done.out
    last = "Ready: 1/1 projects, 1/1 robots, 0/0 pull secrets; 0 not ready, 0 suspended"
    assert done.out.splitlines()[-1] == last


async def test_what_is_not_ready_is_told_with_its_reason(people: People) -> None:
    await people.tenant.pull_secret("images", "nobody")
    await people.tenant.ready(PULL_SECRETS, "images", has_reason("WaitingForRobot"))

    done = await people.harbor("status", "-o", "json")

    assert done.code == ExitCode.NOT_SO
    (trouble,) = json.loads(done.out)["troubles"]
    assert (trouble["kind"], trouble["name"]) == ("pullsecret", "images")
    assert (trouble["condition"], trouble["reason"]) == ("Ready", "WaitingForRobot")
    await people.tenant.delete(PULL_SECRETS, "images")
    await people.tenant.gone(PULL_SECRETS, "images")


async def test_the_whole_cluster_is_refused_in_one_line(people: People) -> None:
    done = await people.harbor("status", "-A")

    assert (done.code, done.out) == (ExitCode.NO_ACCESS, "")
    assert done.err.startswith("error: not allowed: ")
    assert done.err.count("\n") == 1


async def test_a_rotation_is_followed_to_its_end(people: People) -> None:
    old = decoded(await people.tenant.secret("ci"))

    done = await people.harbor("rotate", "hrobot/ci", "--wait", TIMEOUT)

    assert done.code == ExitCode.FINE, done.err
    assert done.out.startswith("robot/ci: rotated: credential ")
    assert "Rotating=" in done.err
    new = decoded(await people.tenant.secret("ci"))
    assert new["username"] != old["username"]
    assert not {old["password"], new["password"]} & {*done.out.split(), *done.err.split()}


async def test_a_suspended_project_is_left_alone_until_it_is_resumed(people: People) -> None:
    suspended = await people.harbor("suspend", "project/web", "--wait", TIMEOUT)
    refused = await people.harbor("reconcile", "project/web")
    resumed = await people.harbor("resume", "project/web", "--wait", TIMEOUT)
    looked_at = await people.harbor("reconcile", "project/web", "--wait", TIMEOUT)

    assert (suspended.code, suspended.out) == (ExitCode.FINE, "project/web: suspended\n")
    assert (refused.code, refused.out) == (ExitCode.NOT_SO, "")
    assert (resumed.code, resumed.out) == (ExitCode.FINE, "project/web: resumed: ready\n")
    assert (looked_at.code, looked_at.out) == (ExitCode.FINE, "project/web: looked at: ready\n")
    body = await people.tenant.ready(PROJECTS, "web")
    assert not body["spec"].get("suspend")


async def test_kubectl_asks_the_plugin_what_may_come_next(kubectl: Path) -> None:
    done = await run(kubectl, "__complete", "harbor", "rotate", "")

    assert done.out.splitlines() == ["robot/", ":6"]


async def test_there_is_no_such_object(people: People) -> None:
    done = await people.harbor("rotate", "robot/nobody")

    assert done.code == ExitCode.NOT_FOUND
    assert done.err == f"error: there is no robot/nobody in namespace {people.tenant.namespace}\n"
