"""Lists that span pages, also when they change while they are read."""

from collections.abc import Awaitable, Callable
from urllib.parse import unquote

import pytest
from aiohttp import web

from harbor_operator.harbor import HarborClient
from harbor_operator.harbor.errors import ListChanged, ProtocolError
from tests.support.scripted_server import Script, ScriptedServer

Serve = Callable[[Script], Awaitable[tuple[ScriptedServer, HarborClient]]]


def page_of(rows: list[dict[str, object]], request: web.BaseRequest) -> web.Response:
    page, size = int(request.query["page"]), int(request.query["page_size"])
    part = rows[(page - 1) * size : page * size]
    return web.json_response(part, headers={"X-Total-Count": str(len(rows))})


def projects(number: int) -> list[dict[str, object]]:
    return [{"project_id": n, "name": f"p{n}"} for n in range(1, number + 1)]


@pytest.mark.parametrize(("number", "pages"), [(0, 1), (1, 1), (100, 1), (101, 2), (250, 3)])
async def test_a_list_is_read_in_pages_of_a_hundred(serve: Serve, number: int, pages: int) -> None:
    rows = projects(number)

    async def script(request: web.BaseRequest) -> web.StreamResponse:
        return page_of(rows, request)

    server, client = await serve(script)

    listed = await client.projects.list()

    assert [project.id for project in listed] == list(range(1, number + 1))
    assert len(server.targets()) == 1 + pages


async def test_a_list_that_gets_shorter_meanwhile_is_read_again(serve: Serve) -> None:
    rows = projects(150)

    async def script(request: web.BaseRequest) -> web.StreamResponse:
        response = page_of(rows, request)
        if len(rows) == 150:
            del rows[0]
        return response

    _, client = await serve(script)

    listed = await client.projects.list()

    assert [project.id for project in listed] == list(range(2, 151))


async def test_a_list_that_keeps_getting_shorter_is_not_believed(serve: Serve) -> None:
    rows = projects(300)

    async def script(request: web.BaseRequest) -> web.StreamResponse:
        response = page_of(rows, request)
        del rows[0]
        return response

    _, client = await serve(script)

    with pytest.raises(ListChanged):
        await client.projects.list()


async def test_a_list_that_grows_meanwhile_has_each_row_once(serve: Serve) -> None:
    rows = projects(150)

    async def script(request: web.BaseRequest) -> web.StreamResponse:
        response = page_of(rows, request)
        rows.insert(0, {"project_id": 1000 + len(rows), "name": "new"})
        return response

    _, client = await serve(script)

    listed = [project.id for project in await client.projects.list()]

    assert set(range(1, 151)) <= set(listed)
    assert len(listed) == len(set(listed))


async def test_a_list_without_its_total_is_a_protocol_error(serve: Serve) -> None:
    async def script(_: web.BaseRequest) -> web.StreamResponse:
        return web.json_response([])

    _, client = await serve(script)

    with pytest.raises(ProtocolError):
        await client.projects.list()


async def test_projects_are_found_by_name_in_few_requests_and_numbers_alone(serve: Serve) -> None:
    async def script(request: web.BaseRequest) -> web.StreamResponse:
        return page_of([*projects(60), {"project_id": 99, "name": "42"}], request)

    server, client = await serve(script)

    found = await client.projects.find([f"p{n}" for n in range(50)] + ["42", "missing"])

    filters = [unquote(unquote(target)) for target in server.targets()[1:]]
    assert filters[0].startswith("/api/v2.0/projects?q=name=42&")
    assert filters[1].startswith("/api/v2.0/projects?q=name={missing p0 p1 p10 ")
    assert len(filters) == 2
    assert set(found) == {f"p{n}" for n in range(1, 50)} | {"42"}


async def test_long_names_are_split_over_filters_that_fit_a_request_line(serve: Serve) -> None:
    async def script(request: web.BaseRequest) -> web.StreamResponse:
        return page_of([], request)

    server, client = await serve(script)

    await client.projects.find([f"{n:03}" + "x" * 200 for n in range(30)])

    assert max(map(len, server.targets())) < 4000
    assert len(server.targets()) == 1 + 5


async def test_a_label_is_found_by_its_whole_name_only(serve: Serve) -> None:
    rows: list[dict[str, object]] = [
        {"id": 1, "name": "owner-old", "project_id": 4},
        {"id": 2, "name": "owner", "project_id": 5},
        {"id": 3, "name": "owner", "project_id": 4},
    ]

    async def script(request: web.BaseRequest) -> web.StreamResponse:
        return page_of(rows, request)

    _, client = await serve(script)

    label = await client.labels.get(4, "owner")

    assert label is not None
    assert label.id == 3


async def test_rows_of_a_filter_that_harbor_ignored_are_dropped(serve: Serve) -> None:
    rows: list[dict[str, object]] = [
        {"id": 1, "name": "robot$a", "level": "system"},
        {"id": 2, "name": "robot$ship+a", "level": "project"},
    ]

    async def script(request: web.BaseRequest) -> web.StreamResponse:
        return page_of(rows, request)

    _, client = await serve(script)

    listed = await client.robots.list_project(4)

    assert [robot.id for robot in listed] == [2]
