"""`doctor` looks at addresses, asks Harbor, and reads the cluster."""

import base64
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import pytest
from aiohttp import web
from typing_extensions import override

from harbor_operator.api.crds import KINDS as DEFINED
from harbor_operator.api.crds import definition
from harbor_operator.cli.clock import now
from harbor_operator.cli.doctor.addresses import Look, Route
from harbor_operator.cli.doctor.answers import Needs
from harbor_operator.cli.doctor.checks import Check, State
from harbor_operator.cli.doctor.cluster_reading import (
    DEFINITIONS,
    QUOTAS,
    WEBHOOKS,
    check_cluster,
)
from harbor_operator.cli.doctor.connection_reading import Users, check_connections, needs_of
from harbor_operator.cli.doctor.looking import look_at
from harbor_operator.cli.doctor.reviews import OTHERS, OWN
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.installation import DEPLOYMENTS
from harbor_operator.cli.kinds import CONNECTION, PROJECT, PULL_SECRET, ROBOT
from harbor_operator.kube.client import ServerVersion
from harbor_operator.kube.errors import Forbidden, NotFound, Operation
from harbor_operator.kube.resources import LEASES, SECRETS, JsonObject, Resource
from testbed.control_plane.certificates import CertificateFiles, write_certificates
from testbed.harbor import HarborSimulator
from tests.support.closed_cluster import ClosedCluster
from tests.support.custom_resources import Json
from tests.support.fake_cluster import FakeCluster
from tests.support.guarded_cluster import GuardedCluster
from tests.support.harbor_clients import NARROW, client_for
from tests.support.plugin import NOW, an_object, stamp
from tests.support.scripted_server import ScriptedServer

LOOPBACK: Final = "127.0.0.1"


async def as_a_registry(request: web.BaseRequest) -> web.Response:
    """Answer as a registry does to whom it does not know."""
    return web.Response(status=401 if request.path == "/v2/" else 404)


async def as_something_else(_: web.BaseRequest) -> web.Response:
    return web.Response(status=404)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> CertificateFiles:
    """An authority of the test's own."""
    return write_certificates(tmp_path_factory.mktemp("tls"), address=LOOPBACK)


def serving(certificates: CertificateFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.serving, certificates.serving_key)
    return context


async def test_a_trusted_certificate_is_told_with_its_authority_and_its_end(
    certificates: CertificateFiles,
) -> None:
    async with ScriptedServer(as_a_registry, serving(certificates)) as server:
        look = await look_at(server.url, certificates.authority.read_text())

    assert look.route is Route.OPEN
    assert look.issuer == "harbor-operator testbed authority"
    assert look.until is not None
    assert timedelta(days=29) < look.until - now() < timedelta(days=31)


async def test_an_authority_that_nobody_knows_is_told(certificates: CertificateFiles) -> None:
    async with ScriptedServer(as_a_registry, serving(certificates)) as server:
        look = await look_at(server.url, None)

    assert look.route is Route.UNTRUSTED
    assert "certificate" in look.words


async def test_plain_http_where_tls_is_expected_is_told() -> None:
    async with ScriptedServer(as_a_registry) as server:
        plain = await look_at(server.url, None)
        wrong = await look_at(server.url.replace("http:", "https:"), None)

    assert plain == Look(Route.OPEN, "answers")
    assert (wrong.route, wrong.words) == (Route.CLOSED, "the TLS handshake failed")


async def test_what_is_no_registry_is_told() -> None:
    async with ScriptedServer(as_something_else) as server:
        look = await look_at(server.url, None)

    assert look == Look(Route.STRANGE, "answers 404 to /v2/, as no registry does")


async def test_a_closed_port_and_an_unknown_name_are_told() -> None:
    with socket.socket() as held:
        held.bind((LOOPBACK, 0))
        closed = await look_at(f"http://{LOOPBACK}:{held.getsockname()[1]}", None)
    unknown = await look_at("http://no-such-host.invalid", None)

    assert closed.route is Route.CLOSED
    assert unknown.route is Route.UNRESOLVED


async def test_a_bundle_without_a_certificate_is_told() -> None:
    assert (await look_at("https://127.0.0.1:1", "nonsense")).route is Route.CLOSED


@pytest.fixture
async def harbor() -> AsyncIterator[HarborSimulator]:
    async with HarborSimulator() as simulator:
        yield simulator


def connected(
    cluster: FakeCluster, harbor: HarborSimulator, password: str | None, username: str = "admin"
) -> FakeCluster:
    """A connection to a Harbor; without a password there is no Secret."""
    body = an_object(CONNECTION, "default", registryHosts=[harbor.url.partition("//")[2]])
    reference = {"namespace": "operator", "name": "admin"}
    body["metadata"]["uid"] = "u"
    body["spec"] = {"url": harbor.url, "credentialsSecretRef": reference}
    cluster.put(CONNECTION.resource, body)
    if password is not None:
        texts = {"username": username, "password": password}
        data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        cluster.put(SECRETS, {"metadata": reference, "data": data})
    return cluster


