"""Alerts, runbooks and dashboard speak of metrics that exist, and of each other."""

import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from harbor_operator.api.conditions import ConditionType
from testbed.dashboard.__main__ import FILE, main
from testbed.docs.blocks import Run, acts_of
from tests.support.monitoring import (
    OF_PROCESSES,
    OF_TARGETS,
    RULE_TESTS,
    RUNBOOKS,
    Asked,
    labels_by_series,
    of_alerts,
    of_dashboard,
    rules,
)

QUERIES = [*of_alerts(), *of_dashboard()]
GROUPING = r"\b(?:by|without|on) \(([^)]*)\)"
PAGES = sorted(RUNBOOKS.glob("*.md"))

each_query = pytest.mark.parametrize("asked", QUERIES, ids=lambda asked: asked.source)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def series_of(expression: str) -> set[str]:
    """The names of the series that a query reads."""
    return set(re.findall(r"\b(?:harbor_operator|process)_\w+", expression))


def matched(expression: str) -> list[tuple[str, set[str]]]:
    """Series with the labels that are matched on each."""
    found = re.findall(r"(\w+)\{([^}]*)\}", expression)
    return [(name, set(re.findall(r"(\w+)(?:=~|!~|!=|=)", labels))) for name, labels in found]


def grouped(expression: str) -> set[str]:
    """The labels by which a query aggregates or joins."""
    listed = re.findall(GROUPING, expression)
    return {label.strip() for labels in listed for label in labels.split(",")}


@each_query
def test_a_query_reads_series_that_exist(asked: Asked) -> None:
    names = series_of(asked.expression)

    assert names
    assert names <= labels_by_series().keys() | OF_PROCESSES


@each_query
def test_a_query_names_labels_that_its_series_have(asked: Asked) -> None:
    known = labels_by_series()

    wrong = {name: labels - known[name] for name, labels in matched(asked.expression)}
    owned = set[str]().union(*(known.get(name, ()) for name in series_of(asked.expression)))
    replaced = set(re.findall(r'label_replace\(.*?"(\w+)", "\$1"', asked.expression, re.DOTALL))

    assert not any(wrong.values()), wrong
    assert grouped(asked.expression) <= owned | replaced | OF_TARGETS


@each_query
def test_a_label_that_is_shown_is_kept(asked: Asked) -> None:
    assert asked.shown <= grouped(asked.expression) | OF_TARGETS


@each_query
def test_a_matched_condition_exists(asked: Asked) -> None:
    named = re.findall(r'\bcondition=~?"([^"]+)"', asked.expression)

    assert {one for names in named for one in names.split("|")} <= {*ConditionType}


def test_every_metric_is_on_the_dashboard_or_watched() -> None:
    used = set[str]().union(*(series_of(asked.expression) for asked in QUERIES))

    unused = [
        name
        for name in labels_by_series()
        if not name.endswith(("_sum", "_count")) and name not in used
    ]

    assert unused == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_to_do(rule: dict[str, object]) -> None:
    annotations, labels = rule["annotations"], rule["labels"]
    assert isinstance(annotations, dict)
    assert isinstance(labels, dict)

    assert labels["severity"] in {"warning", "critical"}
    assert labels["operator"] == "harbor-operator"
    assert re.fullmatch(r"\d+[mh]", str(rule["for"]))
    assert annotations.keys() == {"summary", "description", "runbook_url"}
    assert annotations["runbook_url"] == f"docs/runbooks/{rule['alert']}.md"


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    assert {page.stem for page in PAGES} == {rule["alert"] for rule in rules()}


def test_the_table_lists_every_alert_with_its_severities() -> None:
    text = (RUNBOOKS.parent / "monitoring.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\w+) \| ([\w, ]+) \| ([\w, ]+) \| \[", text, re.MULTILINE)

    stated = [
        (name, severity, patience)
        for name, severities, times in listed
        for severity, patience in zip(severities.split(", "), times.split(", "), strict=True)
    ]

    assert stated == [(rule["alert"], rule["labels"]["severity"], rule["for"]) for rule in rules()]


@each_page
def test_a_page_has_its_parts(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert text.startswith(f"# {page.stem}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Meaning", "Impact", "Look", "Cure"]


@each_page
def test_a_page_needs_kubectl_alone(page: Path) -> None:
    acts = acts_of(page.read_text(encoding="utf-8"))
    scripts = [step.script for act in acts for step in act.steps if isinstance(step, Run)]
    commands = "".join(scripts).replace("\\\n", "").splitlines()

    assert commands
    assert [command for command in commands if not command.startswith("kubectl ")] == []


def test_every_alert_is_tested_firing_and_quiet() -> None:
    checks = [
        check
        for path in RULE_TESTS
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
        for check in case["alert_rule_test"]
    ]
    fired = {
        (check["alertname"], alert["exp_labels"]["severity"])
        for check in checks
        for alert in check["exp_alerts"]
    }
    quiet = Counter(check["alertname"] for check in checks if not check["exp_alerts"])

    assert fired == {(rule["alert"], rule["labels"]["severity"]) for rule in rules()}
    assert {name for name, count in quiet.items() if count} == {name for name, _ in fired}


def test_the_dashboard_is_as_generated() -> None:
    assert main(["--check"]) == 0


def test_an_outdated_dashboard_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "dashboard.json"

    assert main([str(file), "--check"]) == 1
    assert "out of date" in capsys.readouterr().out
    main([str(file)])
    assert main([str(file), "--check"]) == 0
    assert file.read_text(encoding="utf-8") == FILE.read_text(encoding="utf-8")


def test_no_two_panels_are_in_one_place() -> None:
    panels = json.loads(FILE.read_text(encoding="utf-8"))["panels"]
    places = [panel["gridPos"] for panel in panels]

    overlapping = [
        (a, b)
        for a, b in combinations(places, 2)
        if a["x"] < b["x"] + b["w"]
        and b["x"] < a["x"] + a["w"]
        and a["y"] < b["y"] + b["h"]
        and b["y"] < a["y"] + a["h"]
    ]

    assert overlapping == []
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert len({panel["id"] for panel in panels}) == len(panels)
