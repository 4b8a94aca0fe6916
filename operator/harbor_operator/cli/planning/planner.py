"""Plans all objects of one connection, each by its kind."""

import asyncio
from collections.abc import Callable, Iterable, Iterator

from harbor_operator.api.base import API_VERSION, DEFAULT_CONNECTION
from harbor_operator.api.conditions import Reason
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS, child_name
from harbor_operator.api.robot import ROBOTS
from harbor_operator.api.validation import problems_of
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_side import HarborSide
from harbor_operator.cli.planning.manifests import Manifest, Manifests
from harbor_operator.cli.planning.projects import Judgement, plan_project
from harbor_operator.cli.planning.report import ObjectPlan, Obstacle, Outcome
from harbor_operator.cli.planning.robots import plan_robot
from harbor_operator.cli.planning.rules import Rules
from harbor_operator.cli.planning.surroundings import Surroundings, joined
from harbor_operator.core.pullsecret.spec import desired_of
from harbor_operator.core.specs import projects_of
from harbor_operator.harbor.errors import PermissionDenied

_SUSPENDED = "the operator leaves it alone until it is resumed"


def connection_for(manifests: Manifests, named: str | None) -> str:
    """The connection whose objects are planned: the one that was named, or that is alone.

    Raises:
        CommandError: The objects use several, and none was named.
    """
    used = sorted({name for each in manifests.objects.values() if (name := _stated(each))})
    if named is not None:
        return named
    if len(used) > 1:
        raise CommandError(
            f"the manifests use the connections {', '.join(used)}: choose one by --plan-for",
            ExitCode.USAGE,
        )
    return used[0] if used else DEFAULT_CONNECTION


class Planner:
    """Plans the objects of one connection."""

    def __init__(self, connection: str, rules: Rules, harbor: HarborSide) -> None:
        self._connection = connection
        self._rules = rules
        self._around: Surroundings = rules.around
        self._harbor = harbor

    def chosen(self) -> list[Manifest]:
        """The objects that are planned."""
        objects = self._around.manifests.objects.values()
        kinds = {PROJECTS.kind, ROBOTS.kind, PULL_SECRETS.kind}
        return [each for each in objects if each.kind.kind in kinds and self._is_ours(each)]

    def left_out(self) -> int:
        """How many objects are of other connections."""
        names = map(_stated, self._around.manifests.objects.values())
        return sum(name not in {None, self._connection} for name in names)

    async def plan(self, chosen: Iterable[Manifest], done: Callable[[], None]) -> list[ObjectPlan]:
        """Plan them side by side, as far as Harbor is asked at once.

        Args:
            chosen: The objects.
            done: Told after each of them.

        Raises:
            HarborError: Harbor failed.
            KubeError: The cluster failed.
        """
        projects = [PROJECTS.parse(joined(m, None)) for m in chosen if m.kind is PROJECTS]
        await self._harbor.expect({p.spec.name_in_harbor(p.metadata.name) for p in projects})

        async def one(manifest: Manifest) -> ObjectPlan:
            found = await self._plan(manifest)
            done()
            return found

        return [*await asyncio.gather(*map(one, chosen))]

    async def _plan(self, manifest: Manifest) -> ObjectPlan:
        live = await self._around.live(manifest.kind, manifest.namespace, manifest.name)
        forbidden = problems_of(manifest.kind, manifest.body, live)
        body = joined(manifest, live)
        if forbidden:
            told = (Obstacle(Reason.INVALID_SPEC, problem) for problem in forbidden)
            return _told(manifest, Judgement(Outcome.REFUSED, obstacles=tuple(told)))
        if body["spec"].get("suspend"):
            return _told(manifest, Judgement(Outcome.SUSPENDED, notes=(_SUSPENDED,)))
        try:
            return _told(manifest, await self._judge(manifest, body))
        except PermissionDenied as error:
            note = f"the login may not read it in Harbor: {error.method} {error.route}"
            return _told(manifest, Judgement(Outcome.HIDDEN, notes=(note,)))

    async def _judge(self, manifest: Manifest, body: dict[str, object]) -> Judgement:
        if manifest.kind is PROJECTS:
            project = PROJECTS.parse(body)
            rule = await self._rules.of(manifest.namespace)
            return await plan_project(project, rule, self._around, self._harbor)
        if manifest.kind is ROBOTS:
            robot = ROBOTS.parse(body)
            return await plan_robot(robot, self._rules, self._around, self._harbor)
        return await self._of_pull_secret(manifest, body)

    async def _of_pull_secret(self, manifest: Manifest, body: dict[str, object]) -> Judgement:
        """A pull secret changes Harbor by the robot that is made for its projects, if any."""
        child = desired_of(PULL_SECRETS.parse(body)).child
        if child is None:
            return Judgement(Outcome.NONE)
        spec = {name: value for name, value in child.spec.items() if value is not None}
        made = Manifest(
            ROBOTS,
            manifest.namespace,
            child_name(manifest.name),
            {
                "apiVersion": API_VERSION,
                "kind": ROBOTS.kind,
                "metadata": {"name": child_name(manifest.name)},
                "spec": {"connectionRef": {"name": self._connection}, **spec},
            },
            manifest.place,
        )
        live = await self._around.live(ROBOTS, made.namespace, made.name)
        robot = ROBOTS.parse(joined(made, live))
        return await plan_robot(robot, self._rules, self._around, self._harbor)

    def _is_ours(self, manifest: Manifest) -> bool:
        return _stated(manifest) in {None, self._connection}


def unplanned_parts(rules: Rules, connection: str) -> Iterator[str]:
    """What a connection in the files would change itself, which no plan tells yet."""
    manifest = rules.around.manifests.objects.get((CONNECTIONS.kind, "", connection))
    spec = manifest.body["spec"] if manifest else {}
    named = [field for field in ("registries", "maintenance") if spec.get(field)]
    if named:
        yield f"{' and '.join(named)} of connection {connection} are not compared"


def _stated(manifest: Manifest) -> str | None:
    """The connection that an object names; None for kinds that name none themselves."""
    if manifest.kind not in {PROJECTS, ROBOTS}:
        return None
    ref = manifest.body["spec"].get("connectionRef") or {}
    return str(ref.get("name") or DEFAULT_CONNECTION)


def _told(manifest: Manifest, judged: Judgement) -> ObjectPlan:
    return ObjectPlan(
        kind=manifest.kind.kind,
        namespace=manifest.namespace,
        name=manifest.name,
        place=manifest.place,
        in_harbor=_in_harbor(manifest),
        outcome=judged.outcome,
        entries=judged.entries,
        obstacles=judged.obstacles,
        notes=judged.notes,
    )


def _in_harbor(manifest: Manifest) -> str:
    """The project in Harbor, of a project or of a robot of one."""
    if manifest.kind is PROJECTS:
        return str(manifest.body["spec"].get("projectName") or manifest.name)
    if manifest.kind is ROBOTS:
        spec = ROBOTS.parse(joined(manifest, None)).spec
        return ", ".join(name for _, name in projects_of(spec, manifest.namespace))
    return ""
