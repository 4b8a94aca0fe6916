"""A connection's schedules and registries, from the spec into a simulated Harbor."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from harbor_operator.engine.kinds.connection import coarse
from harbor_operator.kube.errors import Forbidden, Operation
from harbor_operator.kube.resources import EVENTS, SECRETS
from testbed.harbor import HarborSimulator
from testbed.harbor.faults import Fault, FaultKind
from testbed.harbor.policy_state import UpstreamRegistry, Vendor
from tests.support.connection_bench import ADMIN_PASSWORD, NAMESPACE, ConnectionBench
from tests.support.engine_world import Told

CANARY = "canary-Upstream-Password-5Tz"
HUB = {"name": "hub", "type": "docker-hub", "url": "https://hub.example.com"}
LOGIN = {"credentialsSecretRef": {"namespace": NAMESPACE, "name": "hub"}}
MAINTENANCE = {
    "garbageCollection": {"schedule": "0 2 * * 0", "deleteUntagged": True, "workers": 2},
    "auditLogPurge": {"schedule": "0 5 * * *", "retentionHours": 2160},
}
MARK = "Managed by ClusterHarborConnection app of cluster cluster-1"


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[ConnectionBench]:
    async with HarborSimulator(admin_password=ADMIN_PASSWORD) as harbor:
        made = ConnectionBench(harbor)
        yield made
        await made.close()


def foreign_registry(
    bench: ConnectionBench, *, type_: str = "docker-hub", insecure: bool = False
) -> UpstreamRegistry:
    """A registry that somebody has made in Harbor."""
    now, id_ = bench.harbor.clock.now(), bench.harbor.state.next_id("registry")
    made = bench.harbor.state.registries[id_] = UpstreamRegistry(
        id=id_,
        name="hub",
        description="made by hand",
        type=type_,
        url=HUB["url"],
        insecure=insecure,
        ca_certificate="",
        credential_type="",
        access_key="",
        access_secret="",
        created=now,
        updated=now,
    )
    return made


@pytest.mark.parametrize(
    ("skew", "told", "expected"),
    [
        pytest.param(-4.9, None, 0, id="a small one"),
        pytest.param(14.9, None, 10, id="a step"),
        pytest.param(15.1, 10, 10, id="between two steps it stays with the first"),
        pytest.param(14.9, 20, 20, id="or with the second"),
        pytest.param(-9.9, 0, 0, id="behind"),
        pytest.param(20.1, 10, 20, id="a whole step away it is told anew"),
        pytest.param(-10.0, 0, -10, id="a whole step behind"),
    ],
)
def test_the_clock_skew_is_told_in_steps(skew: float, told: int | None, expected: int) -> None:
    assert coarse(timedelta(seconds=skew), told) == expected


async def test_a_connection_that_states_neither_asks_and_writes_nothing(
    bench: ConnectionBench,
) -> None:
    await bench.reconcile()

    assert bench.told("Ready") == bench.told("Synced") == ("True", "Succeeded")
    asked = {kind.template for kind in bench.harbor.requests.counts}
    assert not [path for path in asked if "schedule" in path or "registries" in path]
    assert bench.writes == 0


async def test_stated_schedules_are_set_once(bench: ConnectionBench) -> None:
    await bench.reconcile(maintenance=MAINTENANCE)
    written = bench.writes
    outcome = await bench.reconcile()

    collection = bench.schedule(Vendor.GARBAGE_COLLECTION)
    assert (collection.cron, collection.type) == ("0 0 2 * * 0", "Custom")
    assert collection.parameters == {"delete_tag": False, "delete_untagged": True, "workers": 2}
    purge = bench.schedule(Vendor.PURGE_AUDIT_LOG)
    assert purge.parameters["audit_retention_hour"] == 2160
    assert purge.parameters["include_event_types"]
    assert (written, bench.writes, outcome.status) == (2, 2, {})
    assert bench.told("Synced") == ("True", "Succeeded")


async def test_a_schedule_that_leaves_the_spec_stays_in_harbor(bench: ConnectionBench) -> None:
    await bench.reconcile(maintenance=MAINTENANCE)
    await bench.reconcile(maintenance=None)

    assert bench.schedule(Vendor.GARBAGE_COLLECTION).cron == "0 0 2 * * 0"
    assert bench.writes == 2


async def test_drift_of_a_schedule_is_put_right_and_told(bench: ConnectionBench) -> None:
    await bench.reconcile(maintenance=MAINTENANCE)
    bench.schedule(Vendor.GARBAGE_COLLECTION).cron = "0 0 0 * * *"
    await bench.reconcile()

    assert bench.schedule(Vendor.GARBAGE_COLLECTION).cron == "0 0 2 * * 0"
    note = "Put right in Harbor, where somebody had changed it: maintenance.garbageCollection."
    assert await bench.events() == [Told("Normal", "DriftCorrected", "app", note)]


async def test_a_changed_spec_is_no_drift(bench: ConnectionBench) -> None:
    await bench.reconcile(maintenance=MAINTENANCE)
    await bench.reconcile(maintenance={"garbageCollection": {"schedule": "0 3 * * *"}})

    collection = bench.schedule(Vendor.GARBAGE_COLLECTION)
    assert (collection.cron, collection.parameters["workers"]) == ("0 0 3 * * *", 2)
    assert await bench.events() == []


async def test_scans_without_a_scanner_leave_the_connection_ready(bench: ConnectionBench) -> None:
    scans = {"scanAll": {"schedule": "0 4 * * *"}}
    await bench.reconcile(maintenance={**MAINTENANCE, **scans})

    assert bench.told("Ready") == ("True", "Succeeded")
    assert bench.told("Synced") == ("False", "InvalidSpec")
    assert "maintenance.scanAll" in bench.message()
    assert "no scanner is configured" in bench.message()
    assert bench.schedule(Vendor.GARBAGE_COLLECTION).cron == "0 0 2 * * 0"


async def test_a_failing_job_service_leaves_the_connection_ready_and_is_asked_again_soon(
    bench: ConnectionBench,
) -> None:
    bench.harbor.faults.add(Fault(FaultKind.STATUS, "POST", "*/gc/schedule", status=500))
    outcome = await bench.reconcile(maintenance=MAINTENANCE)

    assert bench.told("Ready") == ("True", "Succeeded")
    assert bench.told("Synced") == ("False", "HarborUnreachable")
    assert outcome.delay == 60.0


async def test_an_unreachable_harbor_is_still_the_connections_own_trouble(
    bench: ConnectionBench,
) -> None:
    bench.harbor.faults.add(Fault(FaultKind.DROP, "GET", "*/gc/schedule"))
    await bench.reconcile(maintenance=MAINTENANCE)

    assert bench.told("Ready") == ("False", "HarborUnreachable")
    connection = bench.ports.connections.get("app")
    assert connection is not None
    assert not connection.ready


async def test_a_registry_is_made_with_the_credentials_of_its_secret(
    bench: ConnectionBench,
) -> None:
    told: list[str] = []
    bench.ports.connections.on_registry = told.append
    bench.put_login("hub", "puller", CANARY)
    await bench.reconcile(registries=[{**HUB, **LOGIN}])
    written, outcome = bench.writes, await bench.reconcile()

    made = bench.upstream()
    assert (made.type, made.url, made.description) == ("docker-hub", HUB["url"], MARK)
    assert (made.access_key, made.access_secret) == ("puller", CANARY)
    (reported,) = bench.registries
    assert (reported["name"], reported["id"]) == ("hub", made.id)
    assert reported["credentialsVersion"].startswith("uid-hub/")
    assert (written, bench.writes, outcome.status, told) == (1, 1, {}, ["app"])


async def test_a_changed_secret_is_sent_again_and_is_no_drift(bench: ConnectionBench) -> None:
    bench.put_login("hub", "puller", "old")
    await bench.reconcile(registries=[{**HUB, **LOGIN}])
    bench.put_login("hub", "puller", CANARY)
    await bench.reconcile()
    written = bench.writes
    await bench.reconcile()

    assert bench.upstream().access_secret == CANARY
    assert (written, bench.writes) == (2, 2)
    assert await bench.events() == []


async def test_a_changed_address_takes_the_credentials_along(bench: ConnectionBench) -> None:
    bench.put_login("hub", "puller", CANARY)
    await bench.reconcile(registries=[{**HUB, **LOGIN}])
    await bench.reconcile(registries=[{**HUB, **LOGIN, "url": "https://mirror.example.com/"}])

    made = bench.upstream()
    assert (made.url, made.access_secret) == ("https://mirror.example.com", CANARY)
    assert bench.writes == 2


async def test_drift_of_a_registry_is_put_right_and_told(bench: ConnectionBench) -> None:
    bench.put_login("hub", "puller", CANARY)
    await bench.reconcile(registries=[{**HUB, **LOGIN, "insecureSkipTLSVerify": False}])
    bench.upstream().insecure = True
    await bench.reconcile()

    assert (bench.upstream().insecure, bench.upstream().access_secret) == (False, CANARY)
    note = "Put right in Harbor, where somebody had changed it: registries.hub."
    assert await bench.events() == [Told("Normal", "DriftCorrected", "app", note)]


async def test_credentials_that_leave_the_spec_leave_harbor(bench: ConnectionBench) -> None:
    bench.put_login("hub", "puller", CANARY)
    await bench.reconcile(registries=[{**HUB, **LOGIN}])
    await bench.reconcile(registries=[HUB])

    assert (bench.upstream().access_key, bench.upstream().access_secret) == ("", "")
    assert "credentialsVersion" not in bench.registries[0]


async def test_a_registry_of_our_making_leaves_with_the_spec(bench: ConnectionBench) -> None:
    await bench.reconcile(registries=[HUB])
    await bench.reconcile(registries=[])
    written = bench.writes
    outcome = await bench.reconcile()

    assert bench.harbor.state.registries == {}
    assert (bench.registries, written, bench.writes, outcome.status) == ([], 2, 2, {})


async def test_a_registry_that_was_there_before_is_used_in_place_and_stays(
    bench: ConnectionBench,
) -> None:
    before = foreign_registry(bench, insecure=True)
    await bench.reconcile(registries=[{**HUB, "insecureSkipTLSVerify": False}])
    adopted = bench.upstream()
    await bench.reconcile(registries=[])

    assert (adopted.id, adopted.insecure, adopted.description) == (before.id, False, "made by hand")
    assert bench.upstream().id == before.id
    assert bench.told("Synced") == ("True", "Succeeded")


async def test_a_registry_in_use_stays_and_is_named(bench: ConnectionBench) -> None:
    await bench.reconcile(registries=[HUB])
    cache = bench.harbor.state.project_named("library")
    assert cache is not None
    cache.registry_id = bench.upstream().id
    await bench.reconcile(registries=[])

    assert bench.told("Ready") == ("True", "Succeeded")
    assert bench.told("Synced") == ("False", "InUse")
    assert "registries.hub" in bench.message()
    assert [row["name"] for row in bench.registries] == ["hub"]
    cache.registry_id = 0
    await bench.reconcile()
    assert (bench.told("Synced"), bench.registries) == (("True", "Succeeded"), [])
    assert await bench.events() == []


async def test_an_unhealthy_registry_leaves_the_connection_ready_and_holds_up_no_other(
    bench: ConnectionBench,
) -> None:
    bench.put_login("hub", "puller", CANARY)
    bench.harbor.core.unreachable.add(HUB["url"])
    other = {"name": "other", "type": "harbor", "url": "https://other.example.com"}
    outcome = await bench.reconcile(registries=[{**HUB, **LOGIN}, other])

    assert bench.told("Ready") == ("True", "Succeeded")
    assert bench.told("Synced") == ("False", "InvalidSpec")
    assert bench.upstream("other").url == "https://other.example.com"
    assert "registries.hub" in bench.message()
    assert CANARY not in str(outcome.status)
    bench.harbor.core.unreachable.clear()
    await bench.reconcile()
    assert bench.told("Synced") == ("True", "Succeeded")
    assert bench.upstream().access_secret == CANARY


async def test_another_type_is_told_and_changes_nothing(bench: ConnectionBench) -> None:
    foreign_registry(bench, type_="harbor")
    await bench.reconcile(registries=[HUB])

    assert bench.told("Synced") == ("False", "InvalidSpec")
    assert "type harbor" in bench.message()
    assert bench.writes == 0


async def test_a_missing_secret_is_told_and_nothing_of_its_registry_is_written(
    bench: ConnectionBench,
) -> None:
    await bench.reconcile(registries=[{**HUB, **LOGIN}])

    assert bench.told("Ready") == ("True", "Succeeded")
    assert bench.told("Synced") == ("False", "CredentialsMissing")
    assert "Secret harbor-operator/hub of registries.hub does not exist" in bench.message()
    assert bench.writes == 0


async def test_a_secret_that_may_not_be_read_leaves_the_connection_ready(
    bench: ConnectionBench,
) -> None:
    refusal = Forbidden(Operation("get", SECRETS), "no", reason="Forbidden", status=403)
    bench.put_login("hub", "puller", CANARY)
    bench.kube.fail_on("get", None, refusal)
    await bench.reconcile(registries=[{**HUB, **LOGIN}])

    assert bench.told("Ready") == ("True", "Succeeded")
    assert bench.told("Synced") == ("False", "PermissionDenied")


async def test_a_login_without_the_rights_leaves_the_connection_ready(
    bench: ConnectionBench,
) -> None:
    for path in ("*/registries", "*/gc/schedule"):
        bench.harbor.faults.add(Fault(FaultKind.STATUS, "GET", path, status=403))
    await bench.reconcile(registries=[HUB], maintenance=MAINTENANCE)

    assert bench.told("Ready") == ("True", "Succeeded")
    assert bench.told("Synced") == ("False", "PermissionDenied")
    assert bench.schedule(Vendor.PURGE_AUDIT_LOG).cron == "0 0 5 * * *"


async def test_a_suspended_connection_changes_nothing(bench: ConnectionBench) -> None:
    await bench.reconcile(suspend=True, registries=[HUB], maintenance=MAINTENANCE)

    assert bench.told("Ready")[1] == "Suspended"
    assert bench.writes == 0


async def test_a_read_only_harbor_is_left_alone(bench: ConnectionBench) -> None:
    bench.harbor.faults.read_only = True
    await bench.reconcile(registries=[HUB], maintenance=MAINTENANCE)

    assert bench.told("Ready") == ("False", "HarborReadOnly")
    assert bench.harbor.state.registries == {}
    assert bench.harbor.state.schedules == {}


async def test_no_password_is_in_a_status_or_an_event(bench: ConnectionBench) -> None:
    bench.put_login("hub", "puller", CANARY)
    await bench.reconcile(registries=[{**HUB, **LOGIN}])
    bench.upstream().insecure = True
    bench.upstream().access_key = "somebody"
    outcome = await bench.reconcile()

    await bench.ports.recorder.close()
    assert CANARY not in str((outcome, bench.registries, bench.kube.objects(EVENTS)))
