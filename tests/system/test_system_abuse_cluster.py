"""What a tenant tries in order to get at other namespaces or at the operator, by its own token.

docs/security.md names these tests beside the controls that they try.
"""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from harbor_operator.api.base import (
    ANNOTATION_ACCEPT_PULL_SECRETS,
    ANNOTATION_IMAGE_PULL_SECRETS,
    LABEL_OWNER_KIND,
    LABEL_OWNER_NAMESPACE,
    LABEL_OWNER_UID,
)
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.api.values import MAX_TOKEN_LENGTH
from testbed.tools.waiting import until
from tests.support.cluster import NAMESPACES, PATIENCE, condition, decoded, has_reason, status_of
from tests.support.custom_resources import AnyKind, Json, manifest
from tests.support.system_world import CREDENTIALS, SystemWorld, cluster_path, connection_spec
from tests.support.team import Team, accesses
from tests.support.tenant import Tenant, tenant_of

COLLECTION_SECONDS = 60.0
"""A garbage collector that has just started looks for new kinds every half minute."""

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION: Json = {
    "tenants": [
        {
            "namespaces": {"names": ["owner-*", "rogue-*"]},
            "projects": ["{namespace}", "{namespace}.*"],
        }
    ],
    "distribution": [{"from": ["owner-*"], "to": {"names": ["fed-*"]}}],
    "driftCheckPeriod": "24h",
}
MANY = 40
SOON = 5.0
"""Seconds within which a change is served while another namespace keeps the operator busy."""
WANTED = {"images": "yes"}
"""The label of the namespaces that the owner would serve."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(world: SystemWorld) -> AsyncIterator[Tenant]:
    """A team that serves its own namespace and all that have a label."""
    async with tenant_of(world, "owner") as tenant:
        await tenant.project("web")
        await tenant.robot("puller", "web")
        label = {"names": [tenant.namespace], "selector": {"matchLabels": WANTED}}
        accounts = {"serviceAccounts": {"names": ["default"]}}
        await tenant.pull_secret("pull", "puller", targets={"namespaces": label}, **accounts)
        await tenant.ready(PULL_SECRETS, "pull")
        yield tenant


@pytest_asyncio.fixture(loop_scope="module")
async def rogue(world: SystemWorld, owner: Tenant) -> AsyncIterator[Tenant]:
    """Another team, whose people are after the first one's."""
    before = await state_of(owner)
    async with tenant_of(world, "rogue") as tenant:
        yield tenant
    assert await state_of(owner) == before


async def state_of(owner: Team) -> list[object]:
    """What the owner has in its namespace."""
    secrets = [await owner.secret(name) for name in ("puller", "puller-ledger", "pull")]
    account = await owner.world.cluster.get(owner.core_path("serviceaccounts", "default"))
    robot = await owner.world.cluster.get(owner.path(ROBOTS, "puller"))
    kept = [(x["metadata"]["uid"], x["data"], x["metadata"]["labels"]) for x in secrets]
    return [kept, account.get("imagePullSecrets"), robot["metadata"]["uid"], robot["spec"]]


async def secrets_of(team: Team) -> dict[str, str]:
    """All that the Secrets of a namespace hold, by name."""
    listed = await team.world.cluster.get(team.core_path("secrets"))
    return {body["metadata"]["name"]: json.dumps(decoded(body)) for body in listed["items"]}


async def password_of(owner: Team) -> str:
    """What a thief is after."""
    return decoded(await owner.secret("puller"))["password"]


def forged(owner: Json, kind: AnyKind, name: str = "pull") -> Json:
    """A Secret that says to be the operator's, for somebody else's object."""
    metadata = owner["metadata"]
    labels = {
        "harbor-operator.dev/managed": "true",
        LABEL_OWNER_KIND: kind.kind,
        LABEL_OWNER_NAMESPACE: metadata["namespace"],
        LABEL_OWNER_UID: metadata["uid"],
        "harbor-operator.dev/robot-uid": metadata["uid"],
    }
    note = {"harbor-operator.dev/owner-name": metadata["name"]}
    return {"metadata": {"name": name, "labels": labels, "annotations": note}, "data": {}}


