"""Immutable tag rules keep tags from being moved and deleted, wherever one tries."""

from collections.abc import AsyncIterator

import pytest

from testbed.harbor import HarborSimulator
from tests.support.fake_registry import FakeRegistry
from tests.support.image import MANIFEST, digest_of, push
from tests.support.simulated_harbor import SimulatedHarbor, running

PROJECT = "/api/v2.0/projects/team"
RULES = f"{PROJECT}/immutabletagrules"
ARTIFACT = f"{PROJECT}/repositories/app/artifacts/v1"
SHOWN = f"{ARTIFACT}?with_immutable_status=true"


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with (
        FakeRegistry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("team")
        await push(harbor.admin, "team/app", "v1")
        yield harbor


def rule(tags: str = "v*", repositories: str = "**", **fields: object) -> dict[str, object]:
    tag_selector = {"kind": "doublestar", "decoration": "matches", "pattern": tags}
    selector = {"kind": "doublestar", "decoration": "repoMatches", "pattern": repositories}
    return {
        "action": "immutable",
        "template": "immutable_template",
        "tag_selectors": [tag_selector],
        "scope_selectors": {"repository": [selector]},
        **fields,
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("DELETE", ARTIFACT, id="artifact"),
        pytest.param("DELETE", f"{ARTIFACT}/tags/v1", id="tag"),
        pytest.param("DELETE", f"{PROJECT}/repositories/app", id="repository"),
        pytest.param("DELETE", f"/v2/team/app/manifests/{digest_of(MANIFEST)}", id="manifest"),
    ],
)
async def test_a_protected_tag_cannot_be_deleted(
    harbor: SimulatedHarbor, method: str, path: str
) -> None:
    await harbor.admin("POST", RULES, rule())

    refused = await harbor.admin(method, path)

    assert refused.status == 412
    assert "the tag v1 configured as immutable, cannot be deleted" in refused.text


async def test_a_protected_tag_cannot_be_pushed_over_but_a_new_one_can_be_pushed(
    harbor: SimulatedHarbor,
) -> None:
    await harbor.admin("POST", RULES, rule())

    over = await push(harbor.admin, "team/app", "v1")
    new = await push(harbor.admin, "team/app", "v2")

    assert (over.status, new.status) == (412, 201)
    assert "'app:v1' configured as immutable" in over.text


@pytest.mark.parametrize(
    "harmless",
    [
        pytest.param(rule("release-*"), id="other tags"),
        pytest.param(rule(repositories="lib/**"), id="other repositories"),
        pytest.param(rule(tag_selectors=[]), id="no selector"),
    ],
)
async def test_other_tags_can_be_deleted(
    harbor: SimulatedHarbor, harmless: dict[str, object]
) -> None:
    await harbor.admin("POST", RULES, harmless)

    shown = await harbor.admin("GET", SHOWN)
    deleted = await harbor.admin("DELETE", f"{ARTIFACT}/tags/v1")

    assert '"immutable": false' in shown.text
    assert deleted.status == 200


async def test_a_disabled_rule_protects_nothing(harbor: SimulatedHarbor) -> None:
    await harbor.admin("POST", RULES, rule())
    enabled = await harbor.admin("GET", SHOWN)

    await harbor.admin("PUT", f"{RULES}/1", rule(id=1, disabled=True))
    deleted = await harbor.admin("DELETE", ARTIFACT)

    assert '"immutable": true' in enabled.text
    assert deleted.status == 200


async def test_a_rule_belongs_to_its_project(harbor: SimulatedHarbor) -> None:
    await harbor.create_project("other")
    await harbor.admin("POST", RULES, rule())

    foreign = await harbor.admin("DELETE", "/api/v2.0/projects/other/immutabletagrules/1")
    listed = await harbor.admin("GET", "/api/v2.0/projects/other/immutabletagrules")

    assert (foreign.status, listed.body) == (404, [])
