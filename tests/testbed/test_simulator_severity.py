"""A project may refuse to give out images with vulnerabilities, as Harbor does."""

import json
from collections.abc import AsyncIterator

import pytest

from testbed.harbor import HarborSimulator
from tests.support.fake_registry import FakeRegistry
from tests.support.findings import APT, OPENSSL, TRIVY
from tests.support.image import MANIFEST, index, push, push_manifest
from tests.support.simulated_harbor import SimulatedHarbor, running

PROJECT = "/api/v2.0/projects/team"
ARTIFACT = f"{PROJECT}/repositories/app/artifacts/1"
ALLOWLIST = "/api/v2.0/system/CVEAllowlist"
IMAGE = "/v2/team/app/manifests/1"
HIGH = {"prevent_vul": "true", "severity": "high"}
FOR_HELP = "To continue with pull, please contact your project administrator for help."
TO_EXEMPT = (
    "To continue with pull, please contact your project administrator to exempt matched "
    "vulnerabilities through configuring the CVE allowlist."
)


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with (
        FakeRegistry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("team")
        await harbor.admin("PUT", PROJECT, {"metadata": HIGH})
        await harbor.control("POST", "/scanners", TRIVY)
        await harbor.control("PUT", "/scans", {"seconds": 60})
        await push(harbor.admin, "team/app", "1")
        yield harbor


async def scan(harbor: SimulatedHarbor, *vulnerabilities: dict[str, object]) -> None:
    """Scan the image, which has these, to the end."""
    await harbor.control("PUT", "/findings", {"vulnerabilities": list(vulnerabilities)})
    await harbor.admin("POST", f"{ARTIFACT}/scan")
    harbor.simulator.clock.offset_seconds += 61


async def refusal(harbor: SimulatedHarbor, path: str = IMAGE) -> str:
    """Why the image is not given out; empty if it is."""
    reply = await harbor.admin("GET", path)
    if reply.status == 200:
        return ""
    (error,) = json.loads(reply.text)["errors"]
    assert (reply.status, error["code"]) == (412, "PROJECTPOLICYVIOLATION")
    return str(error["message"])


def sentence(image: str, severity: str, cure: str) -> str:
    return (
        f"current image {image} cannot be pulled due to configured policy in 'Prevent images with "
        f'vulnerability severity of "{severity}" or higher from running.\' {cure}'
    )


async def test_an_image_that_was_never_scanned_is_refused(harbor: SimulatedHarbor) -> None:
    words = await refusal(harbor)

    assert words == sentence("without vulnerability scanning", "High", FOR_HELP)
    assert (await harbor.admin("HEAD", IMAGE)).status == 412


async def test_an_image_is_refused_while_it_is_scanned(harbor: SimulatedHarbor) -> None:
    await harbor.admin("POST", f"{ARTIFACT}/scan")

    words = await refusal(harbor)

    assert words == sentence('with "Running" status of vulnerability scanning', "High", FOR_HELP)


async def test_an_image_whose_scan_failed_is_refused(harbor: SimulatedHarbor) -> None:
    await harbor.control("PUT", "/findings", {"fails": True})
    await harbor.admin("POST", f"{ARTIFACT}/scan")
    harbor.simulator.clock.offset_seconds = 61

    assert '"Error" status' in await refusal(harbor)


async def test_one_bad_vulnerability_refuses_and_all_are_counted(harbor: SimulatedHarbor) -> None:
    await scan(harbor, OPENSSL, APT)
    two = await refusal(harbor)
    await scan(harbor, OPENSSL)
    one = await refusal(harbor)

    assert two == sentence("with 2 vulnerabilities", "High", TO_EXEMPT)
    assert one == sentence("with 1 vulnerability", "High", TO_EXEMPT)


@pytest.mark.parametrize(
    ("severity", "refused"), [("critical", False), ("high", True), ("low", True), ("", True)]
)
async def test_the_limit_counts(harbor: SimulatedHarbor, severity: str, refused: bool) -> None:  # noqa: FBT001 - a column
    await harbor.admin("PUT", PROJECT, {"metadata": {"severity": severity}})

    await scan(harbor, OPENSSL)

    assert bool(await refusal(harbor)) == refused


async def test_mild_vulnerabilities_and_clean_images_are_given_out(harbor: SimulatedHarbor) -> None:
    await scan(harbor, APT)
    mild = await refusal(harbor)
    await scan(harbor)
    clean = await refusal(harbor)

    assert (mild, clean) == ("", "")


async def test_the_systems_allowlist_counts_until_it_expires(harbor: SimulatedHarbor) -> None:
    await scan(harbor, OPENSSL)
    until = int(harbor.simulator.clock.now().timestamp()) + 600

    put = await harbor.admin(
        "PUT", ALLOWLIST, {"items": [{"cve_id": OPENSSL["id"]}], "expires_at": until}
    )
    tolerated = await refusal(harbor)
    harbor.simulator.clock.offset_seconds += 601

    assert put.status == 200
    assert tolerated == ""
    assert "with 1 vulnerability" in await refusal(harbor)
    assert json.loads((await harbor.anonymous("GET", ALLOWLIST)).text)["errors"]
    shown = json.loads((await harbor.admin("GET", ALLOWLIST)).text)
    assert (shown["items"], shown["expires_at"]) == ([{"cve_id": OPENSSL["id"]}], until)


async def test_a_project_may_have_an_allowlist_of_its_own(harbor: SimulatedHarbor) -> None:
    await scan(harbor, OPENSSL)
    own = {"items": [{"cve_id": OPENSSL["id"]}]}
    await harbor.admin("PUT", PROJECT, {"cve_allowlist": own})
    unused = await refusal(harbor)

    await harbor.admin("PUT", PROJECT, {"metadata": {"reuse_sys_cve_allowlist": "false"}})

    assert "with 1 vulnerability" in unused
    assert await refusal(harbor) == ""


async def test_what_no_scanner_can_look_at_is_given_out(harbor: SimulatedHarbor) -> None:
    await harbor.control("PUT", "/unreachable", {"urls": [TRIVY["url"]]})
    unreachable = await refusal(harbor)
    await harbor.control("PUT", "/unreachable", {"urls": []})
    await scan(harbor, OPENSSL)
    await harbor.control("PUT", "/unreachable", {"urls": [TRIVY["url"]]})

    assert unreachable == ""
    assert "with 1 vulnerability" in await refusal(harbor)


async def test_an_index_is_judged_by_its_parts(harbor: SimulatedHarbor) -> None:
    await push_manifest(harbor.admin, "team/app", "multi", index(MANIFEST))
    unscanned = await refusal(harbor, "/v2/team/app/manifests/multi")

    await scan(harbor, OPENSSL)

    assert "without vulnerability scanning" in unscanned
    assert await refusal(harbor, "/v2/team/app/manifests/multi") == ""
    assert "with 1 vulnerability" in await refusal(harbor)


async def test_a_push_starts_the_scan_of_a_project_that_wants_it(harbor: SimulatedHarbor) -> None:
    await harbor.admin("PUT", PROJECT, {"metadata": {"auto_scan": "true"}})

    await push(harbor.admin, "team/other", "1")

    path = "/v2/team/other/manifests/1"
    assert '"Running" status' in await refusal(harbor, path)
    harbor.simulator.clock.offset_seconds = 61
    assert await refusal(harbor, path) == ""


async def test_without_a_scanner_the_policy_stops_nothing() -> None:
    async with (
        FakeRegistry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("team", metadata=HIGH)
        await push(harbor.admin, "team/app", "1")

        assert await refusal(harbor) == ""
