"""What can happen to a robot behind the operator's back, and where each ends.

The engine works against a simulated Harbor; time passes for Harbor and for the operator. Whatever
happens, in the end the user's Secret holds a login that works and Harbor has one account for it,
once overlaps are over, or the object says what a person has to do.
"""

import copy
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from harbor_operator.api.robot import ROBOTS
from harbor_operator.engine.objects import kube_resource
from harbor_operator.kube.resources import SECRETS, JsonObject
from testbed.harbor import HarborSimulator
from testbed.harbor.state import HarborState
from tests.support.cluster import encoded
from tests.support.loop_clock import LoopClock
from tests.support.robot_bench import ADMIN_PASSWORD, TEAM, RobotBench

DAY, OVERLAP = 86400.0, 3601.0
STRANGER = "cluster-9/other/ci/uid-9"
REFRESH: dict[str, Any] = {"rotation": {"strategy": "Refresh", "every": "240h"}}


@dataclass
class Scene:
    """A robot that has been rotated once, and the backups that were made before that."""

    bench: RobotBench
    harbor_before: HarborState
    kube_before: dict[str, JsonObject] = field(default_factory=dict)


Mishap = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True)
class End:
    """How it ends."""

    ready: tuple[str, str] = ("True", "Succeeded")
    numbers: tuple[int, ...] = (2,)
    cause: str = "Requested"
    """Why the serving credential was made."""
    works: bool = True
    keeps_password: bool = True


@pytest_asyncio.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RobotBench]:
    async with HarborSimulator(admin_password=ADMIN_PASSWORD) as harbor:
        made = RobotBench(harbor, LoopClock(monkeypatch))
        await made.begin()
        yield made
        await made.close()


async def rotated_once(bench: RobotBench, **spec: Any) -> Scene:  # noqa: ANN401 -- a spec's fields
    """Robot 2 serves, or robot 1 with its second secret, and nothing is left of what was before."""
    await bench.robot(**spec)
    scene = Scene(bench, copy.deepcopy(bench.harbor.state))
    for name in ("ci", "ci-ledger"):
        scene.kube_before[name] = await bench.kube.get(SECRETS, name, namespace=TEAM)
    resource = kube_resource(ROBOTS)
    scene.kube_before["object"] = await bench.kube.get(resource, "ci", namespace=TEAM)
    await bench.travel(61)
    await bench.annotate("rotate-requested-at", "once")
    await bench.look()
    await bench.travel(OVERLAP)
    await bench.look()
    return scene


async def to_the_end(bench: RobotBench) -> None:
    """Look as the queue would: after pauses and proofs, and when overlaps are over."""
    for seconds in (0, 61, 61, 61, OVERLAP, 61):
        await bench.travel(seconds)
        await bench.look()


async def end_of(bench: RobotBench, before: str) -> End:
    login, ledger = await bench.login(), await bench.ledger()
    return End(
        ready=await bench.told(),
        numbers=tuple(bench.numbers),
        cause=ledger["live"]["cause"],
        works=await bench.works(login),
        keeps_password=login["password"] == before,
    )


async def nothing(_: Scene) -> None:
    """The control: no mishap."""


async def robot_expires(scene: Scene) -> None:
    scene.bench.accounts[0].expires_at = int(scene.bench.harbor.clock.now().timestamp()) - 1


async def robot_is_deleted(scene: Scene) -> None:
    del scene.bench.harbor.state.robots[scene.bench.accounts[0].id]


async def robot_is_disabled(scene: Scene) -> None:
    scene.bench.accounts[0].disabled = True


async def robot_gets_a_strangers_mark(scene: Scene) -> None:
    scene.bench.accounts[0].description = STRANGER


async def robot_loses_its_mark(scene: Scene) -> None:
    scene.bench.accounts[0].description = "for the CI, do not touch"


async def secret_is_changed_in_harbor(scene: Scene) -> None:
    scene.bench.accounts[0].secret = "Somebody-Elses-1"


async def harbor_is_restored(scene: Scene) -> None:
    """To before the rotation: the serving robot is gone, the one before is back."""
    state, before = scene.bench.harbor.state, scene.harbor_before
    state.robots = copy.deepcopy(before.robots)
    state.robot_ids = copy.deepcopy(before.robot_ids)


