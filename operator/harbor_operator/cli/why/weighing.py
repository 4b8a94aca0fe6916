"""What several causes ask of the evidence."""

from collections.abc import Iterator
from typing import Final

from harbor_operator.cli.objects import READY, STALLED, Condition
from harbor_operator.cli.why.evidence import Delivery, Evidence, PullSecret, Robot
from harbor_operator.cli.why.spoken import LOGIN, Spoken, Symptom, understand
from harbor_operator.cli.why.trials import Result, Trial

SERVED: Final = frozenset(
    {Symptom.SEVERITY, Symptom.SIGNATURE, Symptom.POLICY, Symptom.NOT_FOUND, *LOGIN}
)
"""What a registry answers to whoever asks with the same login; the rest depends on the place."""

WITHOUT_PULL: Final = frozenset({"InvalidImageName", "ErrImageNeverPull"})
"""Reasons of containers whose image the node has not tried to pull."""
_HEARD: Final = {
    Result.NO_RIGHT: Spoken(Symptom.UNAUTHORIZED, "401 Unauthorized"),
    Result.REFUSED: Spoken(Symptom.UNAUTHORIZED, "401 Unauthorized"),
    Result.NOT_FOUND: Spoken(Symptom.NOT_FOUND, "not found"),
}
_FURTHEST: Final = (Result.BLOCKED, Result.NOT_FOUND, Result.NO_RIGHT, Result.REFUSED)


def pulls(evidence: Evidence) -> Trial | None:
    """The login that pulls the image by now, None if none is known to."""
    return next((trial for trial in evidence.trials if trial.result is Result.PULLS), None)


def spoken_of(evidence: Evidence) -> Spoken | None:
    """What stopped the pull.

    What was tried is newer than the kubelet's message, where the registry answered it; the node's
    own trouble is known from its message only.
    """
    said = understand(evidence.messages, evidence.image)
    if said is not None and said.symptom not in SERVED:
        return said
    if pulls(evidence):
        return None
    if evidence.pod == "" and evidence.probe is not None and evidence.probe.trouble is not None:
        return evidence.probe.trouble
    return _tried(evidence) or said


def is_about_login(evidence: Evidence) -> bool:
    """Whether nothing else is known to have stopped the pull than its login."""
    if evidence.reason in WITHOUT_PULL or pulls(evidence):
        return False
    if evidence.view is not None and evidence.view.project is False:
        return False
    spoken = spoken_of(evidence)
    return spoken is None or spoken.symptom in LOGIN


def secrets_of(evidence: Evidence) -> list[PullSecret]:
    """The pull secrets that the pull has used."""
    return [evidence.secrets[name] for name in evidence.named if name in evidence.secrets]


def account_of(evidence: Evidence) -> str:
    """The ServiceAccount's name."""
    return evidence.account.name if evidence.account else ""


def secrets_of_account(evidence: Evidence) -> tuple[str, ...]:
    """The pull secrets that the ServiceAccount names."""
    return evidence.account.secrets if evidence.account else ()


def who(evidence: Evidence) -> str:
    """Whose pull secrets count, as the beginning of a sentence has it."""
    return "The pod" if evidence.pod else f"ServiceAccount {account_of(evidence)}"


def unused_secrets(evidence: Evidence) -> list[str]:
    """Pull secrets of the ServiceAccount that would have served, had the pod taken them over."""
    if not is_about_login(evidence):
        return []
    others = {name for name in secrets_of_account(evidence) if name not in evidence.named}
    unknown = {name for name, secret in evidence.secrets.items() if secret.exists is None}
    return sorted(name for name in others if name in unknown or any(evidence.logins(name)))


def robots_of(evidence: Evidence) -> list[Robot]:
    """The robots whose present credential the pull has used, where that can matter."""
    if not is_about_login(evidence):
        return []
    users = {login.username for _, login in evidence.logins(*evidence.named)} - {""}
    return [robot for robot in evidence.robots if robot.username in users]


def robot_named(evidence: Evidence, username: str) -> Robot | None:
    """The HarborRobot that has an account, None where none that can be seen has it."""
    return next((robot for robot in evidence.robots if robot.username == username), None)


def deliveries_of(evidence: Evidence) -> Iterator[Delivery]:
    """The HarborPullSecrets that deliver what the pull has used, or would have."""
    if not is_about_login(evidence):
        return
    for delivery in evidence.deliveries:
        secret = evidence.secrets.get(delivery.secret)
        source = secret.managed_from if secret else ""
        own = delivery.namespace == (source or evidence.namespace)
        named = delivery.secret in {*evidence.named, *secrets_of_account(evidence)}
        if named and (own or evidence.namespace in delivery.failures):
            yield delivery


def trouble_of(delivery: Delivery, namespace: str) -> str:
    """Why a pull secret does not reach a namespace, empty where nothing is known."""
    if namespace in delivery.failures:
        return f"{delivery.failures[namespace]}."
    stalled, ready = delivery.conditions.get(STALLED), delivery.conditions.get(READY)
    if stalled is not None and stalled.status == "True":
        return words_of(stalled)
    if ready is not None and ready.status != "True":
        return words_of(ready)
    return ""


def words_of(condition: Condition) -> str:
    """A condition as a sentence."""
    return f"{condition.reason}: {condition.message}".strip(": ")


def describe(kind: str, owner: Robot | Delivery) -> str:
    """The command that shows an object."""
    return f"kubectl -n {owner.namespace} describe {kind} {owner.name}"


def _tried(evidence: Evidence) -> Spoken | None:
    """What the login that got furthest was told."""
    for result in _FURTHEST:
        for trial in evidence.trials:
            if trial.result is result:
                policy = Spoken(Symptom.POLICY, "412 Precondition Failed")
                blocked = understand([trial.words], evidence.image) or policy
                return _HEARD.get(result, blocked)
    return None
