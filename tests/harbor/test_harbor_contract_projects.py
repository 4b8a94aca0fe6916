"""Against the simulator: projects with their labels, quotas and repositories."""

import asyncio

import pytest

from harbor_operator.harbor import (
    UNLIMITED,
    AllowlistItem,
    CveAllowlist,
    HarborClient,
)
from harbor_operator.harbor.errors import (
    Conflict,
    InvalidRequest,
    NotFound,
    PermissionDenied,
    PreconditionFailed,
)
from testbed.harbor import HarborSimulator
from testbed.harbor.artifact_state import Repository


async def test_a_project_is_read_by_name_and_by_id(admin: HarborClient, ship: int) -> None:
    by_name = await admin.projects.get("ship")

    assert by_name is not None
    assert by_name.id == ship
    assert by_name == await admin.projects.get_by_id(ship)
    assert by_name.metadata["public"] == "false"


async def test_a_project_named_like_a_number_is_not_taken_for_an_id(
    admin: HarborClient, ship: int
) -> None:
    assert await admin.projects.get(str(ship)) is None


async def test_a_missing_project_is_none_for_everybody(
    admin: HarborClient, narrow: HarborClient
) -> None:
    assert await admin.projects.get("nope") is None
    assert await admin.projects.get_by_id(999) is None
    assert await narrow.projects.get("nope") is None


@pytest.mark.usefixtures("ship")
async def test_a_hidden_project_is_not_taken_for_a_missing_one(narrow: HarborClient) -> None:
    with pytest.raises(PermissionDenied):
        await narrow.projects.get("ship")


@pytest.mark.usefixtures("ship")
async def test_a_taken_project_name_is_a_conflict_with_harbors_words(admin: HarborClient) -> None:
    with pytest.raises(Conflict, match="ship already exists") as caught:
        await admin.projects.create("ship", metadata={})

    assert caught.value.code == "CONFLICT"


async def test_settings_and_allowlist_of_a_project_are_updated(
    admin: HarborClient, ship: int
) -> None:
    allowlist = CveAllowlist(items=(AllowlistItem(cve_id="CVE-2024-1"),), expires_at=1900000000)

    await admin.projects.update(ship, metadata={"auto_scan": "true"}, cve_allowlist=allowlist)

    project = await admin.projects.get_by_id(ship)
    assert project is not None
    assert project.metadata == {"public": "false", "auto_scan": "true"}
    assert project.cve_allowlist == allowlist


async def test_projects_are_found_by_name(admin: HarborClient, ship: int) -> None:
    number = await admin.projects.create("2024", metadata={})

    found = await admin.projects.find(["ship", "2024", "nope"])

    assert {name: project.id for name, project in found.items()} == {"ship": ship, "2024": number}


async def test_more_projects_than_a_page_holds_are_listed(admin: HarborClient) -> None:
    names = [f"p{number:03}" for number in range(120)]
    await asyncio.gather(*(admin.projects.create(name, metadata={}) for name in names))

    listed = await admin.projects.list()

    assert {project.name for project in listed} == {*names, "library"}


async def test_a_project_is_deleted_once(admin: HarborClient, ship: int) -> None:
    await admin.projects.delete(ship)

    with pytest.raises(NotFound):
        await admin.projects.delete(ship)


async def test_a_project_goes_after_its_repositories(
    harbor: HarborSimulator, admin: HarborClient, ship: int
) -> None:
    now = harbor.clock.now()
    harbor.state.repositories[1] = Repository(1, ship, "ship/base/app", now, now)

    with pytest.raises(PreconditionFailed):
        await admin.projects.delete(ship)
    for repository in await admin.repositories.list("ship"):
        await admin.repositories.delete("ship", repository.relative_name)
    await admin.projects.delete(ship)

    assert await admin.projects.get("ship") is None


async def test_only_one_of_two_claims_by_label_succeeds(admin: HarborClient, ship: int) -> None:
    name = "harbor-operator.dev/owner"

    label_id = await admin.labels.create(ship, name, description="a/b/c/uid")

    with pytest.raises(Conflict):
        await admin.labels.create(ship, name, description="d/e/f/uid")
    label = await admin.labels.get(ship, name)
    assert label is not None
    assert (label.id, label.description) == (label_id, "a/b/c/uid")


async def test_a_label_is_updated_and_deleted(admin: HarborClient, ship: int) -> None:
    await admin.labels.create(ship, "owner", description="old", color="#000000")
    label = await admin.labels.get(ship, "owner")
    assert label is not None

    await admin.labels.update(label, description="new")

    updated = await admin.labels.get(ship, "owner")
    assert updated is not None
    assert (updated.description, updated.color) == ("new", "#000000")
    await admin.labels.delete(label.id)
    assert await admin.labels.list(ship) == []


async def test_a_quota_is_read_and_written(admin: HarborClient, ship: int) -> None:
    quota = await admin.quotas.get(ship)
    assert quota is not None
    assert quota.hard.storage == UNLIMITED

    await admin.quotas.update(quota.id, 2**30)

    changed = await admin.quotas.get(ship)
    assert changed is not None
    assert changed.hard.storage == 2**30


async def test_a_quota_of_zero_is_invalid_in_harbors_words(admin: HarborClient, ship: int) -> None:
    quota = await admin.quotas.get(ship)
    assert quota is not None

    with pytest.raises(InvalidRequest, match="invalid non-positive value"):
        await admin.quotas.update(quota.id, 0)
