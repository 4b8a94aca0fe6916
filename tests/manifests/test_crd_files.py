from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from harbor_operator.api.crds import KINDS, definition, differences, files, main
from harbor_operator.api.resources import CustomResource

CRDS = Path(__file__).parents[2] / "crds"

Schema = dict[str, Any]


def walk(schema: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    yield path, schema
    for name, property_ in schema.get("properties", {}).items():
        yield from walk(property_, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if key in schema:
            yield from walk(schema[key], f"{path}[]")


def nodes() -> list[tuple[str, Schema]]:
    return [
        entry
        for kind in KINDS
        for part in ("spec", "status")
        for entry in walk(root_schema(definition(kind))["properties"][part], f"{kind.kind}.{part}")
    ]


def root_schema(crd: dict[str, Any]) -> Schema:
    schema: Schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


def test_the_committed_files_are_what_the_models_generate() -> None:
    assert "".join(differences(CRDS)) == ""


def test_a_check_of_fresh_files_passes(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    assert main([str(tmp_path), "--check"]) == 0


@pytest.mark.parametrize("name", [*files(), "left-over.yaml"])
def test_a_check_shows_what_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    main([str(tmp_path)])
    (tmp_path / name).write_text("edited: by hand\n", encoding="utf-8")

    status = main([str(tmp_path), "--check"])

    assert status == 1
    assert "-edited: by hand" in capsys.readouterr().out


def test_a_check_misses_a_file(tmp_path: Path) -> None:
    main([str(tmp_path)])
    next(tmp_path.glob("*harborrobots.yaml")).unlink()

    assert main([str(tmp_path), "--check"]) == 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_a_file_reads_back_as_the_definition(kind: CustomResource[Any, Any]) -> None:
    text = files()[f"harbor-operator.dev_{kind.plural}.yaml"]

    assert yaml.safe_load(text) == definition(kind)


def test_words_that_older_yaml_reads_as_booleans_are_quoted() -> None:
    text = files()["harbor-operator.dev_harborrobots.yaml"]

    assert "'n':" in text
    assert "- 'n'\n" in text


def test_every_field_is_described() -> None:
    silent = [path for path, node in nodes() if not path.endswith("[]") and not has_words(node)]

    assert silent == []


def has_words(node: Schema) -> bool:
    return bool(node.get("description"))


def test_every_string_list_and_map_is_bounded() -> None:
    unbounded = [path for path, node in nodes() if not is_bounded(node)]

    assert unbounded == []


def is_bounded(node: Schema) -> bool:
    match node.get("type"):
        case "string":
            return "maxLength" in node or "enum" in node or node.get("format") == "date-time"
        case "array":
            return "maxItems" in node
        case "object" if "additionalProperties" in node:
            return "maxProperties" in node
        case _:
            return True


def test_every_list_is_atomic_but_conditions_and_members() -> None:
    maps = {path for path, node in nodes() if node.get("x-kubernetes-list-type") == "map"}
    untyped = [
        path
        for path, node in nodes()
        if node.get("type") == "array" and "x-kubernetes-list-type" not in node
    ]

    assert untyped == []
    assert maps == {
        *(f"{kind.kind}.status.conditions" for kind in KINDS),
        "HarborProject.spec.members",
        "ClusterHarborConnection.spec.tenants[].projectDefaults.members",
    }


def test_no_field_inside_a_list_has_a_default_of_the_server() -> None:
    defaulted = {path for path, node in nodes() if "default" in node}

    assert not any("[]" in path for path in defaulted)
    assert defaulted == {
        *(f"{kind.kind}.status" for kind in KINDS),
        "HarborProject.spec.adoptionPolicy",
        "HarborProject.spec.connectionRef",
        "HarborProject.spec.connectionRef.name",
        "HarborProject.spec.deletionPolicy",
        "HarborProject.spec.managementPolicy",
        "HarborRobot.spec.connectionRef",
        "HarborRobot.spec.connectionRef.name",
    }
