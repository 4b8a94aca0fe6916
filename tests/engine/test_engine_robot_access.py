"""Robots that change their place, what the operator knows of places, and what it leaves behind."""

from collections.abc import AsyncIterator

import pytest

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.robot.catalogue import HARBOR_2_16
from harbor_operator.engine.objects import kube_resource
from harbor_operator.kube.resources import SECRETS
from testbed.harbor import HarborSimulator
from testbed.harbor.state import Robot
from tests.support.custom_resources import Json
from tests.support.engine_world import READY_STATUS, custom_resource
from tests.support.loop_clock import LoopClock
from tests.support.robot_bench import ADMIN_PASSWORD, TEAM, RobotBench

SHOP = "team.shop"
AN_OVERLAP = 3601
"""Seconds until a replaced robot goes, and one more."""
PULL_TEAM = {"projectRef": {"name": TEAM}, "preset": "Pull"}
PULL_SHOP = {"projectRef": {"name": SHOP}, "preset": "Pull"}


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RobotBench]:
    async with HarborSimulator(admin_password=ADMIN_PASSWORD) as harbor:
        bench = RobotBench(harbor, LoopClock(monkeypatch))
        await bench.begin()
        await have_shop(bench)
        yield bench
        await bench.close()


async def have_shop(bench: RobotBench) -> None:
    """Have a second project of the team."""
    project_id = await bench.connection.client.projects.create(SHOP, metadata={})
    status = {**READY_STATUS, "projectID": project_id}
    bench.kube.put(kube_resource(PROJECTS), custom_resource(PROJECTS, SHOP, status=status))


def places(bench: RobotBench) -> list[str]:
    """The names of all robots, those of the projects with their project."""
    return sorted(robot.name.replace("ci-", "") for robot in robots(bench))


def robots(bench: RobotBench) -> list[Robot]:
    return list(bench.harbor.state.robots.values())


async def ask_for(bench: RobotBench, *access: Json) -> None:
    """Change what the robot may do, and look until it is so."""
    await bench.change(access=[*access])
    await bench.look()


async def test_a_robot_moves_to_another_project_and_leaves_nothing_in_the_first(
    bench: RobotBench,
) -> None:
    await bench.robot(robotName="ci")

    await ask_for(bench, PULL_SHOP)

    assert places(bench) == ["team+1", "team.shop+2"]
    await bench.restart()
    await bench.travel(AN_OVERLAP)
    await bench.look()
    assert places(bench) == ["team.shop+2"]
    assert await bench.told() == ("True", "Succeeded")


async def test_numbers_go_on_from_level_to_level(bench: RobotBench) -> None:
    await bench.robot(robotName="ci")

    await ask_for(bench, PULL_TEAM, PULL_SHOP)
    await bench.travel(AN_OVERLAP)
    await bench.look()
    await ask_for(bench, PULL_TEAM)

    assert places(bench) == ["2", "team+3"]


async def test_a_robot_of_the_system_gains_and_loses_projects_in_place(bench: RobotBench) -> None:
    await bench.robot(robotName="ci", access=[PULL_TEAM, PULL_SHOP])
    everything = {**PULL_SHOP, "preset": "PullPush"}

    await ask_for(bench, PULL_TEAM, everything)

    (robot,) = robots(bench)
    pushing = [p for p in robot.permissions if any(a.action == "push" for a in p.accesses)]
    assert len(pushing) == 1
    assert places(bench) == ["1"]


async def test_what_an_answer_lost_at_the_place_before_is_deleted_once_it_is_told(
    bench: RobotBench,
) -> None:
    bench.harbor.faults.add_drop("POST", "*/robots", times=1, after_effect=True)
    await bench.robot(robotName="ci")
    await bench.change(access=[PULL_SHOP])
    await bench.look()
    await bench.look()
    assert places(bench)[0].startswith("team+")
    (lost,) = bench.accounts

    body = await bench.kube.get(kube_resource(ROBOTS), "ci", namespace=TEAM)
    bench.connection.strays[body["metadata"]["uid"]] = frozenset({lost.id})
    await bench.look()
    await bench.travel(AN_OVERLAP)
    await bench.look()

    assert places(bench) == ["team.shop+1"]
    assert await bench.told() == ("True", "Succeeded")


async def test_the_deletion_finds_what_is_left_at_the_place_before(bench: RobotBench) -> None:
    await bench.robot(robotName="ci")
    await ask_for(bench, PULL_TEAM, PULL_SHOP)
    assert places(bench) == ["2", "team+1"]

    await leave(bench)

    assert robots(bench) == []


async def leave(bench: RobotBench) -> None:
    """Look at the robot as at one that is being deleted."""
    patch = {"metadata": {"deletionTimestamp": "2026-03-01T12:00:00Z"}}
    await bench.kube.patch_merge(kube_resource(ROBOTS), "ci", patch, namespace=TEAM)
    await bench.look()


async def test_a_retained_credential_goes_on_and_is_nobodys(bench: RobotBench) -> None:
    await bench.robot(robotName="ci", deletionPolicy="Retain")
    login = await bench.login()

    await leave(bench)

    (robot,) = robots(bench)
    assert robot.description.startswith("released:cluster-1/team/ci")
    secret = await bench.kube.get(SECRETS, "ci", namespace=TEAM)
    ours = [key for key in secret["metadata"]["labels"] if "harbor-operator" in key]
    assert ours == []
    assert await bench.login() == login
    assert await bench.works(login)
    assert [body["metadata"]["name"] for body in bench.kube.objects(SECRETS)] == [
        "harbor-admin",
        "ci",
    ]


async def test_a_policy_that_changes_takes_the_owner_from_the_secret(bench: RobotBench) -> None:
    await bench.robot(robotName="ci")
    before = await bench.kube.get(SECRETS, "ci", namespace=TEAM)
    assert before["metadata"]["ownerReferences"]

    await bench.change(deletionPolicy="Retain")
    await bench.look()

    after = await bench.kube.get(SECRETS, "ci", namespace=TEAM)
    assert "ownerReferences" not in after["metadata"]
    assert after["metadata"]["uid"] == before["metadata"]["uid"]


async def test_the_catalogue_is_harbor_s_own_and_read_with_each_probe(bench: RobotBench) -> None:
    await bench.look_at_connection()

    assert bench.connection.catalogue == HARBOR_2_16
    assert bench.harbor.requests.count("GET", "/api/v2.0/permissions") == 2
