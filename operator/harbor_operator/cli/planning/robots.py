"""Plans one HarborRobot: the account that it would have, by the operator's own decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from harbor_operator.api.base import DEFAULT_CONNECTION
from harbor_operator.api.resources import Resource
from harbor_operator.api.robot import RobotSpec, RobotStatus
from harbor_operator.cli.harbor_side import HarborSide
from harbor_operator.cli.planning.ownership import UNKNOWN_CLUSTER, Owner, own_mark
from harbor_operator.cli.planning.projects import Judgement
from harbor_operator.cli.planning.report import Obstacle, Outcome, entries_of
from harbor_operator.cli.planning.rules import Rules
from harbor_operator.cli.planning.surroundings import Surroundings
from harbor_operator.core.connection.facts import Identity
from harbor_operator.core.grants import SYSTEM, Level
from harbor_operator.core.ownership import parse_mark
from harbor_operator.core.permissions import level_in_harbor
from harbor_operator.core.project.usable import is_lost
from harbor_operator.core.robot.facts import HarborRobot, Observed, Recorded, RobotName
from harbor_operator.core.robot.preview import preview
from harbor_operator.core.robot.rights import NamedProject, ProjectState, state_of
from harbor_operator.core.specs import (
    ProjectKey,
    desired_robot,
    named_project,
    projects_of,
    robot_base,
)
from harbor_operator.core.steps import Verb

RobotObject = Resource[RobotSpec, RobotStatus]

TOKEN_LIFETIME: Final = timedelta(minutes=30)
"""Harbor's default; it decides when an old account goes, which no plan tells."""


@dataclass(frozen=True, slots=True)
class _Access:
    """The HarborProjects that a robot names."""

    named: tuple[NamedProject, ...]
    names: Mapping[ProjectKey, str]


async def plan_robot(
    robot: RobotObject, rules: Rules, around: Surroundings, harbor: HarborSide
) -> Judgement:
    """Read what the decision needs, and make it.

    Raises:
        PermissionDenied: The login may not read it.
        HarborError: Harbor failed.
    """
    metadata = robot.metadata
    access = await _access(robot, rules, around)
    home = _home(robot, access)
    accounts = () if home is None else await harbor.robots_at(home)
    cluster = await around.cluster_id()
    owner = Owner(metadata.namespace, metadata.name, metadata.uid or None, cluster)
    own = own_mark(owner, [account.description for account in accounts])
    base = robot_base(robot, own.cluster)
    if own.cluster == UNKNOWN_CLUSTER and robot.spec.robot_name is None:
        base = f"{metadata.name}-(hash)"
    name = RobotName(None if home in {None, SYSTEM} else home, base)
    observed = Observed(
        own=own,
        held=True,
        rule=await rules.of(metadata.namespace),
        project=state_of(access.named),
        projects=access.named,
        name=name,
        recorded=Recorded(robot_id=robot.status.robot_id),
        ledger=None,
        robots=accounts,
        can_update=await _may_update(robot, around, harbor),
        catalogue=harbor.catalogue,
    )
    desired = desired_robot(robot, observed.rule, TOKEN_LIFETIME, access.names)
    found = preview(desired, observed, name, harbor.now)
    if found.refusal:
        first = found.refusal[0]
        return Judgement(Outcome.REFUSED, obstacles=(Obstacle(first.reason, first.message),))
    notes = _ambiguity(owner, accounts)
    if not found.steps:
        return Judgement(Outcome.NONE, notes=notes)
    created = found.steps[0].verb is Verb.CREATE
    outcome = Outcome.CREATE if created else Outcome.CHANGE
    return Judgement(outcome, entries_of(found.steps), notes=notes)


async def _access(robot: RobotObject, rules: Rules, around: Surroundings) -> _Access:
    namespace = robot.metadata.namespace
    asking = await around.namespace(namespace)
    named: list[NamedProject] = []
    names: dict[ProjectKey, str] = {}
    for key in projects_of(robot.spec, namespace):
        project = await around.project(key)
        if project is not None and project.spec.connection_ref != robot.spec.connection_ref:
            project = None
        seen = named_project(
            key,
            project,
            asking=asking,
            rule=await rules.of(namespace),
            owner_rule=await rules.of(key[0]),
        )
        if project is None or seen.name is None:
            named.append(seen)
            continue
        # What is planned with it is ready by the time that the robot is made.
        usable = seen.state if is_lost(project.status) else ProjectState.READY
        named.append(replace(seen, state=usable))
        names[key] = seen.name
    return _Access(tuple(named), names)


def _home(robot: RobotObject, access: _Access) -> str | None:
    """Where Harbor lists the accounts: a project, or the system; None while it is not known."""
    if level_in_harbor(robot.spec) is Level.SYSTEM:
        return SYSTEM
    return next(iter(access.names.values()), None)


async def _may_update(robot: RobotObject, around: Surroundings, harbor: HarborSide) -> bool:
    """Whether the operator's login may change robots: as its connection says, or like this one."""
    connection = await around.connection(robot.spec.connection_ref.name or DEFAULT_CONNECTION)
    stated = connection.status.identity if connection else None
    kind = harbor.identity.value if stated is None else stated.kind.value
    return kind == Identity.USER.value


def _ambiguity(owner: Owner, accounts: tuple[HarborRobot, ...]) -> tuple[str, ...]:
    """That other clusters have an object of this place, where this one is not known."""
    if owner.uid is not None or owner.cluster is not None:
        return ()
    marks = [mark for account in accounts if (mark := parse_mark(account.description.strip()))]
    place = (owner.namespace, owner.name)
    clusters = {mark.cluster for mark in marks if (mark.namespace, mark.name) == place}
    if len(clusters) < 2:  # noqa: PLR2004 -- more than one
        return ()
    return ("accounts of several clusters are of this namespace and name; the newest is compared",)
