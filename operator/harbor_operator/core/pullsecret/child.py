"""The robot that is made for projectRefs: when it is made, kept in line, and let go."""

from dataclasses import dataclass

from harbor_operator.api.conditions import Reason
from harbor_operator.core.plan import Verdict, blocked, waiting
from harbor_operator.core.pullsecret.actions import Action, KeepChild, RemoveChild
from harbor_operator.core.pullsecret.facts import Child, ChildSpec, ChildState, Desired, Observed


@dataclass(frozen=True, slots=True)
class Upbringing:
    """What is to be done about the child, or why it cannot be."""

    actions: tuple[Action, ...] = ()
    refusal: tuple[Verdict, ...] = ()


def child_of(desired: Desired, observed: Observed) -> Upbringing:
    """The next step for the child."""
    child = observed.child
    if desired.child is None or child is None:
        return Upbringing(_farewell(observed))
    match child.state:
        case ChildState.FOREIGN:
            return Upbringing(refusal=_NAME_CONFLICT)
        case ChildState.BEHIND if not child.deleting:
            return Upbringing((KeepChild(desired.child, child),))
        case ChildState.ABSENT:
            return _birth(desired.child, child, observed)
        case _:
            return Upbringing()


def _birth(wanted: ChildSpec, child: Child, observed: Observed) -> Upbringing:
    """Make it on the connection of its projects, which have to agree."""
    connections = {name: observed.connections.get(name) for name in wanted.projects}
    missing = sorted(name for name, connection in connections.items() if connection is None)
    if missing:
        message = f"HarborProject {missing[0]} in spec.projectRefs is not there yet."
        return Upbringing(refusal=waiting(Reason.WAITING_FOR_PROJECT, message))
    known = sorted({connection for connection in connections.values() if connection is not None})
    if len(known) > 1:
        message = (
            f"spec.projectRefs names projects of the connections {', '.join(known)}: one robot"
            " can only have access to projects of one Harbor."
        )
        return Upbringing(refusal=blocked(Reason.INVALID_SPEC, message))
    return Upbringing((KeepChild(wanted, child, known[0]),))


def _farewell(observed: Observed) -> tuple[Action, ...]:
    """Let go of the child of an earlier spec, once no Secret holds its credential any more."""
    child = observed.child
    if child is None or child.deleting or not child.is_ours:
        return ()
    login = observed.login
    held = any(delivered.robot_uid == child.uid for delivered in observed.delivered.values())
    return () if held or login is None or login.robot_uid == child.uid else (RemoveChild(child),)


_NAME_CONFLICT = blocked(
    Reason.NAME_CONFLICT,
    "A HarborRobot that has the name of the one made for spec.projectRefs was made by somebody"
    " else: name it in spec.robotRef instead, or delete it.",
)
