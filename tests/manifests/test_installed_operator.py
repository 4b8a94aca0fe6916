"""The operator under its own roles: it brings all samples to Ready, and takes them down."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass

import pytest
import pytest_asyncio

from harbor_operator.api.base import (
    ANNOTATION_IMAGE_PULL_SECRETS,
    GROUP,
    LABEL_MANAGED,
)
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.crds import KINDS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from testbed.control_plane.audit import Request
from testbed.harbor import HarborSimulator
from testbed.tools.waiting import until
from tests.support.cluster import condition, is_ready
from tests.support.deployed import ACCOUNT, NAMESPACE, SAMPLES, USER, Installation
from tests.support.kubectl import Json, read_manifests
from tests.support.operator_process import OperatorProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADMIN_PASSWORD = "Made-Up-Password-8Kp"
PATIENCE = 30.0
"""Seconds for what takes three on an idle machine."""
AUTHORITY = {"kind": "ConfigMap", "namespace": NAMESPACE, "name": "harbor-ca", "key": "ca.crt"}
"""Where the connection's authority is kept, so that the operator has to read a ConfigMap, too."""


@dataclass(frozen=True, slots=True)
class Life:
    """What was seen of one operator from its installation to the end of its last object."""

    unready: dict[str, str]
    """Objects that did not become Ready, and why."""
    hanging: list[str]
    """What was said of objects that could not be deleted."""
    entries: list[str]
    """What default ServiceAccounts listed while all was up."""
    requests: list[Request]
    leftovers: list[str]
    """What it had written to the cluster and not taken away."""
    projects: set[str]
    """The projects in Harbor after the end."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def life(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Life]:
    """Run the installed operator's whole life once."""
    kubeconfig = await installation.plane.kubeconfig_for_service_account(NAMESPACE, ACCOUNT)
    operator = OperatorProcess(kubeconfig, tmp_path_factory.mktemp("operator"))
    async with HarborSimulator(admin_password=ADMIN_PASSWORD) as harbor:
        await apply_samples(installation, harbor)
        async with operator:
            unready = await settle(installation)
            await switch_robot(installation)
            entries = await account_entries(installation)
        async with operator:
            await until_all_are_read(installation)
            hanging = await take_down(installation)
        yield Life(
            unready=unready,
            hanging=hanging,
            entries=entries,
            requests=installation.plane.audit.requests(user=USER),
            leftovers=await leftovers(installation),
            projects={project.name for project in harbor.state.projects.values()},
        )


async def apply_samples(installation: Installation, harbor: HarborSimulator) -> None:
    """Apply all samples in order, with the address and the password of a Harbor that is there."""
    authority = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": AUTHORITY["name"], "namespace": NAMESPACE},
        "data": {AUTHORITY["key"]: installation.plane.ca_file.read_text()},
    }
    await installation.kubectl.apply(authority)
    for sample in SAMPLES:
        await installation.kubectl.apply(
            *(pointed_at(manifest, harbor) for manifest in read_manifests(sample))
        )


def pointed_at(manifest: Json, harbor: HarborSimulator) -> Json:
    """A sample's manifest with what every user has to fill in."""
    match manifest["kind"]:
        case CONNECTIONS.kind:
            spec = {**manifest["spec"], "url": harbor.url, "caBundleRef": AUTHORITY}
            return {**manifest, "spec": spec}
        case "Secret":
            login = {"username": "admin", "password": ADMIN_PASSWORD}
            return {**manifest, "stringData": login}
        case _:
            return manifest


async def settle(installation: Installation) -> dict[str, str]:
    """Wait until all objects are Ready; those that do not become so, and why."""
    seen: list[Json] = []

    async def all_are_ready() -> bool:
        seen[:] = await objects(installation)
        return all(map(is_ready, seen))

    try:
        await until(all_are_ready, within=PATIENCE)
    except TimeoutError:
        return {f"{o['kind']} {o['metadata']['name']}": told(o) for o in seen if not is_ready(o)}
    return {}


async def switch_robot(installation: Installation) -> None:
    """Have the robot go that was made for a pull secret's projects, as it names another one."""
    spec = {"spec": {"projectRefs": None, "robot": None, "robotRef": {"name": "payments-pull"}}}
    await installation.kubectl(
        *("patch", PULL_SECRETS.plural, "payments-self", "--namespace=payments"),
        *("--type=merge", f"--patch={json.dumps(spec)}"),
    )
    await installation.kubectl(
        *("wait", "--for=delete", f"{ROBOTS.plural}/payments-self-robot"),
        *("--namespace=payments", f"--timeout={PATIENCE:.0f}s"),
    )


