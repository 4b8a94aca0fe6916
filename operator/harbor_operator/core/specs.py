"""Specs as the core reads them: from the models of the API to frozen facts."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from harbor_operator.api.base import (
    ANNOTATION_REVOKE,
    ANNOTATION_ROTATE,
    LabelSelector,
    NamespaceSelection,
)
from harbor_operator.api.connection import ConnectionSpec
from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.api.resources import Resource
from harbor_operator.api.robot import (
    DEFAULT_LIFETIME_DAYS,
    NEVER,
    ROBOT_NAME_HASH_LENGTH,
    RobotSpec,
    RobotStatus,
)
from harbor_operator.api.rotation import Rotation
from harbor_operator.api.tenants import TenantRule as TenantRuleSpec
from harbor_operator.api.values import MAX_TOKEN_LENGTH, UNLIMITED_BYTES
from harbor_operator.core.grants import ALL_PROJECTS, SYSTEM, PlacedGrant, placed
from harbor_operator.core.namespaces import Namespace, Operator, Requirement, Selection
from harbor_operator.core.permissions import grants_of, level_in_harbor, system_grants_of
from harbor_operator.core.project.defaults import filled
from harbor_operator.core.project.facts import Desired as DesiredProject
from harbor_operator.core.project.settings import wanted_settings
from harbor_operator.core.project.usable import is_lost, is_usable
from harbor_operator.core.robot.facts import Desired as DesiredRobot
from harbor_operator.core.robot.plan import overlap_of
from harbor_operator.core.robot.rights import NamedProject, ProjectState
from harbor_operator.core.robot.schedule import Schedule, Window
from harbor_operator.core.tenancy import (
    NEVER_EXPIRES,
    AccessLevel,
    DistributionRule,
    ShareRule,
    TenantRule,
    access_to,
    may_distribute,
)

ProjectKey = tuple[str, str]
"""Namespace and name of a HarborProject."""

_LEVELS: Mapping[str, AccessLevel] = {
    "Pull": AccessLevel.PULL,
    "PullPush": AccessLevel.PULL_PUSH,
    "Project": AccessLevel.PROJECT,
    "System": AccessLevel.SYSTEM,
}


def selection_of(spec: NamespaceSelection) -> Selection:
    """A selection of namespaces; parts that the spec leaves out say nothing."""
    return Selection(
        names=spec.names or None,
        selector=requirements_of(spec.selector) if spec.selector else None,
        exclude=spec.exclude,
    )


def requirements_of(selector: LabelSelector) -> tuple[Requirement, ...]:
    """The requirements of a label selector; all of them have to be met."""
    labels = (
        Requirement(key, Operator.IN, frozenset({value}))
        for key, value in selector.match_labels.items()
    )
    expressions = (
        Requirement(entry.key, Operator(entry.operator), frozenset(entry.values))
        for entry in selector.match_expressions
    )
    return (*labels, *expressions)


def tenant_rules(spec: ConnectionSpec) -> tuple[TenantRule, ...] | None:
    """The connection's tenant rules, None where it states none."""
    return None if spec.tenants is None else tuple(_tenant_rule(rule) for rule in spec.tenants)


def _tenant_rule(rule: TenantRuleSpec) -> TenantRule:
    ceiling = rule.max_storage_bytes
    return TenantRule(
        namespaces=selection_of(rule.namespaces),
        projects=rule.projects,
        may_adopt=rule.may_adopt,
        may_delete_adopted=rule.may_delete_adopted,
        max_access=_LEVELS[rule.max_access],
        max_lifetime_days=rule.max_robot_lifetime_days,
        allow_never_expire=rule.allow_never_expire,
        allow_public=rule.allow_public,
        max_storage_bytes=None if ceiling == UNLIMITED_BYTES else ceiling,
        proxy_cache_registries=rule.proxy_cache_registries,
        webhook_hosts=rule.webhook_hosts,
        project_defaults=rule.project_defaults,
    )


def share_rules(spec: ProjectSpec) -> tuple[ShareRule, ...]:
    """Whom a project is shared with."""
    return tuple(
        ShareRule(selection_of(share.namespaces), _LEVELS[share.access], share.distribute)
        for share in spec.shared_with
    )


def distribution_rules(spec: ConnectionSpec) -> tuple[DistributionRule, ...]:
    """The connection's distribution rules."""
    return tuple(DistributionRule(r.sources, selection_of(r.targets)) for r in spec.distribution)


def desired_project(
    project: Resource[ProjectSpec, ProjectStatus], rule: TenantRule | None
) -> DesiredProject:
    """What a HarborProject asks for, the tenant rule's defaults filled in."""
    spec, defaults = filled(project.spec, rule.project_defaults if rule else None)
    return DesiredProject(
        name=spec.name_in_harbor(project.metadata.name),
        settings=wanted_settings(spec, project.status),
        adoption=spec.adoption_policy,
        defaults=defaults,
    )


