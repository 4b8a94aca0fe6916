"""What a team has: projects, robots and pull secrets, or some of them alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from testbed.control_plane.api import Json
from testbed.endtoend.objects import API_VERSION

_SHOWN_SETTINGS: Json = {
    "visibility": "Private",
    "storageQuota": "10Gi",
    "scanning": {"onPush": True},
    "pullRestrictions": {"blockSeverity": "High", "allowedCVEs": {"ids": ["CVE-2024-1234"]}},
}
"""A setting of each sort that Harbor's lists of projects and of quotas show."""
_HIDDEN_SETTINGS: Json = {"labels": [{"name": "approved"}]}
"""A setting that Harbor shows only to who asks for the project's own."""
ROBOT = "robot-0"
"""The one that a team has."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """As many of each kind in one namespace, the projects named as its tenant rule wants."""

    namespace: str
    size: int

    def manifests(self) -> Iterator[Json]:
        """All objects, each after what it refers to."""
        for number in range(self.size):
            project, robot = f"project-{number}", f"robot-{number}"
            yield _project(self.namespace, project, {})
            yield _robot(self.namespace, robot, project, {})
            yield _manifest(
                "HarborPullSecret", self.namespace, f"pull-{number}", {"robotRef": {"name": robot}}
            )


def projects(namespace: str, numbers: range, *, hidden: bool = False) -> list[Json]:
    """Projects whose settings Harbor's lists show.

    Args:
        namespace: where they are.
        numbers: which; a number always makes the same name.
        hidden: whether each has one more setting, which no list shows.
    """
    settings = _SHOWN_SETTINGS | (_HIDDEN_SETTINGS if hidden else {})
    return [_project(namespace, f"project-{number}", settings) for number in numbers]


def rotating(namespace: str, size: int, *, robots_a_project: int) -> Iterator[Json]:
    """Robots with the shortest overlap that there is, after their projects.

    Args:
        namespace: where they are.
        size: how many robots.
        robots_a_project: how many share a project.
    """
    rotation: Json = {"rotation": {"overlap": "1m"}}
    for number in range(size):
        project = f"project-{number // robots_a_project}"
        if number % robots_a_project == 0:
            yield _project(namespace, project, {})
        yield _robot(namespace, f"robot-{number}", project, rotation)


def team(namespace: str) -> list[Json]:
    """One project, and the robot that pulls from it."""
    return [_project(namespace, "project-0", {}), _robot(namespace, ROBOT, "project-0", {})]


def pull_secret(namespace: str, name: str, settings: Json) -> Json:
    """A pull secret with the credential of the team's robot."""
    robot = {"robotRef": {"name": ROBOT}}
    return _manifest("HarborPullSecret", namespace, name, robot | settings)


def _robot(namespace: str, name: str, project: str, settings: Json) -> Json:
    access = [{"projectRef": {"name": project}, "preset": "Pull"}]
    return _manifest("HarborRobot", namespace, name, {"access": access} | settings)


def _project(namespace: str, name: str, settings: Json) -> Json:
    named = {"projectName": f"{namespace}.{name}"}
    return _manifest("HarborProject", namespace, name, named | settings)


def _manifest(kind: str, namespace: str, name: str, spec: Json) -> Json:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}
