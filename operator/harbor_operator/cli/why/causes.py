"""The causes of a failed pull: a table of pure functions of the evidence, the surest first."""

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from re import compile as pattern
from typing import Final, NamedTuple

from harbor_operator.cli.objects import READY, STALLED, Condition
from harbor_operator.cli.why.evidence import (
    DOCUMENTS,
    Delivery,
    Evidence,
    PullSecret,
    Robot,
    host_of,
)
from harbor_operator.cli.why.sayings import SAYINGS
from harbor_operator.cli.why.spoken import LOGIN, Symptom, understand


class Told(NamedTuple):
    """One cause of one pull: a sentence that tells it, and one that tells the cure."""

    sentence: str
    cure: str


@dataclass(frozen=True, slots=True)
class Cause:
    """One row of the table.

    Attributes:
        name: The word for it, which is part of the interface.
        explain: What it means for a pull, None where it is not the cause.
    """

    name: str
    explain: Callable[[Evidence], Told | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause that was found."""

    cause: str
    sentence: str
    cure: str


def find(evidence: Evidence) -> tuple[Finding, ...]:
    """All causes of one failed pull, the surest first; a refusal only if nothing explains it."""
    told = ((cause.name, cause.explain(evidence)) for cause in CAUSES)
    found = tuple(Finding(name, *words) for name, words in told if words is not None)
    return tuple(finding for finding in found if finding.cause not in LOGIN) or found


_EATEN: Final = pattern(r"robot([+.-].*)?")
"""What a shell leaves of `robot$payments+ci` or `robot$ci` between double quotes."""


def _invalid_name(evidence: Evidence) -> Told | None:
    if evidence.reason != "InvalidImageName":
        return None
    return Told(
        f"{evidence.image!r} is no name of an image.",
        "Correct it in the pod's template: HOST/PROJECT/REPOSITORY:TAG, in lower case, no scheme.",
    )


def _never_pulled(evidence: Evidence) -> Told | None:
    if evidence.reason != "ErrImageNeverPull":
        return None
    return Told(
        "imagePullPolicy is Never, and the node does not have the image.",
        "Set imagePullPolicy to IfNotPresent in the pod's template.",
    )


def _secret_missing(evidence: Evidence) -> Told | None:
    gone = [secret.name for secret in _secrets(evidence) if secret.exists is False]
    # One of several may be missing without harm.
    if not gone or not _login_matters(evidence) or any(evidence.logins(*evidence.named)):
        return None
    name = gone[0]
    return Told(
        f"The pod names pull secret {name}, and namespace {evidence.namespace} has no such Secret.",
        f"See whether a HarborPullSecret delivers it: kubectl get hpull -A; "
        f"if none does, create one with secretName {name}, or correct the name.",
    )


def _secret_unusable(evidence: Evidence) -> Told | None:
    if not _login_matters(evidence):
        return None
    for secret in _secrets(evidence):
        if not secret.exists or secret.logins is not None:
            continue
        replace = f"kubectl -n {evidence.namespace} delete secret {secret.name}"
        if secret.type not in DOCUMENTS:
            wanted = next(iter(DOCUMENTS))
            return Told(
                f"Pull secret {secret.name} has type {secret.type!r}, which the kubelet ignores.",
                f"A type cannot be changed: {replace}, and make it anew with type {wanted}.",
            )
        return Told(
            f"Pull secret {secret.name} has no readable {DOCUMENTS[secret.type]}.",
            f"Make it anew: {replace}, then kubectl create secret docker-registry, "
            "or let a HarborPullSecret deliver it.",
        )
    return None


def _wrong_host(evidence: Evidence) -> Told | None:
    secrets = _secrets(evidence)
    readable = [secret for secret in secrets if secret.logins]
    unknown = any(secret.exists is None for secret in secrets)
    if not readable or unknown or not _login_matters(evidence):
        return None
    if any(evidence.logins(*evidence.named)):
        return None
    host = host_of(evidence.image)
    hosts = sorted({login.host for secret in readable for login in secret.logins or ()})
    names = ", ".join(secret.name for secret in readable)
    return Told(
        f"No pull secret of the pod is for {host}: {names} is for {', '.join(hosts)}.",
        f"Let the secret have an entry for {host}, port included (registryHosts of the "
        "HarborPullSecret), or give the image the host that the secret is for.",
    )


def _eaten_name(evidence: Evidence) -> Told | None:
    if not _login_matters(evidence):
        return None
    for secret, login in evidence.logins(*evidence.named):
        if _EATEN.fullmatch(login.username):
            return Told(
                f"Pull secret {secret.name} logs in as {login.username!r}: a shell has eaten the "
                "part behind the $ of a robot's name.",
                "Make the secret anew with the name in single quotes: "
                "--docker-username='robot$…', or let a HarborPullSecret deliver it.",
            )
    return None


def _created_too_early(evidence: Evidence) -> Told | None:
    unused = _unused(evidence)
    if not unused or not {*evidence.named} <= {*_of_account(evidence)}:
        return None
    return Told(
        f"The pod was created before ServiceAccount {_account(evidence)} got pull secret "
        f"{', '.join(unused)}; pods take them over at their creation only.",
        f"kubectl -n {evidence.namespace} delete pod {evidence.pod}, and its controller makes "
        "another one; if that one lacks it as well, its template names pull secrets of its own.",
    )


def _own_secrets(evidence: Evidence) -> Told | None:
    unused = _unused(evidence)
    if not unused or {*evidence.named} <= {*_of_account(evidence)}:
        return None
    return Told(
        f"The pod names pull secrets of its own ({', '.join(evidence.named)}), so that those of "
        f"ServiceAccount {_account(evidence)} ({', '.join(unused)}) are not used.",
        f"Remove imagePullSecrets from the pod's template, or add {unused[0]} there.",
    )


def _delivery_stalled(evidence: Evidence) -> Told | None:
    for delivery in _deliveries(evidence):
        if trouble := _trouble(delivery, evidence.namespace):
            return Told(
                f"HarborPullSecret {delivery.name} of namespace {delivery.namespace} does not "
                f"serve this namespace: {trouble}",
                f"See what to do about the reason: {_describe('hpull', delivery)}.",
            )
    return None


def _robot_deleted(evidence: Evidence) -> Told | None:
    for robot in _robots(evidence):
        if robot.deleted:
            return Told(
                f"The HarborRobot of the credential, {robot.name}, is being deleted.",
                f"Use another one, or see why it is deleted: {_describe('hrobot', robot)}.",
            )
    if not _login_matters(evidence):
        return None
    known = {name for robot in evidence.robots for name in (robot.username, *robot.replaced)}
    for secret, login in evidence.logins(*evidence.named):
        complete = evidence.robots_of is None or evidence.robots_of == secret.managed_from
        if secret.managed_from and complete and login.username not in known:
            return Told(
                f"Pull secret {secret.name} logs in as {login.username}, which no HarborRobot "
                "has any more: the account was deleted or replaced.",
                f"See why the new credential is not delivered: "
                f"kubectl -n {secret.managed_from} get hpull,hrobot.",
            )
    return None


def _robot_replaced(evidence: Evidence) -> Told | None:
    if not _login_matters(evidence):
        return None
    for robot in evidence.robots:
        for secret, login in evidence.logins(*evidence.named):
            if login.username in robot.replaced:
                return Told(
                    f"Pull secret {secret.name} still holds a credential of HarborRobot "
                    f"{robot.name} that was replaced.",
                    "See why the new one is not delivered: "
                    f"kubectl -n {robot.namespace} get hpull; a copy by hand is to be renewed.",
                )
    return None


def _robot_expired(evidence: Evidence) -> Told | None:
    for robot in _robots(evidence):
        if robot.expiry is not None and robot.expiry <= evidence.now:
            return Told(
                f"The credential of HarborRobot {robot.name} expired at "
                f"{robot.expiry:%Y-%m-%dT%H:%M:%SZ}.",
                f"kubectl harbor rotate robot/{robot.name} -n {robot.namespace} --wait",
            )
    return None


def _robot_disabled(evidence: Evidence) -> Told | None:
    for robot in _robots(evidence):
        if robot.disabled:
            return Told(
                f"HarborRobot {robot.name} is disabled.",
                f"kubectl -n {robot.namespace} patch hrobot {robot.name} --type=merge "
                """-p '{"spec":{"disabled":false}}'""",
            )
    return None


def _robot_not_ready(evidence: Evidence) -> Told | None:
    for robot in _robots(evidence):
        ready = robot.ready
        if ready is not None and ready.status != "True":
            return Told(
                f"HarborRobot {robot.name} is not Ready: {_words(ready)}",
                f"See what to do about the reason: {_describe('hrobot', robot)}.",
            )
    return None


def _no_login(evidence: Evidence) -> Told | None:
    spoken = understand(evidence.messages, evidence.image)
    if evidence.named or _of_account(evidence) or not spoken or spoken.symptom not in LOGIN:
        return None
    return Told(
        "Neither the pod nor its ServiceAccount names a pull secret, so the pull had no login.",
        "Let a HarborPullSecret deliver one to the namespace and its ServiceAccounts, "
        "then delete the pod.",
    )


def _said(symptom: Symptom, sentence: str, cure: str, evidence: Evidence) -> Told | None:
    spoken = understand(evidence.messages, evidence.image)
    if spoken is None or spoken.symptom is not symptom:
        return None
    facts = {
        "host": host_of(evidence.image),
        "image": shlex.quote(evidence.image),
        "words": spoken.words,
    }
    return Told(sentence.format(**facts), cure.format(**facts))


CAUSES: Final = (
    Cause("InvalidImageName", _invalid_name),
    Cause("NeverPulled", _never_pulled),
    Cause("SecretMissing", _secret_missing),
    Cause("SecretUnusable", _secret_unusable),
    Cause("CreatedTooEarly", _created_too_early),
    Cause("OwnPullSecrets", _own_secrets),
    Cause("WrongHost", _wrong_host),
    Cause("NameEatenByShell", _eaten_name),
    Cause("NotDelivered", _delivery_stalled),
    Cause("RobotDeleted", _robot_deleted),
    Cause("RobotReplaced", _robot_replaced),
    Cause("RobotExpired", _robot_expired),
    Cause("RobotDisabled", _robot_disabled),
    Cause("RobotNotReady", _robot_not_ready),
    Cause("NoPullSecret", _no_login),
    *(Cause(symptom.value, partial(_said, symptom, *words)) for symptom, words in SAYINGS.items()),
)


def _login_matters(evidence: Evidence) -> bool:
    """Whether nothing else is known to have stopped the pull than its login."""
    spoken = understand(evidence.messages, evidence.image)
    other = evidence.reason in {"InvalidImageName", "ErrImageNeverPull"}
    return not other and (spoken is None or spoken.symptom in LOGIN)


def _secrets(evidence: Evidence) -> list[PullSecret]:
    return [evidence.secrets[name] for name in evidence.named if name in evidence.secrets]


def _account(evidence: Evidence) -> str:
    return evidence.account.name if evidence.account else ""


def _of_account(evidence: Evidence) -> tuple[str, ...]:
    return evidence.account.secrets if evidence.account else ()


def _unused(evidence: Evidence) -> list[str]:
    """Pull secrets of the ServiceAccount that would have served, had the pod taken them over."""
    if not _login_matters(evidence):
        return []
    others = {name for name in _of_account(evidence) if name not in evidence.named}
    unknown = {name for name, secret in evidence.secrets.items() if secret.exists is None}
    return sorted(name for name in others if name in unknown or any(evidence.logins(name)))


def _robots(evidence: Evidence) -> list[Robot]:
    """The robots whose present credential the pull has used, where that can matter."""
    if not _login_matters(evidence):
        return []
    users = {login.username for _, login in evidence.logins(*evidence.named)} - {""}
    return [robot for robot in evidence.robots if robot.username in users]


def _deliveries(evidence: Evidence) -> Iterator[Delivery]:
    if not _login_matters(evidence):
        return
    for delivery in evidence.deliveries:
        secret = evidence.secrets.get(delivery.secret)
        source = secret.managed_from if secret else ""
        own = delivery.namespace == (source or evidence.namespace)
        named = delivery.secret in {*evidence.named, *_of_account(evidence)}
        if named and (own or evidence.namespace in delivery.failures):
            yield delivery


def _trouble(delivery: Delivery, namespace: str) -> str:
    """Why a pull secret does not reach a namespace, empty where nothing is known."""
    if namespace in delivery.failures:
        return f"{delivery.failures[namespace]}."
    stalled, ready = delivery.conditions.get(STALLED), delivery.conditions.get(READY)
    if stalled is not None and stalled.status == "True":
        return _words(stalled)
    if ready is not None and ready.status != "True":
        return _words(ready)
    return ""


def _words(condition: Condition) -> str:
    return f"{condition.reason}: {condition.message}".strip(": ")


def _describe(kind: str, owner: Robot | Delivery) -> str:
    return f"kubectl -n {owner.namespace} describe {kind} {owner.name}"
