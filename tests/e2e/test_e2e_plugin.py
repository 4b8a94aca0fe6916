"""`kubectl harbor` tells what a Harbor says, and does what a person asks of it."""

from pathlib import Path

import pytest

from harbor_operator.cli.doctor.checks import State
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.orphans.findings import Standing
from testbed.tools.waiting import until
from tests.support.announcing import Announce
from tests.support.e2e_harbor import make_project
from tests.support.e2e_plugin import asked, harbor, here, told
from tests.support.e2e_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOG_SECONDS = 30.0
SCAN = ("--scan", "--timeout=90s")
NO_SCANNER = (
    "Promoted without a scan: this Harbor has no scanner that could look at the image in 90 s."
)


async def robots(stage: Stage, name: str) -> None:
    """A project with a robot each for CI and for pulls."""
    make = stage.make
    await stage.ready(
        make.project(name),
        make.robot(f"{name}-ci", name, "PullPush"),
        make.robot(f"{name}-pull", name, "Pull"),
    )


async def team(stage: Stage, name: str) -> str:
    """A project with robots and an image; its reference."""
    await robots(stage, name)
    image = await stage.image_of(f"{name}-ci", name)
    await stage.crane.push(image, await stage.robot_config(f"{name}-ci"))
    return image


def authority(stage: Stage) -> list[str]:
    """What the plugin is told of who signed Harbor's certificate."""
    return [f"--ca-file={stage.harbor.ca_file}"] if stage.harbor.ca_file else []


async def test_a_login_pulls_what_its_robot_may(stage: Stage, tmp_path: Path) -> None:
    image = await team(stage, "logs-in")
    words = ("login", "robot/logs-in-pull", here(stage), *authority(stage))

    done = await harbor(stage, *words, variables={"HOME": str(tmp_path)})

    assert done.code == ExitCode.FINE, done.err
    await stage.crane.pull(image, (tmp_path / ".docker" / "config.json").read_text())


async def test_why_tells_what_is_missing_in_harbor(stage: Stage) -> None:
    image = await team(stage, "explains")
    make = stage.make
    missing = {
        image.replace("/app:1", "/app:2"): "NoSuchTag",
        image.replace("/app:1", "/ap:1"): "NoSuchRepository",
        image.replace(make.project_name("explains"), make.project_name("explain")): "NoSuchProject",
    }

    seen = {
        wrong: await harbor(stage, "why", here(stage), asked(stage), wrong, "-o=json")
        for wrong in missing
    }

    causes = {wrong: told(done)["failed"][0]["causes"] for wrong, done in seen.items()}
    assert {
        wrong: cause for wrong, cause in missing.items() if cause not in str(causes[wrong])
    } == {}


async def test_what_is_exported_plans_nothing(stage: Stage) -> None:
    await make_project(stage, "grown")
    name = stage.make.project_name("grown")

    exported = await harbor(
        stage,
        "export",
        here(stage),
        asked(stage),
        f"--project={name}",
        f"--connection-ref={stage.make.prefix}",
    )
    planned = await harbor(stage, "plan", here(stage), asked(stage), "-f=-", said=exported.out)

    assert (exported.code, planned.code) == (ExitCode.FINE, ExitCode.FINE), planned.out
    assert f"project {name}" in exported.out


async def test_a_plan_tells_what_would_change_and_changes_nothing(stage: Stage) -> None:
    project = stage.make.project("planned")
    await stage.ready(project)
    before = await stage.harbor_project("planned")
    project["spec"]["visibility"] = "Public"

    done = await harbor(
        stage, "plan", here(stage), asked(stage), "-f=-", "-o=markdown", said=str(project)
    )

    assert done.code == ExitCode.NOT_SO, done.err
    assert "visibility" in done.out
    assert await stage.harbor_project("planned") == before


async def test_an_image_is_promoted_by_its_digest(stage: Stage, announce: Announce) -> None:
    image = await team(stage, "from-dev")
    await robots(stage, "to-prod")
    words = ("app:1", "--from=project/from-dev", "--to=project/to-prod", "--tag=released")

    refused = await harbor(stage, "promote", here(stage), asked(stage), *words)
    done = await harbor(stage, "promote", here(stage), asked(stage), *words, *SCAN, "-o=name")
    if done.code != ExitCode.FINE:
        announce(NO_SCANNER)
        done = await harbor(
            stage, "promote", here(stage), asked(stage), *words, "--allow-unscanned", "-o=name"
        )

    assert (refused.code, "scan" in refused.out) == (ExitCode.NOT_SO, True)
    assert done.code == ExitCode.FINE, done.err
    pinned = done.out.strip()
    login = await stage.robot_config("to-prod-pull")
    await stage.crane.pull(pinned, login)
    await stage.crane.pull(pinned.partition("@")[0] + ":released", login)
    assert image.partition(":1")[0] not in pinned


async def test_the_audit_knows_who_has_pulled(stage: Stage) -> None:
    image = await team(stage, "audited")
    await stage.crane.pull(image, await stage.robot_config("audited-pull"))

    async def is_known() -> bool:
        done = await harbor(stage, "audit", here(stage), asked(stage), "--since=1h", "-o=json")
        assert done.code == ExitCode.FINE, done.err
        usages = {usage["robot"]: usage for usage in told(done)["usages"]}
        return bool(usages["audited-ci"]["pushes"] and usages["audited-pull"]["pulls"])

    # Harbor writes its log after it has answered.
    await until(is_known, within=LOG_SECONDS)


async def test_a_rotation_can_be_asked_for_and_followed(stage: Stage) -> None:
    await robots(stage, "turned")
    before = await stage.login_of("turned-pull")

    done = await harbor(stage, "rotate", here(stage), "robot/turned-pull", "--wait")

    assert done.code == ExitCode.FINE, done.err
    assert (await stage.login_of("turned-pull"))["password"] != before["password"]


async def test_nothing_that_somebody_owns_is_called_an_orphan(stage: Stage) -> None:
    await robots(stage, "owned")

    done = await harbor(stage, "orphans", asked(stage), "-o=json")

    assert done.code in {ExitCode.FINE, ExitCode.NOT_SO}, done.err
    orphans = [one for one in told(done)["findings"] if one["standing"] == Standing.ORPHANED]
    assert [one for one in orphans if stage.make.prefix in one["owner"]] == []


async def test_the_doctor_finds_the_way_to_harbor(stage: Stage) -> None:
    done = await harbor(stage, "doctor", here(stage), asked(stage), "-o=json")

    connection = f"connection {stage.make.prefix}"
    states = {check["name"]: check["state"] for check in told(done)["checks"]}
    assert {
        name: state
        for name, state in states.items()
        if name.startswith(connection) and state == State.FAIL
    } == {}
    assert states[f"{connection}: login"] == State.OK
