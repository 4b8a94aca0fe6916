"""Which of the plugin's commands their user may run; decisions only."""

from collections.abc import Iterator, Mapping
from typing import Final

from harbor_operator.cli.doctor.checks import Check, State, ok
from harbor_operator.cli.doctor.rbac import Right
from harbor_operator.cli.kinds import CONNECTION, GROUP, HOLDERS, KINDS, ROBOT

_NAMESPACED: Final = tuple(kind.resource.plural for kind in KINDS if kind.resource.namespaced)
_HOLDERS: Final = tuple(kind.resource.plural for kind in HOLDERS)


def needs(namespace: str) -> dict[str, tuple[Right, ...]]:
    """By command, what it needs to be of use in one namespace."""

    def ours(verb: str, plurals: tuple[str, ...]) -> tuple[Right, ...]:
        return tuple(Right(verb, GROUP, plural, namespace) for plural in plurals)

    def core(verb: str, *plurals: str, of: str = "") -> tuple[Right, ...]:
        return tuple(Right(verb, "", plural, of) for plural in plurals)

    everywhere = tuple(Right("list", GROUP, kind.resource.plural) for kind in KINDS)
    return {
        "status": ours("list", _NAMESPACED),
        "why": core("get", "pods", "serviceaccounts", "secrets", of=namespace),
        "rotate, revoke": ours("patch", _HOLDERS),
        "suspend, resume, reconcile": ours("patch", _NAMESPACED),
        "blast-radius": core("list", "secrets", "serviceaccounts", "pods"),
        "audit": ours("list", (ROBOT.resource.plural,)),
        "uninstall-check": everywhere,
        "orphans": (*everywhere, *core("list", "secrets", "serviceaccounts")),
        "doctor": (
            Right("list", GROUP, CONNECTION.resource.plural),
            Right("list", "apps", "deployments"),
            Right("create", "authorization.k8s.io", "subjectaccessreviews"),
        ),
    }


def check_commands(namespace: str, allowed: Mapping[Right, bool]) -> Iterator[Check]:
    """What the user may run in a namespace.

    What they may not is no fault of anything: it is told as what cannot be known to them.
    """
    for command, rights in needs(namespace).items():
        missing = [right.words for right in rights if not allowed.get(right, False)]
        name = f"your rights for {command}"
        if missing:
            yield Check(name, State.UNKNOWN, f"you may not: {', '.join(missing)}")
        else:
            yield ok(name, "granted")
