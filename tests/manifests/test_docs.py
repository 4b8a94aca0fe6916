"""The pages say what the code does, as far as that can be compared."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from harbor_operator.api.access import Preset
from harbor_operator.api.base import API_VERSION
from harbor_operator.api.conditions import Reason
from harbor_operator.api.crds import KINDS
from harbor_operator.api.project import ProjectSpec
from harbor_operator.core.permissions import PRESETS
from harbor_operator.core.project.blocks.metadata import SETTINGS, Setting
from harbor_operator.core.project.blocks.table import BLOCKS
from harbor_operator.core.robot.ledger import Cause
from harbor_operator.core.tenancy import Grant, level_of
from harbor_operator.engine.events import EventReason
from harbor_operator.settings import Settings
from testbed.harbor.models import METADATA_KEYS
from tests.support.custom_resources import AnyKind
from tests.support.deployed import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
LONGEST_DECISION = 40
LEVELS = {"PULL": "Pull", "PULL_PUSH": "PullPush", "PROJECT": "Project", "SYSTEM": "System"}
"""The ceilings as a tenant rule spells them."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
each_decision = pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)


def text_of(name: str) -> str:
    """A page by its path in the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def rows(text: str, heading: str) -> Iterator[list[str]]:
    """The cells of the tables below a heading, up to the next heading of its level."""
    level = heading.split(" ", maxsplit=1)[0]
    _, _, rest = text.partition(f"\n{heading}\n")
    section = re.split(rf"^{level} ", rest, maxsplit=1, flags=re.MULTILINE)[0]
    for line in section.splitlines():
        if line.startswith("| ") and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def words(grants: frozenset[Grant]) -> str:
    """Permissions as the page spells them."""
    resources = sorted({resource for resource, _ in grants})
    actions = {r: sorted(action for of, action in grants if of == r) for r in resources}
    return "; ".join(f"{r}: {', '.join(actions[r])}" for r in resources)


def test_the_presets_are_as_the_page_says() -> None:
    _, *stated = rows(text_of("docs/robots.md"), "## Presets")

    assert stated == [
        [preset.value, words(PRESETS[preset]), LEVELS[level_of(PRESETS[preset]).name]]
        for preset in Preset
    ]


def test_every_reason_has_its_advice() -> None:
    _, *advice = rows(text_of("docs/troubleshooting.md"), "## Reasons")

    assert sorted(reason for reason, *_ in advice) == sorted(Reason)


def test_every_reason_is_reported_by_some_plan() -> None:
    sources = [
        path.read_text(encoding="utf-8")
        for package in ("core", "bridge", "engine")
        for path in (ROOT / "operator" / "harbor_operator" / package).rglob("*.py")
    ]

    unused = [reason for reason in Reason if not any(f"Reason.{reason.name}" in s for s in sources)]

    assert unused == []


def test_the_reasons_of_a_connection_exist() -> None:
    _, *stated = rows(text_of("docs/connection.md"), "## What its conditions say")

    assert {reason for reason, *_ in stated} <= {*Reason}


def test_every_event_is_named() -> None:
    named = text_of("docs/troubleshooting.md").partition("## Events")[2]

    assert [reason for reason in EventReason if reason not in named] == []


def test_every_cause_of_a_rotation_is_named() -> None:
    listed = re.search(r"cause\s+\(([^)]*)\)", text_of("docs/robots.md"))

    assert listed is not None
    assert re.split(r",\s+", listed[1]) == [cause.value for cause in Cause]


def test_every_setting_is_listed_with_its_default() -> None:
    _, *stated = rows(text_of("docs/install.md"), "## Settings")
    prefix = Settings.model_config["env_prefix"]

    listed = {variable.strip("`"): default for variable, default, _ in stated}

    fields = Settings.model_fields.items()
    assert listed.keys() == {prefix + name.upper() for name, _ in fields}
    for name, field in fields:
        if field.default is not None:
            assert listed[prefix + name.upper()].lower() == str(field.default).lower()


def test_every_kind_is_in_the_table_of_kinds() -> None:
    _, *stated = rows(text_of("README.md"), "## Kinds")

    listed = {kind: (short.strip("`"),) for kind, short, *_ in stated}
    assert listed == {kind.kind: kind.short_names for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_every_field_of_a_spec_is_on_the_page_of_its_kind(kind: AnyKind) -> None:
    page = {
        "ClusterHarborConnection": "docs/connection.md",
        "HarborProject": "docs/projects.md",
        "HarborRobot": "docs/robots.md",
        "HarborPullSecret": "docs/pull-secrets.md",
    }[kind.kind]
    text = text_of(page)

    fields = [field.alias or name for name, field in kind.spec.model_fields.items()]

    assert [field for field in fields if not re.search(rf"`{field}\b", text)] == []


def test_every_setting_of_harbor_is_managed_or_its_reason_stated() -> None:
    _, *stated = rows(text_of("docs/harbor-settings.md"), "## Keys")
    keys = " ".join(key for key, *_ in stated)
    managed = " ".join(where for _, where, _ in stated)

    assert [key for key in METADATA_KEYS if f"`metadata.{key}`" not in keys] == []
    assert [s.name for s in SETTINGS if f"`{s.name}`" not in managed] == []
    assert [b.name for b in BLOCKS if not re.search(rf"\b{b.name}\b", f"{keys} {managed}")] == []
    assert [key for key, where, why in stated if where == "no" and not why] == []


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_managed_key_is_listed_beside_its_setting(setting: Setting) -> None:
    _, *stated = rows(text_of("docs/harbor-settings.md"), "## Keys")

    [keys] = [keys for keys, where, _ in stated if f"`{setting.name}`" in where]

    assert [key for key in setting.store("High") if f"`metadata.{key}`" not in keys] == []


def test_the_examples_of_settings_are_accepted() -> None:
    blocks = re.findall(
        r"^```yaml\n(.*?)^```$", text_of("docs/projects.md"), re.MULTILINE | re.DOTALL
    )
    examples = [yaml.safe_load(block) for block in blocks]

    settings = [example for example in examples if "apiVersion" not in example]

    parsed = [ProjectSpec.model_validate(example) for example in settings]
    stated = {name for spec in parsed for name in spec.model_fields_set}
    assert {
        "pull_restrictions",
        "members",
        "retention",
        "immutable_tags",
        "labels",
        "webhooks",
        "proxy_cache",
        "shared_with",
    } <= stated


@each_page
def test_links_lead_to_files_and_headings(page: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", page.read_text(encoding="utf-8"))
    links = re.findall(r"\]\(([^)\s]+)\)", text)

    broken = [link for link in links if "://" not in link and not leads_somewhere(page, link)]

    assert broken == []


def leads_somewhere(page: Path, link: str) -> bool:
    """Whether a relative link has a target."""
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists() or not anchor:
        return target.exists()
    headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return anchor in {slug(heading) for heading in headings}


def slug(heading: str) -> str:
    """The anchor that Markdown pages get for a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@each_page
