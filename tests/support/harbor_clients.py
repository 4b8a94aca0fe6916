"""Clients of the Harbor simulator, and robots to make there."""

from pydantic import SecretStr

from harbor_operator.harbor import (
    NEVER_EXPIRES,
    Access,
    Credentials,
    HarborClient,
    Limits,
    NewRobot,
    Permission,
    RobotLevel,
)
from testbed.harbor import HarborSimulator

FAST = Limits(timeout_seconds=5, per_second=2000)
PULL = Permission(
    kind="project",
    namespace="ship",
    access=frozenset({Access(resource="repository", action="pull")}),
)
PULLER = NewRobot("puller", RobotLevel.PROJECT, 30, description="a/b/c/uid", permissions=(PULL,))
NARROW = NewRobot(
    "narrow",
    RobotLevel.SYSTEM,
    NEVER_EXPIRES,
    description="",
    permissions=(
        Permission(
            kind="system",
            namespace="/",
            access=frozenset({Access(resource="project", action="create")}),
        ),
    ),
)


def client_for(harbor: HarborSimulator, username: str, password: str | SecretStr) -> HarborClient:
    """A client with these credentials; close it."""
    secret = SecretStr(password) if isinstance(password, str) else password
    return HarborClient(harbor.url, Credentials(username, secret), limits=FAST)
