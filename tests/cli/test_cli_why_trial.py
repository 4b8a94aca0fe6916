"""To whom a trial speaks, what it says there, and what it leaves out."""

import base64
import json
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from harbor_operator.cli.images import Image, read_image
from harbor_operator.cli.kinds import CONNECTION
from harbor_operator.cli.why.arguments import WhyOptions
from harbor_operator.cli.why.beyond import go_beyond
from harbor_operator.cli.why.evidence import Account, Evidence, Login, PullSecret
from harbor_operator.cli.why.gathering import Case
from harbor_operator.cli.why.hosts import HostRules, rules_of
from harbor_operator.cli.why.probing import look_at
from harbor_operator.cli.why.spoken import Symptom
from harbor_operator.cli.why.trials import Result, Trial
from harbor_operator.cli.why.trying import try_logins
from testbed.harbor import HarborSimulator
from tests.support.api_caller import ApiCaller
from tests.support.certificates import Authority
from tests.support.fake_cluster import FakeCluster
from tests.support.fake_registry import FakeRegistry
from tests.support.image import push
from tests.support.plugin import an_object
from tests.support.scripted_server import ScriptedServer
from tests.support.simulated_harbor import SimulatedHarbor, running

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PASSWORD = "Canary-Password-1"
PLAIN = HostRules(plain_http=True)


def image_at(url: str) -> Image:
    return read_image(f"{url.partition('://')[2]}/team/app:1")


def evidence_of(image: Image, username: str = "robot$team+ci", **changes: object) -> Evidence:
    """A pod that pulls an image by a pull secret for its host."""
    secret = PullSecret("pull", logins=(Login(image.host, username),))
    stated: dict[str, object] = {"secrets": {"pull": secret}, **changes}
    return Evidence(
        "payments",
        "web-1",
        "app",
        str(image),
        "ErrImagePull",
        NOW,
        named=("pull",),
        account=Account("default"),
        **stated,  # type: ignore[arg-type]
    )


def passwords(image: Image, password: str = PASSWORD) -> dict[tuple[str, str], SecretStr]:
    return {("pull", image.host): SecretStr(password)}


