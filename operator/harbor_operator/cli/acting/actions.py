"""What an action changes in an object, and how its end is told; decisions only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.kinds import CONNECTION, GROUP, Action, Target
from harbor_operator.cli.objects import (
    READY,
    STALLED,
    SUSPENDED,
    Condition,
    conditions_of,
    is_current,
    is_suspended,
    status_of,
)
from harbor_operator.kube.resources import JsonObject

REQUESTS: Final = frozenset({Action.RECONCILE, Action.ROTATE, Action.REVOKE})
"""Actions that are asked for by an annotation, whose value the status echoes once it is done."""

SUCCEEDED: Final = "Succeeded"
"""The result of a rotation that went well."""


@dataclass(frozen=True, slots=True)
class Order:
    """One action on one object; the token tells this request from all others."""

    action: Action
    target: Target
    token: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an action ended."""

    succeeded: bool
    sentence: str


def token_of(now: datetime) -> str:
    """A request's token: the time, to the microsecond so that two differ."""
    return now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def annotation_of(action: Action) -> str:
    """The annotation that asks for an action."""
    return f"{GROUP}/{action.value}-requested-at"


def echo_of(action: Action) -> str:
    """The field of the status that repeats the token of what was asked for."""
    return f"lastHandled{action.value.title()}At"


def require_sense(action: Action, target: Target, *, all_robots: bool) -> None:
    """Refuse what cannot be asked of a kind.

    Raises:
        CommandError: With what can be asked of it, or what must be said besides.
    """
    if action not in target.kind.actions:
        known = ", ".join(sorted(target.kind.actions))
        raise CommandError(
            f"a {target.kind.resource.kind} does not know {action}: it knows {known}",
            ExitCode.USAGE,
        )
    if action is Action.REVOKE and (target.kind is CONNECTION) != all_robots:
        sentence = (
            "--all-robots is for connections only"
            if all_robots
            else f"this replaces the credentials of all robots of {target}:"
            " add --all-robots if that is meant"
        )
        raise CommandError(sentence, ExitCode.USAGE)


def require_open(action: Action, target: Target, body: JsonObject) -> None:
    """Refuse a request that would wait for something else first.

    Raises:
        CommandError: The object is suspended or is being deleted.
    """
    if body["metadata"].get("deletionTimestamp"):
        raise CommandError(f"{target} is being deleted", ExitCode.NOT_SO)
    if action in REQUESTS and is_suspended(body):
        raise CommandError(
            f"{target} is suspended, {action} would wait until it is resumed", ExitCode.NOT_SO
        )


def patch_of(order: Order) -> JsonObject:
    """The merge patch that gives an order; a resumed object's spec no longer speaks of it."""
    if order.action in REQUESTS:
        return {"metadata": {"annotations": {annotation_of(order.action): order.token}}}
    return {"spec": {"suspend": True if order.action is Action.SUSPEND else None}}


def outcome_of(order: Order, body: JsonObject) -> Outcome | None:
    """How an order ended; None while it has not."""
    conditions = conditions_of(body)
    ready = conditions.get(READY)
    suspended = ready is not None and ready.reason == SUSPENDED
    match order.action:
        case Action.SUSPEND:
            return Outcome(succeeded=True, sentence="suspended") if suspended else None
        case Action.RESUME:
            settled = _is_true(ready) or _is_true(conditions.get(STALLED))
            if suspended or not is_current(body) or not settled:
                return None
            return _judged("resumed", ready)
        case Action.RECONCILE:
            return _judged("looked at", ready) if _is_answered(order, body) else None
        case Action.ROTATE:
            return _rotated(body) if _is_answered(order, body) else None
        case Action.REVOKE:
            done = Outcome(succeeded=True, sentence="revoked: the old credentials have ended")
            return done if _is_answered(order, body) else None


def changes(before: JsonObject, after: JsonObject) -> Iterator[str]:
    """What the status says now and did not say before, one line each."""
    old, new = conditions_of(before), conditions_of(after)
    for type_, condition in new.items():
        if _said(old.get(type_)) != _said(condition):
            yield _said(condition)
    yield from (f"{type_} is over" for type_ in old if type_ not in new)
    progress = _progress(after)
    if progress and progress != _progress(before):
        yield progress


def standing(body: JsonObject) -> str:
    """What an object says of itself, for whoever waited in vain."""
    conditions = conditions_of(body)
    for type_ in (STALLED, "Rotating", READY):
        if type_ in conditions and (type_ == READY or _is_true(conditions[type_])):
            return _said(conditions[type_])
    return "the operator has not seen it yet: is it running?"


def _is_answered(order: Order, body: JsonObject) -> bool:
    return status_of(body).get(echo_of(order.action)) == order.token


def _is_true(condition: Condition | None) -> bool:
    return condition is not None and condition.status == "True"


def _judged(what: str, ready: Condition | None) -> Outcome:
    if _is_true(ready):
        return Outcome(succeeded=True, sentence=f"{what}: ready")
    why = f"{ready.reason}: {ready.message}" if ready else "no condition Ready"
    return Outcome(succeeded=False, sentence=f"{what}, but not ready: {why}")


def _rotated(body: JsonObject) -> Outcome:
    history = status_of(body).get("history") or [{}]
    result = history[0].get("result", SUCCEEDED)
    if result == SUCCEEDED:
        revision = status_of(body).get("credentialRevision", "")
        return Outcome(succeeded=True, sentence=f"rotated: credential {revision} serves")
    return Outcome(succeeded=False, sentence=f"the rotation ended as {result}")


def _said(condition: Condition | None) -> str:
    if condition is None:
        return ""
    text = f"{condition.type}={condition.status} {condition.reason}"
    return f"{text}: {condition.message}" if condition.message else text


def _progress(body: JsonObject) -> str:
    """How far a revoke of all robots of a connection has got."""
    found = status_of(body).get("revocation") or {}
    if not found:
        return ""
    counted = f"{found.get('done')} of {found.get('total')} robots, {found.get('failed')} failed"
    return f"{counted}: {found['message']}" if found.get("message") else counted
