"""Artifacts are listed, filtered and shown as Harbor shows them, each by its kind."""

import io
import json
import tarfile
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from testbed.harbor import HarborSimulator
from tests.support.fake_registry import FakeRegistry
from tests.support.image import (
    CONFIG_TYPE,
    EMPTY,
    MANIFEST,
    descriptor,
    digest_of,
    index,
    manifest,
    push,
    push_manifest,
    signature,
)
from tests.support.simulated_harbor import SimulatedHarbor, running

PROJECT = "/api/v2.0/projects/team"
ARTIFACTS = f"{PROJECT}/repositories/app/artifacts"
HELM_TYPE = "application/vnd.cncf.helm.config.v1+json"
CHART_CONFIG = json.dumps({"name": "app", "version": "1.2.3"}).encode()
CHART_FILES = {
    "app/Chart.yaml": "name: app\ndependencies:\n- name: db\n  version: 1.x\n",
    "app/values.yaml": "replicas: 2\n",
    "app/README.md": "# app\n",
    "app/charts/db/values.yaml": "not: this\n",
}


def packed(files: dict[str, str]) -> bytes:
    """Files as a chart is packed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


CHART_LAYER = packed(CHART_FILES)
CHART = manifest(
    HELM_TYPE,
    CHART_CONFIG,
    descriptor("application/vnd.cncf.helm.chart.content.v1.tar+gzip", CHART_LAYER),
)
HISTORY = [{"created_by": "COPY app /app"}]
OTHER_CONFIG = json.dumps({"os": "windows", "history": HISTORY}).encode()
OTHER = manifest(CONFIG_TYPE, OTHER_CONFIG)


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with (
        FakeRegistry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("team")
        yield harbor


async def shown(harbor: SimulatedHarbor, reference: str, **parameters: str) -> dict[str, Any]:
    """An artifact of the application as the API shows it."""
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    body = (await harbor.admin("GET", f"{ARTIFACTS}/{reference}?{query}")).body
    assert isinstance(body, dict)
    return body


async def listed(harbor: SimulatedHarbor, condition: str = "", path: str = ARTIFACTS) -> list[str]:
    """The digests in a list of artifacts."""
    query = f"?q={quote(quote(condition, safe='=*~{}() '))}" if condition else ""
    body = (await harbor.admin("GET", f"{path}{query}")).body
    assert isinstance(body, list)
    return [row["digest"] for row in body]


async def push_index(harbor: SimulatedHarbor) -> bytes:
    """Push an index of two images, which have no tags themselves."""
    await push_manifest(harbor.admin, "team/app", "", MANIFEST)
    await push_manifest(harbor.admin, "team/app", "", OTHER, OTHER_CONFIG)
    whole = index(MANIFEST, OTHER)
    await push_manifest(harbor.admin, "team/app", "all", whole)
    return whole


KINDS: dict[str, tuple[str, str]] = {
    "an image": (CONFIG_TYPE, "IMAGE"),
    "a chart": (HELM_TYPE, "CHART"),
    "what names itself": ("application/vnd.acme.model.config.v1+json", "MODEL"),
    "what does not": ("application/octet-stream", "UNKNOWN"),
}


@pytest.mark.parametrize(("config_type", "kind"), KINDS.values(), ids=KINDS)
async def test_the_type_of_the_config_tells_the_kind(
    harbor: SimulatedHarbor, config_type: str, kind: str
) -> None:
    await push_manifest(harbor.admin, "team/app", "1", manifest(config_type, EMPTY), EMPTY)

    artifact = await shown(harbor, "1")

    assert (artifact["type"], artifact["media_type"]) == (kind, config_type)
    assert artifact["artifact_type"] == config_type


async def test_what_has_a_type_of_its_own_offers_nothing_of_an_image(
    harbor: SimulatedHarbor,
) -> None:
    content = manifest(CONFIG_TYPE, EMPTY, artifactType="application/vnd.acme.scan")
    await push_manifest(harbor.admin, "team/app", "1", content, EMPTY)

    artifact = await shown(harbor, "1")

    assert artifact["artifact_type"] == "application/vnd.acme.scan"
    assert artifact["media_type"] == CONFIG_TYPE
    assert "addition_links" not in artifact


async def test_a_chart_has_its_metadata_and_its_files(harbor: SimulatedHarbor) -> None:
    await push_manifest(harbor.admin, "team/app", "1.2.3", CHART, CHART_CONFIG, CHART_LAYER)

    artifact = await shown(harbor, "1.2.3")
    links = artifact["addition_links"]
    files = {name: await harbor.admin("GET", link["href"]) for name, link in links.items()}

    assert artifact["extra_attrs"] == {"name": "app", "version": "1.2.3"}
    assert files["values.yaml"].text == "replicas: 2\n"
    assert files["readme.md"].text == "# app\n"
    assert files["dependencies"].body == [{"name": "db", "version": "1.x"}]


async def test_an_image_has_its_history(harbor: SimulatedHarbor) -> None:
    await push_manifest(harbor.admin, "team/app", "1", OTHER, OTHER_CONFIG)

    history = await harbor.admin("GET", f"{ARTIFACTS}/1/additions/build_history")
    other = await harbor.admin("GET", f"{ARTIFACTS}/1/additions/readme.md")
    unknown = await harbor.admin("GET", f"{ARTIFACTS}/1/additions/poem")

    assert history.body == HISTORY
    assert (other.status, unknown.status) == (400, 422)


async def test_an_index_names_its_children_and_has_their_size(harbor: SimulatedHarbor) -> None:
    whole = await push_index(harbor)

    artifact = await shown(harbor, "all")
    first, second = artifact["references"]

    assert (artifact["type"], "artifact_type" in artifact) == ("IMAGE", False)
    assert [first["child_digest"], second["child_digest"]] == [
        digest_of(MANIFEST),
        digest_of(OTHER),
    ]
    assert second["platform"]["os"] == "windows"
    sizes = [(await shown(harbor, digest_of(child)))["size"] for child in (MANIFEST, OTHER)]
    assert artifact["size"] == len(whole) + sum(sizes)


async def test_untagged_children_are_listed_only_when_everything_is_asked_for(
    harbor: SimulatedHarbor,
) -> None:
    whole = await push_index(harbor)

    alone = await listed(harbor)
    everything = await listed(harbor, "base=*")

    assert alone == [digest_of(whole)]
    assert set(everything) == {digest_of(part) for part in (whole, MANIFEST, OTHER)}


@pytest.fixture
async def several(harbor: SimulatedHarbor) -> SimulatedHarbor:
    """A repository with a tagged image, an untagged one, and a chart."""
    await push(harbor.admin, "team/app", "v1")
    await push_manifest(harbor.admin, "team/app", "", OTHER, OTHER_CONFIG)
    await push_manifest(harbor.admin, "team/app", "chart-1", CHART, CHART_CONFIG, CHART_LAYER)
    return harbor


FILTERS: dict[str, tuple[str, list[bytes]]] = {
    "by nothing": ("", [CHART, OTHER, MANIFEST]),
    "by a tag": ("tags=v1", [MANIFEST]),
    "by a part of a tag": ("tags=~chart", [CHART]),
    "by any tag": ("tags=*", [CHART, MANIFEST]),
    "by no tag": ("tags=nil", [OTHER]),
    "by digest": (f"digest={digest_of(OTHER)}", [OTHER]),
    "by kind": ("type=CHART", [CHART]),
    "by type": (f"media_type={HELM_TYPE}", [CHART]),
    "by two conditions": ("type=IMAGE,tags=nil", [OTHER]),
}


@pytest.mark.parametrize(("condition", "expected"), FILTERS.values(), ids=FILTERS)
async def test_artifacts_are_filtered(
    several: SimulatedHarbor, condition: str, expected: list[bytes]
) -> None:
    assert await listed(several, condition) == [digest_of(content) for content in expected]


async def test_a_filter_that_harbor_does_not_take_is_refused(several: SimulatedHarbor) -> None:
    refused = [
        await several.admin("GET", f"{ARTIFACTS}?q={condition}")
        for condition in ("base=1", "tags={a b}", "labels=1")
    ]

    assert [reply.status for reply in refused] == [400, 400, 400]


async def test_artifacts_are_found_and_shown_by_label(several: SimulatedHarbor) -> None:
    await several.admin("POST", "/api/v2.0/labels", {"name": "lts", "scope": "g"})

    added = await several.admin("POST", f"{ARTIFACTS}/v1/labels", {"id": 1})
    again = await several.admin("POST", f"{ARTIFACTS}/v1/labels", {"id": 1})
    found = await listed(several, "labels=(1)")
    artifact = await shown(several, "v1", with_label="true")
    plain = await shown(several, "v1")
    removed = await several.admin("DELETE", f"{ARTIFACTS}/v1/labels/1")
    missing = await several.admin("DELETE", f"{ARTIFACTS}/v1/labels/1")

    assert [added.status, again.status, removed.status, missing.status] == [200, 409, 200, 404]
    assert found == [digest_of(MANIFEST)]
    assert ([row["name"] for row in artifact["labels"]], plain["labels"]) == (["lts"], None)


async def test_tags_are_left_out_on_demand(several: SimulatedHarbor) -> None:
    with_tags, without = await shown(several, "v1"), await shown(several, "v1", with_tag="false")

    assert ([tag["name"] for tag in with_tags["tags"]], without["tags"]) == (["v1"], None)


async def test_a_pull_is_noted_later_at_the_artifact_the_tag_and_the_index(
    harbor: SimulatedHarbor,
) -> None:
    await push(harbor.admin, "team/app", "v1")
    await push_index(harbor)
    never = "0001-01-01T00:00:00.000Z"

    await harbor.admin("GET", "/v2/team/app/manifests/v1")
    at_once = await shown(harbor, "v1")
    harbor.simulator.clock.offset_seconds = 11
    later, parent = await shown(harbor, "v1"), await shown(harbor, "all")

    assert at_once["pull_time"] == never
    assert later["pull_time"] == later["tags"][0]["pull_time"] == parent["pull_time"] != never


async def test_a_part_of_an_index_cannot_be_deleted_but_goes_with_it(
    harbor: SimulatedHarbor,
) -> None:
    await push_index(harbor)

    refused = await harbor.admin("DELETE", f"{ARTIFACTS}/{digest_of(OTHER)}")
    deleted = await harbor.admin("DELETE", f"{ARTIFACTS}/all")

    assert refused.status == 412
    assert "VIOLATE_FOREIGN_KEY_CONSTRAINT" in refused.text
    assert (deleted.status, await listed(harbor, "base=*")) == (200, [])


async def test_a_tagged_part_of_a_deleted_index_stays(harbor: SimulatedHarbor) -> None:
    await push_index(harbor)
    await harbor.admin("POST", f"{ARTIFACTS}/{digest_of(OTHER)}/tags", {"name": "keep"})

    await harbor.admin("DELETE", f"{ARTIFACTS}/all")

    assert await listed(harbor, "base=*") == [digest_of(OTHER)]


async def test_artifacts_of_all_repositories_are_listed_or_the_newest_of_each(
    several: SimulatedHarbor,
) -> None:
    await push(several.admin, "team/web", "1")
    path = f"{PROJECT}/artifacts"
    twice_quoted = quote(quote(CONFIG_TYPE, safe=""), safe="")
    newest = f"{path}?latest_in_repository=true&q=media_type={twice_quoted}"

    everything = await listed(several, path=path)
    latest = (await several.admin("GET", newest)).body
    vague = await several.admin("GET", f"{path}?latest_in_repository=true")
    stranger = await several.anonymous("GET", path)

    assert len(everything) == 4
    assert isinstance(latest, list)
    assert {(row["repository_name"], row["digest"]) for row in latest} == {
        ("team/app", digest_of(OTHER)),
        ("team/web", digest_of(MANIFEST)),
    }
    assert (vague.status, stranger.status) == (400, 401)


async def test_repositories_of_all_projects_are_listed_for_whom_they_concern(
    several: SimulatedHarbor,
) -> None:
    await several.create_project("open", metadata={"public": "true"})
    await push(several.admin, "open/app", "1")
    robot = await several.create_robot("team", "ci")

    bodies = [
        (await caller("GET", "/api/v2.0/repositories")).body
        for caller in (several.admin, robot, several.anonymous)
    ]

    names = [[row["name"] for row in body] for body in bodies if isinstance(body, list)]
    assert names == [["open/app", "team/app"], ["open/app", "team/app"], ["open/app"]]


async def test_a_repository_is_described_and_counts_what_is_listed(
    several: SimulatedHarbor,
) -> None:
    path = f"{PROJECT}/repositories/app"
    await push_manifest(several.admin, "team/app", "", signature(MANIFEST), EMPTY)

    await several.admin("PUT", path, {"description": "of <us>"})
    reply = await several.admin("GET", path)

    assert reply.field("description") == "of &lt;us&gt;"
    assert reply.field("artifact_count") == "3"


async def test_storage_counts_shared_blobs_once(harbor: SimulatedHarbor) -> None:
    await push(harbor.admin, "team/app", "1")
    await push(harbor.admin, "team/web", "1")
    twice = (await harbor.admin("GET", f"{PROJECT}/summary")).text
    await harbor.admin("DELETE", f"{PROJECT}/repositories/web")
    once = (await harbor.admin("GET", f"{PROJECT}/summary")).text
    await harbor.admin("DELETE", f"{PROJECT}/repositories/app")
    none = (await harbor.admin("GET", f"{PROJECT}/summary")).text

    assert twice.partition('"used"')[2][:20] == once.partition('"used"')[2][:20]
    assert '"used": {"storage": 0}' in none
