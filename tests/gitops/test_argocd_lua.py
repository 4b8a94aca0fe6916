"""Argo CD's scripts say of recorded objects what users should see, and offer what makes sense."""

import copy
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harbor_operator.api import base
from harbor_operator.api.conditions import Reason
from harbor_operator.core.conditions import merge
from harbor_operator.core.plan import Verdict, blocked, broken, waiting
from testbed.gitops.__main__ import main
from tests.support.argo_lua import (
    ARGOCD,
    action_scripts,
    actions_on,
    after_action,
    health_of,
)
from tests.support.cluster import condition
from tests.support.custom_resources import Json
from tests.support.gitops_objects import recorded
from tests.support.gitops_verdicts import VERDICTS, each_case, each_kind

REQUESTS = {
    "reconcile": base.ANNOTATION_RECONCILE,
    "rotate": base.ANNOTATION_ROTATE,
    "revoke": base.ANNOTATION_REVOKE,
    "resume-rollout": base.ANNOTATION_RESUME_ROLLOUT,
}
"""Actions that set an annotation to a new token."""
FOR_ALL = {"suspend", "resume", "reconcile"}
OFFERED = {
    "ClusterHarborConnection": FOR_ALL,
    "HarborProject": FOR_ALL,
    "HarborRobot": FOR_ALL | {"rotate", "revoke"},
    "HarborPullSecret": FOR_ALL | {"resume-rollout"},
}


def judged(verdicts: tuple[Verdict, ...]) -> str:
    """The health of a robot with these verdicts."""
    body = recorded("HarborRobot", "ready")
    generation = body["metadata"]["generation"]
    conditions = merge((), verdicts, generation=generation, now=datetime(2026, 1, 1, tzinfo=UTC))
    body["status"]["conditions"] = [c.model_dump(mode="json", by_alias=True) for c in conditions]
    status: str = health_of(body)["status"]
    return status


def enabled(body: Json) -> set[str]:
    """The actions that can be chosen."""
    return {name for name, action in actions_on(body).items() if not action["disabled"]}


@each_case
def test_the_health_of_an_object_is_that_of_its_state(kind: str, state: str) -> None:
    health = health_of(recorded(kind, state))

    assert health["status"] == VERDICTS[state].argo
    assert health["message"]


@each_kind
def test_a_stalled_object_says_what_a_person_has_to_do(kind: str) -> None:
    body = recorded(kind, "stalled")

    stalled = condition(body, "Stalled")

    assert stalled is not None
    assert health_of(body)["message"] == stalled["message"]


@each_kind
def test_a_message_does_not_speak_of_a_former_spec(kind: str) -> None:
    body = recorded(kind, "outdated")

    former = condition(body, "Ready")

    assert former is not None
    assert health_of(body)["message"] != former["message"]


@each_kind
def test_an_object_without_any_status_is_not_healthy(kind: str) -> None:
    body = recorded(kind, "fresh")
    del body["status"]

    assert health_of(body)["status"] == "Progressing"


@pytest.mark.parametrize("reason", Reason)
def test_only_what_waits_for_a_person_is_degraded(reason: Reason) -> None:
    assert judged(waiting(reason, "It goes on by itself.")) == "Progressing"
    assert judged(blocked(reason, "Do something.")) == "Degraded"


def test_a_defect_that_is_tried_again_fails_no_sync() -> None:
    assert judged(broken("The operator failed.")) == "Progressing"


@each_kind
def test_every_action_that_is_offered_has_a_script(kind: str) -> None:
    offered = actions_on(recorded(kind, "ready")).keys()

    assert offered == action_scripts(kind).keys() == OFFERED[kind]


@each_case
def test_actions_are_offered_where_they_do_something(kind: str, state: str) -> None:
    suspended = state.startswith("suspended")

    wanted = {"resume"} if suspended else OFFERED[kind] - {"resume", "resume-rollout"}

    assert enabled(recorded(kind, state)) == wanted


def test_a_rollout_can_be_resumed_while_it_is_paused() -> None:
    body = recorded("HarborPullSecret", "ready")
    body["status"]["conditions"].append({"type": "RolloutPaused", "status": "True"})

    assert "resume-rollout" in enabled(body)


@each_kind
def test_suspend_and_resume_change_nothing_else(kind: str) -> None:
    body = recorded(kind, "ready")

    suspended = after_action("suspend", body)
    resumed = after_action("resume", suspended)

    assert suspended == {**body, "spec": {**body["spec"], "suspend": True}}
    assert resumed == {**body, "spec": {**body["spec"], "suspend": False}}


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        (kind, action)
        for kind, offered in OFFERED.items()
        for action in sorted(offered & {*REQUESTS})
    ],
)
def test_a_request_is_a_new_token_in_its_annotation(kind: str, action: str) -> None:
    body = recorded(kind, "ready")

    changed = after_action(action, body)

    token = changed["metadata"]["annotations"].pop(REQUESTS[action])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", token)
    wanted = copy.deepcopy(body)
    wanted["metadata"].setdefault("annotations", {})
    assert changed == wanted


def test_a_changed_script_is_noticed_and_taken_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "argocd"
    shutil.copytree(ARGOCD, folder)
    assert main([str(folder), "--check"]) == 0

    (folder / "actions" / "rotate.lua").write_text("return obj\n", encoding="utf-8")

    assert main([str(folder), "--check"]) == 1
    assert "make gitops" in capsys.readouterr().out
    assert main([str(folder)]) == 0
    assert main([str(folder), "--check"]) == 0
