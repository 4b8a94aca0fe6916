"""Older releases of Harbor behave as they did, each difference up to the release that ended it."""

from collections.abc import Awaitable, Callable, Mapping

import pytest

from testbed.harbor import HarborSimulator
from testbed.harbor.release import (
    FIELDS_SINCE,
    NEWEST,
    PROFILES,
    Difference,
    Release,
    release_of,
)
from tests.support.api_caller import ApiCaller, Reply
from tests.support.fake_registry import FakeRegistry
from tests.support.image import EMPTY, MANIFEST, index, push, push_manifest, signature
from tests.support.simulated_harbor import SimulatedHarbor, running

API = "/api/v2.0"
TEAM = f"{API}/projects/team"
TEAM_ID = 2
PULL = {"resource": "repository", "action": "pull"}
EXPORT = {"resource": "export-cve", "action": "create"}
MAKES_ROBOTS = {"resource": "robot", "action": "create"}
RETENTION = {
    "algorithm": "or",
    "scope": {"level": "project", "ref": TEAM_ID},
    "trigger": {"kind": "Schedule", "settings": {"cron": ""}},
    "rules": [],
}
Probe = Callable[[SimulatedHarbor], Awaitable[bool]]


def at(namespace: str, *access: object) -> dict[str, object]:
    """What a robot may do at one place, which is the system for `/`."""
    kind = "system" if namespace == "/" else "project"
    return {"kind": kind, "namespace": namespace, "access": list(access)}


def robot(level: str, *permissions: object, name: str = "made") -> dict[str, object]:
    """The body of a robot."""
    return {"name": name, "level": level, "duration": -1, "permissions": list(permissions)}


async def make_robot(caller: ApiCaller, body: dict[str, object]) -> Reply:
    return await caller("POST", f"{API}/robots", body)


async def signed_in(harbor: SimulatedHarbor, *permissions: object) -> ApiCaller:
    """A system robot with these rights."""
    made = await make_robot(harbor.admin, robot("system", *permissions, name="maker"))
    return harbor.anonymous.signed_in(made.field("name"), made.field("secret"))


async def tells_strangers_its_version(harbor: SimulatedHarbor) -> bool:
    return "harbor_version" in (await harbor.anonymous("GET", f"{API}/systeminfo")).text


async def has_legacy_robots(harbor: SimulatedHarbor) -> bool:
    made = await make_robot(harbor.admin, robot("project", at("team", PULL)))
    path = f"{TEAM}/robots"
    listed = await harbor.admin("GET", path)
    one = await harbor.admin("GET", f"{path}/{made.field('id')}")
    gone = await harbor.admin("DELETE", f"{path}/{made.field('id')}")
    statuses = {listed.status, one.status, gone.status}
    assert statuses in ({200}, {404})
    assert (made.field("name") in listed.text) == (statuses == {200})
    return statuses == {200}


async def ignores_the_level(harbor: SimulatedHarbor) -> bool:
    await make_robot(harbor.admin, robot("project", at("team", PULL)))
    asked = await harbor.admin("GET", f"{API}/robots?q=Level%3Dsystem")
    unasked = await harbor.admin("GET", f"{API}/robots")
    assert "team+made" not in unasked.text
    return "team+made" in asked.text


async def has_one_audit_log(harbor: SimulatedHarbor) -> bool:
    newer = await harbor.admin("GET", f"{API}/auditlog-exts")
    older = await harbor.admin("GET", f"{API}/audit-logs")
    assert (newer.status == 404) == ("team" in older.text)
    return newer.status == 404


async def purges_by_operation(harbor: SimulatedHarbor) -> bool:
    path = f"{API}/system/purgeaudit/schedule"
    schedule = {"type": "Daily", "cron": "0 0 2 * * *"}
    told = {
        name: await harbor.admin(
            "POST",
            path,
            {"schedule": schedule, "parameters": {"audit_retention_hour": 24, name: "delete"}},
        )
        for name in ("include_operations", "include_event_types")
    }
    statuses = {name: reply.status for name, reply in told.items()}
    assert set(statuses.values()) == {201, 400}
    return statuses["include_operations"] == 201


