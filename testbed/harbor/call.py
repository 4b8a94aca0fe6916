"""One API call as a handler sees it: who calls, with what, and how to answer."""

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from aiohttp import web

from testbed.harbor.binding import bind_body
from testbed.harbor.callers import (
    Caller,
    is_authenticated,
    may_in_project,
    may_on_system,
)
from testbed.harbor.core import Core
from testbed.harbor.errors import forbidden, not_found, unauthorized, unprocessable
from testbed.harbor.paging import Column, ListQuery, list_query, page_headers, page_of, select
from testbed.harbor.release import Difference
from testbed.harbor.state import HarborState, Project

Body = TypeVar("Body")
Row = TypeVar("Row")
_YES = frozenset({"true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"})
"""What Harbor's API takes for true."""
ProjectReference = int | str
"""A project's id or its name."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request together with its caller, its time and the installation that it reached."""

    core: Core
    request: web.Request
    caller: Caller
    now: datetime

    @property
    def state(self) -> HarborState:
        """The database."""
        return self.core.state

    def does(self, difference: Difference) -> bool:
        """Whether this Harbor is of a release that differs so from the newest."""
        return self.core.release.does(difference)

    def number(self, name: str) -> int:
        """A numeric part of the path.

        Raises:
            HarborError: 422 when it is no number.
        """
        text = self.request.match_info[name]
        if not text.lstrip("-").isdigit():
            raise unprocessable(f'{name} in path must be of type int64: "{text}"')
        return int(text)

    def text(self, name: str) -> str:
        """A part of the path, decoded once."""
        return self.request.match_info[name]

    def parameter(self, name: str) -> str:
        """A query parameter, empty when absent."""
        return self.request.query.get(name, "")

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A query parameter that is true or false."""
        text = self.parameter(name).lower()
        return text in _YES if text else default

    async def body(self, model: type[Body], name: str) -> Body:
        """The JSON body as a model; `name` is what messages call it."""
        return await bind_body(self.request, model, name, self.core.release.knows_field)

    def project_reference(self) -> ProjectReference:
        """How the path names its project: digits are an id unless a header says otherwise."""
        text = self.request.match_info["project"]
        by_name = self.request.headers.get("X-Is-Resource-Name", "").lower() == "true"
        return text if by_name or not text.isdigit() else int(text)

    def find_project(self, reference: ProjectReference) -> Project | None:
        """The project with this id or name."""
        if isinstance(reference, int):
            return self.state.projects.get(reference)
        return self.state.project_named(reference)

    def project(self, action: str, resource: str = ".") -> Project:
        """The project in the path, if the caller may do this in it.

        Raises:
            HarborError: 401 or 403 as `require_in_project`, 404 for an administrator.
        """
        reference = self.project_reference()
        self.require_in_project(reference, action, resource)
        return self.existing_project(reference)

    def existing_project(self, reference: ProjectReference) -> Project:
        """The project with this id or name.

        Raises:
            HarborError: 404 when there is none.
        """
        project = self.find_project(reference)
        if project is None:
            raise not_found(f"project {reference} not found")
        return project

    def may_in_project(self, project: Project | None, action: str, resource: str) -> bool:
        """Whether the caller may do this in a project."""
        return may_in_project(self.state, self.caller, project, action=action, resource=resource)

    def require_in_project(
        self, reference: ProjectReference, action: str, resource: str = "."
    ) -> None:
        """Lets pass who may do this in a project.

        Raises:
            HarborError: 401 for strangers, else 403, also when the project does not exist.
        """
        if self.may_in_project(self.find_project(reference), action, resource):
            return
        raise forbidden() if is_authenticated(self.caller) else unauthorized()

    def require_on_system(self, action: str, resource: str) -> None:
        """Lets pass who may do this to a system-wide resource.

        Raises:
            HarborError: 401 for strangers, else 403 with the caller's name as its message.
        """
        self.require_authenticated()
        if not may_on_system(self.caller, action, resource):
            raise forbidden(self.caller.name)

    def require_authenticated(self) -> None:
        """Lets pass anybody who is known.

        Raises:
            HarborError: 401 for strangers.
        """
        if not is_authenticated(self.caller):
            raise unauthorized()

    def list_query(self) -> ListQuery:
        """The list parameters."""
        return list_query(self.request)

    def page(
        self,
        rows: Iterable[Row],
        query: ListQuery,
        *,
        columns: dict[str, Column[Row]],
        order: str,
        view: Callable[[Row], object],
    ) -> web.Response:
        """The answer to a list: filtered, sorted, cut to its page and shown by `view`."""
        kept = select(rows, query, columns, order)
        shown = [view(row) for row in page_of(query, kept)]
        return answer(shown, headers=page_headers(self.request, query, len(kept)))

    def created(self, identity: int | str) -> web.Response:
        """The answer to a creation that says nothing but where."""
        return web.Response(status=201, headers={"Location": self.location(identity)})

    def location(self, identity: int | str) -> str:
        """The path of an object that was created in the collection of this request."""
        return f"{self.request.path.rstrip('/')}/{identity}"


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path (relative to `/api/v2.0`) with the handler that answers them."""

    method: str
    path: str
    handler: Handler


def answer(
    payload: object, *, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """A JSON answer of the API."""
    body = json.dumps(payload).encode()
    content = {"Content-Type": "application/json"}
    return web.Response(status=status, body=body, headers={**content, **(headers or {})})


def done() -> web.Response:
    """The empty 200 that most writes end with."""
    return web.Response()


def without_empty(fields: dict[str, object]) -> dict[str, object]:
    """An object as Harbor's API prints it: zero values (empty, 0, null) are left out."""
    return {name: value for name, value in fields.items() if value}
