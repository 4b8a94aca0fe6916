"""A project may refuse to give out images without a signature, as Harbor does."""

from collections.abc import AsyncIterator

import pytest

from testbed.harbor import HarborSimulator
from testbed.harbor.token_issuer import Grant
from tests.support.api_caller import ApiCaller, Reply
from tests.support.fake_registry import FakeRegistry
from tests.support.image import (
    BUNDLE_TYPE,
    EMPTY,
    MANIFEST,
    digest_of,
    index,
    push,
    push_manifest,
    signature,
)
from tests.support.simulated_harbor import SimulatedHarbor, running

NOTATION_TYPE = "application/vnd.cncf.notary.signature"
COSIGN, NOTATION = "enable_content_trust_cosign", "enable_content_trust"
IMAGE = "/v2/team/app/manifests/1"


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with (
        FakeRegistry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("team")
        await push(harbor.admin, "team/app", "1")
        yield harbor


async def demand(harbor: SimulatedHarbor, setting: str) -> None:
    """Switch a policy of the project on."""
    await harbor.admin("PUT", "/api/v2.0/projects/team", {"metadata": {setting: "true"}})


async def sign(harbor: SimulatedHarbor, kind: str = BUNDLE_TYPE) -> bytes:
    """Push a signature of the image."""
    content = signature(MANIFEST, kind)
    await push_manifest(harbor.admin, "team/app", "", content, EMPTY)
    return content


async def token_holder(harbor: SimulatedHarbor, *actions: str) -> dict[str, str]:
    """The headers of a robot with these rights that pulls as a container engine does."""
    robot = await harbor.create_robot("team", "engine", actions=actions)
    scope = "service=harbor-registry&scope=repository:team/app:pull"
    token = (await robot("GET", f"/service/token?{scope}")).field("token")
    return {"Authorization": f"Bearer {token}"}


async def pull(caller: ApiCaller, path: str = IMAGE, method: str = "GET", **headers: str) -> Reply:
    return await caller(method, path, headers=headers)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        pytest.param(COSIGN, "The image is not signed by cosign.", id="cosign"),
        pytest.param(NOTATION, "The image is not signed by notation.", id="notation"),
    ],
)
async def test_an_image_without_the_signature_is_refused_in_harbors_words(
    harbor: SimulatedHarbor, setting: str, message: str
) -> None:
    await demand(harbor, setting)

    got, asked = await pull(harbor.admin), await pull(harbor.admin, method="HEAD")

    assert (got.status, asked.status) == (412, 412)
    assert got.body == {"errors": [{"code": "PROJECTPOLICYVIOLATION", "message": message}]}


@pytest.mark.parametrize(
    ("setting", "kind", "status"),
    [
        pytest.param(COSIGN, BUNDLE_TYPE, 200, id="by cosign"),
        pytest.param(NOTATION, NOTATION_TYPE, 200, id="by notation"),
        pytest.param(COSIGN, NOTATION_TYPE, 412, id="by the other program"),
        pytest.param(COSIGN, "application/spdx+json", 412, id="by nobody"),
    ],
)
async def test_only_the_signature_that_is_demanded_opens_an_image(
    harbor: SimulatedHarbor, setting: str, kind: str, status: int
) -> None:
    await demand(harbor, setting)
    await sign(harbor, kind)

    assert (await pull(harbor.admin)).status == status


async def test_a_refused_pull_is_not_counted(harbor: SimulatedHarbor) -> None:
    await demand(harbor, COSIGN)

    await pull(harbor.admin)

    assert harbor.simulator.state.repositories[1].pulls == []


async def test_a_signature_needs_no_signature(harbor: SimulatedHarbor) -> None:
    await demand(harbor, COSIGN)
    content = await sign(harbor)

    assert (await pull(harbor.admin, f"/v2/team/app/manifests/{digest_of(content)}")).status == 200


async def test_the_signature_of_an_index_does_not_open_its_children(
    harbor: SimulatedHarbor,
) -> None:
    await demand(harbor, COSIGN)
    whole = index(MANIFEST)
    await push_manifest(harbor.admin, "team/app", "all", whole)
    await push_manifest(harbor.admin, "team/app", "", signature(whole), EMPTY)

    parent = await pull(harbor.admin, "/v2/team/app/manifests/all")
    child = await pull(harbor.admin)

    assert (parent.status, child.status) == (200, 412)


@pytest.mark.parametrize(
    ("agent", "actions", "status"),
    [
        pytest.param("cosign/v3.0.4", ("pull", "push"), 200, id="who signs"),
        pytest.param("notation/1.3.0", ("pull", "push"), 200, id="who signs by notation"),
        pytest.param("cosign/v3.0.4", ("pull",), 412, id="who cannot push a signature"),
        pytest.param("crane/0.22.1", ("pull", "push"), 412, id="who only pulls"),
    ],
)
async def test_who_is_about_to_sign_may_pull(
    harbor: SimulatedHarbor, agent: str, actions: tuple[str, ...], status: int
) -> None:
    await demand(harbor, COSIGN)
    headers = await token_holder(harbor, *actions)

    reply = await pull(harbor.anonymous, **headers, **{"User-Agent": agent})

    assert reply.status == status


async def test_a_scanner_may_pull_what_nobody_else_may(harbor: SimulatedHarbor) -> None:
    await demand(harbor, COSIGN)
    core = harbor.simulator.core
    grant = Grant("repository", "team/app", ("pull", "scanner-pull"))
    now = core.clock.seconds()
    token = core.tokens.issue("robot$scanner", [grant], now=now, lifetime_seconds=60)

    reply = await pull(harbor.anonymous, Authorization=f"Bearer {token}")

    assert reply.status == 200


async def test_a_password_instead_of_a_token_is_no_exemption(harbor: SimulatedHarbor) -> None:
    await demand(harbor, COSIGN)

    assert (await pull(harbor.admin, **{"User-Agent": "cosign/v3.0.4"})).status == 412
