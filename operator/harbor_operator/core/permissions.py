"""The presets of `spec.access`, as permissions in Harbor's words.

A table to edit: what a preset grants stands here and in the documentation of the kind, nowhere
else. The words are those of Harbor's ``GET /permissions`` for projects.
"""

from collections.abc import Collection, Mapping

from harbor_operator.api.robot import Preset, ProjectAccess
from harbor_operator.core.tenancy import Grant


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


def grants_of(access: ProjectAccess) -> frozenset[Grant]:
    """What one entry of `spec.access` asks for."""
    if access.preset is not None:
        return PRESETS[access.preset]
    stated = access.permissions or ()
    return frozenset((entry.resource, action) for entry in stated for action in entry.actions)


def registry_actions(grants: Collection[Grant]) -> frozenset[str]:
    """What Harbor's token service answers to a project robot that asks to pull.

    For a project's robot, push implies pull.
    """
    if PUSH in grants:
        return frozenset({"pull", "push"})
    return frozenset({"pull"}) if PULL in grants else frozenset()
