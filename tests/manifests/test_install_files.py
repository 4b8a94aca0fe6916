"""The generated files and the overlays: all are the base, and an API server takes them."""

import json
import re
from pathlib import Path

import pytest

from testbed.manifests.__main__ import DEPLOY, main
from testbed.manifests.base import UnknownFieldError, objects
from tests.support.deployed import BASE, ROOT, Installation
from tests.support.kubectl import Json, parse_manifests, read_manifests

RENDERED = {"install.yaml": BASE, "crds.yaml": ROOT / "crds"}
"""Generated files, and the kustomization that each is rendered from."""
OVERLAYS = sorted(path.parent for path in (DEPLOY / "overlays").glob("*/kustomization.yaml"))
IMAGE = "registry.example.com/platform/harbor-operator@sha256:" + "5e" * 32

each_overlay = pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)


def by_name(manifests: list[Json]) -> dict[str, Json]:
    """Manifests by kind, namespace and name."""
    return {
        " ".join((m["kind"], m["metadata"].get("namespace", ""), m["metadata"]["name"])): m
        for m in manifests
    }


def test_the_files_are_as_generated() -> None:
    assert main(["--check"]) == 0


@pytest.mark.parametrize("name", RENDERED)
async def test_a_file_is_what_kustomize_makes(installation: Installation, name: str) -> None:
    rendered = parse_manifests(await installation.kubectl("kustomize", str(RENDERED[name])))

    written = read_manifests(DEPLOY / name)

    assert by_name(written) == by_name(rendered)
    assert len(written) == len(rendered)


async def applied(installation: Installation, text: str) -> str:
    """What the API server says of manifests that are as good as applied."""
    return await installation.kubectl(
        *("apply", "--server-side", "--dry-run=server", "--force-conflicts", "--validate=strict"),
        "--filename=-",
        given=text,
    )


@pytest.mark.parametrize("name", RENDERED)
async def test_the_api_server_takes_a_file(installation: Installation, name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")

    said = await applied(installation, text)

    assert said.count("serverside-applied (server dry run)") == len(parse_manifests(text))


@each_overlay
async def test_the_api_server_takes_an_overlay(installation: Installation, overlay: Path) -> None:
    text = await installation.kubectl("kustomize", str(overlay))
    for team in ("team-a", "team-b"):
        named = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": team}}
        await installation.kubectl("apply", "--filename=-", given=json.dumps(named))

    said = await applied(installation, text)

    assert said.count("serverside-applied (server dry run)") == len(parse_manifests(text))


async def test_an_operator_of_listed_namespaces_is_told_those_it_has_rights_in(
    installation: Installation,
) -> None:
    rendered = await installation.kubectl("kustomize", str(DEPLOY / "overlays" / "namespaced"))

    found = by_name(parse_manifests(rendered))

    [operator] = found["Deployment harbor-operator harbor-operator"]["spec"]["template"]["spec"][
        "containers"
    ]
    told = {entry["name"]: entry["value"] for entry in operator["env"]}
    served = {name.split()[1] for name in found if name.endswith(" harbor-operator-served")}
    assert set(told["HARBOR_OPERATOR_NAMESPACES"].split(",")) == served
    base = by_name(parse_manifests(await installation.kubectl("kustomize", str(BASE))))
    assert base.keys() <= found.keys()


async def test_two_replicas_differ_from_the_base_in_nothing_else(
    installation: Installation,
) -> None:
    rendered = await installation.kubectl("kustomize", str(DEPLOY / "overlays" / "ha"))

    found = by_name(parse_manifests(rendered))

    budget = found.pop("PodDisruptionBudget harbor-operator harbor-operator")
    deployment = found["Deployment harbor-operator harbor-operator"]["spec"]
    pod = deployment["template"]
    [spread] = pod["spec"].pop("topologySpreadConstraints")
    assert deployment.pop("replicas") == 2
    base = by_name(parse_manifests(await installation.kubectl("kustomize", str(BASE))))
    del base["Deployment harbor-operator harbor-operator"]["spec"]["replicas"]
    assert found == base
    selected = deployment["selector"]
    assert budget["spec"] == {"maxUnavailable": 1, "selector": selected}
    assert spread["labelSelector"] == selected


def test_a_release_names_its_image_and_changes_nothing_else(tmp_path: Path) -> None:
    main([str(tmp_path), "--image", IMAGE])

    released = (tmp_path / "install.yaml").read_text(encoding="utf-8")

    committed = (DEPLOY / "install.yaml").read_text(encoding="utf-8")
    assert released == re.sub(r"(?m)^( +image: ).*$", rf"\g<1>{IMAGE}", committed)
    assert released.count(IMAGE) == 1
    assert main([str(tmp_path), "--image", IMAGE, "--check"]) == 0


def test_the_base_has_the_version_of_the_operator() -> None:
    [kustomization] = read_manifests(BASE / "kustomization.yaml")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")

    [image] = kustomization["images"]

    assert f'\nversion = "{image["newTag"]}"\n' in project


@pytest.mark.parametrize("name", RENDERED)
def test_a_check_names_what_differs_and_writing_mends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    main([str(tmp_path)])
    (tmp_path / name).write_text("edited: by hand\n", encoding="utf-8")

    assert main([str(tmp_path), "--check"]) == 1

    assert f"{name} is out of date" in capsys.readouterr().out
    main([str(tmp_path)])
    assert main([str(tmp_path), "--check"]) == 0


@pytest.mark.parametrize(
    "stated",
    [
        "namePrefix: x-",
        "labels: [{pairs: {a: b}, includeSelectors: true}]",
        "images: [{name: harbor-operator, newName: example.com/x}]",
    ],
    ids=["field", "label", "image"],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, stated: str) -> None:
    deployment = (BASE / "deployment.yaml").read_text(encoding="utf-8")
    (tmp_path / "deployment.yaml").write_text(deployment, encoding="utf-8")
    text = f"resources: [deployment.yaml]\n{stated}\n"
    (tmp_path / "kustomization.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(UnknownFieldError):
        objects(tmp_path)