async def test_another_namespace_cannot_be_read_or_written(owner: Tenant, rogue: Tenant) -> None:
    secrets = [owner.core_path("secrets", name) for name in ("puller", "puller-ledger", "pull")]
    operator = f"{NAMESPACES}/{CREDENTIALS[0]}"
    paths = [*secrets, owner.path(ROBOTS, "puller"), f"{operator}/secrets/{CREDENTIALS[1]}"]
    account = f"{operator}/serviceaccounts/default/token"

    read = [(await rogue.ask("GET", path)).status for path in paths]
    written = [(await rogue.ask("DELETE", path)).status for path in paths]
    token = await rogue.ask("POST", account, {"spec": {"expirationSeconds": 3600}})

    assert {*read, *written, token.status} == {403}


async def test_a_tenant_cannot_make_or_change_a_connection(rogue: Tenant) -> None:
    path, spec = cluster_path(CONNECTIONS), connection_spec(rogue.world.harbor.url)
    open_to_all = {"spec": {"tenants": [{"namespaces": {"names": ["*"]}, "maxAccess": "System"}]}}

    made = await rogue.ask("POST", path, manifest(CONNECTIONS, "own", spec))
    changed = await rogue.ask("PATCH", rogue.world.connection_path, open_to_all)

    assert (made.status, changed.status) == (403, 403)


async def test_nothing_is_delivered_into_another_namespace(owner: Tenant, rogue: Tenant) -> None:
    await rogue.project("web")
    targets = {"namespaces": {"names": [owner.namespace, "kube-*", CREDENTIALS[0]]}}

    await rogue.pull_secret_of("rogue", "web", targets=targets, serviceAccounts={"all": True})

    body = await rogue.ready(
        PULL_SECRETS, "rogue", lambda b: condition(b, "Distributed") is not None
    )
    counts = status_of(body, "targets")
    assert (counts["ready"], counts["denied"]) == (0, counts["desired"])
    assert await owner.world.cluster.find(owner.core_path("secrets", "rogue")) is None


async def test_a_forged_label_brings_no_pull_secret(owner: Tenant, rogue: Tenant) -> None:
    await rogue.admin_lets_label_namespace()
    accepts = {ANNOTATION_ACCEPT_PULL_SECRETS: "nobody"}
    looks = status_of(await owner.ready(PULL_SECRETS, "pull"), "targets")

    answer = await rogue.label_namespace(
        {**WANTED, "kubernetes.io/metadata.name": rogue.namespace}, **accepts
    )
    assert answer.status == 200, answer.message
    denied = {**looks, "desired": looks["desired"] + 1, "denied": looks["denied"] + 1}
    await owner.ready(PULL_SECRETS, "pull", lambda b: status_of(b, "targets") == denied)

    assert "pull" not in await secrets_of(rogue)
    await rogue.label_namespace({"images": "no"})
    await owner.ready(PULL_SECRETS, "pull", lambda b: status_of(b, "targets") == looks)


async def test_a_namespace_cannot_take_the_name_of_another_by_a_label(rogue: Tenant) -> None:
    await rogue.admin_lets_label_namespace()

    await rogue.label_namespace({"kubernetes.io/metadata.name": "fed-1"})

    named = await rogue.admin.cluster.get(f"{NAMESPACES}/{rogue.namespace}")
    assert named["metadata"]["labels"]["kubernetes.io/metadata.name"] == rogue.namespace


