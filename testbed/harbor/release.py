"""What older releases of Harbor do differently: one table, which the routes and the pages read.

A row says in which releases something is so; each handler asks for the row of its own. The rows
come from Harbor's sources and release notes; only 2.16 was also recorded live.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from testbed.harbor.permissions import PROJECT_GRANTABLE, SYSTEM_GRANTABLE, Policy

Number = tuple[int, int, int]
NEWEST: Final = "2.16"
PROFILES: Final[Mapping[str, str]] = {
    "2.12": "v2.12.4-0a1b2c3d",
    "2.13": "v2.13.5-0a1b2c3d",
    "2.14": "v2.14.4-0a1b2c3d",
    "2.15": "v2.15.2-0a1b2c3d",
    NEWEST: "v2.16.0-c50c7ddd",
}
"""The newest release of each minor, as it names itself."""
_NUMBER = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class Row:
    """One difference: the releases from `since` on, and before `until` if that is given."""

    what: str
    """In words for users."""
    since: Number | None = None
    until: Number | None = None

    def holds(self, number: Number) -> bool:
        """Whether a release is one of them."""
        started = self.since is None or self.since <= number
        return started and (self.until is None or number < self.until)

    @property
    def releases(self) -> str:
        """The releases in words."""
        bounds = (
            "" if self.since is None else f"from {numbered(self.since)}",
            "" if self.until is None else f"before {numbered(self.until)}",
        )
        return ", ".join(filter(None, bounds))


class Difference(Enum):
    """Every difference in what an older release does."""

    OPEN_VERSION = Row("`GET /systeminfo` tells anybody the version of Harbor", until=(2, 13, 0))
    LEGACY_ROBOTS = Row(
        "the routes `/projects/{project}/robots` exist beside `/robots`", until=(2, 13, 0)
    )
    LEVEL_IGNORED = Row("`q=Level=system` lists the robots of all projects, too", until=(2, 13, 0))
    ONE_AUDIT_LOG = Row(
        "`GET /auditlog-exts` is not there yet, and logins, users, members and settings leave no"
        " line in the log",
        until=(2, 13, 0),
    )
    PURGE_BY_OPERATION = Row(
        "the purge of the audit log is told `include_operations`, not `include_event_types`",
        until=(2, 13, 0),
    )
    EXPORT_OF_THE_SYSTEM = Row(
        "`export-cve` is a right on the system instead of one in projects", until=(2, 13, 0)
    )
    NARROW_CREATORS = Row(
        "a robot that holds rights on all projects cannot give them on a single one",
        until=(2, 12, 4),
    )
    NO_PROJECT_ROBOTS_BY_ROBOTS = Row(
        "a system robot cannot make project robots, whatever it holds",
        since=(2, 12, 0),
        until=(2, 14, 1),
    )
    DANGLING_RETENTION = Row(
        "a project goes on naming a deleted retention policy, and gets no other until somebody"
        " takes `retention_id` out of its metadata",
        until=(2, 14, 0),
    )
    OLD_TOKENS = Row(
        "a registry token from before a project was made again is good for the new one (late"
        " patches of 2.13 and 2.14 refuse it, too)",
        until=(2, 15, 0),
    )
    UNKNOWN_BUNDLES = Row(
        "a signature in the bundle format of cosign 3 is not taken for a signature",
        until=(2, 15, 0),
    )
    CHEAP_PASSWORDS = Row(
        "a user's password costs 4,096 rounds of hashing a request instead of 600,000",
        until=(2, 15, 2),
    )
    OWN_SIGNATURES_ONLY = Row(
        "an artifact never shows the signatures of the indexes that name it",
        until=(2, 16, 0),
    )
    CRASHING_NULLS = Row(
        "a null entry in a robot's `permissions` or `access` is answered 500 instead of 400",
        until=(2, 16, 0),
    )
    CRASHING_FILTERS = Row(
        "`Level` or `ProjectID` of a wrong type in `q` is answered 500 instead of 400",
        until=(2, 16, 0),
    )


FIELDS_SINCE: Final[Mapping[tuple[str, str], Number]] = {
    ("ProjectMetadata", "max_upstream_conn"): (2, 15, 0),
    ("ProjectMetadata", "proxy_cache_local_on_not_found"): (2, 15, 2),
    ("ProjectMetadata", "proxy_cache_filter_pattern"): (2, 16, 0),
    ("ProjectMetadata", "proxy_cache_filter_kind"): (2, 16, 0),
    ("ProjectMetadata", "proxy_referrer_api"): (2, 16, 0),
    ("Registry", "ca_certificate"): (2, 15, 0),
    ("RegistryUpdate", "ca_certificate"): (2, 15, 0),
}
"""Fields of bodies, by model and name, that older releases drop like any unknown one."""

_EXPORT_CVE: Final = (Policy("export-cve", "create"), Policy("export-cve", "read"))


class Release:
    """One release of Harbor by its product version, such as `v2.16.0-c50c7ddd`."""

    def __init__(self, version: str) -> None:
        """Read the version.

        Raises:
            ValueError: it does not begin with numbers.
        """
        match = _NUMBER.match(version)
        if match is None:
            raise ValueError(f"no version of Harbor: {version}")
        major, minor, patch = (int(part or 0) for part in match.groups())
        self.version = version
        self.number: Number = (major, minor, patch)

    def does(self, difference: Difference) -> bool:
        """Whether this release differs so from the newest."""
        return difference.value.holds(self.number)

    def knows_field(self, model: str, name: str) -> bool:
        """Whether a field of a body means something to this release."""
        return FIELDS_SINCE.get((model, name), self.number) <= self.number

    def grantable(self, kind: str) -> tuple[Policy, ...]:
        """What a robot may be granted of a kind, `system` or `project`."""
        early = self.does(Difference.EXPORT_OF_THE_SYSTEM)
        if kind == "system":
            return (*SYSTEM_GRANTABLE, *(_EXPORT_CVE if early else ()))
        return tuple(
            policy for policy in PROJECT_GRANTABLE if not (early and policy in _EXPORT_CVE)
        )


def release_of(profile: str) -> Release:
    """The release that a profile stands for: a minor of `PROFILES`, or any whole version."""
    return Release(PROFILES.get(profile, profile))


def numbered(number: Number) -> str:
    """A release in words: `2.14.1`, or `2.14` for the first of its minor."""
    major, minor, patch = number
    return f"{major}.{minor}.{patch}" if patch else f"{major}.{minor}"
