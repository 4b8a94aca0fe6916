"""The installed operator's whole life: all samples come to Ready, are disturbed, and go."""

import base64
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from harbor_operator.api.base import (
    ANNOTATION_IMAGE_PULL_SECRETS,
    ANNOTATION_ROTATE,
    GROUP,
    LABEL_MANAGED,
)
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.crds import KINDS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core import dockerconfig
from harbor_operator.engine.secrets import username_in
from harbor_operator.kube.resources import ObjectKey
from testbed.control_plane.audit import Request
from testbed.harbor import HarborSimulator
from testbed.tools.waiting import until
from tests.support.cluster import condition, is_ready
from tests.support.deployed import ACCOUNT, NAMESPACE, SAMPLES, USER, Installation
from tests.support.kubectl import Json, read_manifests
from tests.support.operator_process import OperatorProcess

ADMIN_PASSWORD = "Made-Up-Password-8Kp"
PATIENCE = 30.0
"""Seconds for what takes three on an idle machine."""
AUTHORITY = {"kind": "ConfigMap", "namespace": NAMESPACE, "name": "harbor-ca", "key": "ca.crt"}
"""Where the connection's authority is kept, so that the operator has to read a ConfigMap, too."""


ROBOT_SECRET = ObjectKey("payments", "payments-pull")
PULLED = (
    ObjectKey("payments-prod", "payments-images"),
    ObjectKey("payments-staging", "payments-images"),
    ObjectKey("payments", "harbor-pull"),
)
"""Where samples deliver that robot's credential."""

MOVED = ObjectKey("partner", "payments-images-partner")
"""A delivered Secret whose namespace its pull secret leaves in the end."""
ELSEWHERE = "elsewhere"
"""A namespace that this pull secret is to reach then."""

ENTRIES = [
    "payments-prod/payments-images",
    "payments-staging/payments-images",
    "payments/harbor-pull",
]
"""What the samples put into default ServiceAccounts."""
PROJECTS_LEFT = {"library", "payments", "payments.legacy", "platform.base-images"}
"""What the samples leave in Harbor."""

Awaited = Callable[[str | None], bool]
"""Whether all of these Secrets may hold that user name after a disturbance."""


@dataclass(frozen=True, slots=True)
class Life:
    """What was seen of one operator from its installation to the end of its last object."""

    unready: dict[str, str]
    """Objects that did not become Ready, and why."""
    hanging: list[str]
    """What was said of objects that could not be deleted."""
    unkept: list[str]
    """Promises about credentials that it did not keep in time."""
    failures: list[Json]
    """What a pull secret says of its targets, one of which is namespace `ELSEWHERE`."""
    entries: list[str]
    """What default ServiceAccounts listed while all was up."""
    requests: list[Request]
    leftovers: list[str]
    """What it had written to the cluster and not taken away."""
    projects: set[str]
    """The projects in Harbor after the end."""

    @property
    def refused(self) -> set[tuple[str, str, str]]:
        """What it asked for in vain: resource, verb and namespace."""
        forbidden = (r for r in self.requests if r.status == HTTPStatus.FORBIDDEN)
        return {(r.resource, r.verb, r.namespace) for r in forbidden}