def projects_of(spec: RobotSpec, namespace: str) -> tuple[ProjectKey, ...]:
    """The HarborProjects that a robot of that namespace names, each once."""
    refs = (entry.project_ref for entry in spec.access)
    keys = ((ref.namespace or namespace, ref.name) for ref in refs if ref is not None)
    return tuple(dict.fromkeys(keys))


def named_project(
    key: ProjectKey,
    project: Resource[ProjectSpec, ProjectStatus] | None,
    *,
    asking: Namespace,
    rule: TenantRule | None,
    owner_rule: TenantRule | None,
) -> NamedProject:
    """How far a namespace may use a HarborProject that one of its robots names.

    Args:
        key: Namespace and name of the HarborProject.
        project: The object, None where it is not there or is of another connection.
        asking: The robot's namespace.
        rule: The tenant rule of the robot's namespace.
        owner_rule: That of the project's namespace, which must give it the project too.
    """
    owner, name = key
    shared = owner != asking.name
    label = f"{owner}/{name}" if shared else name
    if project is None:
        return NamedProject(label, ProjectState.MISSING, shared=shared)
    in_harbor, shares = project.spec.name_in_harbor(name), share_rules(project.spec)
    owned = owner_rule is not None and owner_rule.allows_project(in_harbor, owner)
    usable = is_usable(project.status, project.metadata.generation)
    lost = is_lost(project.status)
    return NamedProject(
        label=label,
        state=ProjectState.READY if usable else ProjectState.NOT_READY,
        name=in_harbor,
        allowed=access_to(in_harbor, owner, asking, rule, shares) if owned and not lost else None,
        shared=shared,
        distribute=not shared or may_distribute(asking, shares),
    )


def desired_robot(
    robot: Resource[RobotSpec, RobotStatus],
    rule: TenantRule | None,
    token_lifetime: timedelta,
    names: Mapping[ProjectKey, str],
) -> DesiredRobot:
    """What a HarborRobot asks for, its defaults filled in from the tenant rule and Harbor.

    Args:
        robot: The object.
        rule: Its namespace's tenant rule.
        token_lifetime: How long Harbor's tokens live.
        names: What the HarborProjects that it names are called in Harbor, as far as known.
    """
    spec, lifetime_days = robot.spec, _lifetime(robot.spec, rule)
    return DesiredRobot(
        secret_name=spec.secret_name_for(robot.metadata.name),
        grants=placed_grants(spec, robot.metadata.namespace, names),
        lifetime_days=lifetime_days,
        schedule=_schedule(spec.rotation, lifetime_days, token_lifetime),
        request=request_token(robot, ANNOTATION_ROTATE),
        strategy=spec.rotation.strategy,
        disabled=spec.disabled,
        revoke=request_token(robot, ANNOTATION_REVOKE),
        level=level_in_harbor(spec),
        stated_base=spec.robot_name,
    )


def request_token(resource: Resource[Any, Any], annotation: str) -> str | None:
    """The token of a request, as long as a status can repeat it; an empty one is none."""
    return (resource.annotation(annotation) or "")[:MAX_TOKEN_LENGTH] or None


def placed_grants(
    spec: RobotSpec, namespace: str, names: Mapping[ProjectKey, str]
) -> frozenset[PlacedGrant]:
    """What a spec asks for, at the places of Harbor; without projects that are not known yet."""
    level = level_in_harbor(spec)
    grants = set(placed(SYSTEM, system_grants_of(spec)))
    for entry in spec.access:
        ref = entry.project_ref
        place = ALL_PROJECTS if ref is None else names.get((ref.namespace or namespace, ref.name))
        if place is not None:
            grants |= placed(place, grants_of(entry, level))
    return frozenset(grants)


def _schedule(rotation: Rotation, lifetime_days: int, token_lifetime: timedelta) -> Schedule:
    return Schedule(
        cron=rotation.schedule,
        time_zone=rotation.time_zone,
        every=rotation.interval,
        lifetime=None if lifetime_days == NEVER_EXPIRES else timedelta(days=lifetime_days),
        jitter=rotation.jitter_interval,
        windows=tuple(Window(window.schedule, window.length) for window in rotation.windows),
        overlap=overlap_of(rotation.overlap_interval, token_lifetime),
    )


def _lifetime(spec: RobotSpec, rule: TenantRule | None) -> int:
    if spec.lifetime_days == NEVER:
        return NEVER_EXPIRES
    if spec.lifetime_days is not None:
        return int(spec.lifetime_days)
    return min(DEFAULT_LIFETIME_DAYS, rule.max_lifetime_days if rule else DEFAULT_LIFETIME_DAYS)


def robot_base(robot: Resource[RobotSpec, RobotStatus], cluster: str) -> str:
    """The base of a robot's name in Harbor.

    The default carries five hex digits of cluster, namespace and name, so that objects of the
    same name in other namespaces and clusters do not collide.
    """
    if robot.spec.robot_name is not None:
        return robot.spec.robot_name
    place = f"{cluster}/{robot.metadata.namespace}/{robot.metadata.name}"
    digest = hashlib.sha256(place.encode()).hexdigest()[:ROBOT_NAME_HASH_LENGTH]
    return f"{robot.metadata.name}-{digest}"
