"""One project's settings in one reconcile: a refusal stays with its step, all else goes on."""

from typing import Any

import pytest
from typing_extensions import override

from harbor_operator.api.blocks.members import MemberKind
from harbor_operator.api.conditions import Reason
from harbor_operator.bridge.project_blocks.settings import SettingsInUse
from harbor_operator.bridge.project_blocks.table import ADAPTERS
from harbor_operator.core.project.blocks.labels import CreateLabel, DeleteLabel, LabelSeen
from harbor_operator.core.project.blocks.members import AddMember
from harbor_operator.core.project.blocks.table import BLOCKS
from harbor_operator.core.project.facts import Desired, Observed, Recorded
from harbor_operator.core.project.settings import compare
from harbor_operator.core.steps import Attempts, Change, Step, Trouble, Verb
from harbor_operator.harbor.errors import (
    AuthenticationFailed,
    Exchange,
    HarborError,
    InvalidRequest,
    NotFound,
    PermissionDenied,
    ServerError,
)
from harbor_operator.harbor.labels import Labels
from harbor_operator.harbor.members import Members
from harbor_operator.harbor.models import Label
from tests.support.engine_world import NOW
from tests.support.fake_harbor import FakeHarbor, HarborState
from tests.support.project_scenes import scene_of
from tests.support.project_settings import spec_of
from tests.support.projects import OWN

EXCHANGE = Exchange("POST", "/labels", 400)


class FakeLabels(Labels):
    """Labels of which some are refused, by name."""

    def __init__(self, state: HarborState) -> None:
        self._state = state
        self.rows: list[Label] = []

    @override
    async def list(self, project_id: int) -> list[Label]:
        await self._state.take_in("list labels")
        return self.rows

    @override
    async def create(
        self, project_id: int, name: str, *, description: str = "", color: str = "#FFFFFF"
    ) -> int:
        await self._state.take_in(f"create label {name}")
        self.rows.append(Label(id=len(self.rows) + 1, name=name, project_id=project_id))
        return len(self.rows)

    @override
    async def delete(self, label_id: int) -> None:
        await self._state.take_in(f"delete label {label_id}")


class FakeMembers(Members):
    """Members, none of whom Harbor knows."""

    def __init__(self, state: HarborState) -> None:
        self._state = state

    @override
    async def add_user(self, project_id: int, username: str, role: int) -> int:
        await self._state.take_in(f"add {username}")
        raise NotFound("no such user", EXCHANGE)


