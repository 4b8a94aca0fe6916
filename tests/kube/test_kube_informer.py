"""The informer against an API server that misbehaves on command."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.informer import Informer, Pace
from harbor_operator.kube.resources import CONFIG_MAPS, JsonObject, ObjectKey
from harbor_operator.kube.selection import Selection
from tests.support.fake_kube import FakeKube, Fault, page, status

Change = tuple[str, str | None, str | None]
Disturbance = Callable[[FakeKube], None]

QUICK = Pace(watch=60, silence=5, first_pause=0.02, longest_pause=0.05)
"""As the usual pace, but repeating at once."""


def value_of(body: JsonObject) -> str:
    return str(body["data"]["value"])


class Picture:
    """An informer that runs, and what it reported."""

    def __init__(self, client: KubeClient, pace: Pace) -> None:
        self.changes: asyncio.Queue[Change] = asyncio.Queue()
        self.informer = Informer(
            client, Selection(CONFIG_MAPS), value_of, self._record, jitter=lambda: 0.0, pace=pace
        )

    def _record(self, key: ObjectKey, old: str | None, new: str | None) -> None:
        self.changes.put_nowait((key.name, old, new))

    async def next_change(self) -> Change:
        async with asyncio.timeout(5):
            return await self.changes.get()

    @property
    def values(self) -> dict[str, str]:
        return {key.name: value for key, value in self.informer.objects.items()}


@asynccontextmanager
async def running(client: KubeClient, pace: Pace = QUICK) -> AsyncIterator[Picture]:
    picture = Picture(client, pace)
    task = asyncio.create_task(picture.informer.run())
    try:
        yield picture
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for is a count, not an event
            await asyncio.sleep(0.005)


def watched(fake: FakeKube, times: int = 1) -> Callable[[], bool]:
    return lambda: fake.requests.count("watch") >= times


async def test_first_list_reports_each_object_and_then_is_synced(
    fake_kube: FakeKube, fake_client: KubeClient
) -> None:
    fake_kube.put("a", "1")
    fake_kube.put("b", "2")

    async with running(fake_client) as picture:
        await asyncio.wait_for(picture.informer.synced.wait(), 5)

        assert picture.values == {"a": "1", "b": "2"}
        assert await picture.next_change() == ("a", None, "1")
        assert await picture.next_change() == ("b", None, "2")


async def test_informer_is_not_synced_before_the_first_list_succeeds(
    fake_kube: FakeKube, fake_client: KubeClient
) -> None:
    fake_kube.fail_on("list", *[status(500, "InternalError")] * 3)

    async with running(fake_client) as picture:
        await until(lambda: fake_kube.requests.count("list") == 2)
        synced_during_outage = picture.informer.synced.is_set()
        await asyncio.wait_for(picture.informer.synced.wait(), 5)

    assert not synced_during_outage
    assert fake_kube.requests.count("list") == 4


async def test_events_change_the_picture(fake_kube: FakeKube, fake_client: KubeClient) -> None:
    async with running(fake_client) as picture:
        await until(watched(fake_kube))
        fake_kube.put("a", "1")
        fake_kube.put("a", "2")
        fake_kube.remove("a")

        assert await picture.next_change() == ("a", None, "1")
        assert await picture.next_change() == ("a", "1", "2")
        assert await picture.next_change() == ("a", "2", None)
        assert picture.values == {}


async def test_change_outside_of_the_projection_is_not_reported(
    fake_kube: FakeKube, fake_client: KubeClient
) -> None:
    fake_kube.put("a", "1")
    async with running(fake_client) as picture:
        await until(watched(fake_kube))
        await picture.next_change()
        fake_kube.put("a", "1")
        fake_kube.put("b", "2")

        assert await picture.next_change() == ("b", None, "2")


@pytest.mark.parametrize(
    "disturb",
    [
        pytest.param(FakeKube.cut_watches, id="a cut connection"),
        pytest.param(lambda fake: fake.cut_watches(after=b'{"type": "AD'), id="a cut event"),
        pytest.param(lambda fake: fake.cut_watches(after=b'{"type": "AD\n'), id="a broken event"),
        pytest.param(FakeKube.expire_watches, id="a compacted history"),
        pytest.param(FakeKube.end_watches, id="an early end"),
    ],
)
async def test_deletion_missed_in_a_gap_is_reported_after(
    fake_kube: FakeKube, fake_client: KubeClient, disturb: Disturbance
) -> None:
    fake_kube.put("gone", "1")
    fake_kube.put("kept", "1")
    async with running(fake_client) as picture:
        await until(watched(fake_kube))
        await picture.next_change()
        await picture.next_change()

        disturb(fake_kube)
        fake_kube.forget_watches()
        fake_kube.remove("gone")
        fake_kube.put("kept", "2")
        fake_kube.put("new", "3")

        assert await picture.next_change() == ("gone", "1", None)
        assert await picture.next_change() == ("kept", "1", "2")
        assert await picture.next_change() == ("new", None, "3")
        assert picture.values == {"kept": "2", "new": "3"}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(status(410, "Expired"), id="410"),
        pytest.param(status(403, "Forbidden"), id="403"),
        pytest.param(status(500, "InternalError"), id="500"),
        pytest.param(page, id="a proxy's page"),
    ],
)
async def test_refused_watch_leads_to_a_new_list_and_watch(
    fake_kube: FakeKube, fake_client: KubeClient, fault: Fault
) -> None:
    fake_kube.fail_on("watch", fault)

    async with running(fake_client) as picture:
        await until(watched(fake_kube, 2))
        fake_kube.put("a", "1")

        assert await picture.next_change() == ("a", None, "1")
    assert fake_kube.requests == ["list", "watch", "list", "watch"]


async def test_silent_watch_is_cut_and_everything_listed_again(
    fake_kube: FakeKube, fake_client: KubeClient
) -> None:
    impatient = Pace(watch=60, silence=0.2, first_pause=0.02, longest_pause=0.05)
    async with running(fake_client, impatient) as picture:
        await until(watched(fake_kube))
        fake_kube.forget_watches()
        fake_kube.put("a", "1")

        assert await picture.next_change() == ("a", None, "1")


async def test_bookmarks_keep_a_quiet_watch_alive(
    fake_kube: FakeKube, fake_client: KubeClient
) -> None:
    impatient = Pace(watch=60, silence=0.4, first_pause=0.02, longest_pause=0.05)
    async with running(fake_client, impatient) as picture:
        await until(watched(fake_kube))
        for _ in range(5):
            await asyncio.sleep(0.15)
            fake_kube.bookmark()
        await asyncio.sleep(0.05)
        age = picture.informer.age_seconds()

    assert age < 0.15
    assert fake_kube.requests == ["list", "watch"]


async def test_age_grows_while_the_server_is_away(
    fake_kube: FakeKube, fake_client: KubeClient
) -> None:
    fake_kube.fail_on("list", *[status(503, "ServiceUnavailable")] * 1000)

    async with running(fake_client) as picture:
        await until(lambda: picture.informer.age_seconds() > 0.2)

        assert not picture.informer.synced.is_set()


async def test_watch_that_ran_its_full_time_goes_on_without_a_new_list(
    fake_kube: FakeKube, fake_client: KubeClient
) -> None:
    brief = Pace(watch=1, silence=5)
    async with running(fake_client, brief) as picture:
        await until(watched(fake_kube))
        fake_kube.end_watches()
        await until(watched(fake_kube, 2))
        fake_kube.put("a", "1")

        assert await picture.next_change() == ("a", None, "1")
    assert fake_kube.requests == ["list", "watch", "watch"]


async def test_pages_that_expire_are_read_again_in_one_answer(
    fake_kube: FakeKube, fake_client: KubeClient
) -> None:
    for name in "abcde":
        fake_kube.put(name, "1")
    fake_kube.fail_on("list", None, status(410, "Expired"))

    result = await fake_client.list(CONFIG_MAPS, limit=2)

    assert [item["metadata"]["name"] for item in result.items] == list("abcde")
    assert fake_kube.requests == ["list", "list", "list"]


@pytest.mark.parametrize(
    ("failures", "jitter", "seconds"),
    [
        pytest.param(1, 0.0, 1.0, id="first"),
        pytest.param(3, 0.0, 4.0, id="doubles"),
        pytest.param(3, 0.5, 3.0, id="jitter shortens"),
        pytest.param(7, 0.0, 60.0, id="cap"),
        pytest.param(100_000, 0.0, 60.0, id="no overflow"),
    ],
)
def test_pause_doubles_up_to_a_cap(failures: int, jitter: float, seconds: float) -> None:
    assert Pace().pause(failures, jitter) == seconds
