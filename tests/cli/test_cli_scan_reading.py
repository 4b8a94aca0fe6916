"""Against the simulator: what is read for a report, and what is told of what cannot be read."""

from collections.abc import AsyncIterator

import pytest

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.images import Image, read_image
from harbor_operator.cli.scan_report.command import read_report
from harbor_operator.cli.scan_report.model import ScannedArtifact, ScanReport, ScanState, Severity
from harbor_operator.cli.scan_report.pods import Use
from harbor_operator.cli.scan_report.targets import Subject
from harbor_operator.harbor import (
    NEVER_EXPIRES,
    Access,
    AllowlistItem,
    CveAllowlist,
    HarborClient,
    NewRobot,
    Permission,
    RobotLevel,
)
from tests.support.harbor_clients import client_for
from tests.support.image import digest_of
from tests.support.scanned_harbor import PROJECT, ScannedHarbor, a_scanned_harbor, image

OPENSSL_ID = "CVE-2023-0286"
WHOLE = Subject(f"project {PROJECT}", project=PROJECT)


@pytest.fixture
async def harbor() -> AsyncIterator[ScannedHarbor]:
    async with a_scanned_harbor() as started:
        yield started


def of_image(harbor: ScannedHarbor, name: str) -> Subject:
    """An image of this Harbor as the subject of a report."""
    return Subject(f"image {name}", image=read_image(f"{harbor.host}/{PROJECT}/{name}"))


def by_repository(report: ScanReport) -> dict[str, ScannedArtifact]:
    """The artifacts by their repository's own name."""
    return {entry.repository.partition("/")[2]: entry for entry in report.artifacts}


async def robot(harbor: ScannedHarbor, *grants: str) -> HarborClient:
    """A robot of the project with grants such as `artifact:read`; close it."""
    pairs = [grant.split(":") for grant in grants]
    access = frozenset(Access(resource=resource, action=action) for resource, action in pairs)
    created = await harbor.client.robots.create(
        NewRobot(
            "reader",
            RobotLevel.PROJECT,
            NEVER_EXPIRES,
            description="",
            permissions=(Permission(kind="project", namespace=PROJECT, access=access),),
        )
    )
    return client_for(harbor.simulator, created.name, created.secret)


async def test_each_artifact_of_a_project_is_in_its_state(harbor: ScannedHarbor) -> None:
    await harbor.furnish()

    report = await read_report(harbor.client, harbor.login(), WHOLE)

    found = by_repository(report)
    assert {name: entry.state for name, entry in found.items()} == {
        "app": ScanState.SCANNED,
        "clean": ScanState.SCANNED,
        "broken": ScanState.FAILED,
        "multi": ScanState.PARTIAL,
        "busy": ScanState.RUNNING,
        "new": ScanState.UNSCANNED,
        "chart": ScanState.NOT_SCANNABLE,
    }
    assert found["clean"].findings == ()
    assert len(report.unjudged) == 4


async def test_a_finding_has_all_that_harbor_tells(harbor: ScannedHarbor) -> None:
    await harbor.furnish()

    report = await read_report(harbor.client, harbor.login(), of_image(harbor, "app:1.0"))

    [app] = report.artifacts
    assert (app.registry, app.repository, app.tags) == (harbor.host, "ship/app", ("1.0",))
    assert app.scanner.startswith("Trivy")
    assert app.scanned_at is not None
    openssl = next(entry for entry in app.findings if entry.id == OPENSSL_ID)
    assert (openssl.package, openssl.fix_version) == ("openssl", "1.1.1n-0+deb11u4")
    assert (openssl.severity, openssl.score, openssl.cwes) == (Severity.HIGH, 7.4, (843,))
    assert openssl.vector.startswith("CVSS:3.1/")
    assert openssl.links == ("https://avd.aquasec.com/nvd/cve-2023-0286",)


async def test_an_index_whose_parts_failed_is_told(harbor: ScannedHarbor) -> None:
    await harbor.furnish()

    report = await read_report(harbor.client, harbor.login(), of_image(harbor, "multi:1.0"))

    [multi] = report.artifacts
    assert multi.state is ScanState.PARTIAL
    assert multi.problem == "the scan of linux/arm64 failed"
    assert [entry.id for entry in multi.findings] == [OPENSSL_ID]


async def test_a_repository_without_a_tag_means_all_of_it(harbor: ScannedHarbor) -> None:
    await harbor.push("app", "1.0")
    await harbor.push("app", "2.0")

    report = await read_report(harbor.client, harbor.login(), of_image(harbor, "app"))

    assert {entry.tags for entry in report.artifacts} == {("1.0",), ("2.0",)}


async def test_the_projects_own_allowlist_marks_findings(harbor: ScannedHarbor) -> None:
    await harbor.furnish()
    project = await harbor.client.projects.get(PROJECT)
    assert project is not None
    listed = CveAllowlist(items=(AllowlistItem(cve_id=OPENSSL_ID),))
    own = {"reuse_sys_cve_allowlist": "false"}
    await harbor.client.projects.update(project.id, metadata=own, cve_allowlist=listed)

    report = await read_report(harbor.client, harbor.login(), WHOLE)

    app = by_repository(report)["app"]
    assert {entry.id for entry in app.findings if entry.allowed} == {OPENSSL_ID}
    assert not report.allowlists[PROJECT].of_system


