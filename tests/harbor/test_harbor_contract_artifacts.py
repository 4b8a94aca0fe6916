"""Against the simulator: artifacts with their tags and accessories, and copies of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from harbor_operator.harbor import (
    COSIGN_SIGNATURE,
    ArtifactPart,
    HarborClient,
    Reference,
)
from harbor_operator.harbor.errors import (
    Conflict,
    InvalidRequest,
    NotFound,
    PermissionDenied,
)
from testbed.harbor import HarborSimulator
from tests.support.api_caller import ApiCaller
from tests.support.fake_registry import FakeRegistry
from tests.support.image import (
    BUNDLE_TYPE,
    EMPTY,
    MANIFEST,
    MANIFEST_TYPE,
    digest_of,
    index,
    push,
    push_manifest,
    signature,
)

REPOSITORY = "ship/tools/app"
NAMES = ("ship", "tools/app")
SIGNATURE = signature(MANIFEST)


@pytest.fixture
async def harbor() -> AsyncIterator[HarborSimulator]:
    """One that keeps what is pushed."""
    async with (
        FakeRegistry() as registry,
        HarborSimulator(registry_url=registry.url) as simulator,
    ):
        yield simulator


@pytest.fixture
async def signed(caller: ApiCaller, ship: int) -> str:  # noqa: ARG001 - its project
    """A signed image in a repository of the project; its digest."""
    await push(caller, REPOSITORY, "v1")
    await push_manifest(caller, REPOSITORY, "", SIGNATURE, EMPTY)
    return digest_of(MANIFEST)


async def test_artifacts_are_listed_with_their_tags(admin: HarborClient, signed: str) -> None:
    [artifact] = await admin.artifacts.of_repository(*NAMES)

    assert (artifact.digest, artifact.type) == (signed, "IMAGE")
    assert [tag.name for tag in artifact.tags] == ["v1"]
    assert artifact.manifest_media_type == MANIFEST_TYPE
    assert (artifact.repository_name, artifact.accessories) == (REPOSITORY, ())
    assert artifact.push_time is not None


async def test_accessories_come_on_demand(admin: HarborClient, signed: str) -> None:
    [artifact] = await admin.artifacts.of_repository(*NAMES, parts=[ArtifactPart.ACCESSORIES])

    [accessory] = artifact.accessories
    assert artifact.has_accessory(COSIGN_SIGNATURE)
    assert (accessory.digest, accessory.subject_digest) == (digest_of(SIGNATURE), signed)
    assert await admin.artifacts.accessories(*NAMES, "v1") == [accessory]


async def test_artifacts_are_chosen_by_a_condition(admin: HarborClient, signed: str) -> None:
    tagged = await admin.artifacts.of_repository(*NAMES, where="tags=*")
    untagged = await admin.artifacts.of_project("ship", where="tags=nil")

    assert ([row.digest for row in tagged], untagged) == ([signed], [])


async def test_artifacts_of_all_repositories_are_listed_also_of_a_project_like_a_number(
    admin: HarborClient, caller: ApiCaller
) -> None:
    await admin.projects.create("2024", metadata={})
    await push(caller, "2024/app", "1")
    await push(caller, "2024/web", "1")

    artifacts = await admin.artifacts.of_project("2024")

    assert {row.repository_name for row in artifacts} == {"2024/app", "2024/web"}


@pytest.mark.usefixtures("ship")
async def test_a_repository_that_is_not_there_has_no_artifacts(admin: HarborClient) -> None:
    assert await admin.artifacts.of_repository("ship", "nothing") == []


async def test_an_artifact_is_found_by_tag_and_digest(admin: HarborClient, signed: str) -> None:
    by_tag = await admin.artifacts.get(*NAMES, "v1")

    assert by_tag is not None
    assert by_tag == await admin.artifacts.get(*NAMES, signed)
    assert await admin.artifacts.get(*NAMES, "v2") is None
    assert await admin.artifacts.get("ship", "nothing", "v1") is None


async def test_an_index_names_its_manifests(
    admin: HarborClient, caller: ApiCaller, signed: str
) -> None:
    await push_manifest(caller, REPOSITORY, "all", index(MANIFEST))

    artifact = await admin.artifacts.get(*NAMES, "all")

    assert artifact is not None
    assert artifact.references == (Reference(digest=signed, os="linux", architecture="arm64"),)


async def test_a_pull_is_told_with_its_time(
    harbor: HarborSimulator, admin: HarborClient, caller: ApiCaller, signed: str
) -> None:
    before = await admin.artifacts.get(*NAMES, signed)
    await caller("GET", f"/v2/{REPOSITORY}/manifests/v1")
    harbor.clock.offset_seconds = 60

    after = await admin.artifacts.get(*NAMES, signed)

    assert before is not None
    assert after is not None
    assert (before.pull_time, before.tags[0].pull_time) == (None, None)
    assert after.pull_time == after.tags[0].pull_time
    assert after.pull_time is not None
    assert after.pull_time > datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.usefixtures("signed")
async def test_tags_are_added_once_and_listed(admin: HarborClient) -> None:
    await admin.artifacts.add_tag(*NAMES, "v1", "stable")

    with pytest.raises(Conflict):
        await admin.artifacts.add_tag(*NAMES, "v1", "stable")
    tags = await admin.artifacts.tags(*NAMES, "v1", immutable_status=True)
    assert [(tag.name, tag.immutable) for tag in tags] == [("stable", False), ("v1", False)]


async def test_a_tag_is_taken_off_and_the_artifact_stays(admin: HarborClient, signed: str) -> None:
    await admin.artifacts.remove_tag(*NAMES, signed, "v1")

    left = await admin.artifacts.get(*NAMES, signed)
    assert left is not None
    assert left.tags == ()
    with pytest.raises(NotFound):
        await admin.artifacts.remove_tag(*NAMES, signed, "v1")


@pytest.mark.parametrize("by", ["tag", "digest"])
async def test_a_copy_brings_tags_and_signatures(admin: HarborClient, signed: str, by: str) -> None:
    await admin.projects.create("prod", metadata={})

    await admin.artifacts.copy(REPOSITORY, "v1" if by == "tag" else signed, "prod", "shop/app")

    copied = await admin.artifacts.get("prod", "shop/app", "v1", parts=[ArtifactPart.ACCESSORIES])
    assert copied is not None
    assert copied.digest == signed
    assert copied.has_accessory(COSIGN_SIGNATURE)


@pytest.mark.usefixtures("signed")
async def test_what_cannot_be_copied_is_told(admin: HarborClient) -> None:
    await admin.projects.create("prod", metadata={})

    with pytest.raises(NotFound):
        await admin.artifacts.copy(REPOSITORY, "v2", "prod", "app")
    with pytest.raises(NotFound):
        await admin.artifacts.copy(REPOSITORY, "v1", "nowhere", "app")
    with pytest.raises(PermissionDenied):
        await admin.artifacts.copy(REPOSITORY, digest_of(SIGNATURE), "prod", "app")
    with pytest.raises(InvalidRequest):
        await admin.artifacts.copy(REPOSITORY, "v1&from=x", "prod", "app")


@pytest.mark.usefixtures("signed")
async def test_who_may_not_see_a_project_sees_no_artifacts(narrow: HarborClient) -> None:
    with pytest.raises(PermissionDenied):
        await narrow.artifacts.of_repository(*NAMES)


@pytest.mark.usefixtures("signed")
async def test_a_signature_says_what_it_is(admin: HarborClient) -> None:
    artifact = await admin.artifacts.get(*NAMES, digest_of(SIGNATURE))

    assert artifact is not None
    assert artifact.artifact_type == BUNDLE_TYPE
