"""A HarborPullSecret as the core reads it: from the models of the API to frozen facts."""

import hashlib

from harbor_operator.api.access import Preset
from harbor_operator.api.base import ANNOTATION_CONFIRM_REMOVAL, ANNOTATION_RESUME_ROLLOUT
from harbor_operator.api.pullsecret import (
    ChildRobot,
    PullSecretSpec,
    PullSecretStatus,
    RolloutState,
    ServiceAccounts,
    Targets,
    VerificationMode,
)
from harbor_operator.api.resources import Resource
from harbor_operator.api.values import MAX_TOKEN_LENGTH
from harbor_operator.core.pullsecret.facts import AccountSelection, ChildSpec, Desired, Memory
from harbor_operator.core.specs import requirements_of, selection_of

_SELECTION_LENGTH = 12
"""Hex digits that name a choice of targets in a status; nobody gains by a collision."""


def desired_of(pull_secret: Resource[PullSecretSpec, PullSecretStatus]) -> Desired:
    """What a HarborPullSecret asks for."""
    spec, rollout = pull_secret.spec, pull_secret.spec.rollout
    return Desired(
        secret_name=spec.secret_name_for(pull_secret.metadata.name),
        targets=selection_of(spec.targets.namespaces) if spec.targets else None,
        selection=_name_of(spec.targets),
        service_accounts=_accounts(spec.service_accounts),
        hosts=spec.registry_hosts,
        verify=spec.verification.mode is not VerificationMode.NONE,
        canary=selection_of(rollout.canary) if rollout else None,
        pause_on_failure=rollout is None or rollout.pause_on_failure,
        child=_child(spec),
        confirmation=pull_secret.annotation(ANNOTATION_CONFIRM_REMOVAL),
        resume=(pull_secret.annotation(ANNOTATION_RESUME_ROLLOUT) or "")[:MAX_TOKEN_LENGTH] or None,
    )


def memory_of(status: PullSecretStatus) -> Memory:
    """What a HarborPullSecret's status says of earlier looks."""
    rollout = status.rollout
    resumed = rollout is not None and rollout.state is RolloutState.RESUMED
    return Memory(
        selection=status.selection,
        leaving={entry.namespace: entry.since for entry in status.leaving},
        expires_at=status.credential_expires_at,
        resumed=rollout.robot_name if rollout and resumed else None,
        handled_resume=status.last_handled_resume_at,
    )


def _name_of(targets: Targets | None) -> str:
    """Tell one choice of targets from another in a few characters."""
    # Without defaults, so that a later version's further fields do not look like a change.
    text = targets.model_dump_json(exclude_defaults=True) if targets else ""
    return hashlib.sha256(text.encode()).hexdigest()[:_SELECTION_LENGTH]


def _accounts(accounts: ServiceAccounts | None) -> AccountSelection:
    if accounts is None:
        return AccountSelection()
    return AccountSelection(
        names=frozenset(accounts.names or ()),
        selector=requirements_of(accounts.selector) if accounts.selector else (),
        every=accounts.all is True,
    )


def _child(spec: PullSecretSpec) -> ChildSpec | None:
    """The robot that is made for projectRefs: it pulls, and nothing else."""
    if spec.project_refs is None:
        return None
    names = tuple(ref.name for ref in spec.project_refs)
    robot = spec.robot or ChildRobot()
    fields = {
        "access": [{"projectRef": {"name": n}, "preset": Preset.PULL.value} for n in names],
        "lifetimeDays": robot.lifetime_days,
        "rotation": robot.rotation.model_dump(mode="json", by_alias=True, exclude_unset=True)
        or None,
    }
    return ChildSpec(names, fields)
