"""A pod's status follows from its containers."""

import pytest

from testbed.node.operator import is_operator
from testbed.node.status import Json, Running, Waiting, pod_status

NOW, BEFORE = "2026-03-01T12:00:00Z", "2026-03-01T11:00:00Z"


def pod(*conditions: Json) -> Json:
    """A pod of one container."""
    containers = [{"name": "app", "image": "registry.example.com/app:1"}]
    return {"spec": {"containers": containers}, "status": {"conditions": [*conditions]}}


def conditions_of(status: Json) -> dict[str, str]:
    return {each["type"]: each["status"] for each in status["conditions"]}


def test_a_pod_runs_when_its_container_does() -> None:
    status = pod_status(pod(), {"app": Running(ready=True, since=BEFORE, restarts=2)}, NOW)

    assert status["phase"] == "Running"
    assert conditions_of(status)["Ready"] == "True"
    [container] = status["containerStatuses"]
    assert container["ready"] is True
    assert container["restartCount"] == 2
    assert container["state"] == {"running": {"startedAt": BEFORE}}


def test_a_container_that_is_not_ready_makes_its_pod_not_ready() -> None:
    status = pod_status(pod(), {"app": Running(ready=False, since=BEFORE)}, NOW)

    assert status["phase"] == "Running"
    assert conditions_of(status)["Ready"] == "False"


def test_a_pod_waits_with_the_reason_of_its_container() -> None:
    status = pod_status(pod(), {"app": Waiting("ImagePullBackOff", "refused")}, NOW)

    assert status["phase"] == "Pending"
    assert conditions_of(status) == {
        "PodScheduled": "True",
        "Initialized": "True",
        "ContainersReady": "False",
        "Ready": "False",
    }
    [container] = status["containerStatuses"]
    assert container["state"] == {"waiting": {"reason": "ImagePullBackOff", "message": "refused"}}


def test_a_condition_keeps_its_time_until_it_changes() -> None:
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": BEFORE}
    scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": BEFORE}

    status = pod_status(pod(ready, scheduled), {"app": Waiting("a", "b")}, NOW)

    times = {each["type"]: each["lastTransitionTime"] for each in status["conditions"]}
    assert (times["PodScheduled"], times["Ready"]) == (BEFORE, NOW)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("harbor-operator:0.1.0", True),
        ("127.0.0.1:5000/platform/harbor-operator", True),
        ("registry.example.com/harbor-operator@sha256:0", True),
        ("registry.example.com/harbor-operator/app:1", False),
        ("nginx", False),
    ],
)
def test_the_operator_is_known_by_the_name_of_its_image(image: str, *, expected: bool) -> None:
    assert is_operator(image) is expected
