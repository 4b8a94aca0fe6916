"""Schedules that Harbor keeps and that it would refuse, in the models and on a real API server."""

import pytest
from pydantic import ValidationError

from harbor_operator.api.blocks.retention import Retention
from harbor_operator.api.project import PROJECTS
from tests.support.custom_resources import Json, Server

GOOD = {
    "every minute": "* * * * *",
    "every night": "0 3 * * *",
    "two digits": "05 03 01 12 *",
    "the last of all": "59 23 31 12 6",
    "lists": "0,15,30 1,2 * * *",
    "ranges": "0-5 8-18 1-7 1-6 1-5",
    "steps": "*/5 2-20/6 1/10 */2 *",
    "Sunday": "0 3 * * 0",
    "names": "0 3 * JAN,MAR-NOV MON-FRI",
    "the longest": "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20 20 * * *",
}
BAD = {
    "nothing": "",
    "a word": "@daily",
    "four fields": "0 3 * *",
    "six fields": "0 0 3 * * *",
    "another Sunday": "0 3 * * 7",
    "a minute too many": "60 3 * * *",
    "an hour too many": "0 24 * * *",
    "day zero": "0 3 0 * *",
    "day 32": "0 3 32 * *",
    "month zero": "0 3 * 0 *",
    "month 13": "0 3 * 13 *",
    "a step of nothing": "*/0 3 * * *",
    "a range to nowhere": "0 3- * * *",
    "a negative minute": "-5 3 * * *",
    "an empty entry": "0,,5 3 * * *",
    "two spaces": "0  3 * * *",
    "a space at the end": "0 3 * * * ",
    "a tab": "0\t3 * * *",
    "a line break": "0 3 * * *\n",
    "small letters": "0 3 * * mon",
    "a month for a day": "0 3 * * JAN",
    "a time zone": "TZ=UTC 0 3 * * *",
    "a quarter of an hour in words": "0 3 * * MON#2",
}
TOO_LONG = f"0,{'10,' * 18}50 3 * * *"
BACKWARDS = {
    "minutes": "30-10 3 * * *",
    "days": "0 3 * * FRI-MON",
    "months": "0 3 * 11-FEB *",
}


def project(schedule: str) -> Json:
    return {"retention": {"schedule": schedule, "rules": []}}


@pytest.mark.parametrize("schedule", GOOD.values(), ids=GOOD.keys())
async def test_a_good_schedule_is_accepted(server: Server, schedule: str) -> None:
    answer = await server.try_create(PROJECTS, project(schedule))

    assert answer.status == 201, answer.message
    assert Retention.model_validate(project(schedule)["retention"]).schedule == schedule


@pytest.mark.parametrize("schedule", BAD.values(), ids=BAD.keys())
async def test_a_bad_schedule_is_refused_in_words(server: Server, schedule: str) -> None:
    answer = await server.try_create(PROJECTS, project(schedule))

    assert answer.status == 422
    assert "spec.retention.schedule" in answer.message
    assert "a schedule has five fields" in answer.message
    with pytest.raises(ValidationError, match="a schedule has five fields"):
        Retention.model_validate(project(schedule)["retention"])


async def test_a_schedule_that_harbor_cannot_store_is_refused(server: Server) -> None:
    answer = await server.try_create(PROJECTS, project(TOO_LONG))

    assert answer.status == 422
    assert "spec.retention.schedule: Too long" in answer.message
    with pytest.raises(ValidationError, match="a schedule has five fields"):
        Retention.model_validate(project(TOO_LONG)["retention"])


@pytest.mark.parametrize("schedule", BACKWARDS.values(), ids=BACKWARDS.keys())
def test_a_range_that_ends_before_it_begins_is_refused_by_the_operator(schedule: str) -> None:
    with pytest.raises(ValidationError, match="ends before it begins"):
        Retention.model_validate(project(schedule)["retention"])
