"""The page of each kind, from the models that its definition is generated from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import yaml

from harbor_operator.api.base import API_VERSION, CATEGORY, GROUP
from harbor_operator.api.crds import KINDS
from harbor_operator.api.resources import CustomResource, Scope
from testbed.docs.enums import api_enumerations, docstrings
from testbed.docs.markdown import code, escaped, paragraph, table
from testbed.docs.schema import Check, Field, Part, immutable_fields, parts

_SAMPLES: Final = Path(__file__).parents[2] / "deploy" / "samples"


@dataclass(frozen=True, slots=True)
class Page:
    """Where the page of a kind is, the guide beside it, and the sample that it shows."""

    file: str
    guide: str
    sample: str


PAGES: Final[Mapping[str, Page]] = {
    "ClusterHarborConnection": Page("connection.md", "connection.md", "01-connection.yaml"),
    "HarborProject": Page("project.md", "projects.md", "02-project.yaml"),
    "HarborRobot": Page("robot.md", "robots.md", "08-robot-rotation.yaml"),
    "HarborPullSecret": Page("pull-secret.md", "pull-secrets.md", "05-pull-secret.yaml"),
}


def kind_pages() -> dict[str, str]:
    """The text of each kind's page by its file's name."""
    return {PAGES[kind.kind].file: "".join(_page(kind, PAGES[kind.kind])) for kind in KINDS}


def _page(kind: CustomResource[Any, Any], page: Page) -> Iterator[str]:
    spec, *spec_parts = parts(kind.spec)
    status, *status_parts = parts(kind.status)
    whole = tuple(Check(rule.field or "", rule.message) for rule in kind.rules)
    nested = {part.name: part for part in (*spec_parts, *status_parts)}
    yield f"# {kind.kind}\n\n" + paragraph(escaped(kind.description))
    yield f"What to do with it is in the [guide](../{page.guide}), how to read this page in "
    yield "[Reference](README.md).\n\n"
    yield table(("fact", "value"), _facts(kind))
    yield f"## Example\n\n```yaml\n{_sample(kind.kind, page.sample)}```\n\n"
    yield f"From [{page.sample}](../../deploy/samples/{page.sample}).\n\n"
    yield "## Spec\n\n" + _fields(spec, immutable_fields((*spec.checks, *whole)))
    yield _checks((*spec.checks, *whole))
    yield "## Status\n\n" + _fields(status) + _checks(status.checks)
    yield "What conditions say is in [Conditions and Events](conditions.md).\n\n"
    yield "## Columns\n\nWhat `kubectl get` shows; `-o wide` shows all.\n\n"
    yield table(("column", "path", "shown"), _columns(kind))
    yield "## Parts\n\nWhat the fields above are made of, by name.\n"
    for name in sorted(nested):
        yield _part(nested[name])


def _facts(kind: CustomResource[Any, Any]) -> Iterator[tuple[str, str]]:
    yield "apiVersion", code(API_VERSION)
    yield "kind", code(kind.kind)
    yield "scope", "the cluster" if kind.scope is Scope.CLUSTER else "a namespace"
    yield "names for kubectl", ", ".join(map(code, (kind.plural, *kind.short_names, CATEGORY)))
    if kind.selectable:
        yield "field selectors", ", ".join(code(path.removeprefix(".")) for path in kind.selectable)
    file = f"crds/{GROUP}_{kind.plural}.yaml"
    yield "definition", f"[{file.removeprefix('crds/')}](../../{file})"


def _sample(kind: str, name: str) -> str:
    documents = (_SAMPLES / name).read_text(encoding="utf-8").split("---\n")
    [found] = [text for text in documents if yaml.safe_load(text)["kind"] == kind]
    return found


def _fields(part: Part, immutable: frozenset[str] = frozenset()) -> str:
    rows = (_row(field, immutable=field.name in immutable) for field in part.fields)
    return table(("field", "type", "default", "meaning"), rows)


def _row(field: Field, *, immutable: bool) -> tuple[str, str, str, str]:
    default = "required" if field.required else code(field.default)
    marks = [*(["stored"] if field.stored else []), *(["immutable"] if immutable else [])]
    limits = f" *{'; '.join(field.limits)}.*" if field.limits else ""
    return (
        code(field.name),
        field.type,
        ", ".join(filter(None, [default, *marks])),
        f"{escaped(field.description)}{limits}".strip(),
    )


def _checks(checks: tuple[Check, ...]) -> str:
    unique = dict.fromkeys(checks)
    if not unique:
        return ""
    rows = ((code(check.field), escaped(check.message)) for check in unique)
    return "The API server refuses what breaks a rule:\n\n" + table(("at", "message"), rows)


def _columns(kind: CustomResource[Any, Any]) -> Iterator[tuple[str, str, str]]:
    for column in kind.columns:
        yield column.name, code(column.json_path), "wide" if column.priority else "always"


def _part(part: Part) -> str:
    head = f"\n### {part.name}\n\n" + paragraph(escaped(part.description))
    if part.values:
        return (head + _values(part)).rstrip("\n") + "\n"
    body = _fields(part, immutable_fields(part.checks)) + _checks(part.checks)
    return (head + body).rstrip("\n") + "\n"


def _values(part: Part) -> str:
    enumeration = api_enumerations().get(part.name, StrEnum)
    meanings = docstrings(enumeration) if enumeration is not StrEnum else {}
    if not any(meanings.values()):
        return paragraph("One of " + ", ".join(map(code, part.values)) + ".")
    return table(
        ("value", "meaning"),
        ((code(value), escaped(meanings.get(value, ""))) for value in part.values),
    )
