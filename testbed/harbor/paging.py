"""Harbor's list parameters: `q`, `sort`, `page`, `page_size`, and the headers of a page."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote_plus, unquote_plus

from aiohttp import web

from testbed.harbor.errors import bad_request, unprocessable

Row = TypeVar("Row")
Column = Callable[[Row], object]

DEFAULT_PAGE_SIZE = 10
MAX_PAGE_SIZE = 100
_UNPAGED = 0
"""A page size of zero or less means: all rows."""


@dataclass(frozen=True, slots=True)
class Keyword:
    """One condition of a `q`: exact, fuzzy (substring), a range or a set of alternatives."""

    value: str
    fuzzy: bool = False
    choices: frozenset[str] | None = None
    minimum: str = ""
    maximum: str = ""

    def accepts(self, cell: object) -> bool:
        """Whether a row with this cell is kept; everything is compared as Harbor prints it."""
        text = str(cell).lower() if isinstance(cell, bool) else str(cell)
        if self.choices is not None:
            return text in self.choices
        if self.minimum or self.maximum:
            return _between(text, self.minimum, self.maximum)
        return self.value.lower() in text.lower() if self.fuzzy else text == self.value


def _between(text: str, minimum: str, maximum: str) -> bool:
    def rank(value: str) -> tuple[int, str]:
        return (int(value), "") if value.lstrip("-").isdigit() else (0, value)

    return (not minimum or rank(text) >= rank(minimum)) and (
        not maximum or rank(text) <= rank(maximum)
    )


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The list parameters of one request."""

    keywords: Mapping[str, Keyword]
    sorting: tuple[str, ...]
    page: int
    page_size: int


def list_query(request: web.Request) -> ListQuery:
    """Reads the list parameters.

    Raises:
        HarborError: 400 for a malformed `q`, 422 for a page size that is too large or no number.
    """
    page_size = _number(request, "page_size", DEFAULT_PAGE_SIZE)
    if page_size > MAX_PAGE_SIZE:
        raise unprocessable(f"page_size in query should be less than or equal to {MAX_PAGE_SIZE}")
    return ListQuery(
        keywords=parse_keywords(request.query.get("q", "")),
        sorting=tuple(filter(None, request.query.get("sort", "").split(","))),
        page=_number(request, "page", 1),
        page_size=page_size,
    )


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    try:
        return int(text) if text else default
    except ValueError:
        raise unprocessable(f'{name} in query must be of type int64: "{text}"') from None


def parse_keywords(text: str) -> dict[str, Keyword]:
    """The conditions of a `q`, which Harbor decodes once more than HTTP does.

    Raises:
        HarborError: 400 when a condition has no key, no value or an unfinished pattern.
    """
    keywords: dict[str, Keyword] = {}
    for condition in unquote_plus(text).split(",") if text else []:
        key, equals, value = condition.partition("=")
        if not (key and equals and value):
            raise bad_request('the query string must contain "=" and the key/value cannot be empty')
        keywords[key] = _parse_pattern(value)
    return keywords


def _parse_pattern(value: str) -> Keyword:
    closing = {"[": "]", "{": "}", "(": ")"}.get(value[0])
    if closing and not value.endswith(closing):
        raise bad_request(f"invalid query string value: {value}")
    match value[0]:
        case "~" if len(value) > 1:
            return Keyword(value[1:], fuzzy=True)
        case "[" if value.count("~") == 1:
            minimum, _, maximum = value[1:-1].partition("~")
            return Keyword(value, minimum=minimum.strip(), maximum=maximum.strip())
        case "{" | "(":
            return Keyword(value, choices=frozenset(value[1:-1].replace('"', "").split()))
        case "~" | "[":
            raise bad_request(f"invalid query string value: {value}")
        case _:
            return Keyword(value.removeprefix("\\"))


def select(
    rows: Iterable[Row], query: ListQuery, columns: Mapping[str, Column[Row]], order: str
) -> list[Row]:
    """The rows that the conditions keep, sorted; unknown keys and sort columns are ignored.

    `order` is the table's own sorting, for when none is asked for, with a leading `-` for
    descending. Rows that are equal stay in the order in which they were last written.
    """
    conditions = [(columns[key], word) for key, word in query.keywords.items() if key in columns]
    kept = [row for row in rows if all(word.accepts(cell(row)) for cell, word in conditions)]
    for key in reversed([key for key in query.sorting if key.lstrip("-") in columns] or [order]):
        kept.sort(key=_sort_key(columns[key.lstrip("-")]), reverse=key.startswith("-"))
    return kept


def _sort_key(column: Column[Row]) -> Callable[[Row], tuple[float, str]]:
    def key(row: Row) -> tuple[float, str]:
        cell = column(row)
        return (cell, "") if isinstance(cell, int) else (0, str(cell))

    return key


def page_of(query: ListQuery, rows: list[Row]) -> list[Row]:
    """The rows of the wanted page."""
    if query.page_size <= _UNPAGED:
        return rows
    start = (max(query.page, 1) - 1) * query.page_size
    return rows[start : start + query.page_size]


def page_headers(request: web.Request, query: ListQuery, total: int) -> dict[str, str]:
    """`X-Total-Count`, and `Link` where there is a page before or after this one."""
    headers = {"X-Total-Count": str(total)}
    links: list[str] = []
    if query.page_size > _UNPAGED:
        if query.page > 1 and (query.page - 1) * query.page_size < total:
            links.append(_link(request, query.page - 1, query.page_size, "prev"))
        if query.page * query.page_size < total:
            links.append(_link(request, query.page + 1, query.page_size, "next"))
    if links:
        headers["Link"] = " , ".join(links)
    return headers


def _link(request: web.Request, page: int, page_size: int, relation: str) -> str:
    parameters = {**request.query, "page": str(page), "page_size": str(page_size)}
    encoded = "&".join(f"{quote_plus(k)}={quote_plus(parameters[k])}" for k in sorted(parameters))
    # Harbor un-escapes the encoded query again, so the link carries raw characters.
    return f'<{request.path}?{unquote_plus(encoded)}>; rel="{relation}"'