async def states(cluster: FakeCluster) -> dict[str, State]:
    """How each check of connection default ended."""
    checks = await check_connections(cluster, None, now)
    return {check.name.removeprefix("connection default: "): check.state for check in checks}


async def test_a_connection_that_works_is_looked_at_from_end_to_end(
    harbor: HarborSimulator,
) -> None:
    found = await states(connected(FakeCluster(), harbor, harbor.admin_password))

    assert {*found.values()} == {State.OK}
    assert {"login", "version", "rights", "mode", "clock", "health"} <= found.keys()


async def test_what_is_wrong_in_harbor_is_found(harbor: HarborSimulator) -> None:
    harbor.state.configuration["read_only"] = True
    harbor.core.component_errors["jobservice"] = "no connection to redis"

    found = await states(connected(FakeCluster(), harbor, harbor.admin_password))

    assert (found["mode"], found["health"]) == (State.FAIL, State.WARN)


async def test_a_wrong_password_is_found(harbor: HarborSimulator) -> None:
    found = await states(connected(FakeCluster(), harbor, "Wrong-Password-1"))

    assert found["login"] is State.FAIL
    assert "rights" not in found


@pytest.mark.parametrize(
    ("cluster", "password", "state"),
    [(FakeCluster(), None, State.FAIL), (ClosedCluster(), "Whatever-1", State.UNKNOWN)],
)
async def test_a_login_that_is_missing_fails_and_one_that_is_closed_is_unknown(
    cluster: FakeCluster, password: str | None, state: State, harbor: HarborSimulator
) -> None:
    found = await states(connected(cluster, harbor, password))

    assert found["login"] is state
    assert found["address"] is State.OK


def test_what_objects_want_is_read_from_their_specs() -> None:
    project, robot = an_object(PROJECT, "web"), an_object(ROBOT, "ci")
    for body in (project, robot):
        body["metadata"]["uid"] = "u"
    project["spec"] = {"projectName": "payments.web"}
    robot["spec"] = {
        "access": [{"projectRef": {"name": "web"}, "preset": "Pull"}],
        "rotation": {"overlap": "2h"},
    }
    elsewhere = {**robot, "spec": {**robot["spec"], "connectionRef": {"name": "other"}}}
    broken = {**robot, "spec": {"access": "?"}}

    wanted = needs_of("default", Users([project], [robot, elsewhere, broken]))

    assert wanted == Needs(
        projects=1,
        robots=1,
        grants=frozenset({("payments.web", "repository", "pull")}),
        overlaps=(timedelta(hours=2),),
    )
    assert needs_of("default", Users(None, None)) == Needs()


async def test_a_robots_login_is_known_for_one(harbor: HarborSimulator) -> None:
    admin = client_for(harbor, harbor.admin_username, harbor.admin_password)
    async with admin:
        made = await admin.robots.create(NARROW)
    cluster = connected(FakeCluster(), harbor, made.secret.get_secret_value(), made.name)

    found = await states(cluster)

    assert (found["login"], found["rights"]) == (State.OK, State.UNKNOWN)


async def test_a_connection_that_is_not_there_is_told_by_its_name() -> None:
    with pytest.raises(CommandError) as caught:
        await check_connections(FakeCluster(), "other", now)

    assert caught.value.code is ExitCode.NOT_FOUND


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        (FakeCluster(), [State.WARN]),
        (GuardedCluster((CONNECTION.resource.plural, None)), [State.UNKNOWN]),
    ],
)
async def test_without_connections_there_is_one_line(
    cluster: FakeCluster, expected: list[State]
) -> None:
    assert [check.state for check in await check_connections(cluster, None, now)] == expected


class JudgedCluster(GuardedCluster):
    """Answers reviews of access.

    Attributes:
        refused: Verb and plural of what nobody may do; None where nobody may ask for others.
    """

    def __init__(self, refused: set[tuple[str, str]] | None, *forbidden: tuple[str, None]) -> None:
        super().__init__(*forbidden)
        self.refused = refused

    @override
    async def server_version(self) -> ServerVersion:
        return ServerVersion(1, 36, "v1.36.3")

    @override
    async def create(
        self,
        resource: Resource,
        body: JsonObject,
        *,
        namespace: str | None = None,
        field_manager: str | None = None,
    ) -> JsonObject:
        if resource == OTHERS and self.refused is None:
            raise Forbidden(Operation("create"), "you may not", reason="Forbidden", status=403)
        assert resource in {OTHERS, OWN}
        asked = body["spec"]["resourceAttributes"]
        if resource == OTHERS:
            assert body["spec"]["user"] == "system:serviceaccount:harbor-operator:harbor-operator"
        allowed = (asked["verb"], asked["resource"]) not in (self.refused or ())
        return {"status": {"allowed": allowed}}