async def etcd_is_restored(scene: Scene) -> None:
    """To before the rotation: ledger, Secret and object name the robot that is gone."""
    for name in ("ci", "ci-ledger"):
        scene.bench.kube.put(SECRETS, scene.kube_before[name])
    scene.bench.kube.put(kube_resource(ROBOTS), scene.kube_before["object"])
    await scene.bench.restart()


async def user_secret_is_deleted(scene: Scene) -> None:
    scene.bench.kube.remove(SECRETS, "ci", TEAM)


async def user_secret_is_edited(scene: Scene) -> None:
    body = await scene.bench.kube.get(SECRETS, "ci", namespace=TEAM)
    body["data"] |= encoded(password="Guessed-1")
    scene.bench.kube.put(SECRETS, body)


async def user_secret_is_anothers(scene: Scene) -> None:
    scene.bench.kube.remove(SECRETS, "ci", TEAM)
    scene.bench.kube.put(SECRETS, {"metadata": {"name": "ci", "namespace": TEAM}, "data": {}})


async def ledger_is_deleted(scene: Scene) -> None:
    scene.bench.kube.remove(SECRETS, "ci-ledger", TEAM)


async def _write_ledger(scene: Scene, text: str) -> None:
    body = await scene.bench.kube.get(SECRETS, "ci-ledger", namespace=TEAM)
    body["data"] = encoded(ledger=text)
    scene.bench.kube.put(SECRETS, body)


async def ledger_is_garbled(scene: Scene) -> None:
    await _write_ledger(scene, "{")


async def ledger_has_another_password(scene: Scene) -> None:
    ledger = await scene.bench.ledger()
    ledger["live"]["password"] = "Guessed-1"
    await _write_ledger(scene, json.dumps(ledger))


async def ledger_is_anothers(scene: Scene) -> None:
    scene.bench.kube.remove(SECRETS, "ci-ledger", TEAM)
    metadata = {"name": "ci-ledger", "namespace": TEAM}
    scene.bench.kube.put(SECRETS, {"metadata": metadata, "data": {}})


async def number_is_the_last(scene: Scene) -> None:
    """Somebody writes the last number there is into the user's Secret, and the robot goes."""
    body = await scene.bench.kube.get(SECRETS, "ci", namespace=TEAM)
    name = scene.bench.accounts[0].name
    last = f"robot${name.rpartition('-')[0]}-999999999"
    body["data"] |= encoded(username=last)
    scene.bench.kube.put(SECRETS, body)
    await robot_is_deleted(scene)


async def project_is_recreated(scene: Scene) -> None:
    """Deleted in Harbor with its robots, and made again under the same name by its object."""
    projects = scene.bench.connection.client.projects
    await projects.delete(scene.bench.project.project_id)
    await scene.bench.project_is(await projects.create(TEAM, metadata={}))


async def prefix_changes(scene: Scene) -> None:
    scene.bench.harbor.state.configuration["robot_name_prefix"] = "bot-"


async def clock_steps_forward(scene: Scene) -> None:
    await scene.bench.travel(600, own=0)


async def clock_steps_back(scene: Scene) -> None:
    await scene.bench.travel(-DAY, own=0)


async def clock_steps_back_and_the_robot_goes(scene: Scene) -> None:
    await scene.bench.travel(-DAY, own=0)
    await robot_is_deleted(scene)


LOST = End(numbers=(3,), cause="CredentialInvalid", keeps_password=False)
"""A third robot was made, since the second cannot work any more."""
KEPT = End()

