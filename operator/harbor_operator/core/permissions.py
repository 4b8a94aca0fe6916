"""The presets of `spec.access`, as permissions in Harbor's words.

A table to edit: what a preset grants stands here and in the documentation of the kind, nowhere
else. The words are those of Harbor's ``GET /permissions`` for projects.
"""

from collections.abc import Collection, Iterable, Mapping

from harbor_operator.api.access import Permission, Preset, ProjectAccess
from harbor_operator.api.robot import RobotSpec
from harbor_operator.core.grants import ALL_PROJECTS, SYSTEM, Level, PlacedGrant, by_place
from harbor_operator.core.tenancy import AccessLevel, Grant, level_of


def _grants(table: Mapping[str, str]) -> frozenset[Grant]:
    return frozenset(
        (resource, action) for resource, actions in table.items() for action in actions.split()
    )


_READ = {
    "accessory": "list",
    "artifact": "list read",
    "artifact-addition": "read",
    "repository": "list read",
    "tag": "list",
}
_SCAN = {"scan": "create read stop", "sbom": "create read stop"}

PRESETS: Mapping[Preset, frozenset[Grant]] = {
    Preset.PULL: _grants({"repository": "pull"}),
    Preset.PULL_PUSH: _grants({"repository": "pull push"}),
    Preset.PUSH: _grants({"repository": "push"}),
    Preset.SCAN: _grants({**_READ, **_SCAN, "repository": "list pull read"}),
    Preset.READ_METADATA: _grants(_READ),
    Preset.MAINTAIN: _grants(
        {
            **_READ,
            **_SCAN,
            "artifact": "create delete list read",
            "artifact-label": "create delete",
            "repository": "delete list pull push read update",
            "tag": "create delete list",
        }
    ),
}

PULL: Grant = ("repository", "pull")
PUSH: Grant = ("repository", "push")


def level_in_harbor(spec: RobotSpec) -> Level:
    """Whether a spec needs a robot of the system: one project alone does not."""
    alone = not spec.system and len(spec.access) == 1
    alone = alone and spec.access[0].project_ref is not None
    return Level.PROJECT if alone else Level.SYSTEM


def grants_of(access: ProjectAccess, level: Level = Level.PROJECT) -> frozenset[Grant]:
    """What one entry of `spec.access` asks for.

    For a project's robot push implies pull; one of the system that is to push needs both.
    """
    if access.preset is None:
        return _stated(access.permissions or ())
    grants = PRESETS[access.preset]
    return grants | {PULL} if level is Level.SYSTEM and PUSH in grants else grants


def system_grants_of(spec: RobotSpec) -> frozenset[Grant]:
    """What `spec.system` asks for."""
    return _stated(spec.system or ())


def is_pull_only(spec: RobotSpec) -> bool:
    """Whether a spec asks for nothing but pulling: only that may be given to other namespaces."""
    return not spec.system and all(
        level_of(grants_of(entry)) is AccessLevel.PULL for entry in spec.access
    )


def _stated(permissions: Iterable[Permission]) -> frozenset[Grant]:
    return frozenset((entry.resource, action) for entry in permissions for action in entry.actions)


def registry_actions(grants: Collection[Grant], level: Level = Level.PROJECT) -> frozenset[str]:
    """What Harbor's token service answers to a robot that asks to pull.

    For a project's robot, push implies pull.
    """
    if PUSH in grants and level is Level.PROJECT:
        return frozenset({"pull", "push"})
    return frozenset(action for resource, action in grants if (resource, action) in {PULL, PUSH})


def registry_access(grants: Collection[PlacedGrant], level: Level) -> dict[str, frozenset[str]]:
    """By project, what the token service answers; all projects and the system have no token."""
    return {
        place: registry_actions(granted, level)
        for place, granted in by_place(grants).items()
        if place not in {ALL_PROJECTS, SYSTEM}
    }
