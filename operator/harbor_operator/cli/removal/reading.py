"""Reads what the operator would leave behind, as far as the user may."""

import asyncio
from datetime import datetime
from functools import partial
from typing import Final

from harbor_operator.cli.kinds import Kind
from harbor_operator.cli.removal.tasks import ORDER, Holding, Removal, holding_of, removal_of
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import Forbidden, NotFound
from harbor_operator.kube.resources import Resource
from harbor_operator.kube.selection import Selection

_MUTATING: Final = "MutatingAdmissionPolicy"
_VALIDATING: Final = "ValidatingAdmissionPolicy"


def _cluster_wide(plural: str, kind: str) -> Resource:
    return Resource("admissionregistration.k8s.io", "v1", plural, kind, namespaced=False)


POLICIES: Final = (
    (
        _cluster_wide("mutatingadmissionpolicybindings", f"{_MUTATING}Binding"),
        "harbor-operator-pull-secrets",
    ),
    (
        _cluster_wide("mutatingadmissionpolicies", _MUTATING),
        "harbor-operator-pull-secrets",
    ),
    (
        _cluster_wide("validatingadmissionpolicybindings", f"{_VALIDATING}Binding"),
        "harbor-operator-tenant-names",
    ),
    (
        _cluster_wide("validatingadmissionpolicies", _VALIDATING),
        "harbor-operator-tenant-names",
    ),
)
"""What deploy/admission holds; a binding goes before its policy."""

_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
_BY_A_RELEASE: Final = "Helm"


async def read_removal(client: KubeClient, now: datetime) -> Removal:
    """Look through all namespaces; what the user may not read becomes a note.

    A kind that is not installed has no objects.

    Raises:
        Forbidden: The user may list none of the kinds.
        KubeError: A call failed for another reason.
    """
    answers = await asyncio.gather(*(_held(client, kind) for kind in ORDER))
    refusals = [answer for answer in answers if isinstance(answer, Forbidden)]
    if len(refusals) == len(ORDER):
        raise refusals[0]
    notes = [
        f"{kind.resource.plural} are left out: you may not list them in all namespaces"
        for kind, answer in zip(ORDER, answers, strict=True)
        if isinstance(answer, Forbidden)
    ]
    holdings = [one for answer in answers if not isinstance(answer, Forbidden) for one in answer]
    policies = []
    for resource, name in POLICIES:
        try:
            if await _is_left(client, resource, name):
                policies.append((resource, name))
        except Forbidden:
            notes.append(f"{resource.kind} {name} is left out: you may not read it")
    return removal_of(holdings, policies, notes, now)


async def _held(client: KubeClient, kind: Kind) -> list[Holding] | Forbidden:
    try:
        listed = await client.collect(Selection(kind.resource), partial(holding_of, kind))
    except Forbidden as error:
        return error
    except NotFound:
        return []
    return [holding for holding in listed.items if holding is not None]


async def _is_left(client: KubeClient, resource: Resource, name: str) -> bool:
    """Whether a policy is there and no release takes it along when it goes."""
    try:
        body = await client.get(resource, name)
    except NotFound:
        return False
    return (body["metadata"].get("labels") or {}).get(_MANAGED_BY) != _BY_A_RELEASE
