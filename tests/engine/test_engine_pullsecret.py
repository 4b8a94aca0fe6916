"""A pull secret between the cluster and Harbor: what it writes, and what holds what up."""

from collections.abc import AsyncIterator

import pytest

from harbor_operator.api.base import LABEL_INJECT
from harbor_operator.core import dockerconfig
from harbor_operator.core.secret import Secret
from harbor_operator.engine.secrets import encode
from harbor_operator.kube.errors import Forbidden, Operation
from harbor_operator.kube.resources import SECRETS, SERVICE_ACCOUNTS
from tests.support.pull_world import SHOPS, TO_SHOPS, PullWorld, pull_world, reasons, username

REFUSED = Forbidden(Operation("create"), "quota exceeded", reason="Forbidden", status=403)


@pytest.fixture
async def world() -> AsyncIterator[PullWorld]:
    async with pull_world() as world:
        world.project()
        world.robot()
        yield world


async def test_a_secret_and_an_entry_reach_every_target(world: PullWorld) -> None:
    for shop in SHOPS:
        world.account(shop, "theirs")
    world.pull_secret(**TO_SHOPS, serviceAccounts={"names": ["default"]})

    outcome = await world.look()

    assert reasons(outcome)["Ready"] == "Succeeded"
    for shop in SHOPS:
        assert world.login_in(shop) == (username(1), Secret("password-1"))
        assert world.entries(shop) == ["theirs", "pull"]


async def test_a_second_look_writes_nothing(world: PullWorld) -> None:
    world.account("shop-a")
    world.pull_secret(**TO_SHOPS, serviceAccounts={"all": True})
    await world.look()
    before = len([r for r in world.kube.requests if r.verb not in {"get", "list"}])

    outcome = await world.look()

    assert outcome.status == {}
    assert len([r for r in world.kube.requests if r.verb not in {"get", "list"}]) == before


async def test_service_accounts_are_selected_by_their_labels(world: PullWorld) -> None:
    world.account("shop-a", name="runner", pulls="yes")
    world.account("shop-a", name="other")
    selector = {"matchLabels": {"pulls": "yes"}}
    world.pull_secret(**TO_SHOPS, serviceAccounts={"selector": selector})

    await world.look()

    assert world.entries("shop-a", "runner") == ["pull"]
    assert world.entries("shop-a", "other") == []


async def test_injection_is_a_label(world: PullWorld) -> None:
    world.pull_secret(admissionInjection=True)

    await world.look()

    body = world.secret("team")
    assert body is not None
    assert body["metadata"]["labels"][LABEL_INJECT] == "true"


async def test_a_namespace_that_refuses_holds_up_no_other(world: PullWorld) -> None:
    world.pull_secret(**TO_SHOPS)
    world.kube.fail_on("create", REFUSED)

    outcome = await world.look()

    assert outcome.status["failures"] == [{"namespace": "shop-a", "reason": "TargetFailed"}]
    assert world.login_in("shop-b") is not None
    assert outcome.delay == 30


async def test_a_service_account_that_refuses_is_told_and_holds_up_no_other(
    world: PullWorld,
) -> None:
    for shop in SHOPS:
        world.account(shop)
    world.pull_secret(**TO_SHOPS, serviceAccounts={"all": True})
    world.kube.fail_on("patch", None, REFUSED)

    outcome = await world.look()

    assert outcome.status["failures"] == [{"namespace": "shop-a", "reason": "TargetFailed"}]
    assert world.entries("shop-b") == ["pull"]


async def test_a_removal_that_is_refused_holds_the_object(world: PullWorld) -> None:
    world.pull_secret(**TO_SHOPS)
    await world.look()
    world.kube.fail_on("delete", REFUSED)

    outcome = await world.delete()

    assert not outcome.finished
    assert reasons(outcome)["Ready"] == "TargetFailed"
    assert world.secret("shop-b") is None


async def test_a_secret_that_was_edited_is_put_right(world: PullWorld) -> None:
    world.pull_secret()
    await world.look()
    body = world.secret("team")
    assert body is not None
    body["data"] = {dockerconfig.KEY: encode(Secret("{}"))}
    world.kube.put(SECRETS, body)

    await world.look()

    assert world.login_in("team") == (username(1), Secret("password-1"))


async def test_an_account_that_is_gone_is_forgotten(world: PullWorld) -> None:
    world.account("shop-a")
    world.pull_secret(**TO_SHOPS, serviceAccounts={"all": True})
    await world.look()
    world.kube.remove(SERVICE_ACCOUNTS, "default", "shop-a")

    outcome = await world.delete()

    assert outcome.finished