def test_named_targets_and_paths_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", text_of("Makefile"), flags=re.MULTILINE))
    made = set(re.findall(r"(?:`|^ *)make ([a-z][a-z0-9-]*)", text, flags=re.MULTILINE))
    paths = re.findall(r"`((?:operator|testbed|tests|deploy|crds|docs)/[\w./-]+)`", text)

    assert made <= targets
    assert [path for path in paths if not (ROOT / path).exists()] == []


@each_page
def test_annotations_and_labels_are_ours(page: Path) -> None:
    known = text_of("operator/harbor_operator/api/base.py")
    known += text_of("deploy/admission/tenant-names.yaml")
    # Neither the version of a manifest nor what kubectl calls an object.
    pattern = r"(?<![\w.])(?<!apiVersion: )harbor-operator\.dev/([a-z-]+)"
    own = re.findall(pattern, page.read_text(encoding="utf-8"))

    assert {name for name in own if f"/{name}" not in known} <= {"owner"}


@each_decision
def test_a_decision_is_short_and_has_its_parts(decision: Path) -> None:
    text = decision.read_text(encoding="utf-8")

    headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)

    assert len(text.splitlines()) <= LONGEST_DECISION
    assert headings == ["Context", "Choice", "Price"]
    assert text.startswith(f"# {decision.stem[:4]} ")


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(decision.stem[:4]) for decision in DECISIONS]

    assert numbers == list(range(1, len(DECISIONS) + 1))


@each_page
def test_lines_fit_a_terminal(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if len(line) > 110 and not line.startswith("| ")] == []


def test_the_api_version_is_the_one_that_the_readme_names() -> None:
    assert f"`{API_VERSION.split('/')[1]}`" in text_of("README.md")
