"""Which lists `status` makes, and what a refused one means."""

import pytest

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.kinds import CONNECTION, KINDS, ROBOT
from harbor_operator.cli.status.collecting import collect
from harbor_operator.kube.errors import Forbidden, NotFound, Operation
from tests.support.fake_cluster import FakeCluster
from tests.support.plugin import NOW, an_object

FORBIDDEN = Forbidden(Operation("list"), "you may not", reason="Forbidden", status=403)
UNKNOWN = NotFound(Operation("list"), "no such resource", reason="NotFound", status=404)


@pytest.fixture
def cluster() -> FakeCluster:
    made = FakeCluster()
    made.put(CONNECTION.resource, an_object(CONNECTION, "default"))
    for namespace in ("payments", "search"):
        made.put(ROBOT.resource, an_object(ROBOT, "ci", namespace=namespace))
    return made


@pytest.mark.parametrize(("namespace", "robots"), [("payments", 1), (None, 2)])
async def test_each_kind_is_one_list(
    cluster: FakeCluster, namespace: str | None, robots: int
) -> None:
    report = await collect(cluster, namespace, NOW)

    assert report.counts["robot"].total == robots
    assert report.counts["connection"].total == 1
    assert [request.verb for request in cluster.requests] == ["list"] * len(KINDS)


async def test_a_list_that_is_not_allowed_becomes_a_note(cluster: FakeCluster) -> None:
    cluster.fail_on("list", FORBIDDEN)

    report = await collect(cluster, "payments", NOW)

    assert report.notes == ("clusterharborconnections are left out: you may not list them",)
    assert "connection" not in report.counts
    assert report.counts["robot"].total == 1


async def test_the_note_about_all_namespaces_tells_the_way_out(cluster: FakeCluster) -> None:
    cluster.fail_on("list", None, None, FORBIDDEN)

    report = await collect(cluster, None, NOW)

    assert [note.rpartition("; ")[2] for note in report.notes] == ["try -n NAMESPACE"]


async def test_with_no_right_at_all_there_is_no_report(cluster: FakeCluster) -> None:
    cluster.fail_on("list", *(FORBIDDEN for _ in KINDS))

    with pytest.raises(Forbidden):
        await collect(cluster, "payments", NOW)


async def test_kinds_that_are_not_installed_are_told(cluster: FakeCluster) -> None:
    cluster.fail_on("list", UNKNOWN)

    with pytest.raises(CommandError, match="is harbor-operator installed") as caught:
        await collect(cluster, "payments", NOW)

    assert caught.value.code is ExitCode.NOT_FOUND
