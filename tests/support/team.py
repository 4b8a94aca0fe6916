"""A team of users: one namespace, the objects in it, and what Harbor has of them."""

from dataclasses import dataclass

from harbor_operator.api.base import API_VERSION
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.ownership import OWNER_LABEL
from testbed.harbor.artifact_state import Artifact, Repository, Tag
from testbed.harbor.state import Permission, Project, Robot
from tests.support.cluster import NAMESPACES, Check, is_ready, status_of
from tests.support.custom_resources import AnyKind, Json, manifest
from tests.support.system_world import SystemWorld

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
CLEAR_SECONDS = 90.0
"""A robot waits until the garbage collector has taken its pull secrets, and that one looks for
new kinds only every 30 s; everything else is a matter of two seconds."""


@dataclass(frozen=True, slots=True)
class Team:
    """One namespace and the objects that its people make."""

    world: SystemWorld
    namespace: str

    def path(self, kind: AnyKind, name: str = "") -> str:
        """Where a kind's objects, or one of them, are."""
        collection = f"/apis/{API_VERSION}/namespaces/{self.namespace}/{kind.plural}"
        return f"{collection}/{name}" if name else collection

    def core_path(self, plural: str, name: str = "") -> str:
        """Where the namespace's Secrets or ServiceAccounts, or one of them, are."""
        collection = f"{NAMESPACES}/{self.namespace}/{plural}"
        return f"{collection}/{name}" if name else collection

    def harbor_name(self, name: str) -> str:
        """What a project of the team is called in Harbor."""
        return f"{self.namespace}.{name}"

    async def project(self, name: str, **spec: object) -> Json:
        """Create a HarborProject that the default tenant rule allows."""
        wanted = {"projectName": self.harbor_name(name), **self._connected, **spec}
        return await self._create(PROJECTS, name, wanted)

    async def robot(self, name: str, project: str, *, preset: str = "Pull", **spec: object) -> Json:
        """Create a HarborRobot of one project."""
        access = [{"projectRef": {"name": project}, "preset": preset}]
        return await self._create(ROBOTS, name, {"access": access, **self._connected, **spec})

    async def pull_secret(self, name: str, robot: str, **spec: object) -> Json:
        """Create a HarborPullSecret that delivers a robot's credential."""
        return await self._create(PULL_SECRETS, name, {"robotRef": {"name": robot}, **spec})

    async def pull_secret_of(self, name: str, *projects: str, **spec: object) -> Json:
        """Create a HarborPullSecret for projects, whose robot the operator makes."""
        refs = [{"name": project} for project in projects]
        return await self._create(PULL_SECRETS, name, {"projectRefs": refs, **spec})

    async def ready(self, kind: AnyKind, name: str, check: Check = is_ready) -> Json:
        """Wait until an object is Ready in its present generation, or as the check wants it."""
        return await self.world.cluster.seen(self.path(kind, name), check)

    async def annotate(self, kind: AnyKind, name: str, key: str, value: str) -> Json:
        """Set one of the operator's annotations on an object."""
        patch = {"metadata": {"annotations": {f"harbor-operator.dev/{key}": value}}}
        return await self.world.cluster.merge(self.path(kind, name), patch)

    async def look_again(self, kind: AnyKind, name: str) -> None:
        """Ask for a reconcile now, and wait until it has been made."""
        # The log grows with every request, so its length never serves twice.
        token = str(self.world.plane.audit.mark())
        await self.annotate(kind, name, "reconcile-requested-at", token)
        await self.ready(kind, name, lambda b: status_of(b, "lastHandledReconcileAt") == token)

    async def change(self, kind: AnyKind, name: str, **spec: object) -> Json:
        """Merge into an object's spec."""
        return await self.world.cluster.merge(self.path(kind, name), {"spec": spec})

    async def delete(self, kind: AnyKind, name: str) -> None:
        """Delete an object, without waiting for its end."""
        await self.world.cluster.delete(self.path(kind, name))

    async def gone(self, kind: AnyKind, name: str) -> None:
        """Wait until an object is gone."""
        await self.world.cluster.gone(self.path(kind, name))

    async def secret(self, name: str) -> Json:
        """A Secret of the namespace."""
        return await self.world.cluster.get(self.core_path("secrets", name))

    def in_harbor(self, name: str) -> Project:
        """A project of the team as Harbor has it."""
        found = self.world.harbor.state.project_named(self.harbor_name(name))
        assert found is not None
        return found

    def mark_of(self, name: str) -> str | None:
        """The mark on a project of the team, None where it has none."""
        labels = self.world.harbor.state.labels.values()
        project_id = self.in_harbor(name).project_id
        own = (x for x in labels if (x.project_id, x.name) == (project_id, OWNER_LABEL))
        return next((label.description for label in own), None)

    def robots(self, project: str) -> list[Robot]:
        """The robot accounts of a project of the team, by id."""
        robots = self.world.harbor.state.robots.values()
        project_id = self.in_harbor(project).project_id
        return [robot for robot in robots if robot.project_id == project_id]

    def push_image(self, project: str, repository: str, tag: str) -> None:
        """Put an image with a tag into a project of the team."""
        self.push(project, repository)
        found = self.repository(project, repository)
        now, digest = self.world.harbor.clock.now(), f"sha256:{'a' * 64}"
        tags = {tag: Tag(1, tag, now)}
        found.artifacts[digest] = Artifact(1, digest, MANIFEST, CONFIG, 1, {}, now, tags)

    def repository(self, project: str, repository: str) -> Repository:
        """A repository of the team as Harbor has it."""
        found = self.world.harbor.state.repository_named(
            f"{self.harbor_name(project)}/{repository}"
        )
        assert found is not None
        return found

    def push(self, project: str, repository: str) -> None:
        """Put a repository into a project of the team."""
        harbor = self.world.harbor
        now, id_ = harbor.clock.now(), harbor.state.next_id("repositories")
        found = self.in_harbor(project)
        name = f"{found.name}/{repository}"
        harbor.state.repositories[id_] = Repository(id_, found.project_id, name, now, now)

    async def clear(self) -> None:
        """Delete all objects, in the order that needs no waiting, and wait until they are gone."""
        for kind in (PULL_SECRETS, ROBOTS, PROJECTS):
            listed = await self.world.cluster.get(self.path(kind))
            names = [body["metadata"]["name"] for body in listed["items"]]
            for name in names:
                await self.delete(kind, name)
            for name in names:
                await self.world.cluster.gone(self.path(kind, name), within=CLEAR_SECONDS)

    @property
    def _connected(self) -> Json:
        return {"connectionRef": {"name": self.world.connection}}

    async def _create(self, kind: AnyKind, name: str, spec: Json) -> Json:
        return await self.world.cluster.create(self.path(kind), manifest(kind, name, spec))


def accesses(robot: Robot) -> set[tuple[str, str]]:
    """What a robot account may do."""
    permissions: list[Permission] = robot.permissions
    return {(access.resource, access.action) for p in permissions for access in p.accesses}