def told(body: Json) -> str:
    """What an object says of itself."""
    found = condition(body, "Ready") or {}
    return f"{found.get('reason')}: {found.get('message')}"


async def objects(installation: Installation) -> list[Json]:
    """All objects of the operator's kinds."""
    return await listed(installation, ",".join(f"{kind.plural}.{GROUP}" for kind in KINDS))


async def listed(installation: Installation, kinds: str, *options: str) -> list[Json]:
    """Objects of all namespaces."""
    answer = await installation.kubectl("get", kinds, "--all-namespaces", "--output=json", *options)
    items: list[Json] = json.loads(answer)["items"]
    return items


async def account_entries(installation: Installation) -> list[str]:
    """Which pull secrets the default ServiceAccounts list, with their namespace."""
    return sorted(
        f"{account['metadata']['namespace']}/{entry['name']}"
        for account in await listed(installation, "serviceaccounts")
        for entry in account.get("imagePullSecrets", ())
    )


async def until_all_are_read(installation: Installation) -> None:
    """Wait until the restarted operator has looked at objects of all kinds."""
    kinds = {f"{kind.plural}.{GROUP}" for kind in KINDS}

    async def all_were() -> bool:
        requests = installation.plane.audit.requests(user=USER)
        return kinds <= {request.resource for request in requests if request.verb == "get"}

    with suppress(TimeoutError):  # the comparison of verbs says it better
        await until(all_were, within=PATIENCE)


async def take_down(installation: Installation) -> list[str]:
    """Delete everything in the order of the documentation; what was said if that does not end."""
    said = []
    for kind in (PULL_SECRETS, ROBOTS, PROJECTS, CONNECTIONS):
        everywhere = () if kind is CONNECTIONS else ("--all-namespaces",)
        plural = f"{kind.plural}.{GROUP}"
        try:
            await installation.kubectl(
                "delete", plural, "--all", *everywhere, f"--timeout={PATIENCE:.0f}s"
            )
        except AssertionError as refusal:
            said.append(str(refusal))
            break
    return said


async def leftovers(installation: Installation) -> list[str]:
    """Managed Secrets and notes on ServiceAccounts."""
    secrets = await listed(installation, "secrets", f"--selector={LABEL_MANAGED}=true")
    accounts = await listed(installation, "serviceaccounts")
    noted = [
        account
        for account in accounts
        if ANNOTATION_IMAGE_PULL_SECRETS in account["metadata"].get("annotations", {})
        or account.get("imagePullSecrets")
    ]
    return [f"{o['kind']} {o['metadata']['name']}" for o in (*secrets, *noted)]


def granted(installation: Installation) -> set[tuple[str, str]]:
    """What both roles allow, as resource and verb."""
    return {
        (qualified(resource, group), verb)
        for rule in rules(installation)
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def rules(installation: Installation) -> list[Json]:
    """The rules of the ClusterRole, and of the Role in the operator's own namespace."""
    return [rule for kind in ("ClusterRole", "Role") for rule in installation.only(kind)["rules"]]


def qualified(resource: str, group: str) -> str:
    """A resource as the audit log names it: the group stands before the subresource."""
    plural, _, subresource = resource.partition("/")
    name = f"{plural}.{group}" if group else plural
    return f"{name}/{subresource}" if subresource else name


def used(requests: Iterable[Request]) -> set[tuple[str, str]]:
    """What was asked for, as resource and verb."""
    return {(request.resource, request.verb) for request in requests}


async def test_all_samples_become_ready_together(life: Life) -> None:
    assert life.unready == {}
    assert life.entries == [
        "payments-prod/payments-images",
        "payments-staging/payments-images",
        "payments/harbor-pull",
    ]


async def test_the_role_lacks_nothing(life: Life, installation: Installation) -> None:
    refused = {(r.resource, r.verb) for r in life.requests if r.status == 403}

    assert refused == set()
    assert used(life.requests) - granted(installation) == set()


async def test_the_role_grants_nothing_that_is_not_used(
    life: Life, installation: Installation
) -> None:
    assert granted(installation) - used(life.requests) == set()


async def test_the_role_holds_no_wildcard(installation: Installation) -> None:
    named = [value for rule in rules(installation) for values in rule.values() for value in values]

    assert [value for value in named if "*" in value] == []


async def test_deleted_samples_leave_only_what_they_say(life: Life) -> None:
    assert life.hanging == []
    assert life.leftovers == []
    assert life.projects == {"library", "payments", "payments.legacy", "platform.base-images"}