@pytest.mark.parametrize(
    ("kind", "spec", "field"),
    [
        (PULL_SECRETS, {"robotRef": {"name": "puller"}}, "robotRef"),
        (PULL_SECRETS, {"projectRefs": [{"name": "web"}]}, "projectRefs"),
        (PROJECTS, {"webhooks": [{}]}, "webhooks"),
    ],
    ids=["a robot", "a project", "a webhook's Secret"],
)
async def test_a_reference_has_no_namespace(
    owner: Tenant, rogue: Tenant, kind: AnyKind, spec: Json, field: str
) -> None:
    wanted = json.loads(json.dumps(spec))
    [ref] = wanted[field] if isinstance(wanted[field], list) else [wanted[field]]
    if kind is PROJECTS:
        secret = {"name": "puller", "key": "password", "namespace": owner.namespace}
        ref |= {"name": "w", "events": ["PUSH_ARTIFACT"], "address": "https://rogue.example.com"}
        ref["authHeaderSecretRef"] = secret
    else:
        ref["namespace"] = owner.namespace

    path = f"{rogue.path(kind)}?dryRun=All&fieldValidation"
    strict = await rogue.ask("POST", f"{path}=Strict", manifest(kind, "pull", wanted))
    pruned = await rogue.ask("POST", f"{path}=Ignore", manifest(kind, "pull", wanted))

    assert strict.status == 400
    assert "namespace" in strict.message
    assert owner.namespace not in json.dumps(pruned.body.get("spec", {}))


async def test_a_forged_managed_secret_is_not_filled(owner: Tenant, rogue: Tenant) -> None:
    password = await password_of(owner)
    theirs = [(await owner.ready(k, n), k) for k, n in ((PULL_SECRETS, "pull"), (ROBOTS, "puller"))]
    for number, (body, kind) in enumerate(theirs):
        secret = forged(body, kind, f"pull{number or ''}")
        assert (await rogue.ask("POST", rogue.core_path("secrets"), secret)).status == 201
    await owner.look_again(PULL_SECRETS, "pull")
    await owner.look_again(ROBOTS, "puller")

    held = await secrets_of(rogue)

    assert [name for name, text in held.items() if password in text] == []


async def test_a_planted_ledger_is_not_believed(rogue: Tenant) -> None:
    await rogue.project("web")
    await rogue.robot("first", "web")
    await rogue.ready(ROBOTS, "first")
    copy = await rogue.secret("first-ledger")
    copy["metadata"] = {"name": "second-ledger", "labels": copy["metadata"]["labels"]}
    await rogue.world.cluster.create(rogue.core_path("secrets"), copy)

    await rogue.robot("second", "web")

    await rogue.ready(ROBOTS, "second", has_reason("SecretNotOwned", stalled=True))
    assert len(rogue.robots("web")) == 1


