"""What is told of each request to Harbor."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pydantic import SecretStr

from harbor_operator.harbor import Credentials, HarborClient, Limits
from harbor_operator.harbor.errors import Exchange, HarborError
from harbor_operator.harbor.request import Request
from testbed.harbor import HarborSimulator
from testbed.tools.ports import LOOPBACK, free_ports

PASSWORD = "Admin-Password-4Zt"
ADMIN = Credentials("admin", SecretStr(PASSWORD))
QUICK = Limits(timeout_seconds=2, max_concurrent=4, per_second=1000, max_response_bytes=100_000)


class Listener:
    """Keeps how each attempt was begun and how it ended."""

    def __init__(self) -> None:
        self.exchanges: list[tuple[str, str, str]] = []
        self.request_ids: set[str | None] = set()

    @contextmanager
    def __call__(self, request: Request) -> Iterator[Callable[[Exchange], None]]:
        answers: list[Exchange] = []
        try:
            yield answers.append
        except HarborError as error:
            self.exchanges.append((request.method, request.route, type(error).__name__))
            raise
        (answer,) = answers
        self.exchanges.append((answer.method, answer.route, str(answer.status)))
        self.request_ids.add(answer.request_id)


def client_of(url: str, listener: Listener) -> HarborClient:
    return HarborClient(url, ADMIN, limits=QUICK, jitter=lambda: 0.0, observe=listener)


async def test_each_request_is_told_by_its_template() -> None:
    listener = Listener()
    async with (
        HarborSimulator(admin_password=PASSWORD) as harbor,
        client_of(harbor.url, listener) as client,
    ):
        await client.projects.create("very-secret-name", metadata={})
        await client.projects.get("very-secret-name")

    told = listener.exchanges
    assert ("POST", "/projects", "201") in told
    assert [code for _, route, code in told if route == "/c/login"] == ["404", "200"]
    assert not [route for _, route, _ in told if "very-secret-name" in route]
    assert len(listener.request_ids - {None, ""}) > 1


async def test_each_attempt_is_told() -> None:
    listener = Listener()
    async with (
        HarborSimulator(admin_password=PASSWORD) as harbor,
        client_of(harbor.url, listener) as client,
    ):
        harbor.faults.add_status(503, "GET", "*/systeminfo", times=1)
        await client.system.info()

    codes = [code for _, route, code in listener.exchanges if route == "/systeminfo"]
    assert codes == ["503", "200"]


async def test_a_lost_answer_is_told_by_what_it_means() -> None:
    listener = Listener()
    async with (
        HarborSimulator(admin_password=PASSWORD) as harbor,
        client_of(harbor.url, listener) as client,
    ):
        harbor.faults.add_drop("POST", "*/projects", times=1)
        with pytest.raises(HarborError):
            await client.projects.create("web", metadata={})

    assert ("POST", "/projects", "OutcomeUnknown") in listener.exchanges


async def test_a_harbor_that_is_not_there_is_told() -> None:
    listener, (port,) = Listener(), free_ports(1)
    async with client_of(f"http://{LOOPBACK}:{port}", listener) as client:
        with pytest.raises(HarborError):
            await client.system.info()

    assert {code for _, _, code in listener.exchanges} == {"Unreachable"}