def installed(cluster: FakeCluster) -> FakeCluster:
    """The kinds, an operator, and its Lease."""
    served = {"conditions": [{"type": "Established", "status": "True"}]}
    for kind in DEFINED:
        cluster.put(DEFINITIONS, {**definition(kind), "status": served})
    labels = {"app.kubernetes.io/name": "harbor-operator"}
    pod = {
        "serviceAccountName": "harbor-operator",
        "containers": [{"name": "operator", "image": "harbor-operator:0.1.0"}],
    }
    cluster.put(
        DEPLOYMENTS,
        {
            "metadata": {"name": "harbor-operator", "namespace": "harbor-operator"},
            "spec": {"template": {"metadata": {"labels": labels}, "spec": pod}},
            "status": {"readyReplicas": 1},
        },
    )
    named = {"name": "harbor-operator", "namespace": "harbor-operator"}
    lease = {"holderIdentity": "pod", "leaseDurationSeconds": 15, "renewTime": stamp()}
    cluster.put(LEASES, {"metadata": named, "spec": lease})
    return cluster


async def of_cluster(cluster: FakeCluster) -> dict[str, Check]:
    checks = check_cluster(cluster, "payments", "0.1.0", NOW)
    return {check.name: check async for check in checks}


async def test_a_cluster_that_is_well_is_told_as_such() -> None:
    found = await of_cluster(installed(JudgedCluster(set())))

    assert {check.state for check in found.values()} == {State.OK}, found
    assert "rights of harbor-operator/harbor-operator" in found


async def test_what_is_wrong_in_the_cluster_is_found() -> None:
    cluster = JudgedCluster({("patch", "serviceaccounts")})
    installed(cluster)
    cluster.remove(DEFINITIONS, f"{ROBOT.resource.plural}.harbor-operator.dev")
    guard: Json = {
        "metadata": {"name": "guard"},
        "webhooks": [
            {
                "name": "guard.example",
                "rules": [{"apiGroups": [""], "resources": ["*"], "operations": ["*"]}],
            }
        ],
    }
    cluster.put(WEBHOOKS[0], guard)
    quota = {
        "metadata": {"name": "limits", "namespace": "payments"},
        "status": {"hard": {"secrets": "5"}, "used": {"secrets": "5"}},
    }
    cluster.put(QUOTAS, quota)
    pull = an_object(PULL_SECRET, "images")
    cluster.put(PULL_SECRET.resource, {**pull, "spec": {"admissionInjection": True}})

    found = await of_cluster(cluster)

    ill = {name: check.state for name, check in found.items() if check.state is not State.OK}
    assert ill == {
        "kind harborrobots.harbor-operator.dev": State.FAIL,
        "rights of harbor-operator/harbor-operator": State.FAIL,
        "admission policy harbor-operator-pull-secrets": State.FAIL,
        "admission webhooks": State.WARN,
        "quotas on Secrets": State.WARN,
    }


async def test_what_may_not_be_read_is_unknown_and_never_well() -> None:
    plurals = ("deployments", "leases", PULL_SECRET.resource.plural, QUOTAS.plural)
    forbidden = [(plural, None) for plural in (*plurals, *(kind.plural for kind in WEBHOOKS))]
    cluster = installed(JudgedCluster(None, *forbidden))
    refused = Forbidden(Operation("get"), "you may not", reason="Forbidden", status=403)
    cluster.fail_on("get", *[refused] * 9)

    found = await of_cluster(cluster)

    well = {name for name, check in found.items() if check.state is State.OK}
    assert well == {"API server"} | {name for name in found if name.startswith("your rights")}


async def test_without_the_right_to_ask_the_operators_rights_are_unknown() -> None:
    found = await of_cluster(installed(JudgedCluster(None)))

    assert found["rights of harbor-operator/harbor-operator"].state is State.UNKNOWN


async def test_a_lease_of_another_name_is_found() -> None:
    cluster = installed(JudgedCluster(set()))
    (deployment,) = cluster.objects(DEPLOYMENTS)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    container["env"] = [{"name": "HARBOR_OPERATOR_LEASE_NAME", "value": "mine"}]
    cluster.put(DEPLOYMENTS, deployment)
    (lease,) = cluster.objects(LEASES)
    lease["metadata"] = {"name": "mine", "namespace": "harbor-operator"}
    cluster.put(LEASES, lease)

    found = await of_cluster(cluster)

    assert found["leader by Lease mine"].state is State.OK


async def test_kinds_that_the_cluster_lacks_are_no_reason_to_stop() -> None:
    cluster = installed(JudgedCluster(set()))
    unknown = NotFound(Operation("list"), "no such resource", reason="NotFound", status=404)
    cluster.fail_on("list", None, None, unknown)

    found = await of_cluster(cluster)

    assert found["admission policy harbor-operator-pull-secrets"].state is State.OK
