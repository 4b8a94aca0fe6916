"""Which Harbor a command asks, and as whom."""

import base64
from pathlib import Path

import pytest
from pydantic import SecretStr

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_access import (
    HarborLogin,
    explained,
    find_login,
    is_loopback,
    or_connection,
    stored_login,
)
from harbor_operator.cli.harbor_options import HarborOptions
from harbor_operator.cli.kinds import CONNECTION, ROBOT
from harbor_operator.harbor import Credentials
from harbor_operator.harbor.errors import (
    AuthenticationFailed,
    Conflict,
    Exchange,
    HarborError,
    NotFound,
    PermissionDenied,
    TLSVerificationFailed,
    Unreachable,
)
from harbor_operator.kube.resources import CONFIG_MAPS, SECRETS, JsonObject
from tests.support.closed_cluster import ClosedCluster
from tests.support.fake_cluster import FakeCluster

EXCHANGE = Exchange("GET", "/projects")
PASSWORD = "not-to-be-shown"
VARIABLES = {
    "HARBOR_URL": "https://harbor.example/",
    "HARBOR_USERNAME": "robot$ci",
    "HARBOR_PASSWORD": PASSWORD,
}


def options(**told: str) -> HarborOptions:
    """What the command line says about Harbor."""
    return HarborOptions(command="report", **told)


def secret(namespace: str, name: str, **texts: str) -> JsonObject:
    """A Secret with these texts."""
    data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
    return {"metadata": {"name": name, "namespace": namespace}, "data": data}


def connection(**spec: object) -> JsonObject:
    """The default connection."""
    stated = {
        "url": "https://harbor.example",
        "credentialsSecretRef": {"namespace": "operator", "name": "harbor-admin"},
        **spec,
    }
    return {
        "apiVersion": CONNECTION.resource.api_version,
        "kind": CONNECTION.resource.kind,
        "metadata": {"name": "default", "uid": "u", "generation": 1},
        "spec": stated,
        "status": {"observedGeneration": 1, "registryHosts": ["registry.example"]},
    }


def furnished(cluster: FakeCluster, **spec: object) -> FakeCluster:
    """A cluster with a connection, a robot, and their Secrets."""
    cluster.put(CONNECTION.resource, connection(**spec))
    admin = secret("operator", "harbor-admin", username="admin", password=f"{PASSWORD}\n")
    cluster.put(SECRETS, admin)
    robot = {"metadata": {"name": "ci", "namespace": "payments"}, "spec": {"secretName": "login"}}
    cluster.put(ROBOT.resource, robot)
    login = secret(
        "payments",
        "login",
        username="robot$payments+ci-1",
        password=PASSWORD,
        url="https://harbor.internal",
        registry="registry.example",
    )
    cluster.put(SECRETS, login)
    return cluster


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1:8080", True),
        ("localhost:5000", True),
        ("localhost", True),
        ("[::1]:5000", True),
        ("[::1]", True),
        ("harbor.example:443", False),
        ("http://localhost.example", False),
        ("http://127.0.0.1@harbor.example", False),
    ],
)
def test_this_machine_is_told_from_others(address: str, expected: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert is_loopback(address) is expected


async def test_variables_name_a_harbor_without_a_cluster() -> None:
    login = await find_login(options(), VARIABLES)

    assert login.url == "https://harbor.example"
    assert login.credentials == Credentials("robot$ci", SecretStr(PASSWORD))
    assert login.hosts == ("harbor.example",)
    assert PASSWORD not in repr(login)


@pytest.mark.parametrize(
    ("told", "environment", "named"),
    [
        ({}, {}, "their-own"),
        ({}, {"HARBOR_URL": "https://of.other.programs"}, "their-own"),
        ({}, VARIABLES, None),
        ({"robot": "ci"}, {}, None),
        ({"harbor_url": "https://harbor.example"}, {}, None),
        ({"connection": "other"}, VARIABLES, "other"),
    ],
)
def test_a_projects_connection_is_used_where_no_login_was_named(
    told: dict[str, str], environment: dict[str, str], named: str | None
) -> None:
    assert or_connection(options(**told), "their-own", environment).connection == named


async def test_a_url_on_the_command_line_is_used_with_the_login_of_the_variables() -> None:
    login = await find_login(options(harbor_url="http://127.0.0.1:8080"), VARIABLES)

    assert login.url == "http://127.0.0.1:8080"
    assert login.credentials.username == "robot$ci"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"HARBOR_PASSWORD": ""}, "HARBOR_PASSWORD must be set, too"),
        ({"HARBOR_URL": "http://harbor.example"}, "in the clear"),
        ({"HARBOR_USERNAME": "a:b"}, "HARBOR_USERNAME: "),
    ],
)
async def test_variables_that_cannot_serve_are_a_usage_error(
    changed: dict[str, str], words: str
) -> None:
    with pytest.raises(CommandError, match=words) as caught:
        await find_login(options(), VARIABLES | changed)

    assert caught.value.code is ExitCode.USAGE


