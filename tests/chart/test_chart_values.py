"""The chart's values: each is described, and those that make no sense are refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harbor_operator.settings import Settings
from testbed.chart.__main__ import main
from testbed.chart.copies import copies
from testbed.chart.values import UndescribedError, read_values
from tests.support.helm import CHART, IMAGE, Helm
from tests.support.kubectl import Json, read_manifests

SCHEMA: Json = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
[DEFAULTS] = read_manifests(CHART / "values.yaml")
SECTIONS = sorted(name for name, value in DEFAULTS.items() if isinstance(value, dict) and value)
FREE = {"global", "free"}
"""Parts of the schema that are about what others define."""
SETTINGS = {
    "clusterID": "cluster_id",
    "leaseSeconds": "lease_seconds",
    "shards": "shards",
    "workers": "workers",
    "logLevel": "log_level",
    "logFormat": "log_format",
}


def nodes(schema: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every part of a schema by its path."""
    yield path, schema
    for section in ("properties", "definitions"):
        for name, part in schema.get(section, {}).items():
            yield from nodes(part, f"{path}.{name}".lstrip("."))
    if "items" in schema:
        yield from nodes(schema["items"], f"{path}[]")


def resolve(schema: Json) -> Json:
    """A part of the schema, or that which it refers to."""
    reference = schema.get("$ref", "").removeprefix("#/definitions/")
    part: Json = SCHEMA["definitions"][reference] if reference else schema
    return part


def unlisted(values: Json, schema: Json, path: str = "") -> Iterator[str]:
    """Paths that are in the defaults or in the schema alone."""
    properties = resolve(schema).get("properties", {})
    for name in sorted(values.keys() ^ (properties.keys() - {"global"})):
        yield f"{path}{name}"
    for name in values.keys() & properties.keys():
        if "properties" in resolve(properties[name]):
            yield from unlisted(values[name], properties[name], f"{path}{name}.")


def test_a_section_of_the_schema_takes_no_unknown_value() -> None:
    sections = {path: part for path, part in nodes(SCHEMA) if part.get("type") == "object"}

    open_ones = [
        path
        for path, part in sections.items()
        if path not in FREE and part.get("additionalProperties", True) is True
    ]

    assert open_ones == []
    assert len(sections) > len(SECTIONS)


def test_the_schema_is_about_the_values_that_there_are() -> None:
    assert list(unlisted(DEFAULTS, SCHEMA)) == []


@pytest.mark.parametrize("section", ["", *SECTIONS])
async def test_an_unknown_value_is_refused(helm: Helm, section: str) -> None:
    unknown: dict[str, Any] = {"misspelt": 1}

    refusal = await helm.refusal({section: unknown} if section else unknown)

    assert "misspelt" in refusal


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"replicas": -1}, "replicas"),
        ({"replicas": "2"}, "replicas"),
        ({"image": {"digest": "sha256:5e5e"}}, "digest"),
        ({"image": {"repository": "example.com/operator@sha256:5e5e"}}, "repository"),
        ({"image": {"tag": "a b"}}, "tag"),
        ({"image": {"pullPolicy": "Sometimes"}}, "pullPolicy"),
        ({"imagePullSecrets": ["plain"]}, "imagePullSecrets"),
        ({"settings": {"logLevel": "TRACE"}}, "logLevel"),
        ({"logLevels": {"harbor_operator": "TRACE"}}, "logLevels"),
        ({"logLevels": {"kopf": "DEBUG"}}, "logLevels"),
        ({"settings": {"logFormat": "xml"}}, "logFormat"),
        ({"settings": {"workers": 0}}, "workers"),
        ({"settings": {"leaseSeconds": 2}}, "leaseSeconds"),
        ({"settings": {"shards": 0}}, "shards"),
        ({"settings": {"shards": 2}, "rbac": {"mode": "SecretsByName"}}, "not"),
        ({"settings": {"clusterID": "a/b"}}, "clusterID"),
        ({"crds": {"keep": "yes"}}, "keep"),
        ({"rbac": {"mode": "Namespaced"}}, "mode"),
        ({"rbac": {"mode": "Namespaces"}}, "namespaces"),
        ({"rbac": {"namespaces": ["team"]}}, "namespaces"),
        ({"rbac": {"mode": "Namespaces", "namespaces": ["*"]}}, "namespaces"),
        ({"serviceAccount": {"create": False}}, "serviceAccount"),
        ({"commonLabels": {"level": 1}}, "commonLabels"),
        ({"networkPolicy": {"harbor": {"cidrs": ["harbor.example.com"]}}}, "cidrs"),
        ({"networkPolicy": {"harbor": {"ports": []}}}, "ports"),
        ({"metrics": {"serviceMonitor": {"interval": "often"}}}, "interval"),
        ({"metrics": {"rules": {"runbooks": "example.com"}}}, "runbooks"),
        ({"metrics": {"enabled": False, "serviceMonitor": {"enabled": True}}}, "serviceMonitor"),
        ({"networkPolicy": {"metrics": {"from": ["monitoring"]}}}, "from"),
        ({"extraEnv": [{"value": "nameless"}]}, "extraEnv"),
        ({"extraObjects": [{"kind": "ConfigMap"}]}, "extraObjects"),
        ({"fullnameOverride": "Upper_Case"}, "fullnameOverride"),
    ],
    ids=str,
)
async def test_a_value_without_sense_is_refused_by_name(
    helm: Helm, values: Json, path: str
) -> None:
    refusal = await helm.refusal({"image": IMAGE} | values)

    assert "schema" in refusal
    assert path in refusal