async def tried(image: Image, evidence: Evidence, password: str = PASSWORD) -> tuple[Trial, ...]:
    probe = await look_at(image, PLAIN, NOW)
    return await try_logins(evidence, passwords(image, password), probe, PLAIN)


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with (
        FakeRegistry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("team")
        await push(harbor.admin, "team/app", "1")
        yield harbor


async def robot(harbor: SimulatedHarbor, *actions: str) -> ApiCaller:
    return await harbor.create_robot("team", "ci", actions=actions or ("pull",))


def challenging(realm: str) -> ScriptedServer:
    """A registry that sends its clients to a token service."""

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        challenge = f'Bearer realm="{realm}",service="harbor-registry"'
        return web.Response(status=401, headers={"WWW-Authenticate": challenge})

    return ScriptedServer(answer)


async def test_a_good_login_pulls_and_no_pull_is_counted(harbor: SimulatedHarbor) -> None:
    image, login = image_at(harbor.simulator.url), await robot(harbor)

    (trial,) = await tried(image, evidence_of(image, login.name), login.password)

    assert trial == Trial("pull", login.name, Result.PULLS)
    assert harbor.simulator.state.repositories[1].pulls == []


async def test_a_wrong_password_is_refused(harbor: SimulatedHarbor) -> None:
    image, login = image_at(harbor.simulator.url), await robot(harbor)

    (trial,) = await tried(image, evidence_of(image, login.name))

    assert trial.result is Result.REFUSED


async def test_a_login_without_right_is_told_from_a_wrong_one(harbor: SimulatedHarbor) -> None:
    image, login = image_at(harbor.simulator.url), await robot(harbor, "delete")

    (trial,) = await tried(image, evidence_of(image, login.name), login.password)

    assert trial.result is Result.NO_RIGHT


@pytest.mark.parametrize(("name", "tags"), [("team/app:2", ("1",)), ("team/other:1", None)])
async def test_a_tag_is_told_from_a_repository(
    harbor: SimulatedHarbor, name: str, tags: tuple[str, ...] | None
) -> None:
    host, login = image_at(harbor.simulator.url).host, await robot(harbor)
    image = read_image(f"{host}/{name}")

    (trial,) = await tried(image, evidence_of(image, login.name), login.password)

    assert (trial.result, trial.tags) == (Result.NOT_FOUND, tags)


async def test_without_a_pull_secret_it_is_tried_as_anybody(harbor: SimulatedHarbor) -> None:
    image = image_at(harbor.simulator.url)

    (trial,) = await tried(image, evidence_of(image, secrets={}))

    assert trial == Trial("", "", Result.NO_RIGHT)


async def test_nothing_is_tried_where_a_pull_secret_may_not_be_read(
    harbor: SimulatedHarbor,
) -> None:
    image = image_at(harbor.simulator.url)
    unread = {"pull": PullSecret("pull", exists=None)}

    assert await tried(image, evidence_of(image, secrets=unread)) == ()


async def test_no_login_goes_where_the_token_service_is_elsewhere() -> None:
    async with challenging("https://elsewhere.example/service/token") as server:
        image = image_at(server.url)

        trials = await tried(image, evidence_of(image))

    assert trials == ()
    assert [seen.target for seen in server.requests] == ["/v2/team/app/manifests/1"]
    assert "Authorization" not in server.requests[0].headers


async def test_nothing_is_sent_to_a_server_that_is_not_trusted(tmp_path: Path) -> None:
    signer = Authority(tmp_path, "team-authority", datetime(2027, 1, 1, tzinfo=UTC))
    served = signer.serve("harbor", ["localhost", "127.0.0.1"])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(served.certificate, served.key)

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response()

    async with ScriptedServer(answer, tls=context) as server:
        probe = await look_at(image_at(server.url), PLAIN, NOW)

    assert server.requests == []
    assert probe.trouble is not None
    assert probe.certificate is not None
    assert (probe.certificate.subject, probe.certificate.issuer) == ("harbor", "team-authority")
    assert probe.certificate.names == ("localhost", "127.0.0.1")
    assert probe.certificate.not_after == datetime(2027, 1, 31, tzinfo=UTC)


async def test_plain_http_is_spoken_only_where_it_is_allowed() -> None:
    async with challenging("http://127.0.0.1/service/token") as server:
        probe = await look_at(image_at(server.url), HostRules(), NOW)

    assert server.requests == []
    assert probe.trouble is not None
    assert probe.trouble.symptom is Symptom.PLAIN_HTTP


async def test_a_host_that_cannot_be_is_told_without_asking_anybody() -> None:
    probe = await look_at(read_image(f"{'a' * 64}.example/team/app:1"), PLAIN, NOW)

    assert probe.trouble is not None
    assert probe.trouble.symptom is Symptom.NO_SUCH_HOST


async def test_the_clock_of_the_host_is_read() -> None:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(headers={"Date": "Sun, 01 Mar 2026 12:00:07 GMT"})

    async with ScriptedServer(answer) as server:
        probe = await look_at(image_at(server.url), PLAIN, NOW)

    assert probe.ahead == timedelta(seconds=7)


async def test_a_connection_says_what_is_allowed_at_its_hosts() -> None:
    cluster = FakeCluster()
    body = an_object(CONNECTION, "default", registryHosts=["harbor.example:8080"])
    body["spec"] = {
        "url": "http://harbor.svc:80",
        "credentialsSecretRef": {"namespace": "ops", "name": "login"},
    }
    cluster.put(CONNECTION.resource, body)

    rules = await rules_of(cluster, ["harbor.example:8080", "ghcr.io", "localhost:5000"], "PEM")

    assert rules == {
        "harbor.example:8080": HostRules(plain_http=True, ca_bundle="PEM"),
        "ghcr.io": HostRules(plain_http=False, ca_bundle="PEM"),
        "localhost:5000": HostRules(plain_http=True, ca_bundle="PEM"),
    }


async def test_nothing_is_asked_of_anybody_when_it_is_not_wanted() -> None:
    async with challenging("http://127.0.0.1/service/token") as server:
        image = image_at(server.url)
        options = WhyOptions(command="why", target="pod/web-1", no_try=True)
        case = Case("pod/web-1", "payments", 1, (evidence_of(image),), (), (), passwords(image))

        variables = {"HARBOR_URL": server.url, "HARBOR_USERNAME": "somebody"}
        seen = await go_beyond(case, options, FakeCluster(), variables)

    assert server.requests == []
    assert seen.notes == (
        "no pull was tried from here (--no-try)",
        "Harbor itself was not asked: HARBOR_PASSWORD must be set, too",
    )


async def test_no_password_is_in_what_is_known(harbor: SimulatedHarbor) -> None:
    image, login = image_at(harbor.simulator.url), await robot(harbor)
    evidence = (evidence_of(image, login.name),)
    secret = passwords(image, login.password)
    case = Case("pod/web-1", "payments", 1, evidence, (), (), secret)
    options = WhyOptions(command="why", target="pod/web-1")

    seen = await go_beyond(case, options, FakeCluster(), {"HARBOR_URL": "http://127.0.0.1:1"})

    assert [trial.result for trial in seen.evidence[0].trials] == [Result.PULLS]
    encoded = base64.b64encode(f"{login.name}:{login.password}".encode()).decode()
    for text in (repr(seen), repr(seen.passwords), json.dumps(seen.notes)):
        assert login.password not in text
        assert encoded not in text
