"""Each sample by itself: it begins with what it is for, and a real API server takes it.

Those in the subfolder show every field, for a Harbor that a demonstration does not have.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harbor_operator.api.base import API_VERSION
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.crds import KINDS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.schema import Schema, structural_schema
from tests.support.custom_resources import AnyKind
from tests.support.deployed import ROOT, SAMPLES, Installation
from tests.support.kubectl import Kubectl, read_manifests

Json = dict[str, Any]

COMPLETE = sorted((ROOT / "deploy" / "samples" / "complete").glob("*.yaml"))
EVERY_SAMPLE = [*SAMPLES, *COMPLETE]
MODELS = {kind.kind: kind for kind in KINDS}

each_sample = pytest.mark.parametrize("sample", EVERY_SAMPLE, ids=lambda path: path.stem)


@pytest.fixture
async def kubectl(installation: Installation) -> Kubectl:
    """A cluster in which the namespaces of all samples exist, as after those before."""
    everything = [manifest for sample in EVERY_SAMPLE for manifest in read_manifests(sample)]
    await installation.kubectl.apply(*(m for m in everything if m["kind"] == "Namespace"))
    return installation.kubectl


@each_sample
async def test_the_api_server_takes_a_sample_with_every_field(
    kubectl: Kubectl, sample: Path
) -> None:
    said = await kubectl(
        "apply",
        "--server-side",
        "--dry-run=server",
        "--validate=strict",
        f"--filename={sample}",
    )

    assert said.count("serverside-applied (server dry run)") == len(read_manifests(sample))


@each_sample
def test_a_sample_says_first_what_it_is_for(sample: Path) -> None:
    text = sample.read_text(encoding="utf-8")
    comment = "".join(line.removeprefix("#") for line in head_of(text))

    assert comment.strip().endswith(".")
    assert comment.count(". ") == 0
    assert "afterwards" in comment or "confirmation" in comment


def head_of(text: str) -> list[str]:
    """The lines of the comment that a file begins with."""
    lines = text.splitlines()
    end = next(n for n, line in enumerate(lines) if not line.startswith("#"))
    return lines[:end]


@each_sample
def test_what_a_sample_needs_is_in_it_or_in_one_before(sample: Path) -> None:
    present = {
        (manifest["kind"], manifest["metadata"].get("namespace"), manifest["metadata"]["name"])
        for path in EVERY_SAMPLE
        if path <= sample
        for manifest in read_manifests(path)
    }

    needed = [needs for manifest in read_manifests(sample) for needs in references(manifest)]

    assert set(needed) <= present


def references(manifest: Json) -> list[tuple[str, str | None, str]]:
    """What a manifest names, as kind, namespace and name."""
    namespace = manifest["metadata"].get("namespace")
    found: list[tuple[str, str | None, str]] = []
    if namespace is not None:
        found.append(("Namespace", None, namespace))
    spec = manifest.get("spec", {})
    refs = [a["projectRef"] for a in spec.get("access", ())]
    found += [("HarborProject", ref.get("namespace", namespace), ref["name"]) for ref in refs]
    found += [("HarborProject", namespace, ref["name"]) for ref in spec.get("projectRefs", ())]
    if "robotRef" in spec:
        found.append(("HarborRobot", namespace, spec["robotRef"]["name"]))
    if manifest["kind"] in {"HarborProject", "HarborRobot"}:
        connection = spec.get("connectionRef", {}).get("name", "default")
        found.append(("ClusterHarborConnection", None, connection))
    found += [("Secret", s["namespace"], s["name"]) for s in secrets_of(spec)]
    hooks = spec.get("webhooks", ())
    found += [("Secret", namespace, hook["authHeaderSecretRef"]["name"]) for hook in hooks]
    return found


def secrets_of(spec: Json) -> list[Json]:
    """The references to Secrets that a connection holds."""
    parts = [spec, *spec.get("registries", ())]
    return [part["credentialsSecretRef"] for part in parts if "credentialsSecretRef" in part]


@pytest.mark.parametrize(
    ("kind", "left_out"),
    [
        (PROJECTS, ()),
        (
            CONNECTIONS,
            (
                "caBundle",  # excludes caBundleRef, which is there
                "distribution.to.",  # selects namespaces as a tenant rule does
                "tenants.namespaces.selector",  # selects namespaces as sharedWith does
                "tenants.projectDefaults.",  # holds what a project does
            ),
        ),
    ],
    ids=["project", "connection"],
)
def test_the_complete_samples_show_every_field(kind: AnyKind, left_out: tuple[str, ...]) -> None:
    shown = {
        path
        for sample in COMPLETE
        for manifest in read_manifests(sample)
        if manifest["kind"] == kind.kind
        for path in paths_in(manifest["spec"])
    }

    known = set(paths_of(structural_schema(kind.spec)))

    assert [path for path in known - shown if not path.startswith(left_out)] == []


def paths_of(schema: Schema, prefix: str = "") -> Iterator[str]:
    """The paths of all fields below a schema."""
    for name, field in schema.get("properties", {}).items():
        yield f"{prefix}{name}"
        yield from paths_of(field.get("items", field), f"{prefix}{name}.")


def paths_in(value: object, prefix: str = "") -> Iterator[str]:
    """The paths of all fields that are given, in the words of `paths_of`."""
    match value:
        case dict():
            for name, part in value.items():
                yield f"{prefix}{name}"
                yield from paths_in(part, f"{prefix}{name}.")
        case list():
            for part in value:
                yield from paths_in(part, prefix)
        case _:
            return


def test_every_kind_is_sampled_and_reads_back() -> None:
    own = [
        manifest
        for sample in EVERY_SAMPLE
        for manifest in read_manifests(sample)
        if manifest["apiVersion"] == API_VERSION
    ]

    parsed = [MODELS[manifest["kind"]].spec.model_validate(manifest["spec"]) for manifest in own]

    assert {manifest["kind"] for manifest in own} == MODELS.keys()
    assert len(parsed) == len(own)


def test_no_sample_writes_over_another_one() -> None:
    places = [
        (manifest["kind"], manifest["metadata"].get("namespace"), manifest["metadata"]["name"])
        for sample in EVERY_SAMPLE
        for manifest in read_manifests(sample)
    ]

    assert len(places) == len(set(places))