async def test_an_image_has_to_be_named(helm: Helm) -> None:
    assert "image.repository has to be set" in await helm.refusal({})


async def test_a_chart_that_contains_this_one_can_pass_on_globals(helm: Helm) -> None:
    assert await helm.render(
        {"image": IMAGE, "crds": {"install": False}, "global": {"region": "west"}}
    )


async def test_helm_finds_nothing_to_improve(helm: Helm) -> None:
    said = await helm(
        "lint", "--strict", "--kube-version=v1.36.3", str(CHART), values={"image": IMAGE}
    )

    assert "0 chart(s) failed" in said


@pytest.mark.parametrize(("value", "setting"), SETTINGS.items(), ids=SETTINGS)
def test_a_setting_has_the_operators_own_bounds(value: str, setting: str) -> None:
    schema = Settings.model_json_schema()["properties"][setting]
    stated = SCHEMA["properties"]["settings"]["properties"][value]

    bounds = {"minimum", "maximum"}
    assert {key: stated[key] for key in bounds & stated.keys()} == {
        key: schema[key] for key in bounds & schema.keys()
    }


@pytest.mark.parametrize("value", ["leaseSeconds", "shards", "workers", "logLevel"])
def test_a_setting_has_the_operators_own_default(value: str) -> None:
    own = Settings.model_fields[SETTINGS[value]].default

    assert DEFAULTS["settings"][value] == own


def test_every_setting_of_the_values_is_known() -> None:
    assert DEFAULTS["settings"].keys() == SETTINGS.keys()


def test_the_readme_and_the_copies_are_as_generated() -> None:
    assert main(["--check"]) == 0


def test_the_readme_lists_every_value_with_its_default() -> None:
    readme = (CHART / "README.md").read_text(encoding="utf-8")
    values = read_values((CHART / "values.yaml").read_text(encoding="utf-8"))

    assert [value.path for value in values if value.row not in readme] == []
    assert {value.path.partition(".")[0] for value in values} == DEFAULTS.keys()


@pytest.mark.parametrize(
    "text",
    ["a: 1\n", "# No full stop\na: 1\n", "# One. Two.\na: 1\n", "# Said.\na: 1\nb: {}\n"],
    ids=["no-comment", "no-full-stop", "two-sentences", "empty-section"],
)
def test_a_value_without_its_sentence_is_an_error(text: str) -> None:
    with pytest.raises(UndescribedError):
        read_values(text)


def test_values_in_sections_are_read_with_their_paths() -> None:
    values = read_values("a:\n  # Two\n  # lines.\n  b: [1]\n# A map.\nc:\n  d: e\n")

    assert [(value.path, value.default, value.meaning) for value in values] == [
        ("a.b", [1], "Two lines."),
        ("c", {"d": "e"}, "A map."),
    ]


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A chart that was generated into an empty folder."""
    for name in ("values.yaml", "README.md"):
        (tmp_path / name).write_text((CHART / name).read_text(encoding="utf-8"), encoding="utf-8")
    main([str(tmp_path)])
    return tmp_path


@pytest.mark.parametrize("name", [*copies(), "README.md", "files/left-over.yaml"])
def test_a_check_names_what_differs_and_writing_mends_it(
    chart: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (chart / name).write_text("<!-- values -->\nedited: by hand\n", encoding="utf-8")

    assert main([str(chart), "--check"]) == 1

    assert f"{name} is out of date" in capsys.readouterr().out
    main([str(chart)])
    assert main([str(chart), "--check"]) == 0
