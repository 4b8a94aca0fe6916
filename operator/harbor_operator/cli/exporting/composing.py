"""Makes manifests of what was found in Harbor, and notes of what none can say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from harbor_operator.api.base import API_VERSION, DEFAULT_CONNECTION
from harbor_operator.api.project import PROJECTS, AdoptionPolicy, ManagementPolicy
from harbor_operator.api.resources import CustomResource
from harbor_operator.api.robot import ROBOTS
from harbor_operator.api.validation import problems_of
from harbor_operator.cli.exporting.naming import distinct_names, namespace_for, object_name
from harbor_operator.cli.exporting.reading import HarborFound, ProjectFound
from harbor_operator.cli.printing import many
from harbor_operator.core.ownership import parse_mark
from harbor_operator.core.project.statement import statement_of as state_project
from harbor_operator.core.robot.facts import HarborRobot
from harbor_operator.core.robot.statement import statement_of as state_robot

Body = dict[str, Any]

_SHARED: Final = "it uses projects of other namespaces, which have to be shared by sharedWith first"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the manifests shall be."""

    namespace: str
    """Where everything goes, or where robots of the system go with `per_project`."""
    per_project: bool = False
    connection: str = DEFAULT_CONNECTION
    policy: ManagementPolicy = ManagementPolicy.OBSERVE
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """One object, and what of it is not said."""

    source: str
    """What it is made from."""
    body: Body
    notes: tuple[str, ...] = ()
    origin: str = "In Harbor"
    """Where that is, as a comment begins."""


@dataclass(frozen=True, slots=True)
class Export:
    """All objects in the order in which they need each other, and what was left out."""

    objects: tuple[Exported, ...]
    notes: tuple[str, ...]


def compose(found: HarborFound, wishes: Wishes, now: datetime) -> Export:
    """Make the manifests.

    Args:
        found: What is in Harbor.
        wishes: How they shall be.
        now: Harbor's clock.
    """
    work = _Work(wishes, now)
    free = [project for project in found.projects if parse_mark(project.mark or "") is None]
    owned = len(found.projects) - len(free)
    if owned:
        work.notes.append(f"left out: {many(owned, 'projects')} that HarborProjects own already")
    work.place_projects(free)
    for project in free:
        work.take_project(project)
    work.take_robots([*_robots_in(found)], found.prefix)
    if found.hidden:
        told = ", ".join(found.hidden)
        work.notes.append(f"projects are left out that the login may not look into: {told}")
    hidden = [project.name for project in found.projects if project.robots is None]
    if hidden:
        work.notes.append(
            f"robots of {', '.join(hidden)} are left out: the login may not list them"
        )
    if found.robots is None:
        work.notes.append("robots of the system are left out: the login may not list them")
    return Export(tuple(work.objects), tuple(work.notes))


def _robots_in(found: HarborFound) -> Iterator[tuple[HarborRobot, str | None]]:
    """Each robot with the project whose it is; None for one of the system."""
    for project in found.projects:
        yield from ((robot, project.name) for robot in project.robots or ())
    yield from ((robot, None) for robot in found.robots or ())


