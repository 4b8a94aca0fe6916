"""What requests about robots may look like, which the releases of Harbor see differently."""

import json

from testbed.harbor.call import Call
from testbed.harbor.errors import HarborError, bad_request, internal_error
from testbed.harbor.paging import Keyword, ListQuery
from testbed.harbor.release import Difference

_NO_PROJECT = "ProjectID must be a positive integer"
_LEVELS = frozenset({"system", "project"})


async def refuse_null_entries(call: Call) -> None:
    """Refuses a robot whose permissions, or what they allow, have a null among them.

    Raises:
        HarborError: 400, or 500 of a release that fails at it.
    """
    entries = _list(await _body(call), "permissions")
    accesses = [access for entry in entries for access in _list(entry, "access")]
    if None in entries or None in accesses:
        failing = call.does(Difference.CRASHING_NULLS)
        raise internal_error() if failing else bad_request("bad request empty permission")


async def _body(call: Call) -> object:
    try:
        return json.loads(await call.request.read())
    except ValueError:
        return None  # whoever reads the body in earnest complains


def _list(holder: object, name: str) -> list[object]:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, list) else []


def listed_level(call: Call, query: ListQuery) -> str:
    """The level of the robots that a list is to show.

    Raises:
        HarborError: 400, or 500 of a release that fails at a wrong type.
    """
    if "Level" not in query.keywords:
        return "system"
    keyword = query.keywords["Level"]
    if not _is_single(keyword):
        raise _wrong_type(call, "bad request error level input")
    if keyword.value not in _LEVELS:
        raise bad_request("bad request error level input")
    return keyword.value


def listed_project(call: Call, query: ListQuery) -> int:
    """The id of the project whose robots a list is to show; raises as `listed_level`."""
    if "ProjectID" not in query.keywords:
        raise bad_request("must with project ID when to query project robots")
    keyword = query.keywords["ProjectID"]
    if not (_is_single(keyword) and keyword.value.isdigit()):
        raise _wrong_type(call, _NO_PROJECT)
    if int(keyword.value) == 0:
        raise bad_request(_NO_PROJECT)
    return int(keyword.value)


def _is_single(keyword: Keyword) -> bool:
    is_range = bool(keyword.minimum or keyword.maximum)
    return not (keyword.fuzzy or keyword.choices is not None or is_range)


def _wrong_type(call: Call, message: str) -> HarborError:
    return internal_error() if call.does(Difference.CRASHING_FILTERS) else bad_request(message)
