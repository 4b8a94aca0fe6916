"""The kinds and actions as the command line names them.

The facts of the definitions are repeated here because those need pydantic, which costs more time
than everything else that completion does; a test compares them.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from typing_extensions import override

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.kube.resources import Resource

GROUP: Final = "harbor-operator.dev"
VERSION: Final = "v1alpha1"


class Action(StrEnum):
    """What can be asked of an object."""

    RECONCILE = "reconcile"
    ROTATE = "rotate"
    REVOKE = "revoke"
    SUSPEND = "suspend"
    RESUME = "resume"


_ALL: Final = frozenset({Action.RECONCILE, Action.SUSPEND, Action.RESUME})
"""What every kind understands."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the operator's kinds.

    Attributes:
        word: What the command line calls it.
        title: What sentences call several of it.
        resource: Where it lives in the API.
        short_name: What its definition lets kubectl call it.
        actions: What can be asked of it.
    """

    word: str
    title: str
    resource: Resource
    short_name: str
    actions: frozenset[Action]

    @property
    def names(self) -> frozenset[str]:
        """All that people may call it, in lower case."""
        return frozenset(
            {
                self.word,
                f"{self.word}s",
                self.short_name,
                self.resource.kind.lower(),
                self.resource.plural,
            }
        )


CONNECTION: Final = Kind(
    "connection",
    "connections",
    Resource(
        GROUP, VERSION, "clusterharborconnections", "ClusterHarborConnection", namespaced=False
    ),
    "hconn",
    _ALL | {Action.REVOKE},
)
PROJECT: Final = Kind(
    "project",
    "projects",
    Resource(GROUP, VERSION, "harborprojects", "HarborProject"),
    "hproj",
    _ALL,
)
ROBOT: Final = Kind(
    "robot",
    "robots",
    Resource(GROUP, VERSION, "harborrobots", "HarborRobot"),
    "hrobot",
    _ALL | {Action.ROTATE, Action.REVOKE},
)
PULL_SECRET: Final = Kind(
    "pullsecret",
    "pull secrets",
    Resource(GROUP, VERSION, "harborpullsecrets", "HarborPullSecret"),
    "hpull",
    _ALL,
)
KINDS: Final = (CONNECTION, PROJECT, ROBOT, PULL_SECRET)
"""In the order in which they need each other."""

HOLDERS: Final = (ROBOT, PULL_SECRET)
"""What has a credential that others depend on."""

_SUFFIXES: Final = frozenset({"", GROUP, f"{VERSION}.{GROUP}"})


def kinds_with(action: Action) -> tuple[Kind, ...]:
    """The kinds of whose objects something can be asked."""
    return tuple(kind for kind in KINDS if action in kind.actions)


def add_target(parser: argparse.ArgumentParser, kinds: Sequence[Kind]) -> None:
    """Declare an object of one of these kinds as argument `target`."""
    words = ", ".join(kind.word for kind in kinds)
    parser.add_argument("target", metavar="KIND/NAME", help=f"the object: KIND is {words}")


@dataclass(frozen=True, slots=True)
class Target:
    """One object, as the command line names it."""

    kind: Kind
    name: str

    @override
    def __str__(self) -> str:
        return f"{self.kind.word}/{self.name}"


def read_target(text: str, kinds: Sequence[Kind] = KINDS) -> Target:
    """Read KIND/NAME, where the kind may be spelled as kubectl would take it.

    Raises:
        CommandError: It is not of that form, or of none of these kinds.
    """
    spelled, _, name = text.partition("/")
    if not spelled or not name or "/" in name:
        raise CommandError(f"{text!r} is not of the form KIND/NAME", ExitCode.USAGE)
    word, _, suffix = spelled.lower().partition(".")
    for kind in kinds:
        if word in kind.names and suffix in _SUFFIXES:
            return Target(kind, name)
    known = ", ".join(kind.word for kind in kinds)
    raise CommandError(f"{spelled!r} is none of the kinds {known}", ExitCode.USAGE)