@dataclass(slots=True)
class _Work:
    """What has been made so far."""

    wishes: Wishes
    now: datetime
    objects: list[Exported] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Namespace and name of each project's object, by the project's name in Harbor."""

    def place_projects(self, projects: list[ProjectFound]) -> None:
        """Choose where the projects' objects go."""
        by_namespace: dict[str, list[str]] = {}
        for project in projects:
            by_namespace.setdefault(self._namespace(project.name), []).append(project.name)
        for namespace, names in by_namespace.items():
            # Who is called so in Harbor has the first right to a name.
            wishes = {name: (name,) for name in names}
            exact = {name: name for name in names if object_name(name) == name}
            rest = {
                name: chosen for name, chosen in distinct_names(wishes).items() if name not in exact
            }
            self.places |= {name: (namespace, chosen) for name, chosen in {**exact, **rest}.items()}

    def take_project(self, project: ProjectFound) -> None:
        """Make a HarborProject."""
        namespace, name = self.places[project.name]
        statement = state_project(project.settings, everything=self.wishes.everything)
        adoption = {"adoptionPolicy": AdoptionPolicy.IF_UNCLAIMED.value}
        spec = {
            **self._connection(),
            **({} if name == project.name else {"projectName": project.name}),
            "managementPolicy": self.wishes.policy.value,
            **(adoption if self.wishes.policy is ManagementPolicy.FULL else {}),
            **statement.fields,
        }
        body = _manifest(PROJECTS, namespace, name, spec)
        source = f"project {project.name}"
        problems = problems_of(PROJECTS, body)
        if problems:
            self.notes.append(f"{source} is left out: {problems[0]}")
            del self.places[project.name]
            return
        self.objects.append(Exported(source, body, statement.notes))

    def take_robots(self, robots: list[tuple[HarborRobot, str | None]], prefix: str) -> None:
        """Make the HarborRobots; those that are the operator's or have expired are left out."""
        owned = [robot for robot, _ in robots if parse_mark(robot.description.strip())]
        expired = [r for r, _ in robots if r not in owned and r.expired(self.now)]
        if owned:
            number = many(len(owned), "robots")
            self.notes.append(f"left out: {number} that HarborRobots own already")
        if expired:
            told = ", ".join(sorted(robot.name for robot in expired))
            self.notes.append(f"robots that have expired are left out: {told}")
        kept = [(r, home) for r, home in robots if r not in owned and r not in expired]
        by_namespace: dict[str, dict[str, tuple[HarborRobot, str]]] = {}
        wishes: dict[str, dict[str, tuple[str, ...]]] = {}
        for robot, home in kept:
            base = robot.name.rpartition("+")[2] if home else robot.name.removeprefix(prefix)
            namespace = self.places[home][0] if home in self.places else self.wishes.namespace
            by_namespace.setdefault(namespace, {})[robot.name] = robot, base
            longer = (f"{home}-{base}",) if home else ()
            wishes.setdefault(namespace, {})[robot.name] = (base, *longer)
        for namespace in sorted(by_namespace):
            names = distinct_names(wishes[namespace])
            for username, (robot, base) in sorted(by_namespace[namespace].items()):
                self._take_robot(robot, base, namespace, names[username])

    def _take_robot(self, robot: HarborRobot, base: str, namespace: str, name: str) -> None:
        source = f"robot {robot.name}"
        refs = {
            project: {"name": own} if within == namespace else {"name": own, "namespace": within}
            for project, (within, own) in self.places.items()
        }
        statement = state_robot(robot, base, refs)
        if not statement.fields:
            self.notes.append(f"{source} is left out: {'; '.join(statement.notes)}")
            return
        spec = {**self._connection(), **statement.fields, "suspend": True}
        body = _manifest(ROBOTS, namespace, name, spec)
        problems = problems_of(ROBOTS, body)
        if problems:
            self.notes.append(f"{source} is left out: {problems[0]}")
            return
        foreign = any("namespace" in (a.get("projectRef") or {}) for a in spec.get("access", ()))
        notes = (*statement.notes, *((_SHARED,) if foreign else ()))
        self.objects.append(Exported(source, body, notes))

    def _namespace(self, project: str) -> str:
        return namespace_for(project) if self.wishes.per_project else self.wishes.namespace

    def _connection(self) -> Mapping[str, Any]:
        if self.wishes.connection == DEFAULT_CONNECTION:
            return {}
        return {"connectionRef": {"name": self.wishes.connection}}


def _manifest(
    kind: CustomResource[Any, Any], namespace: str, name: str, spec: Mapping[str, Any]
) -> Body:
    return {
        "apiVersion": API_VERSION,
        "kind": kind.kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": dict(spec),
    }
