"""Plain requests to an API server on behalf of the world."""

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from kubernetes.aio import client
from kubernetes.aio.config import load_kube_config

from testbed.errors import WorldError
from testbed.tools.waiting import until

Json = dict[str, Any]

FIELD_MANAGER = "harbor-operator-testbed"
_APPLY = "application/apply-patch+yaml"
_JSON = "application/json"
_REQUEST_SECONDS = 30.0


class RefusedError(WorldError):
    """The API server answered with an error status."""

    def __init__(self, status: int, answer: Json) -> None:
        super().__init__(f"{status} {answer.get('reason', '')}: {answer.get('message', '')}")
        self.status = status
        self.reason: str = answer.get("reason", "")


class Api:
    """An open connection to an API server; made by `open_api`."""

    def __init__(self, connection: client.ApiClient) -> None:
        self._connection = connection

    async def get(self, path: str) -> Json:
        """Read an object or a list.

        Raises:
            RefusedError: with the server's status and message.
            aiohttp.ClientError: the server cannot be reached.
        """
        return await self._request("GET", path)

    async def create(self, path: str, body: Json) -> Json:
        """Create an object in a collection; raises as `get`."""
        return await self._request("POST", path, body=body)

    async def apply(self, path: str, body: Json) -> Json:
        """Apply an object on the server, taking over conflicting fields; raises as `get`."""
        query = {"fieldManager": FIELD_MANAGER, "force": "true"}
        return await self._request("PATCH", path, body=body, query=query, content_type=_APPLY)

    async def delete(self, path: str) -> Json:
        """Delete an object; raises as `get`."""
        return await self._request("DELETE", path)

    async def find(self, path: str) -> Json | None:
        """Read an object, or `None` when it does not exist; otherwise raises as `get`."""
        try:
            return await self.get(path)
        except RefusedError as refusal:
            if refusal.status != HTTPStatus.NOT_FOUND:
                raise
            return None

    async def gone(self, path: str, *, within: float) -> None:
        """Wait until an object does not exist any more.

        Raises:
            TimeoutError: it still exists after `within` seconds.
        """

        async def is_gone() -> bool:
            return await self.find(path) is None

        await until(is_gone, within=within)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        query: Mapping[str, str] | None = None,
        content_type: str = _JSON,
    ) -> Json:
        _, url, headers, payload, _ = await self._connection.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params={"Accept": _JSON, "Content-Type": content_type},
            body=body,
            auth_settings=["BearerToken"],
        )
        response = await self._connection.rest_client.request(
            method, url, headers=headers, body=payload, _request_timeout=_REQUEST_SECONDS
        )
        return _decode(response.status, await response.read())


@contextlib.asynccontextmanager
async def open_api(kubeconfig: Path) -> AsyncIterator[Api]:
    """Connect as the current user of a kubeconfig."""
    configuration = client.Configuration()
    # Neither a proxy nor a netrc of the environment may come between us and the server.
    configuration.client_session_kwargs = {"trust_env": False}
    await load_kube_config(
        config_file=str(kubeconfig), client_configuration=configuration, persist_config=False
    )
    async with client.ApiClient(configuration) as connection:
        connection.user_agent = FIELD_MANAGER
        yield Api(connection)


def _decode(status: int, raw: bytes) -> Json:
    try:
        answer: Json = json.loads(raw)
    except ValueError:
        # Health endpoints and proxies answer in plain text.
        answer = {"message": raw.decode(errors="replace")}
    if status >= HTTPStatus.BAD_REQUEST:
        raise RefusedError(status, answer)
    return answer
