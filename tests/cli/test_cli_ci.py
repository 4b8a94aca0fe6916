"""What pipelines are told, and what is written into them."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from harbor_operator.api.pullsecret import PullSecretSpec
from harbor_operator.api.robot import RobotSpec
from harbor_operator.cli.ci.arguments import System
from harbor_operator.cli.ci.command import HIDDEN, draw, supply_of
from harbor_operator.cli.ci.recipes import RECIPES, Scene, name_in, variables_of
from harbor_operator.cli.ci.stores import place_of, store
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.printing import Paper
from harbor_operator.cli.registry_logins import RegistryLogin
from harbor_operator.core.secret import Secret
from tests.support.ci_systems import TOKEN, GitHub, GitLab, Jenkins, served

USERNAME = "robot$web+ci-1"
PASSWORD = """pa'ss"w$rd\\ with <all> & %s"""
LOGIN = RegistryLogin("harbor.example", USERNAME, Secret(PASSWORD), "ci-login")
VARIABLES = variables_of(LOGIN)
TOKENS = {
    "GITLAB_TOKEN": TOKEN,
    "GITHUB_TOKEN": TOKEN,
    "JENKINS_USER": "admin",
    "JENKINS_TOKEN": TOKEN,
}
DOCKER = """#!/bin/sh
printf '%s\\n' "$*" >> "$LOG"
if [ "$1" = login ]; then cat >> "$LOG"; printf '\\n' >> "$LOG"; fi
"""


def scene(system: System, store_in: str | None = None) -> Scene:
    """A robot ci of namespace payments."""
    return Scene("ci", "payments", "ci-login", LOGIN, name_in(system, "ci-login", "ci", store_in))


def snippet(system: System) -> str:
    """What is written into a pipeline."""
    return RECIPES[system].filled(scene(system))


def ran(script: str, folder: Path, **variables: str) -> list[str]:
    """What docker was told by a script, and what it read with a login."""
    docker, log = folder / "docker", folder / "log"
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "LOG": str(log), **variables}
    subprocess.run(["sh", "-euc", script], check=True, env=environment)  # noqa: S603, S607
    return log.read_text().splitlines()


def test_gitlabs_job_logs_in_and_pushes(tmp_path: Path) -> None:
    job = yaml.safe_load(snippet(System.GITLAB))["image"]
    script = "\n".join([f'IMAGE="{job["variables"]["IMAGE"]}"', *job["script"]])

    told = ran(script, tmp_path, **VARIABLES, CI_PROJECT_NAME="app", CI_COMMIT_SHORT_SHA="1a2b")

    assert told == [
        f"login --username {USERNAME} --password-stdin harbor.example",
        PASSWORD,
        "build --tag harbor.example/web/app:1a2b .",
        "push harbor.example/web/app:1a2b",
    ]


def test_githubs_job_logs_in_and_pushes(tmp_path: Path) -> None:
    workflow = yaml.safe_load(snippet(System.GITHUB))
    job = workflow["jobs"]["image"]
    _, log_in, push = job["steps"]

    told = ran(
        f"{log_in['run']}\n{push['run']}",
        tmp_path,
        **VARIABLES,
        GITHUB_REPOSITORY="owner/app",
        GITHUB_SHA="1a2b",
    )

    assert told[:2] == [f"login --username {USERNAME} --password-stdin harbor.example", PASSWORD]
    assert told[-1] == "push harbor.example/web/app:1a2b"
    assert log_in["env"] == {"HARBOR_PASSWORD": "${{ secrets.HARBOR_PASSWORD }}"}
    assert job["env"] == {
        name: f"${{{{ vars.{name} }}}}"
        for name in ("HARBOR_HOST", "HARBOR_PROJECT", "HARBOR_USERNAME")
    }


def test_jenkins_shell_logs_in_and_pushes(tmp_path: Path) -> None:
    text = snippet(System.JENKINS)
    script = text.partition("sh '''")[2].partition("'''")[0]
    # What Groovy makes of the text of its string without interpolation.
    variables = VARIABLES | {"IMAGE": "harbor.example/web/app:7"}

    told = ran(script, tmp_path, **variables)

    assert told[1:] == [
        PASSWORD,
        f"build --tag {variables['IMAGE']} .",
        "push " + variables["IMAGE"],
    ]
    assert "credentialsId: 'ci-login'" in text
    assert '"harbor.example/web/${env.JOB_BASE_NAME}:${env.BUILD_NUMBER}"' in text


def test_tektons_objects_are_valid_and_belong_together() -> None:
    pull_secret, task, run = yaml.safe_load_all(snippet(System.TEKTON))

    assert PullSecretSpec.model_validate(pull_secret["spec"]).robot_ref
    (config,) = [w["secret"] for w in run["spec"]["workspaces"] if "secret" in w]
    assert config["secretName"] == pull_secret["metadata"]["name"]
    assert config["items"] == [{"key": ".dockerconfigjson", "path": "config.json"}]
    assert run["spec"]["taskRef"]["name"] == task["metadata"]["name"]
    names = {each["name"] for each in task["spec"]["workspaces"]}
    assert names == {each["name"] for each in run["spec"]["workspaces"]}
    assert task["spec"]["params"][0]["default"] == "harbor.example/web/app:latest"


def test_jenkins_provider_is_offered_by_a_label_that_the_robot_may_have() -> None:
    *_, patch = RECIPES[System.JENKINS].steps(scene(System.JENKINS))
    spec = json.loads(patch.partition("-p '")[2].rpartition("'")[0])["spec"]
    access = [{"projectRef": {"name": "web"}, "preset": "PullPush"}]

    labels = RobotSpec.model_validate({"access": access, **spec}).secret_template.labels

    assert labels == {"jenkins.io/credentials-type": "usernamePassword"}