class LabelledHarbor(FakeHarbor):
    """A Harbor with labels and members."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.labels: FakeLabels = FakeLabels(self.state)
        self.members = FakeMembers(self.state)


@pytest.fixture
async def harbor() -> LabelledHarbor:
    return LabelledHarbor()


def create_label(name: str) -> Step:
    change = Change("labels", "color", None, "#FFFFFF")
    return Step("labels", Verb.CREATE, name, (change,), CreateLabel(name, "#FFFFFF", ""))


def delete_label(number: int) -> Step:
    change = Change("labels", "color", "#FFFFFF", None)
    return Step("labels", Verb.DELETE, "old", (change,), DeleteLabel(LabelSeen(number, "old")))


def observed(settings: SettingsInUse, **seen: Any) -> Observed:  # noqa: ANN401 -- any block's
    return Observed(
        own=OWN,
        held=True,
        rule=None,
        recorded=Recorded(),
        settings=seen,
        attempts=settings.attempts,
    )


def wants_labels(*names: str) -> Desired:
    spec = spec_of({"labels": [{"name": name} for name in names]})
    return Desired("payments", {"labels": spec.labels})


def test_every_block_has_an_adapter_and_every_adapter_a_block() -> None:
    assert list(ADAPTERS) == [block.name for block in BLOCKS]


async def test_a_refused_step_is_a_trouble_and_stops_no_other(harbor: LabelledHarbor) -> None:
    refusal = InvalidRequest("no", EXCHANGE, reason="the colour is wrong")
    harbor.state.fail_on("create label red", refusal)
    settings, scene = SettingsInUse(), scene_of(harbor)

    for name in ("red", "blue"):
        await settings.carry_out(scene, create_label(name))

    seen = await settings.observe(scene, ["labels"])
    comparison = compare(wants_labels("red", "blue"), observed(settings, **seen))
    assert comparison.steps == ()
    assert comparison.troubles == (
        Trouble(
            Reason.INVALID_SPEC,
            "labels red: Harbor refuses this. Harbor says: the colour is wrong",
        ),
    )


async def test_a_step_that_harbor_drops_is_not_repeated(harbor: LabelledHarbor) -> None:
    settings, scene, desired = SettingsInUse(), scene_of(harbor), wants_labels("red")
    (step,) = compare(desired, observed(settings, labels=())).steps
    await settings.carry_out(scene, step)

    comparison = compare(desired, observed(settings, labels=()))

    assert comparison.steps == ()
    (trouble,) = comparison.troubles
    assert trouble.message.startswith("labels red: Harbor accepts the change and does not keep it")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        pytest.param(InvalidRequest("no", EXCHANGE), Reason.INVALID_SPEC, id="bad input"),
        pytest.param(NotFound("no", EXCHANGE), Reason.INVALID_SPEC, id="something is gone"),
        pytest.param(PermissionDenied("no", EXCHANGE), Reason.PERMISSION_DENIED, id="no right"),
    ],
)
async def test_a_refusal_has_a_reason(
    harbor: LabelledHarbor, error: HarborError, reason: Reason
) -> None:
    harbor.state.fail_on("create label red", error)
    settings, step = SettingsInUse(), create_label("red")

    await settings.carry_out(scene_of(harbor), step)

    assert settings.attempts.refused[step.key].reason is reason


async def test_what_is_gone_already_needs_no_deletion(harbor: LabelledHarbor) -> None:
    harbor.state.fail_on("delete label 3", NotFound("gone", EXCHANGE))
    settings = SettingsInUse()

    await settings.carry_out(scene_of(harbor), delete_label(3))

    assert settings.attempts.refused == {}


async def test_what_an_adapter_refuses_itself_keeps_its_reason(harbor: LabelledHarbor) -> None:
    write = AddMember(MemberKind.USER, "nobody", role=2, group_type=None)
    change = Change("members", "role", None, "Developer")
    step = Step("members", Verb.CREATE, "User/nobody", (change,), write)
    settings = SettingsInUse()

    await settings.carry_out(scene_of(harbor), step)

    assert settings.attempts.refused[step.key].reason is Reason.MEMBER_NOT_FOUND


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(AuthenticationFailed("who?", EXCHANGE), id="a login that is not known"),
        pytest.param(ServerError("broken", EXCHANGE), id="a Harbor in trouble"),
    ],
)
async def test_what_is_no_refusal_of_the_step_ends_the_reconcile(
    harbor: LabelledHarbor, error: HarborError
) -> None:
    harbor.state.fail_on("create label red", error)
    harbor.state.fail_on("list labels", error)
    settings, scene = SettingsInUse(), scene_of(harbor)

    with pytest.raises(type(error)):
        await settings.carry_out(scene, create_label("red"))
    with pytest.raises(type(error)):
        await settings.observe(scene, ["labels"])


async def test_a_block_that_may_not_be_read_is_a_trouble_and_hides_no_other(
    harbor: LabelledHarbor,
) -> None:
    harbor.state.fail_on("list labels", PermissionDenied("no", EXCHANGE))

    seen = await SettingsInUse().observe(scene_of(harbor), ["labels", "metadata"])

    assert seen["labels"].reason is Reason.PERMISSION_DENIED
    assert seen["metadata"].metadata == {}


async def test_what_was_written_is_remembered_in_order(harbor: LabelledHarbor) -> None:
    settings, scene = SettingsInUse(), scene_of(harbor)
    steps = (create_label("red"), create_label("blue"))

    for step in steps:
        await settings.carry_out(scene, step)

    assert settings.attempts == Attempts(steps)
