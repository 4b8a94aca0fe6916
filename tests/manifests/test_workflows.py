"""The workflows: pinned actions, no right too many, no secret in a script, steps that work."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from testbed.manifests.__main__ import DEPLOY
from tests.support.deployed import ROOT
from tests.support.kubectl import Json

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*"))
USES = re.compile(
    r"^\s*(?:- )?uses: (?P<action>[\w./-]+)@(?P<ref>\S+)(?P<comment>.*)$", re.MULTILINE
)
WRITING = {
    "release.yaml image": {"packages", "id-token", "attestations", "artifact-metadata"},
    "release.yaml chart": {"packages", "id-token"},
    "release.yaml publish": {
        "contents",
        "pull-requests",
        "id-token",
        "attestations",
        "artifact-metadata",
    },
    "docs.yaml publish": {"pages", "id-token"},
}
"""What jobs may write that publish something; jobs of tests write nothing."""
PINNED = "python:3.13-slim@sha256:" + "5e" * 32

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def read(path: Path) -> Json:
    """A workflow; PyYAML takes its key `on` for a boolean."""
    workflow: Json = yaml.safe_load(path.read_text(encoding="utf-8"))
    return workflow


def steps(workflow: Json) -> Iterator[Json]:
    """The steps of all jobs."""
    for job in workflow["jobs"].values():
        yield from job["steps"]


def scripts(workflow: Json) -> list[str]:
    """What steps run in a shell."""
    return [step["run"] for step in steps(workflow) if "run" in step]


def script(name: str) -> str:
    """What a named step of the release runs."""
    [found] = [s for s in steps(read(FOLDER / "release.yaml")) if s.get("name") == name]
    text: str = found["run"]
    return text


def attempt(text: str, folder: Path, **variables: str) -> int:
    """Run a script as a step does; its exit code."""
    path = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text]
    return subprocess.run(command, cwd=folder, env={**path, **variables}, check=False).returncode  # noqa: S603


@each_workflow
def test_actions_are_pinned_by_a_commit_and_say_which_version_it_is(path: Path) -> None:
    found = list(USES.finditer(path.read_text(encoding="utf-8")))

    assert len(found) == len([step for step in steps(read(path)) if "uses" in step])
    for use in found:
        assert re.fullmatch(r"[0-9a-f]{40}", use["ref"]), use["action"]
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", use["comment"]), use["action"]


def test_an_action_has_one_version_everywhere() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)

    pins = {(use["action"], use["ref"], use["comment"]) for use in USES.finditer(text)}

    assert len(pins) == len({action for action, _, _ in pins}) > 8


@each_workflow
def test_each_job_states_its_rights_and_others_have_none(path: Path) -> None:
    workflow = read(path)

    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        writing = {right for right, level in job["permissions"].items() if level == "write"}
        assert writing == WRITING.get(f"{path.name} {name}", set()), name


@each_workflow
def test_a_job_ends_and_has_a_stated_system(path: Path) -> None:
    for job in read(path)["jobs"].values():
        assert 0 < job["timeout-minutes"] <= 90
        assert not job["runs-on"].endswith("-latest")


@each_workflow
def test_scripts_get_nothing_pasted_into_them(path: Path) -> None:
    pasted = [text for text in scripts(read(path)) if "${{" in text]

    assert pasted == []


@each_workflow
def test_the_only_secret_is_the_runs_own_token_and_no_script_shows_it(path: Path) -> None:
    workflow = read(path)
    text = path.read_text(encoding="utf-8")

    assert set(re.findall(r"secrets\.(\w+)", text)) <= {"GITHUB_TOKEN"}
    holders = [key for step in steps(workflow) for key in holding(step)]
    assert set(holders) <= {"password", "GH_TOKEN"}
    shown = (
        r"\b(echo|printf|cat|tee|env|printenv|set -x)\b[^\n]*(TOKEN|PASSWORD|SECRET)|set -x|^env$"
    )
    assert [s for s in scripts(workflow) if re.search(shown, s, flags=re.MULTILINE)] == []
    assert "pull_request_target" not in text


def holding(step: Json) -> list[str]:
    """Which inputs and variables of a step hold a secret."""
    given = {**step.get("with", {}), **step.get("env", {})}
    return [key for key, value in given.items() if "secrets." in str(value)]


@each_workflow
def test_a_checkout_leaves_no_token_but_where_something_is_pushed(path: Path) -> None:
    for name, job in read(path)["jobs"].items():
        kept = [
            step["with"]["persist-credentials"]
            for step in job["steps"]
            if step.get("uses", "").startswith("actions/checkout@")
        ]
        pushes = any("git push" in step.get("run", "") for step in job["steps"])
        assert kept == [pushes] * len(kept), name


def test_what_is_published_of_the_site_comes_from_main_alone() -> None:
    path = FOLDER / "docs.yaml"

    publish = read(path)["jobs"]["publish"]

    assert publish["if"] == "github.event_name == 'push'"
    assert "on:\n  push:\n    branches: [main]\n" in path.read_text(encoding="utf-8")


def test_what_pull_requests_run_is_every_kind_of_test() -> None:
    run = {name for text in scripts(read(FOLDER / "ci.yaml")) for name in targets(text)}

    assert {
        "check",
        "test",
        "chart-test",
        "clients-test",
        "docs-test",
        "gitops-test",
        "image-test",
        "plugin-test",
        "report-test",
        "compat",
    } <= run
    known = re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    everywhere = {
        name for path in WORKFLOWS for text in scripts(read(path)) for name in targets(text)
    }
    assert everywhere <= set(known)


def targets(text: str) -> list[str]:
    """The targets that a script makes."""
    return re.findall(r"^make ([a-z0-9-]+)", text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("base", "code"),
    [(PINNED, 0), ("python:3.13-slim", 1), ("", 1), (f"{PINNED}0", 1), (f"evil/{PINNED}", 1)],
    ids=["pinned", "tag", "unset", "too-long", "elsewhere"],
)
def test_a_release_needs_a_base_with_a_digest(tmp_path: Path, base: str, code: int) -> None:
    assert attempt(script("The base is pinned"), tmp_path, PYTHON_IMAGE=base) == code


@pytest.mark.parametrize(("tag", "code"), [("v1.2.3", 0), ("v1.2.4", 1), ("v1.2", 1)])
def test_a_release_needs_a_tag_that_is_the_version(tmp_path: Path, tag: str, code: int) -> None:
    (tmp_path / "pyproject.toml").write_text('version = "1.2.3"\n', encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text("## [1.2.3] - 2026-12-01\n", encoding="utf-8")

    assert attempt(script("The tag is the version"), tmp_path, GITHUB_REF_NAME=tag) == code


def test_a_version_without_a_date_in_the_changelog_is_not_released(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('version = "1.2.3"\n', encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text("## [1.2.3] - unreleased\n", encoding="utf-8")

    assert attempt(script("The tag is the version"), tmp_path, GITHUB_REF_NAME="v1.2.3") == 1


def test_names_of_what_is_published_are_in_small_letters(tmp_path: Path) -> None:
    output = tmp_path / "output"

    code = attempt(
        script("Say what is published where"),
        tmp_path,
        GITHUB_REPOSITORY_OWNER="Team",
        GITHUB_REF_NAME="v1.2.3",
        GITHUB_OUTPUT=str(output),
    )

    assert code == 0
    assert [line.partition("=")[2] for line in output.read_text().splitlines()] == [
        "1.2.3",
        "ghcr.io/team/harbor-operator",
        "ghcr.io/team/charts",
    ]


def test_the_notes_are_the_versions_own_section(tmp_path: Path) -> None:
    sections = "# Changelog\n\n## [1.2.3] - 2026-12-01\n\nNew.\n\n## [1.2.2] - 2026-11-01\n\nOld.\n"
    (tmp_path / "CHANGELOG.md").write_text(sections, encoding="utf-8")
    text, _, _ = script("Publish the release").partition("gh release")

    code = attempt(text, tmp_path, VERSION="1.2.3")

    assert code == 0
    assert (tmp_path / "notes.md").read_text(encoding="utf-8").strip() == "New."


def test_the_released_chart_names_the_released_image(tmp_path: Path) -> None:
    shutil.copytree(DEPLOY / "chart", tmp_path / "deploy" / "chart")
    text, _, _ = script("Have the files name the image").partition(".venv/")
    digest = PINNED.partition("@")[2]

    code = attempt(text, tmp_path, IMAGE="example.com/team/harbor-operator", DIGEST=digest)

    assert code == 0
    values = yaml.safe_load((tmp_path / "deploy/chart/values.yaml").read_text(encoding="utf-8"))
    assert values["image"]["repository"] == "example.com/team/harbor-operator"
    assert values["image"]["digest"] == digest
    defaults = yaml.safe_load((DEPLOY / "chart" / "values.yaml").read_text(encoding="utf-8"))
    assert {**values, "image": None} == {**defaults, "image": None}


def test_updates_of_actions_are_proposed() -> None:
    stated = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))

    ecosystems = {update["package-ecosystem"]: update["directory"] for update in stated["updates"]}

    assert "github-actions" in ecosystems
    assert [where for where in ecosystems.values() if not (ROOT / where.lstrip("/")).is_dir()] == []