async def test_the_systems_allowlist_holds_where_a_project_has_none(harbor: ScannedHarbor) -> None:
    await harbor.furnish()
    body = {"items": [{"cve_id": OPENSSL_ID}]}
    await harbor.admin("PUT", "/api/v2.0/system/CVEAllowlist", body)

    report = await read_report(harbor.client, harbor.login(), WHOLE)

    app = by_repository(report)["app"]
    assert {entry.id for entry in app.findings if entry.allowed} == {OPENSSL_ID}
    assert report.allowlists[PROJECT].of_system


async def test_an_allowlist_that_has_expired_marks_nothing(harbor: ScannedHarbor) -> None:
    await harbor.furnish()
    body = {"items": [{"cve_id": OPENSSL_ID}], "expires_at": 1_600_000_000}
    await harbor.admin("PUT", "/api/v2.0/system/CVEAllowlist", body)

    report = await read_report(harbor.client, harbor.login(), WHOLE)

    assert not [entry for entry in by_repository(report)["app"].findings if entry.allowed]


async def test_what_runs_is_found_by_its_digest(harbor: ScannedHarbor) -> None:
    await harbor.furnish()
    app = digest_of(image("app:1.0")[0])
    uses = (
        Use("web-1", f"{harbor.host}/ship/app:1.0", app, pulled=True),
        Use("web-2", f"{harbor.host}/ship/app:1.0", app, pulled=True),
        Use("old-1", f"{harbor.host}/ship/app:0.1", f"sha256:{'0' * 64}", pulled=True),
        Use("cache-1", "redis:7", f"sha256:{'1' * 64}", pulled=True),
    )

    report = await read_report(harbor.client, harbor.login(), Subject("namespace shop", uses=uses))

    found = {entry.digest: entry for entry in report.artifacts}
    assert found[app].used_by == ("web-1", "web-2")
    assert found[app].state is ScanState.SCANNED
    assert found[f"sha256:{'0' * 64}"].state is ScanState.MISSING
    assert [(entry.image, entry.used_by) for entry in report.foreign] == [("redis:7", ("cache-1",))]


async def test_a_robot_with_the_least_rights_reads_a_whole_report(harbor: ScannedHarbor) -> None:
    await harbor.furnish()
    grants = ("project:read", "repository:list", "artifact:list", "artifact:read")

    async with await robot(harbor, *grants, "artifact-addition:read") as reader:
        report = await read_report(reader, harbor.login(), WHOLE)

    assert len(by_repository(report)["app"].findings) == 2
    assert report.notes == ()


async def test_a_robot_that_may_not_read_additions_is_told_what_it_lacks(
    harbor: ScannedHarbor,
) -> None:
    await harbor.furnish()

    async with await robot(harbor, "repository:list", "artifact:list", "artifact:read") as reader:
        with pytest.raises(CommandError, match="may not read scan results in project ship") as told:
            await read_report(reader, harbor.login(), of_image(harbor, "app:1.0"))

    assert told.value.code is ExitCode.NO_ACCESS
    assert "artifact-addition" in str(told.value)


async def test_an_allowlist_that_may_not_be_read_is_noted(harbor: ScannedHarbor) -> None:
    await harbor.furnish()
    grants = ("repository:list", "artifact:list", "artifact:read", "artifact-addition:read")

    async with await robot(harbor, *grants) as reader:
        report = await read_report(reader, harbor.login(), WHOLE)

    assert report.notes == ("the CVE allowlist of project ship may not be read",)


async def test_images_of_a_project_that_is_not_shown_are_told_as_unreadable(
    harbor: ScannedHarbor,
) -> None:
    await harbor.furnish()
    await harbor.client.projects.create("other", metadata={"public": "false"})
    uses = (
        Use("web-1", f"{harbor.host}/ship/app:1.0", "", pulled=True),
        Use("far-1", f"{harbor.host}/other/app:1.0", "", pulled=True),
    )
    grants = ("project:read", "artifact:read", "artifact-addition:read")

    async with await robot(harbor, *grants) as reader:
        subject = Subject("namespace shop", uses=uses)
        report = await read_report(reader, harbor.login(), subject)

    states = {entry.repository: entry.state for entry in report.artifacts}
    assert states == {"ship/app": ScanState.SCANNED, "other/app": ScanState.UNREADABLE}
    assert report.notes == ("2 containers judged by tag: the node does not tell which digest runs",)


@pytest.mark.parametrize(
    ("subject", "message", "code"),
    [
        (Subject("project nope", project="nope"), "no project nope", ExitCode.NOT_FOUND),
        (
            Subject("image", image=Image("elsewhere.example", "ship", "app", "1")),
            "is not of the Harbor that is asked",
            ExitCode.USAGE,
        ),
    ],
)
async def test_what_is_not_there_is_told(
    harbor: ScannedHarbor, subject: Subject, message: str, code: ExitCode
) -> None:
    with pytest.raises(CommandError, match=message) as told:
        await read_report(harbor.client, harbor.login(), subject)

    assert told.value.code is code


@pytest.mark.parametrize("name", ["app:9.9", "nothing"])
async def test_an_image_that_harbor_does_not_have_is_told(harbor: ScannedHarbor, name: str) -> None:
    await harbor.push("app", "1.0")

    with pytest.raises(CommandError, match="Harbor has no image") as told:
        await read_report(harbor.client, harbor.login(), of_image(harbor, name))

    assert told.value.code is ExitCode.NOT_FOUND
