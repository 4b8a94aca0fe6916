"""What a pod's status says of its containers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A container that has not begun, or is to begin again."""

    reason: str
    message: str
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class Running:
    """A container at work."""

    ready: bool
    since: str
    """RFC 3339."""
    restarts: int = 0


Container = Waiting | Running


def pod_status(pod: Json, containers: Mapping[str, Container], now: str) -> Json:
    """The status of a pod whose containers are as given.

    Args:
        pod: as the API server has it.
        containers: by their names; all of the pod's.
        now: RFC 3339, the time of conditions that have changed.
    """
    running = all(isinstance(each, Running) for each in containers.values())
    ready = all(isinstance(each, Running) and each.ready for each in containers.values())
    earlier = {each["type"]: each for each in pod.get("status", {}).get("conditions", [])}
    wanted = {
        "PodScheduled": True,
        "Initialized": True,
        "ContainersReady": ready,
        "Ready": ready,
    }
    images = {each["name"]: each["image"] for each in pod["spec"]["containers"]}
    return {
        "phase": "Running" if running else "Pending",
        "hostIP": "127.0.0.1",
        "podIP": "127.0.0.1",
        "startTime": pod.get("status", {}).get("startTime", now),
        "conditions": [
            _condition(kind, "True" if holds else "False", earlier.get(kind), now)
            for kind, holds in wanted.items()
        ],
        "containerStatuses": [
            _container(name, images[name], state) for name, state in containers.items()
        ],
    }


def _condition(kind: str, status: str, earlier: Json | None, now: str) -> Json:
    if earlier and earlier["status"] == status:
        now = earlier["lastTransitionTime"]
    return {"type": kind, "status": status, "lastTransitionTime": now}


def _container(name: str, image: str, state: Container) -> Json:
    match state:
        case Waiting(reason, message, restarts):
            shown: Json = {"waiting": {"reason": reason, "message": message}}
            ready = False
        case Running(ready, since, restarts):
            shown = {"running": {"startedAt": since}}
    return {
        "name": name,
        "image": image,
        "imageID": "",
        "ready": ready,
        "restartCount": restarts,
        "state": shown,
    }
