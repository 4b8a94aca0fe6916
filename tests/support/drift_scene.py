"""A drift pass over a Harbor in memory, with one project and one robot that are in line."""

from dataclasses import dataclass, field
from typing import Any

from harbor_operator.core.namespaces import Selection
from harbor_operator.core.ownership import Mark
from harbor_operator.core.tenancy import TenantRule
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.drift import DriftPass
from harbor_operator.engine.sweep import Sweep
from harbor_operator.harbor.models import Access, Permission, Project, Robot
from harbor_operator.kube.resources import NAMESPACES
from tests.support.control_desk import PROJECT, ROBOT, ControlDesk
from tests.support.engine_world import CLUSTER_ID, READY_STATUS
from tests.support.fake_harbor import FakeHarbor

NAME = "robot$payments+ci-1"
PROJECT_STATUS = {**READY_STATUS, "projectID": 7, "repositoryCount": 2}
OWN = Mark(CLUSTER_ID, "team", "payments-pull", "uid-payments-pull")
"""The mark of the one robot."""
ROBOT_STATUS = {**READY_STATUS, "robotID": 70, "username": NAME}

ANYTHING = TenantRule(Selection(names=("*",)), projects=("*",))
"""Every namespace may use every project."""


def seen_project(**fields: Any) -> Project:  # noqa: ANN401 -- fields of a project
    """The project as Harbor lists it."""
    return Project(**{"project_id": 7, "name": "payments", "repo_count": 2, **fields})


def seen_robot(*grants: str, **fields: Any) -> Robot:  # noqa: ANN401 -- fields of a robot
    """The robot as Harbor lists it, which pulls where nothing else is said."""
    access = frozenset(
        Access(resource=resource, action=action)
        for resource, action in (grant.split() for grant in grants or ("repository pull",))
    )
    permission = Permission(kind="project", namespace="payments", access=access)
    return Robot(
        **{
            "id": 70,
            "name": NAME,
            "level": "project",
            "description": OWN.text(),
            "permissions": frozenset({permission}),
            **fields,
        }
    )


@dataclass(slots=True)
class Scene:
    """A drift pass over a connection with one project and one robot that are as they should be."""

    desk: ControlDesk
    harbor: FakeHarbor
    connection: Connection = field(init=False)
    sweep: Sweep = field(init=False)
    drift: DriftPass = field(init=False)

    def __post_init__(self) -> None:
        self.desk.kube.put(NAMESPACES, {"metadata": {"name": "team"}})
        spec = {"connectionRef": {"name": "default"}}
        self.desk.see(PROJECT, spec=spec, status=PROJECT_STATUS)
        self.desk.see(ROBOT, spec=spec, status=ROBOT_STATUS)
        self.harbor.state.projects["payments"] = seen_project()
        self.put(seen_robot())
        self.connection = Connection(
            "default", self.harbor, fingerprint=1, ready=True, tenants=(ANYTHING,)
        )
        self.desk.ports.connections.put(self.connection)
        self.sweep = Sweep(self.desk.ports, self.desk.control)
        self.drift = DriftPass(
            self.desk.ports, self.desk.control, self.sweep, clock=self.desk.clock.now
        )

    def put(self, robot: Robot) -> None:
        """Put a robot into Harbor."""
        self.harbor.state.robots[robot.id] = robot

    async def looks(self) -> dict[str, int]:
        """Make one pass, and let those who are woken be looked at."""
        await self.drift.compare(self.connection)
        await self.desk.work()
        return self.desk.looks()
