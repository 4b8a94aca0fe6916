"""What the operator logs: a line for each change, none for the passing of time."""

import asyncio
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import pytest

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from testbed.tools.waiting import until
from tests.support.cluster import has_reason
from tests.support.custom_resources import AnyKind, Json
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION = {"driftCheckPeriod": "1m"}
REST_SECONDS = 4.0
"""Two looks at the file of levels, and more than one renewal of the lease."""
REQUESTS = "harbor_operator.engine.telemetry.requests"


FLAGS = ("--log-levels-file={folder}/levels",)


@dataclass(frozen=True, slots=True)
class Log:
    """What the operator has written, as who collects it reads it."""

    team: Team

    @property
    def levels(self) -> Path:
        """The file of the operator's levels."""
        return self.team.world.operator.folder / "levels"

    def lines(self, since: int = 0) -> list[Json]:
        """Its lines after so many; each is an object of JSON."""
        output = self.team.world.operator.output
        return [json.loads(line) for line in output.splitlines() if line][since:]

    def of(self, kind: AnyKind, name: str, since: int = 0) -> list[Json]:
        """The lines about one object of the team."""
        wanted = {"kind": kind.kind, "namespace": self.team.namespace, "name": name}
        return [line for line in self.lines(since) if wanted.items() <= line.items()]


@pytest.fixture
def log(team: Team) -> Log:
    return Log(team)


async def make_all(team: Team) -> None:
    """One object of each kind that tenants make, Ready."""
    await team.project("web")
    await team.robot("ci", "web")
    await team.pull_secret("pull", "ci")
    await team.ready(PULL_SECRETS, "pull")


async def test_an_object_that_becomes_ready_is_one_line_with_its_keys(log: Log, team: Team) -> None:
    await make_all(team)
    await team.world.at_rest()

    for kind, name in ((PROJECTS, "web"), (ROBOTS, "ci"), (PULL_SECRETS, "pull")):
        (line,) = log.of(kind, name)
        assert line["message"].startswith("Ready is True, Succeeded: "), line
        assert (line["namespace"], line["generation"]) == (team.namespace, 1)
        assert (line["level"], line["logger"]) == (
            "INFO",
            "harbor_operator.engine.telemetry.journal",
        )
        assert line["action"]


async def test_a_line_about_a_change_in_harbor_names_the_request(log: Log, team: Team) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")
    await team.world.at_rest()

    (line,) = log.of(PROJECTS, "web")

    assert line["harbor_request_id"]


async def test_a_resting_operator_says_nothing(log: Log, team: Team) -> None:
    await make_all(team)
    await team.world.at_rest()
    before = len(log.lines())

    await team.look_again(PROJECTS, "web")
    await asyncio.sleep(REST_SECONDS)

    assert log.lines(before) == []


async def test_a_change_of_the_spec_is_one_line(log: Log, team: Team) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")
    await team.world.at_rest()
    before = len(log.lines())

    await team.change(PROJECTS, "web", scanning={"onPush": True})
    await team.ready(PROJECTS, "web")
    await team.world.at_rest()

    (line,) = log.lines(before)
    assert (line["name"], line["generation"]) == ("web", 2)
    assert line["message"] == f"Done: {line['action']}"


async def test_what_waits_for_a_person_is_one_warning(log: Log, team: Team) -> None:
    await team.project("web", projectName="foreign")
    await team.ready(PROJECTS, "web", has_reason("NotAllowedNamespace"))
    await team.look_again(PROJECTS, "web")
    await team.world.at_rest()

    (line,) = log.of(PROJECTS, "web")

    assert (line["level"], line["message"].split(",")[0]) == ("WARNING", "Ready is False")


async def test_levels_change_while_it_runs(log: Log, team: Team) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")
    before = len(log.lines())

    async def follows() -> bool:
        return any(x["message"].startswith("Levels: ") for x in log.lines(before))

    log.levels.write_text(f"{REQUESTS}={logging.getLevelName(logging.DEBUG)}\n")
    await until(follows, within=10)
    await team.look_again(PROJECTS, "web")
    during = [line for line in log.of(PROJECTS, "web", before) if line["level"] == "DEBUG"]
    log.levels.unlink()

    assert {line["logger"] for line in during} == {REQUESTS}
    assert all(line["harbor_request_id"] for line in during)
    assert "GET /projects answered 200" in {line["message"] for line in during}
