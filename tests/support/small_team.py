"""What one team has: a project, a robot, and pull secrets in its own and in other namespaces."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from harbor_operator.api.base import ANNOTATION_IMAGE_PULL_SECRETS, GROUP, LABEL_MANAGED
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from testbed.harbor import HarborSimulator
from testbed.tools.waiting import until
from tests.support.cluster import is_ready
from tests.support.deployed import SAMPLES
from tests.support.kubectl import Json, Kubectl, read_manifests

ADMIN_PASSWORD = "Made-Up-Password-3Tz"
PATIENCE = 30.0
"""Seconds for what takes three on an idle machine."""
PARTS = ("01", "02", "04", "05", "06")
"""The samples that make up the team."""
DELIVERED = {
    "payments/harbor-pull",
    "payments-prod/payments-images",
    "payments-staging/payments-images",
}
"""The pull secrets that the team gets."""
IN_ORDER = (PULL_SECRETS, ROBOTS, PROJECTS, CONNECTIONS)
"""How the documentation takes objects away."""
EVERY_KIND = ",".join(f"{kind.plural}.{GROUP}" for kind in IN_ORDER)


@dataclass(frozen=True, slots=True)
class SmallTeam:
    """The team on one cluster, as its administrator sees it."""

    kubectl: Kubectl

    async def move_in(self, harbor: HarborSimulator) -> None:
        """Apply the team's objects, with the address and the password of a Harbor."""
        for sample in SAMPLES:
            if sample.name.startswith(PARTS):
                await self.kubectl.apply(
                    *(_pointed_at(manifest, harbor) for manifest in read_manifests(sample))
                )

    async def settled(self) -> None:
        """Wait until all objects are Ready.

        Raises:
            AssertionError: Some did not become so; the message is what they say.
        """

        async def all_are_ready() -> bool:
            return all(map(is_ready, await self.objects()))

        try:
            await until(all_are_ready, within=PATIENCE)
        except TimeoutError:
            unready = [body for body in await self.objects() if not is_ready(body)]
            raise AssertionError(f"not Ready: {[_told(body) for body in unready]}") from None

    async def move_out(self) -> None:
        """Delete all objects in the order of the documentation."""
        for kind in IN_ORDER:
            everywhere = () if kind is CONNECTIONS else ("--all-namespaces",)
            await self.kubectl(
                *("delete", f"{kind.plural}.{GROUP}", "--all", *everywhere),
                f"--timeout={PATIENCE:.0f}s",
            )

    async def objects(self) -> list[Json]:
        """All objects of the operator's kinds."""
        return await self._listed(EVERY_KIND)

    async def secrets(self) -> list[Json]:
        """All Secrets that the operator made."""
        return await self._listed("secrets", f"--selector={LABEL_MANAGED}=true")

    async def accounts(self) -> list[Json]:
        """The ServiceAccounts that the operator has something in."""
        return [
            account
            for account in await self._listed("serviceaccounts")
            if account.get("imagePullSecrets")
            or ANNOTATION_IMAGE_PULL_SECRETS in account["metadata"].get("annotations", {})
        ]

    async def _listed(self, kinds: str, *options: str) -> list[Json]:
        answer = await self.kubectl("get", kinds, "--all-namespaces", "--output=json", *options)
        items: list[Json] = json.loads(answer)["items"]
        return items


def names(bodies: Iterable[Json]) -> set[str]:
    """Where objects are: namespace and name."""
    return {f"{body['metadata']['namespace']}/{body['metadata']['name']}" for body in bodies}


def _pointed_at(manifest: Json, harbor: HarborSimulator) -> Json:
    """A sample's manifest with what every user has to fill in."""
    match manifest["kind"]:
        case CONNECTIONS.kind:
            return {**manifest, "spec": {**manifest["spec"], "url": harbor.url}}
        case "Secret":
            login = {"username": "admin", "password": ADMIN_PASSWORD}
            return {**manifest, "stringData": login}
        case _:
            return manifest


def _told(body: Json) -> Json:
    """What an object says of itself."""
    return {"name": body["metadata"]["name"], **body.get("status", {})}
