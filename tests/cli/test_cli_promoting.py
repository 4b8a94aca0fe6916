"""Against the simulator: what `promote` copies, and what it leaves alone."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.printing import Paper
from harbor_operator.cli.promoting import scanning
from harbor_operator.cli.promoting.arguments import PromoteOptions
from harbor_operator.cli.promoting.command import promote
from harbor_operator.cli.promoting.model import Outcome, Promotion
from harbor_operator.cli.promoting.screen import draw
from harbor_operator.harbor import (
    COSIGN_SIGNATURE,
    NEVER_EXPIRES,
    Access,
    ArtifactPart,
    HarborClient,
    ImmutableRule,
    NewRobot,
    Permission,
    RobotLevel,
    Selector,
)
from tests.support.findings import OPENSSL, TRIVY
from tests.support.harbor_clients import client_for
from tests.support.image import EMPTY, digest_of, push_manifest, signature
from tests.support.scanned_harbor import PROJECT, ScannedHarbor, a_scanned_harbor, image

TARGET = "prod"
READS = "artifact:read artifact-addition:read"
WRITES = "project:read artifact:read artifact:create tag:create"


@pytest.fixture
async def harbor() -> AsyncIterator[ScannedHarbor]:
    async with a_scanned_harbor() as started:
        await started.client.projects.create(TARGET, metadata={})
        yield started


def wish(image: str = "app:1.2", **more: object) -> PromoteOptions:
    """What is told to promote an image to production."""
    words: dict[str, object] = {"image": image, "source": PROJECT, "to": TARGET, **more}
    return PromoteOptions(command="promote", **words)  # type: ignore[arg-type]


async def promoted(harbor: ScannedHarbor, options: PromoteOptions) -> Promotion:
    """Promote as an administrator."""
    return await promote(harbor.client, (harbor.host,), options)


async def scanned_image(harbor: ScannedHarbor, *found: dict[str, object], tag: str = "1.2") -> str:
    """Push an image and have it scanned; its digest."""
    digest = await harbor.push("app", tag)
    await harbor.plant(digest, *found)
    await harbor.scan("app", tag)
    harbor.wait_for_scans()
    return digest


async def sign(harbor: ScannedHarbor, tag: str = "1.2") -> str:
    """Attach a signature as cosign does; its digest."""
    content = signature(image(f"app:{tag}")[0])
    await push_manifest(harbor.admin, f"{PROJECT}/app", "", content, EMPTY)
    return digest_of(content)


async def digest_in_target(harbor: ScannedHarbor, reference: str) -> str | None:
    """What the target has under a reference."""
    found = await harbor.client.artifacts.get(TARGET, "app", reference)
    return found.digest if found else None


async def set_target(harbor: ScannedHarbor, **metadata: str) -> int:
    """Change settings of the target; its id."""
    project = await harbor.client.projects.get(TARGET)
    assert project is not None
    await harbor.client.projects.update(project.id, metadata=metadata)
    return project.id


async def test_an_image_is_copied_by_digest_with_tag_and_signature(harbor: ScannedHarbor) -> None:
    digest = await scanned_image(harbor)
    signed = await sign(harbor)
    await set_target(harbor, enable_content_trust_cosign="true")

    promotion = await promoted(harbor, wish())

    assert promotion.outcome is Outcome.PROMOTED
    assert promotion.reference == f"{harbor.host}/prod/app@{digest}"
    assert promotion.missing == ()
    there = await harbor.client.artifacts.get(
        TARGET, "app", "1.2", parts=(ArtifactPart.ACCESSORIES,)
    )
    assert there is not None
    assert there.digest == digest
    assert [(entry.type, entry.digest) for entry in there.accessories] == [
        (COSIGN_SIGNATURE, signed)
    ]


async def test_what_is_there_already_is_written_no_more(harbor: ScannedHarbor) -> None:
    await scanned_image(harbor)
    await promoted(harbor, wish())
    writes = harbor.simulator.requests.counts.copy()

    again = await promoted(harbor, wish())

    assert again.outcome is Outcome.ALREADY
    made = harbor.simulator.requests.counts - writes
    assert made
    assert {request.method for request in made} == {"GET"}


async def test_a_dry_run_writes_nothing(harbor: ScannedHarbor) -> None:
    await scanned_image(harbor)

    promotion = await promoted(harbor, wish(dry_run=True))

    assert promotion.outcome is Outcome.POSSIBLE
    assert await digest_in_target(harbor, "1.2") is None


@pytest.mark.parametrize(
    ("block", "outcome"), [("critical", Outcome.PROMOTED), ("high", Outcome.REFUSED)]
)
async def test_the_targets_own_limit_decides(
    harbor: ScannedHarbor, block: str, outcome: Outcome
) -> None:
    digest = await scanned_image(harbor, OPENSSL)
    await set_target(harbor, prevent_vul="true", severity=block)

    promotion = await promoted(harbor, wish())

    assert promotion.outcome is outcome
    arrived = await digest_in_target(harbor, "1.2")
    assert arrived == (digest if outcome is Outcome.PROMOTED else None)


async def test_the_targets_allowlist_holds_and_not_the_sources(harbor: ScannedHarbor) -> None:
    await scanned_image(harbor, OPENSSL)
    source = await harbor.client.projects.get(PROJECT)
    assert source is not None
    body = {"items": [{"cve_id": OPENSSL["id"]}]}
    path = "/api/v2.0/projects"
    own = {"metadata": {"reuse_sys_cve_allowlist": "false"}, "cve_allowlist": body}
    await harbor.admin("PUT", f"{path}/{source.id}", own)

    before = await promoted(harbor, wish(dry_run=True))
    await harbor.admin("PUT", f"{path}/{await set_target(harbor)}", own)
    after = await promoted(harbor, wish(dry_run=True))

    assert [gate.name for gate in before.failed] == ["findings"]
    assert after.failed == ()


async def test_what_was_not_scanned_stays_until_it_is(harbor: ScannedHarbor) -> None:
    await harbor.push("app", "1.2")

    refused = await promoted(harbor, wish())
    allowed = await promoted(harbor, wish(allow_unscanned=True, dry_run=True))

    assert [gate.name for gate in refused.failed] == ["scan"]
    assert allowed.outcome is Outcome.POSSIBLE


async def test_a_scan_is_started_and_waited_for(harbor: ScannedHarbor) -> None:
    await harbor.push("app", "1.2")
    await harbor.control("PUT", "/scans", {"seconds": 1})

    promotion = await promoted(harbor, wish(scan=True, timeout=20.0))

    assert promotion.outcome is Outcome.PROMOTED


async def test_a_scan_that_takes_too_long_is_no_result(harbor: ScannedHarbor) -> None:
    await harbor.push("app", "1.2")

    promotion = await promoted(harbor, wish(scan=True, timeout=scanning.PAUSE_SECONDS / 2))

    assert [gate.name for gate in promotion.failed] == ["scan"]
    assert "is being scanned" in promotion.failed[0].reason


async def test_an_image_that_harbor_cannot_scan_is_told(harbor: ScannedHarbor) -> None:
    await harbor.push("app", "1.2")
    await harbor.control("PUT", "/unreachable", {"urls": [TRIVY["url"]]})

    with pytest.raises(CommandError, match="Harbor does not scan it") as told:
        await promoted(harbor, wish(scan=True, timeout=1.0))

    assert told.value.code is ExitCode.NOT_SO


async def test_an_unsigned_image_stays_where_the_target_wants_a_signature(
    harbor: ScannedHarbor,
) -> None:
    await scanned_image(harbor)
    await set_target(harbor, enable_content_trust_cosign="true")

    promotion = await promoted(harbor, wish())

    assert [gate.name for gate in promotion.failed] == ["signature"]
    assert await digest_in_target(harbor, "1.2") is None


async def test_a_signature_that_came_too_late_is_told_as_missing(harbor: ScannedHarbor) -> None:
    await scanned_image(harbor)
    await promoted(harbor, wish())
    signed = await sign(harbor)

    promotion = await promoted(harbor, wish())

    assert promotion.outcome is Outcome.INCOMPLETE
    assert [entry.digest for entry in promotion.missing] == [signed]
    assert f"is there without signature.cosign {signed}" in draw(promotion, Paper())


async def test_a_tag_moves_only_by_force(harbor: ScannedHarbor) -> None:
    old = await scanned_image(harbor)
    await promoted(harbor, wish(tag="stable"))
    new = await scanned_image(harbor, tag="1.3")

    refused = await promoted(harbor, wish("app:1.3", tag="stable"))
    before = await digest_in_target(harbor, "stable")
    forced = await promoted(harbor, wish("app:1.3", tag="stable", force=True))

    assert [gate.name for gate in refused.failed] == ["tags"]
    assert before == old
    assert (forced.outcome, forced.moved) == (Outcome.PROMOTED, ("stable",))
    assert await digest_in_target(harbor, "stable") == new
    assert await digest_in_target(harbor, old) == old


async def test_another_tag_of_the_image_is_not_moved_behind_its_back(
    harbor: ScannedHarbor,
) -> None:
    await scanned_image(harbor, tag="1.2")
    await promoted(harbor, wish(tag="latest"))
    new = await scanned_image(harbor, tag="1.3")
    await harbor.client.artifacts.add_tag(PROJECT, "app", new, "latest")

    promotion = await promoted(harbor, wish("app:1.3"))

    assert [gate.name for gate in promotion.failed] == ["tags"]
    assert "latest names" in promotion.failed[0].reason


async def test_an_immutable_tag_stays_even_by_force(harbor: ScannedHarbor) -> None:
    old = await scanned_image(harbor)
    await promoted(harbor, wish(tag="stable"))
    rule = ImmutableRule(
        tag_selector=Selector(decoration="matches", pattern="stable"),
        repository_selector=Selector(decoration="repoMatches", pattern="**"),
    )
    await harbor.client.immutable_rules.create(await set_target(harbor), rule)
    await scanned_image(harbor, tag="1.3")

    promotion = await promoted(harbor, wish("app:1.3", tag="stable", force=True))

    assert "is immutable there" in promotion.failed[0].reason
    assert await digest_in_target(harbor, "stable") == old


@pytest.mark.parametrize(
    ("options", "message", "code"),
    [
        (wish("app:9"), "Harbor has no image ship/app, 9", ExitCode.NOT_FOUND),
        (wish(to="nowhere"), "Harbor has no project nowhere", ExitCode.NOT_FOUND),
        (wish(to=PROJECT), "is in project ship", ExitCode.USAGE),
    ],
)
async def test_what_is_not_there_is_told(
    harbor: ScannedHarbor, options: PromoteOptions, message: str, code: ExitCode
) -> None:
    await harbor.push("app", "1.2")

    with pytest.raises(CommandError, match=message) as told:
        await promoted(harbor, options)

    assert told.value.code is code


async def robot(harbor: ScannedHarbor, in_source: str, in_target: str) -> HarborClient:
    """A robot with so many rights in each of the two projects; close it."""
    permissions = tuple(
        Permission(
            kind="project",
            namespace=project,
            access=frozenset(
                Access(resource=resource, action=action)
                for resource, action in (word.split(":") for word in rights.split())
            ),
        )
        for project, rights in ((PROJECT, in_source), (TARGET, in_target))
    )
    made = await harbor.client.robots.create(
        NewRobot("promoter", RobotLevel.SYSTEM, NEVER_EXPIRES, "", permissions)
    )
    return client_for(harbor.simulator, made.name, made.secret)


async def test_a_robot_with_the_rights_of_the_page_promotes(harbor: ScannedHarbor) -> None:
    digest = await scanned_image(harbor)
    await harbor.control("PUT", "/scans", {"seconds": 0})

    async with await robot(harbor, READS, WRITES) as client:
        promotion = await promote(client, (harbor.host,), replace(wish(), tag="stable"))

    assert promotion.outcome is Outcome.PROMOTED
    assert await digest_in_target(harbor, "stable") == digest


async def test_a_target_that_the_login_may_not_read_fails_its_gate(harbor: ScannedHarbor) -> None:
    await scanned_image(harbor)
    without = WRITES.replace("project:read ", "")

    async with await robot(harbor, READS, without) as client:
        promotion = await promote(client, (harbor.host,), wish())

    assert [gate.name for gate in promotion.failed] == ["target"]
    assert "right project: read" in promotion.failed[0].reason
