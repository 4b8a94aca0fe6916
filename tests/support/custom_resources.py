"""Asks an API server about the custom resources in plain HTTP, without this project's client."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

from harbor_operator.api.base import API_VERSION
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.resources import CustomResource, Scope
from harbor_operator.api.robot import ROBOTS
from harbor_operator.api.validation import problems_of
from tests.support.json_patch import apply_merge_patch

Json = dict[str, Any]
AnyKind = CustomResource[Any, Any]

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
MERGE = {"Content-Type": "application/merge-patch+json"}
NAMESPACE = "default"
"""There from the server's first second on; these tests leave nothing in it."""

MINIMAL_SPECS: dict[str, Json] = {
    CONNECTIONS.kind: {
        "url": "https://harbor.example.com",
        "credentialsSecretRef": {"namespace": "harbor-operator", "name": "harbor-admin"},
    },
    PROJECTS.kind: {},
    ROBOTS.kind: {"access": [{"projectRef": {"name": "payments"}, "preset": "Pull"}]},
    PULL_SECRETS.kind: {"robotRef": {"name": "payments-pull"}},
}
"""What each kind needs at least."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API server said."""

    status: int
    body: Json

    @property
    def message(self) -> str:
        """The reason of a refusal."""
        return str(self.body.get("message", ""))


@dataclass(frozen=True, slots=True)
class Server:
    """An API server that knows the custom resources."""

    session: aiohttp.ClientSession

    async def ask(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request and read the JSON answer."""
        async with self.session.request(method, path, json=body, headers=headers) as answer:
            return Answer(answer.status, await answer.json())

    async def try_create(self, kind: AnyKind, spec: Json | None, name: str = "example") -> Answer:
        """Create without storing: the whole validation runs, nothing stays behind."""
        body = manifest(kind, name, spec)
        answer = await self.ask("POST", f"{path_of(kind)}?dryRun=All", body)
        require_same(answer, problems_of(kind, body))
        return answer

    async def try_update(self, kind: AnyKind, spec: Json, name: str = "example") -> Answer:
        """Merge into a stored object's spec without storing."""
        path = f"{path_of(kind)}/{name}"
        before = await self.ask("GET", path)
        answer = await self.ask("PATCH", f"{path}?dryRun=All", {"spec": spec}, headers=MERGE)
        after = apply_merge_patch(before.body, {"spec": spec})
        require_same(answer, problems_of(kind, after, before.body))
        return answer

    async def report(self, kind: AnyKind, status: Json, name: str = "example") -> Answer:
        """Merge into a stored object's status."""
        path = f"{path_of(kind)}/{name}/status"
        return await self.ask("PATCH", path, {"status": status}, headers=MERGE)

    @asynccontextmanager
    async def stored(self, kind: AnyKind, spec: Json, name: str = "example") -> AsyncIterator[Json]:
        """Keep an object for the length of a block."""
        answer = await self.ask("POST", path_of(kind), manifest(kind, name, spec))
        assert answer.status == 201, answer.message
        try:
            yield answer.body
        finally:
            await self.ask("DELETE", f"{path_of(kind)}/{name}")


def require_same(answer: Answer, problems: list[str]) -> None:
    """See that the validation without a server comes to the same verdict.

    A field that is not known is dropped by the server, where nobody asks it to be strict.
    """
    told = [problem for problem in problems if not problem.endswith(": there is no such field")]
    assert bool(told) == (answer.status == HTTPStatus.UNPROCESSABLE_ENTITY), (told, answer)


def path_of(kind: AnyKind) -> str:
    """Give the path of a kind's collection."""
    within = f"/namespaces/{NAMESPACE}" if kind.scope is Scope.NAMESPACED else ""
    return f"/apis/{API_VERSION}{within}/{kind.plural}"


def manifest(kind: AnyKind, name: str, spec: Json | None) -> Json:
    """Give an object as a user would write it."""
    return {
        "apiVersion": API_VERSION,
        "kind": kind.kind,
        "metadata": {"name": name},
        **({} if spec is None else {"spec": spec}),
    }