ROWS = [
    pytest.param(nothing, KEPT, id="nothing happens"),
    pytest.param(robot_expires, LOST, id="the robot expires"),
    pytest.param(robot_is_deleted, LOST, id="the robot is deleted in Harbor"),
    pytest.param(
        robot_is_disabled,
        End(ready=("False", "RobotDisabled"), works=False),
        id="the robot is disabled in Harbor",
    ),
    pytest.param(
        robot_gets_a_strangers_mark,
        End(numbers=(2, 3), cause="CredentialInvalid", keeps_password=False),
        id="the robot gets a stranger's mark: it is theirs from then on, and stays",
    ),
    pytest.param(
        robot_loses_its_mark,
        End(numbers=(2, 3), cause="CredentialInvalid", keeps_password=False),
        id="the robot loses its mark: nobody deletes it",
    ),
    pytest.param(secret_is_changed_in_harbor, LOST, id="its secret is changed in Harbor"),
    pytest.param(harbor_is_restored, LOST, id="Harbor is restored from before the rotation"),
    pytest.param(etcd_is_restored, LOST, id="etcd is restored from before the rotation"),
    pytest.param(user_secret_is_deleted, KEPT, id="the user's Secret is deleted"),
    pytest.param(user_secret_is_edited, KEPT, id="the user's Secret is edited"),
    pytest.param(
        ledger_is_deleted,
        End(numbers=(3,), cause="LedgerLost", keeps_password=False),
        id="the ledger is deleted",
    ),
    pytest.param(
        ledger_is_garbled,
        End(numbers=(3,), cause="LedgerLost", keeps_password=False),
        id="the ledger is garbled",
    ),
    pytest.param(ledger_has_another_password, LOST, id="the ledger gets another password"),
    pytest.param(
        number_is_the_last,
        End(numbers=(1,), cause="CredentialInvalid", keeps_password=False),
        id="the last number is taken: the first free one follows",
    ),
    pytest.param(project_is_recreated, LOST, id="the project is deleted and made again"),
    pytest.param(prefix_changes, KEPT, id="Harbor's prefix of robot names changes"),
    pytest.param(clock_steps_forward, KEPT, id="Harbor's clock steps forward"),
    pytest.param(clock_steps_back, KEPT, id="Harbor's clock steps back"),
    pytest.param(
        clock_steps_back_and_the_robot_goes, LOST, id="Harbor's clock steps back, the robot goes"
    ),
]


@pytest.mark.parametrize(("mishap", "expected"), ROWS)
async def test_a_mishap_ends_well(bench: RobotBench, mishap: Mishap, expected: End) -> None:
    scene = await rotated_once(bench)
    before = (await bench.login())["password"]
    await mishap(scene)

    await to_the_end(bench)

    assert await end_of(bench, before) == expected


@pytest.mark.parametrize(
    "mishap",
    [
        pytest.param(user_secret_is_anothers, id="the user's Secret is somebody else's"),
        pytest.param(ledger_is_anothers, id="the ledger is somebody else's"),
    ],
)
async def test_a_secret_of_somebody_else_stops_everything(
    bench: RobotBench, mishap: Mishap
) -> None:
    scene = await rotated_once(bench)
    writes = len(bench.kube.writes(SECRETS))
    await mishap(scene)

    await to_the_end(bench)

    assert await bench.told("Stalled") == ("True", "SecretNotOwned")
    assert (bench.numbers, len(bench.kube.writes(SECRETS))) == ([2], writes)


SAME = End(numbers=(1,))
"""The one robot has kept its account, and the Secret what it held."""
REPLACED = End(numbers=(2,), cause="CredentialInvalid", keeps_password=False)

REFRESHED = [
    pytest.param(nothing, SAME, id="nothing happens"),
    pytest.param(robot_expires, REPLACED, id="the robot expires"),
    pytest.param(robot_is_deleted, REPLACED, id="the robot is deleted in Harbor"),
    pytest.param(secret_is_changed_in_harbor, SAME, id="its secret is changed in Harbor"),
    pytest.param(harbor_is_restored, SAME, id="Harbor is restored from before the refresh"),
    pytest.param(
        etcd_is_restored,
        End(numbers=(1,), cause="Created", keeps_password=False),
        id="etcd is restored from before the refresh: its secret is set again",
    ),
    pytest.param(
        ledger_has_another_password,
        End(numbers=(1,), keeps_password=False),
        id="the ledger gets another password: it is set, the robot is its owner's",
    ),
    pytest.param(
        ledger_is_deleted,
        End(numbers=(2,), cause="LedgerLost", keeps_password=False),
        id="the ledger is deleted",
    ),
    pytest.param(prefix_changes, SAME, id="Harbor's prefix of robot names changes"),
    pytest.param(clock_steps_back, SAME, id="Harbor's clock steps back"),
]


@pytest.mark.parametrize(("mishap", "expected"), REFRESHED)
async def test_a_mishap_of_a_refreshed_robot_ends_well(
    bench: RobotBench, mishap: Mishap, expected: End
) -> None:
    scene = await rotated_once(bench, **REFRESH)
    before = (await bench.login())["password"]
    await mishap(scene)

    await to_the_end(bench)

    assert await end_of(bench, before) == expected