async def test_a_url_on_the_command_line_needs_a_login() -> None:
    with pytest.raises(CommandError, match="HARBOR_USERNAME and HARBOR_PASSWORD must be set"):
        await find_login(options(harbor_url="https://harbor.example"), {})


async def test_an_address_alone_leaves_it_to_the_cluster(tmp_path: Path) -> None:
    told = HarborOptions(command="report", kubeconfig=str(tmp_path / "none"))

    with pytest.raises(CommandError, match="there is no kubeconfig"):
        await find_login(told, {"HARBOR_URL": "https://harbor.example"})


async def test_certificates_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("PEM")

    login = await find_login(options(ca_file=str(path)), VARIABLES)

    assert login.ca_bundle == "PEM"


async def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file") as caught:
        await find_login(options(ca_file=str(tmp_path / "none")), VARIABLES)

    assert caught.value.code is ExitCode.USAGE


async def test_the_default_connection_lends_its_login() -> None:
    login = await stored_login(furnished(FakeCluster()), "payments", options())

    assert (login.url, login.source) == ("https://harbor.example", "connection default")
    assert login.credentials == Credentials("admin", SecretStr(PASSWORD))
    assert login.hosts == ("registry.example",)
    assert login.ca_bundle is None


async def test_a_robot_lends_its_login() -> None:
    login = await stored_login(furnished(FakeCluster()), "payments", options(robot="ci"))

    assert (login.url, login.source) == ("https://harbor.internal", "HarborRobot payments/ci")
    assert login.credentials.username == "robot$payments+ci-1"
    assert login.hosts == ("registry.example",)


async def test_a_connection_tells_whom_to_trust() -> None:
    ref = {"kind": "ConfigMap", "namespace": "operator", "name": "ca"}
    cluster = furnished(FakeCluster(), caBundleRef=ref)
    metadata = {"name": "ca", "namespace": "operator"}
    cluster.put(CONFIG_MAPS, {"metadata": metadata, "data": {"ca.crt": "PEM"}})

    login = await stored_login(cluster, "payments", options())
    own = await stored_login(cluster, "payments", options(), "OWN")

    assert (login.ca_bundle, own.ca_bundle) == ("PEM", "OWN")


@pytest.mark.parametrize(
    ("told", "code", "words"),
    [
        ({"connection": "other"}, ExitCode.NOT_FOUND, "there is no ClusterHarborConnection other"),
        ({"robot": "other"}, ExitCode.NOT_FOUND, "there is no HarborRobot other in namespace"),
    ],
)
async def test_what_is_not_there_is_named_with_another_way(
    told: dict[str, str], code: ExitCode, words: str
) -> None:
    with pytest.raises(CommandError, match=words) as caught:
        await stored_login(furnished(FakeCluster()), "payments", options(**told))

    assert caught.value.code is code
    assert "HARBOR_URL" in str(caught.value)


async def test_who_may_not_read_the_secret_is_told_another_way() -> None:
    with pytest.raises(CommandError, match="may not read Secret operator/harbor-admin") as caught:
        await stored_login(furnished(ClosedCluster()), "payments", options())

    assert caught.value.code is ExitCode.NO_ACCESS
    assert "--robot" in str(caught.value)


async def test_a_secret_without_a_password_is_told() -> None:
    cluster = furnished(FakeCluster())
    cluster.put(SECRETS, secret("operator", "harbor-admin", username="admin"))

    with pytest.raises(CommandError, match="operator/harbor-admin has no readable key password"):
        await stored_login(cluster, "payments", options())


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (AuthenticationFailed("", EXCHANGE), ExitCode.NO_ACCESS, "does not accept admin"),
        (PermissionDenied("", EXCHANGE), ExitCode.NO_ACCESS, "may not do this in Harbor: GET /pro"),
        (TLSVerificationFailed("", EXCHANGE), ExitCode.NO_ACCESS, "--ca-file"),
        (Unreachable("", EXCHANGE), ExitCode.NO_ACCESS, "https://h does not serve"),
        (NotFound("", EXCHANGE), ExitCode.NOT_FOUND, "no such thing"),
        (Conflict("", EXCHANGE), ExitCode.NOT_SO, "Harbor: "),
    ],
)
def test_each_failure_of_harbor_is_one_line(error: HarborError, code: ExitCode, words: str) -> None:
    credentials = Credentials("admin", SecretStr(PASSWORD))

    told = explained(error, HarborLogin("https://h", credentials, "of the variables"))

    assert told.code is code
    assert words in str(told)
    assert PASSWORD not in str(told)
