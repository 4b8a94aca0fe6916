"""Artifacts are copied between projects, and tags are given and taken."""

from collections.abc import AsyncIterator

import pytest

from testbed.harbor import HarborSimulator
from testbed.registry import Registry
from tests.support.api_caller import ApiCaller, Reply
from tests.support.fake_registry import FakeRegistry
from tests.support.image import (
    EMPTY,
    LAYER,
    MANIFEST,
    MANIFEST_TYPE,
    digest_of,
    index,
    push,
    push_manifest,
    signature,
)
from tests.support.simulated_harbor import SimulatedHarbor, running

API = "/api/v2.0"
SOURCE = f"{API}/projects/team/repositories/app/artifacts"
TARGET = f"{API}/projects/prod/repositories/shop%252Fapp/artifacts"
LOCATION = TARGET.replace("%25", "%")
RULE = {
    "action": "immutable",
    "template": "immutable_template",
    "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "1"}],
    "scope_selectors": {
        "repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]
    },
}


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with (
        FakeRegistry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("team")
        await harbor.create_project("prod")
        await push(harbor.admin, "team/app", "1")
        yield harbor


async def copy(caller: ApiCaller, source: str, target: str = TARGET) -> Reply:
    return await caller("POST", f"{target}?from={source}")


async def names(harbor: SimulatedHarbor, reference: str = "1", at: str = TARGET) -> list[str]:
    """The tags of an artifact."""
    body = (await harbor.admin("GET", f"{at}/{reference}/tags")).body
    assert isinstance(body, list)
    return [row["name"] for row in body]


@pytest.mark.parametrize("source", ["team/app:1", f"team/app@{digest_of(MANIFEST)}"])
async def test_a_copy_can_be_pulled_and_has_all_tags(harbor: SimulatedHarbor, source: str) -> None:
    await harbor.admin("POST", f"{SOURCE}/1/tags", {"name": "stable"})

    copied = await copy(harbor.admin, source)

    pulled = await harbor.admin("GET", "/v2/prod/shop/app/manifests/stable")
    blob = await harbor.admin("GET", f"/v2/prod/shop/app/blobs/{digest_of(LAYER)}")
    assert copied.status == 201
    assert copied.headers["Location"] == f"{LOCATION}/{source[len('team/app') + 1 :]}"
    assert (pulled.text, blob.status) == (MANIFEST.decode(), 200)
    assert await names(harbor) == ["stable", "1"]
    assert await names(harbor, at=SOURCE) == ["stable", "1"]


async def test_a_copy_is_made_in_a_real_registry() -> None:
    accept = {"Accept": MANIFEST_TYPE}
    async with (
        Registry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("team")
        await harbor.create_project("prod")
        await push(harbor.admin, "team/app", "1")

        copied = await copy(harbor.admin, "team/app:1")

        pulled = await harbor.admin("GET", "/v2/prod/shop/app/manifests/1", headers=accept)
        blob = await harbor.admin("GET", f"/v2/prod/shop/app/blobs/{digest_of(LAYER)}")
    assert (copied.status, pulled.text, blob.status) == (201, MANIFEST.decode(), 200)


async def test_a_copy_brings_its_signatures_and_its_parts(harbor: SimulatedHarbor) -> None:
    whole = index(MANIFEST)
    of_index, of_image = signature(whole), signature(MANIFEST)
    of_signature = signature(of_index)
    await push_manifest(harbor.admin, "team/app", "all", whole)
    for content in (of_index, of_image, of_signature):
        await push_manifest(harbor.admin, "team/app", "", content, EMPTY)

    await copy(harbor.admin, "team/app:all")

    rows = harbor.simulator.state.accessories.values()
    bonds = {
        (row.subject_digest, row.digest) for row in rows if row.repository_name == "prod/shop/app"
    }
    parts = await harbor.admin("GET", f"{TARGET}/all")
    assert bonds == {
        (digest_of(whole), digest_of(of_index)),
        (digest_of(MANIFEST), digest_of(of_image)),
        (digest_of(of_index), digest_of(of_signature)),
    }
    assert digest_of(MANIFEST) in parts.text
    assert (await harbor.admin("GET", "/v2/prod/shop/app/manifests/all")).text == whole.decode()


async def test_a_second_copy_only_sets_the_tags(harbor: SimulatedHarbor) -> None:
    await copy(harbor.admin, "team/app:1")
    await harbor.admin("POST", f"{SOURCE}/1/tags", {"name": "later"})
    await push_manifest(harbor.admin, "team/app", "", signature(MANIFEST), EMPTY)

    again = await copy(harbor.admin, "team/app:1")

    accessories = await harbor.admin("GET", f"{TARGET}/1/accessories")
    assert again.status == 201
    assert await names(harbor) == ["later", "1"]
    assert accessories.body == []


async def test_a_copy_takes_a_tag_from_what_has_it_unless_a_rule_protects_it(
    harbor: SimulatedHarbor,
) -> None:
    other = index(MANIFEST)
    await push_manifest(harbor.admin, "prod/shop/app", "", MANIFEST)
    await push_manifest(harbor.admin, "prod/shop/app", "1", other)

    await harbor.admin("POST", f"{API}/projects/prod/immutabletagrules", RULE)
    refused = await copy(harbor.admin, "team/app:1")
    await harbor.admin("DELETE", f"{API}/projects/prod/immutabletagrules/1")
    taken = await copy(harbor.admin, "team/app:1")

    assert (refused.status, taken.status) == (412, 201)
    assert "the tag 1 configured as immutable, cannot be updated" in refused.text
    assert await names(harbor, digest_of(other)) == []


REFUSALS: dict[str, tuple[str, int]] = {
    "no such tag": ("team/app:2", 404),
    "no such repository": ("team/web:1", 404),
    "no tag and no digest": ("team/app", 404),
    "not a reference": ("team/app:1:2", 400),
}


@pytest.mark.parametrize(("source", "status"), REFUSALS.values(), ids=REFUSALS)
async def test_what_is_not_there_cannot_be_copied(
    harbor: SimulatedHarbor, source: str, status: int
) -> None:
    assert (await copy(harbor.admin, source)).status == status


async def test_an_accessory_is_not_copied_alone(harbor: SimulatedHarbor) -> None:
    content = signature(MANIFEST)
    await push_manifest(harbor.admin, "team/app", "", content, EMPTY)

    refused = await copy(harbor.admin, f"team/app@{digest_of(content)}")

    assert refused.status == 403
    assert '"DENIED"' in refused.text


async def system_robot(harbor: SimulatedHarbor, **rights: list[str]) -> ApiCaller:
    """A robot with these actions on artifacts, by project."""
    body = {
        "name": "promoter",
        "level": "system",
        "duration": -1,
        "permissions": [
            {
                "kind": "project",
                "namespace": project,
                "access": [{"resource": "artifact", "action": action} for action in actions],
            }
            for project, actions in rights.items()
        ],
    }
    made = await harbor.admin("POST", f"{API}/robots", body)
    return harbor.anonymous.signed_in(made.field("name"), made.field("secret"))


@pytest.mark.parametrize(
    ("rights", "status"),
    [
        pytest.param({"team": ["read"], "prod": ["create"]}, 201, id="both"),
        pytest.param({"team": ["list"], "prod": ["create"]}, 403, id="may not read the source"),
        pytest.param({"team": ["read"], "prod": ["read"]}, 403, id="may not create"),
    ],
)
async def test_copying_takes_rights_on_both_ends(
    harbor: SimulatedHarbor, rights: dict[str, list[str]], status: int
) -> None:
    robot = await system_robot(harbor, **rights)

    assert (await copy(robot, "team/app:1")).status == status


@pytest.mark.parametrize(
    ("name", "status"), [("2", 201), ("1", 409), ("no tag", 400), ("", 400)], ids=repr
)
async def test_a_tag_is_new_and_well_formed(
    harbor: SimulatedHarbor, name: str, status: int
) -> None:
    reply = await harbor.admin("POST", f"{SOURCE}/1/tags", {"name": name})

    assert reply.status == status


async def test_tags_are_listed_with_their_status_on_demand(harbor: SimulatedHarbor) -> None:
    await harbor.admin("POST", f"{API}/projects/team/immutabletagrules", RULE)

    plain = await harbor.admin("GET", f"{SOURCE}/1/tags")
    full = await harbor.admin("GET", f"{SOURCE}/1/tags?with_immutable_status=true")

    assert '"immutable": false' in plain.text
    assert '"immutable": true' in full.text
    assert plain.headers["X-Total-Count"] == "1"
