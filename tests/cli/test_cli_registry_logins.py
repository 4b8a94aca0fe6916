"""Logins in Secrets, as robots and pull secrets have them."""

import base64
import json
from datetime import UTC, datetime

import pytest

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.kinds import ROBOT
from harbor_operator.cli.registry_logins import (
    LoginSource,
    RegistryLogin,
    logins_in,
    only_robot,
    read_logins,
    read_source,
)
from harbor_operator.core.secret import Secret
from harbor_operator.kube.resources import SECRETS, JsonObject
from tests.support.closed_cluster import ClosedCluster
from tests.support.fake_cluster import FakeCluster

NAME = "robot$payments+ci-1"
PASSWORD = "not-to-be-shown"
STATUS = {"expiresAt": "2026-05-01T00:00:00Z", "nextRotationAt": "2026-04-01T00:00:00Z"}


def encoded(text: str) -> str:
    """A text as a Secret holds it."""
    return base64.b64encode(text.encode()).decode()


def of_keys(name: str = "ci", **texts: str) -> JsonObject:
    """A Secret as a HarborRobot's."""
    data = {key: encoded(text) for key, text in texts.items()}
    return {"metadata": {"name": name, "namespace": "payments"}, "data": data}


def of_document(document: object) -> JsonObject:
    """A Secret as a pull secret."""
    return of_keys("images", **{".dockerconfigjson": json.dumps(document)})


FULL = of_keys(registry="harbor.example", username=NAME, password=f"{PASSWORD}\n")


def with_robot(cluster: FakeCluster, *names: str) -> FakeCluster:
    """A cluster with robots, and the Secret of those that are named ci."""
    for name in names:
        body = {"metadata": {"name": name, "namespace": "payments"}, "spec": {}, "status": STATUS}
        cluster.put(ROBOT.resource, body)
    cluster.put(SECRETS, FULL)
    return cluster


def test_a_robots_secret_holds_one_login() -> None:
    (login,) = logins_in(FULL, STATUS)

    assert (login.host, login.username) == ("harbor.example", NAME)
    assert login.password.reveal() == PASSWORD
    assert login.expiry == datetime(2026, 5, 1, tzinfo=UTC)
    assert login.rotation == datetime(2026, 4, 1, tzinfo=UTC)
    assert PASSWORD not in repr(login)


def test_a_pull_secret_holds_a_login_for_each_host() -> None:
    body = of_document(
        {
            "auths": {
                "b.example": {"auth": encoded(f"{NAME}:{PASSWORD}")},
                "https://a.example/v2/": {"username": "u", "password": "p"},
            }
        }
    )

    assert logins_in(body, {}) == (
        RegistryLogin("a.example", "u", Secret("p"), "images"),
        RegistryLogin("b.example", NAME, Secret(PASSWORD), "images"),
    )


@pytest.mark.parametrize(
    "body",
    [
        of_keys(),
        of_keys(registry="h", username="u"),
        of_document([]),
        of_document({"auths": {"h": "text"}}),
        of_document({"auths": {"h": {}}}),
        {"metadata": {"name": "x"}, "data": {".dockerconfigjson": "%%"}},
    ],
)
def test_a_secret_without_a_login_has_none(body: JsonObject) -> None:
    assert logins_in(body, {}) == ()


@pytest.mark.parametrize(
    ("username", "project"),
    [(NAME, "payments"), ("robot$ci", ""), ("admin", ""), ("bot-web+ci", "bot-web")],
)
def test_a_robot_of_a_project_tells_it_by_its_name(username: str, project: str) -> None:
    assert RegistryLogin("h", username, Secret("p")).project == project


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("robot/ci", LoginSource("robot", "ci")),
        ("hrobot/ci", LoginSource("robot", "ci")),
        ("secret/images", LoginSource("secret", "images")),
        ("Secrets/images", LoginSource("secret", "images")),
    ],
)
def test_a_source_is_a_robot_or_a_secret(text: str, expected: LoginSource) -> None:
    assert read_source(text) == expected


@pytest.mark.parametrize("text", ["ci", "robot/", "pod/ci", "robot/a/b"])
def test_another_source_is_a_usage_error(text: str) -> None:
    with pytest.raises(CommandError) as caught:
        read_source(text)

    assert caught.value.code is ExitCode.USAGE


async def test_a_login_is_read_with_what_lies_ahead_of_it() -> None:
    cluster = with_robot(FakeCluster(), "ci")

    by_robot = await read_logins(cluster, "payments", LoginSource("robot", "ci"))
    by_secret = await read_logins(cluster, "payments", LoginSource("secret", "ci"))

    assert by_robot == logins_in(FULL, STATUS)
    assert by_secret == logins_in(FULL, {})


async def test_the_only_robot_needs_no_name() -> None:
    assert await only_robot(with_robot(FakeCluster(), "ci"), "payments") == read_source("robot/ci")


@pytest.mark.parametrize(
    ("robots", "words"),
    [(("ci", "cd"), "say which robot of namespace payments: robot/cd, robot/ci"), ((), "has no")],
)
async def test_several_robots_or_none_are_told(robots: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        await only_robot(with_robot(FakeCluster(), *robots), "payments")


@pytest.mark.parametrize(
    ("cluster", "source", "code", "words"),
    [
        (FakeCluster(), "robot/ci", ExitCode.NOT_FOUND, "no HarborRobot ci in namespace payments"),
        (FakeCluster(), "secret/ci", ExitCode.NOT_FOUND, "there is no Secret payments/ci"),
        (with_robot(FakeCluster(), "cd"), "robot/cd", ExitCode.NOT_FOUND, "no Secret payments/cd"),
        (ClosedCluster(), "secret/ci", ExitCode.NO_ACCESS, "may not read Secret payments/ci"),
    ],
)
async def test_a_login_that_cannot_be_read_is_told(
    cluster: FakeCluster, source: str, code: ExitCode, words: str
) -> None:
    with pytest.raises(CommandError, match=words) as caught:
        await read_logins(cluster, "payments", read_source(source))

    assert caught.value.code is code


async def test_a_secret_of_something_else_is_told() -> None:
    cluster = FakeCluster()
    cluster.put(SECRETS, of_keys(token="x"))

    with pytest.raises(CommandError, match="holds no login to a registry"):
        await read_logins(cluster, "payments", read_source("secret/ci"))
