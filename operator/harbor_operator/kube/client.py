"""A small Kubernetes client that speaks raw JSON."""

import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self, TypeVar

from harbor_operator.kube.configuration import ClusterAccess
from harbor_operator.kube.errors import Gone, Operation
from harbor_operator.kube.gate import BeforeWrite
from harbor_operator.kube.observing import OnCall
from harbor_operator.kube.resources import JsonObject, Resource
from harbor_operator.kube.selection import ListResult, Selection
from harbor_operator.kube.transport import Call, Transport
from harbor_operator.kube.watching import WatchEvent, read_events

T = TypeVar("T")

PropagationPolicy = Literal["Foreground", "Background", "Orphan"]

PAGE_SIZE = 500
"""Objects per page of a list: what kubectl and the Go clients ask for. A page of Secrets stays in
the low megabytes."""

_WATCH_GRACE = 30.0
"""Seconds that a watch may outlive its own end before it is broken off: the server ends it by
itself, this is for one that does not."""


class ServerVersion(NamedTuple):
    """The API server's version, comparable by its two numbers."""

    major: int
    minor: int
    git_version: str


class KubeClient:
    """Reads and writes objects of any kind as JSON.

    An asynchronous context manager; leaving it closes the connections. Every method raises a
    `KubeError`; the docstrings name those that callers are expected to handle. Reads are repeated
    once when the connection fails, writes only when the server turned them away unhandled.
    """

    def __init__(
        self,
        access: ClusterAccess,
        *,
        field_manager: str,
        user_agent: str | None = None,
        before_write: BeforeWrite | None = None,
        on_call: OnCall | None = None,
    ) -> None:
        """Prepare to call one API server.

        Args:
            access: The server and the credentials for it.
            field_manager: Name under which the server records which fields this client owns.
            user_agent: How to introduce itself; the field manager when omitted.
            before_write: Called last before a write is sent; it may raise to stop it.
            on_call: Is told of each attempt of each request.
        """
        self._transport = Transport(
            access,
            user_agent=user_agent or field_manager,
            before_write=before_write,
            on_call=on_call,
        )
        self._field_manager = field_manager

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; running calls fail."""
        await self._transport.close()

    async def get(
        self, resource: Resource, name: str, *, namespace: str | None = None
    ) -> JsonObject:
        """Read one object.

        Raises:
            NotFound: There is none.
        """
        target = _Target(resource, namespace, name)
        return await self._transport.request(target.call("GET", "get"))

    async def list(
        self,
        resource: Resource,
        *,
        namespace: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
        limit: int = PAGE_SIZE,
        metadata_only: bool = False,
    ) -> ListResult[JsonObject]:
        """Read all selected objects, page by page.

        Items come as the server sends them: those of built-in kinds lack `apiVersion` and `kind`.
        """
        selection = Selection(resource, namespace, label_selector, field_selector, metadata_only)
        return await self.collect(selection, lambda item: item, limit=limit)

    async def collect(
        self, selection: Selection, project: Callable[[JsonObject], T], *, limit: int = PAGE_SIZE
    ) -> ListResult[T]:
        """Read all selected objects and keep of each only what `project` returns.

        No more than one page of whole objects is held at a time.
        """
        try:
            return await self._collect(selection, project, limit)
        except Gone:
            # The pages took longer than the server keeps history. One answer cannot expire.
            return await self._collect(selection, project, None)

    async def create(
        self,
        resource: Resource,
        body: JsonObject,
        *,
        namespace: str | None = None,
        field_manager: str | None = None,
    ) -> JsonObject:
        """Create an object and return it as stored.

        Raises:
            AlreadyExists: The name is taken.
            NotFound: The namespace does not exist.
            NamespaceTerminating: The namespace is being deleted.
            Invalid: The server refused the body.
        """
        target = _target_of(resource, body, namespace)
        call = Call(
            "POST",
            resource.collection_path(target.namespace),
            Operation("create", resource, target.namespace, target.name),
            query={"fieldManager": field_manager or self._field_manager},
            body=body,
        )
        return await self._transport.request(call)

    async def replace(
        self,
        resource: Resource,
        body: JsonObject,
        *,
        namespace: str | None = None,
        subresource: str | None = None,
    ) -> JsonObject:
        """Overwrite an object that is still in the state it was read in; return it as stored.

        Raises:
            ValueError: The body does not carry the uid and resourceVersion that it was read with.
            Conflict: The object has changed or was made anew since.
            NotFound: It is gone.
            Invalid: The server refused the body.
        """
        if not {"uid", "resourceVersion"} <= body["metadata"].keys():
            raise ValueError(f"replacing {resource.plural} needs uid and resourceVersion")
        target = _target_of(resource, body, namespace, subresource)
        query = {"fieldManager": self._field_manager}
        return await self._transport.request(target.call("PUT", "replace", query=query, body=body))

    async def apply(
        self,
        resource: Resource,
        body: JsonObject,
        *,
        namespace: str | None = None,
        subresource: str | None = None,
        force: bool = True,
    ) -> JsonObject:
        """Make the fields in the body so, and those that were applied before and left out absent.

        Server-side apply: creates the object if there is none. A body with a uid applies only to
        that very object, one with a resourceVersion only to that state of it. Of Secrets, apply
        `data`: the fields of `stringData` cannot be released again.

        Args:
            resource: Kind of the object.
            body: Only the fields to own, besides `apiVersion`, `kind` and the name.
            namespace: Where it is; what the body says when omitted.
            subresource: Such as `status`.
            force: Whether to take fields over from other managers.

        Raises:
            Conflict: Another manager owns a field, the object has another resourceVersion, or
                there is none and the body has a uid.
            Invalid: The server refused the body, or the object has another uid.
            NamespaceTerminating: The namespace is being deleted.
        """
        target = _target_of(resource, body, namespace, subresource)
        query = {"fieldManager": self._field_manager, "force": "true" if force else "false"}
        # JSON is YAML; the server has accepted it under this type in all its versions.
        return await self._patch(target, "apply", body, "application/apply-patch+yaml", query)

    async def patch_json(
        self,
        resource: Resource,
        name: str,
        operations: Sequence[Mapping[str, Any]],
        *,
        namespace: str | None = None,
        subresource: str | None = None,
    ) -> JsonObject:
        """Change an object by a JSON patch (RFC 6902) and return it as stored.

        Raises:
            Invalid: A `test` operation failed, or the server refused the outcome.
            NotFound: There is no such object.
        """
        target = _Target(resource, namespace, name, subresource)
        return await self._patch(target, "patch", list(operations), "application/json-patch+json")

    async def patch_merge(
        self,
        resource: Resource,
        name: str,
        patch: JsonObject,
        *,
        namespace: str | None = None,
        subresource: str | None = None,
    ) -> JsonObject:
        """Change an object by a merge patch (RFC 7386) and return it as stored.

        Raises:
            Conflict: The patch carries a resourceVersion and the object has changed since.
            NotFound: There is no such object.
            Invalid: The server refused the outcome.
        """
        target = _Target(resource, namespace, name, subresource)
        return await self._patch(target, "patch", patch, "application/merge-patch+json")

    async def delete(
        self,
        resource: Resource,
        name: str,
        *,
        namespace: str | None = None,
        uid: str | None = None,
        resource_version: str | None = None,
        propagation: PropagationPolicy | None = None,
    ) -> None:
        """Delete an object, or mark it as being deleted if it has finalizers.

        Args:
            resource: Kind of the object.
            name: Its name.
            namespace: Its namespace.
            uid: Delete only the object with this uid.
            resource_version: Delete only this state of it.
            propagation: What happens to the objects it owns; the kind's default when omitted.

        Raises:
            NotFound: There is no such object.
            Conflict: A precondition does not hold.
        """
        conditions = {"uid": uid, "resourceVersion": resource_version}
        preconditions = {key: value for key, value in conditions.items() if value is not None}
        options: JsonObject = {"preconditions": preconditions} if preconditions else {}
        if propagation is not None:
            options["propagationPolicy"] = propagation
        call = _Target(resource, namespace, name).call("DELETE", "delete", body=options)
        await self._transport.request(call)

    async def watch(
        self, selection: Selection, *, resource_version: str, timeout_seconds: int
    ) -> AsyncGenerator[WatchEvent, None]:
        """Receive what happens to the selected objects, bookmarks included.

        The caller closes the generator when it stops before the end (`contextlib.aclosing`).

        Args:
            selection: Which objects.
            resource_version: Where to start, from a list or an earlier event.
            timeout_seconds: When the server shall end the watch.

        Raises:
            Gone: The cluster's history no longer reaches back to that resourceVersion.
            Unavailable: The connection failed or broke.
        """
        call = selection.watch(resource_version=resource_version, timeout_seconds=timeout_seconds)
        async with self._transport.stream(call, seconds=timeout_seconds + _WATCH_GRACE) as stream:
            async for event in read_events(stream, call.operation):
                yield event

    async def server_version(self) -> ServerVersion:
        """Ask the API server for its version."""
        call = Call("GET", "/version", Operation("get the version"))
        answer = await self._transport.request(call)
        # Some providers add a plus sign to the minor version.
        minor = re.match(r"\d+", answer["minor"])
        return ServerVersion(
            int(answer["major"]), int(minor[0]) if minor else 0, answer["gitVersion"]
        )

    async def _patch(
        self,
        target: "_Target",
        verb: str,
        body: object,
        content_type: str,
        query: Mapping[str, str] | None = None,
    ) -> JsonObject:
        query = query or {"fieldManager": self._field_manager}
        call = target.call("PATCH", verb, query=query, body=body, content_type=content_type)
        return await self._transport.request(call)

    async def _collect(
        self, selection: Selection, project: Callable[[JsonObject], T], limit: int | None
    ) -> ListResult[T]:
        items: list[T] = []
        token = ""
        while True:
            page = await self._transport.request(selection.list_page(limit=limit, token=token))
            items.extend(project(item) for item in page.get("items") or ())
            token = page["metadata"].get("continue", "")
            if not token:
                return ListResult(items, page["metadata"]["resourceVersion"])


@dataclass(frozen=True, slots=True)
class _Target:
    """The object, or a subresource of it, that a call is about."""

    resource: Resource
    namespace: str | None
    name: str
    subresource: str | None = None

    def call(
        self,
        method: str,
        verb: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content_type: str = "application/json",
    ) -> Call:
        path = self.resource.object_path(
            self.name, namespace=self.namespace, subresource=self.subresource
        )
        operation = Operation(verb, self.resource, self.namespace, self.name)
        return Call(method, path, operation, query or {}, body, content_type)


def _target_of(
    resource: Resource, body: JsonObject, namespace: str | None, subresource: str | None = None
) -> _Target:
    """Address the object that a body describes; its namespace counts when none is given."""
    metadata = body["metadata"]
    name = metadata.get("name", "")
    return _Target(resource, namespace or metadata.get("namespace"), name, subresource)
