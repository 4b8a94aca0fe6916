"""What is about an artifact: signatures and others, however and whenever they come."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from testbed.harbor import HarborSimulator
from tests.support.fake_registry import FakeRegistry
from tests.support.image import (
    BUNDLE_TYPE,
    CONFIG,
    CONFIG_TYPE,
    EMPTY,
    EMPTY_TYPE,
    INDEX_TYPE,
    MANIFEST,
    MANIFEST_TYPE,
    descriptor,
    digest_of,
    index,
    manifest,
    push,
    push_manifest,
    signature,
)
from tests.support.simulated_harbor import SimulatedHarbor, running

IMAGE = "/api/v2.0/projects/team/repositories/app/artifacts"
REFERRERS = f"/v2/team/app/referrers/{digest_of(MANIFEST)}"
SPDX_TYPE = "application/spdx+json"
OLD_SIGNATURE = manifest(
    CONFIG_TYPE, CONFIG, descriptor("application/vnd.dev.cosign.simplesigning.v1+json", EMPTY)
)
OLD_TAG = f"{digest_of(MANIFEST).replace(':', '-')}.sig"


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with (
        FakeRegistry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("team")
        await push(harbor.admin, "team/app", "1")
        yield harbor


async def accessories(
    harbor: SimulatedHarbor, query: str = "", reference: str = "1"
) -> list[dict[str, Any]]:
    """The accessories of an artifact as the API lists them."""
    body = (await harbor.admin("GET", f"{IMAGE}/{reference}/accessories{query}")).body
    assert isinstance(body, list)
    return body


async def attach(harbor: SimulatedHarbor, kind: str = BUNDLE_TYPE, **fields: object) -> bytes:
    """Push something about the image."""
    content = signature(MANIFEST, kind, **fields)
    await push_manifest(harbor.admin, "team/app", "", content, EMPTY)
    return content


def with_config(config_type: str, **layer: object) -> bytes:
    """What is about the image and tells its kind by its config only."""
    return manifest(
        config_type,
        EMPTY,
        descriptor(EMPTY_TYPE, EMPTY, **layer),
        subject=descriptor(MANIFEST_TYPE, MANIFEST),
    )


NYDUS = {"containerd.io/snapshot/nydus-bootstrap": "true"}
CLASSES: dict[str, tuple[bytes, str]] = {
    "of cosign 3": (signature(MANIFEST), "signature.cosign"),
    "of cosign 2 with a subject": (
        with_config("application/vnd.dev.cosign.artifact.sig.v1+json"),
        "signature.cosign",
    ),
    "of notation": (with_config("application/vnd.cncf.notary.signature"), "signature.notation"),
    "Harbor's list of parts": (
        signature(MANIFEST, "application/vnd.goharbor.harbor.sbom.v1"),
        "sbom.harbor",
    ),
    "an accelerated image": (with_config(CONFIG_TYPE, annotations=NYDUS), "accelerator.nydus"),
    "another image": (with_config(CONFIG_TYPE), "subject.accessory"),
    "anything else": (signature(MANIFEST, SPDX_TYPE), "subject.accessory"),
}


@pytest.mark.parametrize(("content", "kind"), CLASSES.values(), ids=CLASSES)
async def test_what_names_a_subject_becomes_its_accessory(
    harbor: SimulatedHarbor, content: bytes, kind: str
) -> None:
    pushed = await push_manifest(harbor.admin, "team/app", "", content, EMPTY)

    [row] = await accessories(harbor)

    assert (row["type"], row["digest"]) == (kind, digest_of(content))
    assert row["subject_artifact_digest"] == digest_of(MANIFEST)
    assert row["subject_artifact_repo"] == "team/app"
    assert pushed.headers["OCI-Subject"] == digest_of(MANIFEST)


async def test_a_signature_in_the_older_form_is_known_by_its_tag(harbor: SimulatedHarbor) -> None:
    await push_manifest(harbor.admin, "team/app", OLD_TAG, OLD_SIGNATURE, CONFIG, EMPTY)

    [row] = await accessories(harbor)

    assert (row["type"], row["digest"]) == ("signature.cosign", digest_of(OLD_SIGNATURE))


@pytest.mark.parametrize(
    ("tag", "content"),
    [
        pytest.param(OLD_TAG.replace(".sig", ".att"), OLD_SIGNATURE, id="an attestation"),
        pytest.param(OLD_TAG, manifest(CONFIG_TYPE, CONFIG), id="no signature inside"),
        pytest.param("2", OLD_SIGNATURE, id="another tag"),
    ],
)
async def test_other_tags_make_no_accessory(
    harbor: SimulatedHarbor, tag: str, content: bytes
) -> None:
    await push_manifest(harbor.admin, "team/app", tag, content, CONFIG, EMPTY)

    assert await accessories(harbor) == []


async def test_an_accessory_may_come_before_its_subject(harbor: SimulatedHarbor) -> None:
    whole = index(MANIFEST)
    early = signature(whole)
    await push_manifest(harbor.admin, "team/app", "", early, EMPTY)

    await push_manifest(harbor.admin, "team/app", "all", whole)

    assert [row["digest"] for row in await accessories(harbor, reference="all")] == [
        digest_of(early)
    ]


async def test_an_accessory_is_no_artifact_of_the_list_but_shown_with_its_subject(
    harbor: SimulatedHarbor,
) -> None:
    content = await attach(harbor)

    bodies = [
        (await harbor.admin("GET", f"{IMAGE}{query}")).body
        for query in ("", "?with_accessory=true", "?q=base=*")
    ]

    plain, full, everything = ([*body] for body in bodies if isinstance(body, list))
    assert [row["accessories"] for row in plain] == [None]
    assert [row["digest"] for row in full[0]["accessories"]] == [digest_of(content)]
    assert [row["digest"] for row in everything] == [digest_of(MANIFEST)]


async def test_accessories_are_filtered_and_paged(harbor: SimulatedHarbor) -> None:
    await attach(harbor)
    await attach(harbor, SPDX_TYPE)

    signatures = await accessories(harbor, "?q=type=signature.cosign")
    reply = await harbor.admin("GET", f"{IMAGE}/1/accessories?page=2&page_size=1")

    assert [row["type"] for row in signatures] == ["signature.cosign"]
    assert reply.headers["X-Total-Count"] == "2"
    assert '"type": "subject.accessory"' in reply.text


async def test_a_child_shows_the_signature_of_its_index_on_demand(harbor: SimulatedHarbor) -> None:
    whole = index(MANIFEST)
    await push_manifest(harbor.admin, "team/app", "all", whole)
    await push_manifest(harbor.admin, "team/app", "", signature(whole), EMPTY)

    body = (await harbor.admin("GET", f"{IMAGE}/1?with_inherited_accessory=true")).body
    plain = (await harbor.admin("GET", f"{IMAGE}/1")).body

    assert isinstance(body, dict)
    [row] = body["inherited_accessories"]
    assert row["subject_artifact_digest"] == digest_of(whole)
    assert isinstance(plain, dict)
    assert "inherited_accessories" not in plain


async def test_referrers_are_an_index_of_what_is_about_a_manifest(harbor: SimulatedHarbor) -> None:
    content = await attach(harbor, annotations={"made-by": "us"})
    await attach(harbor, SPDX_TYPE)

    everything = await harbor.admin("GET", REFERRERS)
    some = await harbor.admin("GET", f"{REFERRERS}?artifactType={BUNDLE_TYPE.replace('+', '%2B')}")

    assert everything.headers["Content-Type"] == INDEX_TYPE
    assert [row["artifactType"] for row in json.loads(everything.text)["manifests"]] == [
        BUNDLE_TYPE,
        SPDX_TYPE,
    ]
    assert some.headers["OCI-Filters-Applied"] == "artifactType"
    assert json.loads(some.text)["manifests"] == [
        {
            "mediaType": MANIFEST_TYPE,
            "digest": digest_of(content),
            "size": len(content),
            "annotations": {"made-by": "us"},
            "artifactType": BUNDLE_TYPE,
        }
    ]


async def test_what_does_not_exist_has_an_empty_index_of_referrers(harbor: SimulatedHarbor) -> None:
    unknown = await harbor.admin("GET", f"/v2/team/nothing/referrers/{digest_of(MANIFEST)}")
    tag = await harbor.admin("GET", "/v2/team/app/referrers/1")
    stranger = await harbor.anonymous("GET", REFERRERS)

    assert json.loads(unknown.text)["manifests"] == []
    assert (unknown.status, tag.status, stranger.status) == (200, 400, 401)


async def test_accessories_go_with_their_subject(harbor: SimulatedHarbor) -> None:
    content = await attach(harbor)
    of_signature = signature(content)
    await push_manifest(harbor.admin, "team/app", "", of_signature, EMPTY)
    await push_manifest(harbor.admin, "team/app", OLD_TAG, OLD_SIGNATURE, CONFIG, EMPTY)

    deleted = await harbor.admin("DELETE", f"{IMAGE}/1")

    assert deleted.status == 200
    assert harbor.simulator.state.repositories[1].artifacts == {}
    assert harbor.simulator.state.accessories == {}


async def test_an_accessory_can_be_deleted_alone(harbor: SimulatedHarbor) -> None:
    content = await attach(harbor)

    await harbor.admin("DELETE", f"{IMAGE}/{digest_of(content)}")

    assert await accessories(harbor) == []
    assert (await harbor.admin("GET", f"{IMAGE}/1")).status == 200