@pytest.mark.parametrize("system", System)
def test_the_password_is_shown_only_on_request(system: System) -> None:
    hidden = draw(supply_of(system, scene(system), "", show_secret=False), Paper())
    shown = draw(supply_of(system, scene(system), "", show_secret=True), Paper())

    assert PASSWORD not in hidden
    assert f"HARBOR_PASSWORD={HIDDEN}" in hidden
    assert f"HARBOR_PASSWORD={PASSWORD}" in shown


@pytest.mark.parametrize("system", System)
def test_a_pipeline_that_follows_is_not_told_to_repeat_anything(system: System) -> None:
    told = draw(supply_of(system, scene(system), "", show_secret=False), Paper())

    assert ("again after each rotation" in told) is not RECIPES[system].follows


def test_what_was_stored_is_told_with_what_keeps_it_right() -> None:
    told = draw(
        supply_of(System.GITLAB, scene(System.GITLAB), "group/app", show_secret=False), Paper()
    )

    assert told.startswith("Set in group/app of gitlab: HARBOR_HOST, HARBOR_PROJECT, HARBOR_US")
    assert "again after each rotation of robot/ci" in told


async def test_gitlab_gets_variables_that_it_expands_nowhere() -> None:
    gitlab = GitLab()

    async with served(gitlab) as url:
        place = place_of(System.GITLAB, "group/app", url, TOKENS)
        await store(place, VARIABLES | {"HARBOR_PASSWORD": "old"})
        await store(place, VARIABLES)

    assert {key: kept["value"] for key, kept in gitlab.variables.items()} == VARIABLES
    assert all(kept["raw"] for kept in gitlab.variables.values())
    assert [key for key, kept in gitlab.variables.items() if kept["masked"]] == ["HARBOR_PASSWORD"]


async def test_github_gets_the_password_sealed() -> None:
    github = GitHub()

    async with served(github) as url:
        place = place_of(System.GITHUB, "owner/app", url, TOKENS)
        await store(place, VARIABLES | {"HARBOR_USERNAME": "old"})
        await store(place, VARIABLES)

    assert github.secrets == {"HARBOR_PASSWORD": PASSWORD}
    assert github.secrets | github.variables == VARIABLES


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("harbor", "/credentials/store/system/domain/_/harbor"),
        ("team/harbor", "/job/team/credentials/store/folder/domain/_/harbor"),
    ],
)
async def test_jenkins_gets_a_credential(name: str, path: str) -> None:
    jenkins = Jenkins()

    async with served(jenkins) as url:
        place = place_of(System.JENKINS, name, url, TOKENS)
        await store(place, VARIABLES | {"HARBOR_PASSWORD": "old"})
        await store(place, VARIABLES)

    (kept,) = [jenkins.credentials[path]]
    assert (kept["id"], kept["username"], kept["password"]) == ("harbor", USERNAME, PASSWORD)
    assert list(jenkins.credentials) == [path]


@pytest.mark.parametrize(
    ("system", "server", "name", "tokens", "code"),
    [
        (System.GITLAB, GitLab(), "group/other", {}, ExitCode.NOT_FOUND),
        (System.GITLAB, GitLab(), "group/app", {"GITLAB_TOKEN": "no"}, ExitCode.NO_ACCESS),
        (System.GITHUB, GitHub(), "owner/app", {"GITHUB_TOKEN": "no"}, ExitCode.NO_ACCESS),
        (System.JENKINS, Jenkins(), "harbor", {"JENKINS_TOKEN": "no"}, ExitCode.NO_ACCESS),
        (System.JENKINS, Jenkins(), "other/harbor", {}, ExitCode.NOT_FOUND),
    ],
)
async def test_a_refusal_is_one_line_without_the_password(
    system: System,
    server: GitLab | GitHub | Jenkins,
    name: str,
    tokens: dict[str, str],
    code: ExitCode,
) -> None:
    async with served(server) as url:
        with pytest.raises(CommandError) as caught:
            await store(place_of(system, name, url, TOKENS | tokens), VARIABLES)

    assert caught.value.code is code
    assert PASSWORD not in str(caught.value)


async def test_a_system_that_does_not_answer_is_told() -> None:
    place = place_of(System.GITLAB, "group/app", "http://127.0.0.1:9", TOKENS)

    with pytest.raises(CommandError, match="does not answer: ConnectError") as caught:
        await store(place, VARIABLES)

    assert caught.value.code is ExitCode.NO_ACCESS


@pytest.mark.parametrize(
    ("system", "url", "environment", "words"),
    [
        (System.GITLAB, None, {}, "GITLAB_TOKEN must be set"),
        (System.GITHUB, None, {}, "GITHUB_TOKEN must be set"),
        (System.JENKINS, None, TOKENS, "--url or JENKINS_URL"),
        (System.JENKINS, "https://j", {"JENKINS_USER": "a"}, "JENKINS_TOKEN must be set"),
        (System.GITLAB, "http://gitlab.example", TOKENS, "secrets go by https only"),
        (System.TEKTON, None, TOKENS, "tekton needs no variables"),
    ],
)
def test_what_is_missing_is_a_usage_error(
    system: System, url: str | None, environment: dict[str, str], words: str
) -> None:
    with pytest.raises(CommandError, match=words) as caught:
        place_of(system, "group/app", url, environment)

    assert caught.value.code is ExitCode.USAGE


def test_a_robot_of_the_system_has_no_project_of_its_own() -> None:
    login = RegistryLogin("harbor.example", "robot$ci", Secret("p"), "ci-login")

    text = RECIPES[System.TEKTON].filled(Scene("ci", "payments", "ci-login", login, "x"))

    assert "harbor.example/PROJECT/app:latest" in text