async def live(
    installation: Installation, folder: Path, environment: Mapping[str, str] | None = None
) -> Life:
    """Run the installed operator's whole life once, as its own ServiceAccount.

    Args:
        installation: Where; it logs reads, too.
        folder: For the operator's output.
        environment: Variables of the operator besides our own.
    """
    kubeconfig = await installation.plane.kubeconfig_for_service_account(NAMESPACE, ACCOUNT)
    operator = OperatorProcess(kubeconfig, folder, environment=environment)
    async with HarborSimulator(admin_password=ADMIN_PASSWORD) as harbor:
        await apply_samples(installation, harbor)
        async with operator:
            unready = await settle(installation)
            unkept = [*await upset_connection(installation), *await disturb(installation)]
            await switch_robot(installation)
            entries = await account_entries(installation)
            failures = await move_pull_secret(installation)
        async with operator:
            await until_all_are_read(installation)
            hanging = await take_down(installation)
        return Life(
            unready=unready,
            unkept=unkept,
            failures=failures,
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


async def upset_connection(installation: Installation) -> list[str]:
    """Give the connection a wrong password and the right one again; what it did not notice."""
    for password, ready in (("wrong", False), (ADMIN_PASSWORD, True)):
        await installation.kubectl(
            *("patch", "secret", "harbor-admin", f"--namespace={NAMESPACE}"),
            f"--patch={json.dumps({'stringData': {'password': password}})}",
        )

        async def is_noticed(*, ready: bool = ready) -> bool:
            [connection] = await listed(installation, CONNECTIONS.plural)
            return is_ready(connection) is ready

        try:
            await until(is_noticed, within=PATIENCE)
        except TimeoutError:
            return ["another password of the connection's Secret is noticed"]
    return []


async def disturb(installation: Installation) -> list[str]:
    """Ask for a rotation, edit a Secret and delete two; what was not dealt with in time."""
    promises = {
        "a rotation reaches the robot's Secret and its pull secrets": rotate,
        "an edited pull secret in another namespace is put right": edit_pull_secret,
        "a deleted pull secret in another namespace is made again": delete_pull_secret,
        "a robot's deleted Secret is made again": delete_robot_secret,
    }
    unkept = []
    for promise, trouble in promises.items():
        before = await username_of(installation, ROBOT_SECRET)
        awaited = await trouble(installation, before)

        async def is_kept(awaited: Awaited = awaited) -> bool:
            now = [await username_of(installation, place) for place in (ROBOT_SECRET, *PULLED)]
            return len(set(now)) == 1 and awaited(now[0])

        try:
            await until(is_kept, within=PATIENCE)
        except TimeoutError:
            unkept.append(promise)
    return unkept


async def rotate(installation: Installation, before: str | None) -> Awaited:
    """Ask for a new credential of the robot."""
    await installation.kubectl(
        *("annotate", ROBOTS.plural, ROBOT_SECRET.name, f"{ANNOTATION_ROTATE}=now"),
        f"--namespace={ROBOT_SECRET.namespace}",
    )
    return lambda now: now is not None and now != before


async def edit_pull_secret(installation: Installation, before: str | None) -> Awaited:
    """Put another login into a delivered Secret."""
    place = PULLED[0]
    empty = base64.b64encode(b'{"auths": {}}').decode()
    await installation.kubectl(
        *("patch", "secret", place.name, f"--namespace={place.namespace}"),
        f"--patch={json.dumps({'data': {dockerconfig.KEY: empty}})}",
    )
    return lambda now: now == before


async def delete_pull_secret(installation: Installation, before: str | None) -> Awaited:
    """Take a delivered Secret away."""
    await delete_secret(installation, PULLED[1])
    return lambda now: now == before


async def delete_robot_secret(installation: Installation, before: str | None) -> Awaited:
    """Take the robot's own Secret away."""
    await delete_secret(installation, ROBOT_SECRET)
    return lambda now: now == before


async def delete_secret(installation: Installation, place: ObjectKey) -> None:
    """Delete a Secret as a person does."""
    await installation.kubectl("delete", "secret", place.name, f"--namespace={place.namespace}")


async def username_of(installation: Installation, place: ObjectKey) -> str | None:
    """Whom a Secret logs in as, None where there is none or it does not say."""
    answer = await installation.kubectl(
        *("get", "secret", place.name, f"--namespace={place.namespace}"),
        *("--output=json", "--ignore-not-found"),
    )
    return username_in(json.loads(answer)) if answer else None


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


async def move_pull_secret(installation: Installation) -> list[Json]:
    """Give a pull secret other targets; which of them it could not serve in the end."""
    names = {"names": ["payments-staging", ELSEWHERE]}
    moved = f"{PULL_SECRETS.plural}/{MOVED.name}"
    await installation.kubectl(
        *("patch", moved, "--namespace=payments", "--type=merge"),
        f"--patch={json.dumps({'spec': {'targets': {'namespaces': names}}})}",
    )
    await installation.kubectl(
        *("wait", "--for=delete", f"secret/{MOVED.name}", f"--namespace={MOVED.namespace}"),
        f"--timeout={PATIENCE:.0f}s",
    )
    await settle(installation)
    answer = await installation.kubectl("get", moved, "--namespace=payments", "--output=json")
    failures: list[Json] = json.loads(answer)["status"].get("failures", [])
    return failures


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