async def exports_on_the_system(harbor: SimulatedHarbor) -> bool:
    on_system = await make_robot(harbor.admin, robot("system", at("/", EXPORT)))
    in_project = await make_robot(harbor.admin, robot("project", at("team", EXPORT)))
    assert {on_system.status, in_project.status} == {201, 400}
    listed = (await harbor.admin("GET", f"{API}/permissions")).body
    assert isinstance(listed, dict)
    assert (EXPORT in listed["system"], EXPORT in listed["project"]) == (
        on_system.status == 201,
        in_project.status == 201,
    )
    return on_system.status == 201


async def narrows_creators(harbor: SimulatedHarbor) -> bool:
    maker = await signed_in(harbor, at("/", MAKES_ROBOTS), at("*", PULL))
    return (await make_robot(maker, robot("system", at("team", PULL)))).status == 403


async def refuses_robots_by_robots(harbor: SimulatedHarbor) -> bool:
    maker = await signed_in(harbor, at("team", PULL, MAKES_ROBOTS))
    reply = await make_robot(maker, robot("project", at("team", PULL)))
    assert reply.status == 201 or "DENIED" in reply.text
    return reply.status == 403


async def leaves_retention_dangling(harbor: SimulatedHarbor) -> bool:
    await harbor.admin("POST", f"{API}/retentions", RETENTION)
    assert (await harbor.admin("DELETE", f"{API}/retentions/1")).status == 200
    again = await harbor.admin("POST", f"{API}/retentions", RETENTION)
    if again.status == 400:
        await harbor.admin("DELETE", f"{TEAM}/metadatas/retention_id")
        assert (await harbor.admin("POST", f"{API}/retentions", RETENTION)).status == 201
    return again.status == 400


async def honours_old_tokens(harbor: SimulatedHarbor) -> bool:
    query = "service=harbor-registry&scope=repository:team/app:pull"
    token = (await harbor.admin("GET", f"/service/token?{query}")).field("token")
    harbor.simulator.clock.offset_seconds += 5
    await harbor.admin("DELETE", TEAM)
    await harbor.create_project("team")
    answer = await harbor.anonymous(
        "HEAD", "/v2/team/app/manifests/1", headers={"Authorization": f"Bearer {token}"}
    )
    return answer.status != 401


async def hashes_cheaply(harbor: SimulatedHarbor) -> bool:
    return harbor.simulator.core.costs.password_rounds < 10_000


async def crashes_at_nulls(harbor: SimulatedHarbor) -> bool:
    bodies = (robot("project", None), robot("project", at("team", None)))
    replies = [await make_robot(harbor.admin, body) for body in bodies]
    assert {reply.status for reply in replies} in ({400}, {500})
    return replies[0].status == 500


async def crashes_at_filters(harbor: SimulatedHarbor) -> bool:
    path = f"{API}/robots?q=Level%3Dproject%2CProjectID%3Dteam"
    reply = await harbor.admin("GET", path)
    assert reply.status in {400, 500}
    return reply.status == 500


async def knows_no_bundles(harbor: SimulatedHarbor) -> bool:
    await push(harbor.admin, "team/app", "1")
    await push_manifest(harbor.admin, "team/app", "", signature(MANIFEST), EMPTY)
    reply = await harbor.admin("GET", f"{TEAM}/repositories/app/artifacts/1/accessories")
    return '"type": "subject.accessory"' in reply.text


async def shows_own_signatures_only(harbor: SimulatedHarbor) -> bool:
    whole = index(MANIFEST)
    await push(harbor.admin, "team/app", "1")
    await push_manifest(harbor.admin, "team/app", "all", whole)
    await push_manifest(harbor.admin, "team/app", "", signature(whole), EMPTY)
    path = f"{TEAM}/repositories/app/artifacts/1?with_inherited_accessory=true"
    return "inherited_accessories" not in (await harbor.admin("GET", path)).text


