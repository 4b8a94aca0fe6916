"""Asks the API server what somebody is allowed."""

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Final

from harbor_operator.cli.doctor.rbac import Right, rights_of
from harbor_operator.cli.installation import Installation
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import Forbidden
from harbor_operator.kube.resources import JsonObject, Resource

_REVIEWS: Final = "authorization.k8s.io"
OTHERS: Final = Resource(
    _REVIEWS, "v1", "subjectaccessreviews", "SubjectAccessReview", namespaced=False
)
OWN: Final = Resource(
    _REVIEWS, "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", namespaced=False
)


async def granted(client: KubeClient, one: Installation) -> dict[Right, bool] | None:
    """What an operator's ServiceAccount is allowed; None where the user may not ask that."""
    account = f"system:serviceaccount:{one.namespace}:{one.account}"
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{one.namespace}"]
    spec = {"user": account, "groups": [*groups, "system:authenticated"]}
    try:
        return await _reviewed(client, OTHERS, spec, rights_of(one))
    except Forbidden:
        return None


async def own(client: KubeClient, rights: Iterable[Right]) -> dict[Right, bool]:
    """What the user is allowed, who may always ask that."""
    return await _reviewed(client, OWN, {}, rights)


async def _reviewed(
    client: KubeClient, resource: Resource, spec: JsonObject, rights: Iterable[Right]
) -> dict[Right, bool]:
    asked = list(dict.fromkeys(rights))
    answers = await asyncio.gather(*map(partial(_review, client, resource, spec), asked))
    return dict(zip(asked, answers, strict=True))


async def _review(client: KubeClient, resource: Resource, spec: JsonObject, right: Right) -> bool:
    body = {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": {},
        "spec": {**spec, "resourceAttributes": right.attributes},
    }
    answer = await client.create(resource, body)
    return (answer.get("status") or {}).get("allowed") is True