async def test_a_forged_owner_reference_deletes_and_takes_nothing(
    owner: Tenant, rogue: Tenant
) -> None:
    robot = await owner.ready(ROBOTS, "puller")
    reference = {
        "apiVersion": robot["apiVersion"],
        "kind": robot["kind"],
        "name": "puller",
        "uid": robot["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    await rogue.project("web")
    body = manifest(
        ROBOTS, "puller", {"access": [{"projectRef": {"name": "web"}, "preset": "Pull"}]}
    )
    body["spec"]["connectionRef"] = {"name": rogue.world.connection}
    body["metadata"]["ownerReferences"] = [reference]

    await rogue.world.cluster.create(rogue.path(ROBOTS), body)

    await rogue.world.cluster.gone(rogue.path(ROBOTS, "puller"), within=COLLECTION_SECONDS)
    assert (await owner.ready(ROBOTS, "puller"))["metadata"]["uid"] == reference["uid"]


async def test_a_forged_child_robot_gains_nothing(rogue: Tenant) -> None:
    await rogue.project("web")
    await rogue.pull_secret_of("pull", "web")
    await rogue.ready(PULL_SECRETS, "pull")

    access = [{"projectRef": {"name": "web"}, "preset": "PullPush"}]
    await rogue.change(ROBOTS, "pull-robot", access=access)

    async def only_pulls() -> bool:
        (robot,) = rogue.robots("web")
        return ("repository", "push") not in accesses(robot)

    await rogue.ready(ROBOTS, "pull-robot", lambda b: b["spec"]["access"][0]["preset"] == "Pull")
    await until(only_pulls, within=PATIENCE)
    await rogue.ready(PULL_SECRETS, "pull")


async def test_a_forged_note_on_an_account_touches_that_account_alone(
    owner: Tenant, rogue: Tenant
) -> None:
    body = await owner.ready(PULL_SECRETS, "pull")
    note = {ANNOTATION_IMAGE_PULL_SECRETS: json.dumps({"pull": body["metadata"]["uid"]})}
    patch = {"metadata": {"annotations": note}, "imagePullSecrets": [{"name": "pull"}]}

    answer = await rogue.ask("PATCH", rogue.core_path("serviceaccounts", "default"), patch)
    await owner.look_again(PULL_SECRETS, "pull")

    assert answer.status == 200
    assert "pull" not in await secrets_of(rogue)


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        (PROJECTS, {"projectName": "../library"}),
        (PROJECTS, {"projectName": "a%2f..%2fb"}),
        (PROJECTS, {"projectName": "a/b"}),
        (PROJECTS, {"projectName": "a?x=1"}),
        (PROJECTS, {"projectName": "a\r\nHost: b"}),
        (PROJECTS, {"projectName": "7"}),
        (ROBOTS, {"robotName": "../1"}),
        (ROBOTS, {"robotName": "a+b"}),
        (ROBOTS, {"robotName": "robot$admin"}),
        (ROBOTS, {"secretName": "../kube-system/token"}),
        (PULL_SECRETS, {"secretName": "a/b"}),
        (PULL_SECRETS, {"registryHosts": ["harbor.example.com/../x"]}),
        (PULL_SECRETS, {"secretTemplate": {"labels": {"harbor-operator.dev/managed": "false"}}}),
        (PULL_SECRETS, {"verification": {"mode": "Manifest", "manifest": {"repository": "../x"}}}),
    ],
    ids=str,
)
async def test_a_name_that_would_lead_elsewhere_is_refused(
    rogue: Tenant, kind: AnyKind, spec: Json
) -> None:
    least: dict[str, Json] = {
        PROJECTS.kind: {},
        ROBOTS.kind: {"access": [{"projectRef": {"name": "web"}, "preset": "Pull"}]},
        PULL_SECRETS.kind: {"robotRef": {"name": "ci"}},
    }
    good = manifest(kind, "try", least[kind.kind])
    bad = manifest(kind, "try", {**least[kind.kind], **spec})
    path = f"{rogue.path(kind)}?dryRun=All"

    assert (await rogue.ask("POST", path, good)).status == 201
    assert (await rogue.ask("POST", path, bad)).status == 422


async def test_oversize_values_are_refused_or_cut(rogue: Tenant) -> None:
    huge = [{"name": f"label-{n}", "description": "x" * 1000} for n in range(500)]
    answer = await rogue.ask(
        "POST", rogue.path(PROJECTS), manifest(PROJECTS, "huge", {"labels": huge})
    )
    await rogue.project("web")

    await rogue.annotate(PROJECTS, "web", "reconcile-requested-at", "x" * 200_000)

    body = await rogue.ready(
        PROJECTS, "web", lambda b: (status_of(b, "lastHandledReconcileAt") or "").startswith("x")
    )
    assert answer.status == 422
    assert len(status_of(body, "lastHandledReconcileAt")) == MAX_TOKEN_LENGTH


async def test_many_objects_and_hostile_patterns_hold_up_nobody_else(
    owner: Tenant, rogue: Tenant
) -> None:
    glob = "*".join("a" * 30)
    await rogue.project("web")
    await rogue.robot("ci", "web")
    for number in range(4):
        targets = {"namespaces": {"names": [f"{glob[number:]}b"]}}
        await rogue.pull_secret(f"slow{number}", "ci", targets=targets)
    names = [f"p{number}" for number in range(MANY)]
    await asyncio.gather(*(rogue.project(name) for name in names))

    async with asyncio.timeout(SOON):
        await owner.look_again(PROJECTS, "web")
        await owner.look_again(PULL_SECRETS, "pull")

    await asyncio.gather(*(rogue.ready(PROJECTS, name) for name in names))
    for kind in (PULL_SECRETS, ROBOTS, PROJECTS):
        assert (await rogue.ask("DELETE", rogue.path(kind))).status == 200
