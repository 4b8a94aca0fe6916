"""Whether Harbor and a login there do what the objects on a connection need; decisions only."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from harbor_operator.cli.doctor.checks import Check, fail, ok, unknown, warn
from harbor_operator.cli.doctor.installed import check_clock
from harbor_operator.cli.printing import many, span
from harbor_operator.core.connection.facts import (
    NEWEST,
    OLDEST,
    ROBOTS_MAKE_ROBOTS_SINCE,
    lets_robots_make_robots,
    supported,
)
from harbor_operator.core.grants import ALL_PROJECTS, SYSTEM, PlacedGrant
from harbor_operator.harbor import IdentityKind

LONG: Final = timedelta(hours=24)
"""Tokens that live longer make a revoke worth little: they outlive their account."""

ESSENTIAL: Final = frozenset({"core", "database", "redis", "registry"})
"""Parts of Harbor without which nothing is pulled or changed."""

_KEEPING: Final = ("create", "delete", "list", "read")
"""What keeping robots takes."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What Harbor said to the connection's login.

    Attributes:
        identity: Whom it takes the login for.
        username: The login's name.
        version: Its version.
        administrator: Whether the login may read its configuration.
        read_only: Whether it takes no writes.
        prefix: What it puts before the name of a robot; None where that is not told.
        token_lifetime: How long registry tokens live; None where that is not told.
        ahead: How far its clock is ahead of this machine's; None where it told no time.
        unhealthy: Its parts that do not work.
        grants: What the login may do, of a robot; None where that could not be read.
    """

    identity: IdentityKind
    username: str
    version: str | None = None
    administrator: bool = False
    read_only: bool = False
    prefix: str | None = None
    token_lifetime: timedelta | None = None
    ahead: timedelta | None = None
    unhealthy: tuple[str, ...] = ()
    grants: frozenset[PlacedGrant] | None = None


@dataclass(frozen=True, slots=True)
class Needs:
    """What the objects on a connection want of its login.

    Attributes:
        projects: How many projects it keeps.
        robots: How many robots it keeps.
        grants: What these robots get, and where.
        overlaps: How long the replaced accounts of each of these robots shall live on.
    """

    projects: int = 0
    robots: int = 0
    grants: frozenset[PlacedGrant] = frozenset()
    overlaps: tuple[timedelta, ...] = ()


def check_answers(name: str, answers: Answers, needs: Needs) -> Iterator[Check]:
    """Whether Harbor and the login there do what is needed of them."""
    title = f"connection {name}: "
    yield _login(f"{title}login", answers)
    if answers.identity is IdentityKind.ANONYMOUS:
        return
    yield _version(f"{title}version", answers)
    yield _rights(f"{title}rights", answers, needs)
    yield _mode(f"{title}mode", answers)
    yield check_clock(f"{title}clock", answers.ahead)
    yield _health(f"{title}health", answers.unhealthy)
    yield _prefix(f"{title}robot prefix", answers.prefix)
    yield _tokens(f"{title}token lifetime", answers.token_lifetime, needs.overlaps)


def _login(title: str, answers: Answers) -> Check:
    match answers.identity:
        case IdentityKind.ANONYMOUS:
            return fail(
                title,
                f"Harbor does not accept {answers.username}",
                "correct the Secret of credentialsSecretRef: it may be disabled, expired or wrong",
            )
        case IdentityKind.ROBOT:
            return ok(title, f"{answers.username}, a robot account")
        case IdentityKind.USER:
            return ok(title, f"{answers.username}, a user")


def _version(title: str, answers: Answers) -> Check:
    if not supported(answers.version):
        return fail(
            title,
            f"Harbor {answers.version or 'of an unknown version'}",
            f"supported are {_dotted(OLDEST)} to {_dotted(NEWEST)}",
        )
    return ok(title, f"Harbor {answers.version}")


def _rights(title: str, answers: Answers, needs: Needs) -> Check:
    asked = f"{needs.projects} projects and {needs.robots} robots"
    if answers.identity is IdentityKind.USER:
        if answers.administrator:
            return ok(title, "an administrator")
        return warn(
            title,
            f"not an administrator, for {asked}",
            "give the connection an administrator's login: others own what they make, and no more",
        )
    if needs.robots and not lets_robots_make_robots(answers.version):
        since = _dotted(ROBOTS_MAKE_ROBOTS_SINCE)
        return fail(
            title,
            f"before {since} no robot makes robots, and {needs.robots} are wanted",
            f"give the connection an administrator's login, or upgrade Harbor to {since}",
        )
    if answers.grants is None:
        return unknown(title, f"what this robot may do is not told to it; wanted are {asked}")
    missing = missing_grants(answers.grants, needs)
    if missing:
        return fail(
            title,
            f"this robot lacks {', '.join(missing)}",
            "give it these rights in Harbor: a robot gives no more than it has",
        )
    return ok(title, f"a robot with all that {asked} need")


def missing_grants(held: Iterable[PlacedGrant], needs: Needs) -> list[str]:
    """What a robot's login lacks to make the projects and robots that are wanted."""
    has = frozenset(held)
    wanted = set(needs.grants)
    if needs.projects:
        wanted.add((SYSTEM, "project", "create"))
    if needs.robots:
        wanted |= {
            (ALL_PROJECTS, "robot", action) for action in ("create", "delete", "list", "read")
        }
    lacking = {
        (place, resource, action)
        for place, resource, action in wanted
        if (place, resource, action) not in has
        and (place == SYSTEM or (ALL_PROJECTS, resource, action) not in has)
    }
    return [f"{resource}:{action} at {place}" for place, resource, action in sorted(lacking)]


def _mode(title: str, answers: Answers) -> Check:
    if answers.read_only:
        return fail(
            title, "read-only: nothing can be changed", "end it in Harbor's system settings"
        )
    return ok(title, "takes writes")


def _health(title: str, unhealthy: tuple[str, ...]) -> Check:
    if not unhealthy:
        return ok(title, "all parts are healthy")
    found = f"unhealthy: {', '.join(unhealthy)}"
    cure = "look at the pods of these parts of Harbor"
    return (fail if ESSENTIAL.intersection(unhealthy) else warn)(title, found, cure)


def _prefix(title: str, prefix: str | None) -> Check:
    if prefix is None:
        return unknown(title, "only an administrator's login is told")
    quoted = "; quote names in a shell, which takes the $ for its own" if "$" in prefix else ""
    return ok(title, f"{prefix}{quoted}")


def _tokens(title: str, lifetime: timedelta | None, overlaps: Sequence[timedelta]) -> Check:
    if lifetime is None:
        return unknown(title, "only an administrator's login is told; 30m is taken for granted")
    found = f"{span(lifetime)}: so long a token works on after its account has ended"
    shorter = sum(overlap < lifetime for overlap in overlaps)
    if shorter:
        found += f"; it takes the place of a shorter overlap in {many(shorter, 'robots')}"
    if lifetime > LONG:
        return warn(title, found, "shorten token_expiration in Harbor's settings")
    return ok(title, found)


def _dotted(release: tuple[int, ...]) -> str:
    return ".".join(map(str, release))
