"""Who may do what: the matrix of grantable robot permissions and the roles of project members.

The tables are written as `resource: action action ...`, in the order in which Harbor lists them;
`.` is the project itself.
"""

from typing import Final, NamedTuple


class Policy(NamedTuple):
    """A resource and an action on it."""

    resource: str
    action: str


def _policies(table: str) -> tuple[Policy, ...]:
    lines = [line.partition(":") for line in table.strip().splitlines()]
    return tuple(
        Policy(resource.strip(), action)
        for resource, _, actions in lines
        for action in actions.split()
    )


SYSTEM_GRANTABLE: Final = _policies("""
    audit-log: list
    preheat-instance: read create delete list update
    project: list create
    replication-policy: read create delete list update
    replication: read create list
    replication-adapter: list
    registry: read create delete list update
    scan-all: read update stop create
    system-volumes: read
    garbage-collection: read create list update stop
    purge-audit: read create list update stop
    jobservice-monitor: list stop
    scanner: read create delete list update
    label: read create delete update
    security-hub: read list
    catalog: read
    quota: read list
    robot: create read list delete
    user: create read update list delete
    ldap-user: create list
    quota: update
    user-group: create read update list delete
""")
"""What a robot may be granted on the system, as `GET /permissions` lists it."""

PROJECT_GRANTABLE: Final = _policies("""
    log: list
    project: read delete update
    metadata: read create delete list update
    repository: read update delete list pull push
    artifact: read create list delete
    scan: create read stop
    sbom: create stop read
    tag: create list delete
    accessory: list
    artifact-addition: read
    artifact-label: create delete
    scanner: create read
    preheat-policy: read create delete list update
    immutable-tag: create delete list update
    notification-policy: read create delete list update
    tag-retention: read create delete list update
    label: read create delete list update
    quota: read
    robot: create read list delete
    export-cve: create read
    member: create read update list delete
""")
"""What a robot may be granted in projects."""

SYSTEM_POLICIES: Final = _policies("""
    catalog: read
    audit-log: list
    project: create read update delete list
    user: create read update delete list
    user-group: create read update delete list
    registry: create read update delete list
    replication: create read update list delete
    distribution: create read update delete list
    garbage-collection: create read update delete list
    scan-all: create read update delete list stop
    system-volumes: read
    ldap-user: create list
    configuration: read update
    jobservice-monitor: read list stop
    security-hub: read list
""")
"""Everything that exists on the system, as an administrator sees it listed."""

PROJECT_POLICIES: Final = _policies("""
    .: read update delete
    member: create read update delete list
    metadata: create read update delete
    log: list
    label: create read update delete list
    quota: read
    repository: create read update delete list pull push
    tag-retention: create read update delete list operate
    immutable-tag: create update delete list
    configuration: read update
    robot: create read update delete list
    notification-policy: create update delete list read
    scan: create read stop
    sbom: create stop read
    scanner: read create
    artifact: create read delete list
    artifact-addition: read
    tag: list create delete
    accessory: list
    artifact-label: create delete
    preheat-policy: create read update delete list
    export-cve: create read list
""")
"""Everything that a project's administrator may do in it."""

_MAINTAINER: Final = _policies("""
    .: read
    member: read list
    metadata: read
    quota: read
    label: create read update delete list
    repository: create read update delete list push pull
    tag-retention: create read update delete list operate
    accessory: list
    immutable-tag: create update delete list
    configuration: read
    robot: read list
    notification-policy: read list
    scan: create read stop
    sbom: create stop read
    scanner: read
    artifact: create read delete list
    artifact-addition: read
    tag: list create delete
    artifact-label: create delete
    export-cve: create read list
""")

_DEVELOPER: Final = _policies("""
    .: read
    member: read list
    label: read list
    quota: read
    repository: create read update list push pull
    tag-retention: create read update delete list operate
    configuration: read
    robot: read list
    scan: read
    sbom: read
    scanner: read
    artifact: create read list
    artifact-addition: read
    tag: list create
    accessory: list
    artifact-label: create delete
    export-cve: create read list
""")

_GUEST: Final = _policies("""
    .: read
    member: read list
    label: read list
    quota: read
    repository: read list pull
    configuration: read
    robot: read list
    scan: read
    sbom: read
    scanner: read
    tag: list
    accessory: list
    artifact: read list
    artifact-addition: read
""")

_LIMITED_GUEST: Final = _policies("""
    .: read
    quota: read
    repository: list read pull
    configuration: read
    scan: read
    sbom: read
    scanner: read
    tag: list
    accessory: list
    artifact: read list
    artifact-addition: read
""")

PUBLIC_POLICIES: Final = frozenset(
    _policies("""
    .: read
    label: read list
    repository: list pull
    scan: read
    scanner: read
    tag: list
    artifact: read list
    artifact-addition: read
    accessory: list
""")
)
"""What anybody may do in a public project."""

ROLE_NAMES: Final = {
    1: "projectAdmin",
    2: "developer",
    3: "guest",
    4: "maintainer",
    5: "limitedGuest",
}
"""The roles of project members by id."""

ROLE_POLICIES: Final = {
    1: frozenset(PROJECT_POLICIES),
    2: frozenset(_DEVELOPER),
    3: frozenset(_GUEST),
    4: frozenset(_MAINTAINER),
    5: frozenset(_LIMITED_GUEST),
}
"""What each role allows in its project."""

ROLE_STRENGTH: Final = (1, 4, 2, 3, 5)
"""The roles from the mightiest to the weakest."""