PROBES: Mapping[Difference, tuple[Probe, str, str]] = {
    Difference.OPEN_VERSION: (tells_strangers_its_version, "2.12.4", "2.13.0"),
    Difference.LEGACY_ROBOTS: (has_legacy_robots, "2.12.4", "2.13.0"),
    Difference.LEVEL_IGNORED: (ignores_the_level, "2.12.4", "2.13.0"),
    Difference.ONE_AUDIT_LOG: (has_one_audit_log, "2.12.4", "2.13.0"),
    Difference.PURGE_BY_OPERATION: (purges_by_operation, "2.12.4", "2.13.0"),
    Difference.EXPORT_OF_THE_SYSTEM: (exports_on_the_system, "2.12.4", "2.13.0"),
    Difference.NARROW_CREATORS: (narrows_creators, "2.12.3", "2.12.4"),
    Difference.NO_PROJECT_ROBOTS_BY_ROBOTS: (refuses_robots_by_robots, "2.14.0", "2.14.1"),
    Difference.DANGLING_RETENTION: (leaves_retention_dangling, "2.13.5", "2.14.0"),
    Difference.OLD_TOKENS: (honours_old_tokens, "2.14.4", "2.15.0"),
    Difference.UNKNOWN_BUNDLES: (knows_no_bundles, "2.14.4", "2.15.0"),
    Difference.CHEAP_PASSWORDS: (hashes_cheaply, "2.15.1", "2.15.2"),
    Difference.OWN_SIGNATURES_ONLY: (shows_own_signatures_only, "2.15.2", "2.16.0"),
    Difference.CRASHING_NULLS: (crashes_at_nulls, "2.15.2", "2.16.0"),
    Difference.CRASHING_FILTERS: (crashes_at_filters, "2.15.2", "2.16.0"),
}
"""How each difference shows, the last release that has it, and the first one that has not."""


async def shows(version: str, probe: Probe) -> bool:
    async with (
        FakeRegistry() as registry,
        running(
            HarborSimulator(version=f"v{version}-0a1b2c3d", registry_url=registry.url)
        ) as harbor,
    ):
        await harbor.create_project("team")
        return await probe(harbor)


@pytest.mark.parametrize("difference", Difference, ids=lambda row: row.name)
async def test_a_difference_ends_with_its_release(difference: Difference) -> None:
    probe, last, first_without = PROBES[difference]

    assert (await shows(last, probe), await shows(first_without, probe)) == (True, False)


@pytest.mark.parametrize(("model", "field"), FIELDS_SINCE)
@pytest.mark.parametrize("profile", PROFILES)
def test_a_field_is_known_since_its_release(profile: str, model: str, field: str) -> None:
    first = {
        "ca_certificate": "2.15",
        "max_upstream_conn": "2.15",
        "proxy_cache_local_on_not_found": "2.15",
    }.get(field, "2.16")

    assert release_of(profile).knows_field(model, field) == (profile >= first)


async def test_a_field_that_is_not_known_is_dropped_or_refused_where_it_comes_alone() -> None:
    async with running(HarborSimulator(version="2.14")) as harbor:
        await harbor.create_project("team", metadata={"proxy_referrer_api": "true"})
        alone = await harbor.admin("POST", f"{TEAM}/metadatas/", {"proxy_referrer_api": "true"})
        shown = await harbor.admin("GET", TEAM)

    assert "proxy_referrer_api" not in shown.text
    assert (alone.status, "invalid key" in alone.text) == (400, True)


async def test_a_certificate_that_is_not_known_is_dropped() -> None:
    body = {"name": "hub", "type": "docker-hub", "url": "https://hub.example.com"}
    async with running(HarborSimulator(version="2.14")) as harbor:
        made = await harbor.admin("POST", f"{API}/registries", {**body, "ca_certificate": "no PEM"})
        shown = await harbor.admin("GET", f"{API}/registries/1")

    assert made.status == 201
    assert "ca_certificate" not in shown.text


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_profile_names_a_release_of_its_minor(profile: str) -> None:
    async with running(HarborSimulator(version=profile)) as harbor:
        told = (await harbor.admin("GET", f"{API}/systeminfo")).field("harbor_version")

    assert told.startswith(f"v{profile}.")


def test_the_newest_release_differs_in_nothing() -> None:
    release = release_of(NEWEST)

    assert [row for row in Difference if release.does(row)] == []


def test_what_is_no_version_is_refused() -> None:
    with pytest.raises(ValueError, match="no version of Harbor: newest"):
        Release("newest")
