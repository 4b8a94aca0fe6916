"""The operator keeps to itself what it knows."""

import base64

import pytest

from testbed.endtoend.objects import status_of
from tests.support.e2e_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_operator_writes_no_password_into_its_output(stage: Stage) -> None:
    make = stage.make
    robot = make.robot("secrecy", "secrecy", "Pull")
    await stage.ready(make.project("secrecy"), robot)
    await stage.login_of("secrecy")
    await stage.apply(make.robot("secrecy", "secrecy", "Pull", rotate="now"))
    await stage.until(
        robot, lambda seen: "lastHandledRotateAt" in status_of(seen), awaited="a rotation"
    )
    await stage.login_of("secrecy")

    written = stage.operator_output.read_bytes() + stage.operator.errors.read_bytes()

    assert len(stage.passwords) >= 3
    assert b"The operator is up" in written
    for password in stage.passwords:
        assert password.encode() not in written
        assert base64.b64encode(password.encode()) not in written
