"""Which permissions a Harbor knows, and what somebody meant who asks for another one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from harbor_operator.core.grants import SYSTEM, PlacedGrant
from harbor_operator.core.tenancy import Grant

MOST_NAMED: Final = 5
"""How many names a message lists where none is near."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What robots can be granted in projects, and on Harbor itself."""

    project: frozenset[Grant] = field(repr=False)
    system: frozenset[Grant] = field(repr=False)

    def problem(self, grants: Collection[PlacedGrant]) -> str | None:
        """Say in a sentence which permission does not exist, None where all do."""
        for place, resource, action in sorted(grants):
            known = self.system if place == SYSTEM else self.project
            if (resource, action) not in known:
                where = "spec.system" if place == SYSTEM else "spec.access"
                return f"{where}: {_unknown(resource, action, known)}"
        return None


def _unknown(resource: str, action: str, known: frozenset[Grant]) -> str:
    resources = {name for name, _ in known}
    if resource not in resources:
        named = _nearest(resource, resources)
        return f"Harbor has no resource {resource} to grant here; {named}."
    actions = {name for of, name in known if of == resource}
    named = _nearest(action, actions)
    return f"Harbor has no action {action} on {resource} to grant here; {named}."


def _nearest(word: str, known: Collection[str]) -> str:
    near = get_close_matches(word, sorted(known), n=MOST_NAMED)
    if near:
        return f"near it are {', '.join(near)}"
    some = sorted(known)
    listed = ", ".join(some[:MOST_NAMED])
    return f"there are {listed} and others" if len(some) > MOST_NAMED else f"there are {listed}"


def _table(rows: Mapping[str, str]) -> frozenset[Grant]:
    return frozenset(
        (resource, action) for resource, actions in rows.items() for action in actions.split()
    )


HARBOR_2_16: Final = Catalogue(
    project=_table(
        {
            "accessory": "list",
            "artifact": "create delete list read",
            "artifact-addition": "read",
            "artifact-label": "create delete",
            "export-cve": "create read",
            "immutable-tag": "create delete list update",
            "label": "create delete list read update",
            "log": "list",
            "member": "create delete list read update",
            "metadata": "create delete list read update",
            "notification-policy": "create delete list read update",
            "preheat-policy": "create delete list read update",
            "project": "delete read update",
            "quota": "read",
            "repository": "delete list pull push read update",
            "robot": "create delete list read",
            "sbom": "create read stop",
            "scan": "create read stop",
            "scanner": "create read",
            "tag": "create delete list",
            "tag-retention": "create delete list read update",
        }
    ),
    system=_table(
        {
            "audit-log": "list",
            "catalog": "read",
            "garbage-collection": "create list read stop update",
            "jobservice-monitor": "list stop",
            "label": "create delete read update",
            "ldap-user": "create list",
            "preheat-instance": "create delete list read update",
            "project": "create list",
            "purge-audit": "create list read stop update",
            "quota": "list read update",
            "registry": "create delete list read update",
            "replication": "create list read",
            "replication-adapter": "list",
            "replication-policy": "create delete list read update",
            "robot": "create delete list read",
            "scan-all": "create read stop update",
            "scanner": "create delete list read update",
            "security-hub": "list read",
            "system-volumes": "read",
            "user": "create delete list read update",
            "user-group": "create delete list read update",
        }
    ),
)
"""What Harbor 2.16 lists at ``GET /permissions``: believed where the login may not ask, as a robot
never may. Where a Harbor knows less, its own refusal says so."""
