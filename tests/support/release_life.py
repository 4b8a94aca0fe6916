"""A release of the chart with a team's objects, through upgrade, rollback and its end.

There are no nodes, so that the operator's processes are started here, as a rolling update starts
pods: the new one stands by before the old one is told to end.
"""

import asyncio
import json
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from testbed.control_plane import OPERATOR, ControlPlane
from testbed.harbor import HarborSimulator
from testbed.tools.waiting import until
from tests.support.deployed import ACCOUNT, USER
from tests.support.helm import IMAGE, NAMESPACE, RELEASE, Helm
from tests.support.kubectl import Json
from tests.support.operator_process import OperatorProcess
from tests.support.small_team import PATIENCE, SmallTeam, names

IN_NAMESPACE = f"--namespace={NAMESPACE}"
QUIET_SECONDS = 1.0
"""Longer than any pause between two steps of one reconcile."""
LOGIN = "/c/login"
"""What every process does once: it opens a session, which changes nothing."""
OF_A_RELEASE = (
    "deployments,serviceaccounts,roles,rolebindings,poddisruptionbudgets,networkpolicies,"
    "clusterroles,clusterrolebindings"
)


@dataclass(frozen=True, slots=True)
class Sight:
    """What must be the same before and after."""

    objects: dict[str, str]
    """Uid and resourceVersion of the team's objects, by uid and kind."""
    secrets: dict[str, str]
    """Uid and resourceVersion of managed Secrets, by place."""
    accounts: dict[str, str]
    robots: dict[int, str]
    """Names of the robots in Harbor by number."""
    changes: dict[str, int]
    """What was asked of Harbor's API but reads, and how often."""


@dataclass(slots=True)
class ReleaseLife:
    """One cluster, one Harbor, one release."""

    plane: ControlPlane
    helm: Helm
    harbor: HarborSimulator
    team: SmallTeam
    folder: Path
    """Where the processes' output goes."""
    running: OperatorProcess | None = None
    _numbers: "count[int]" = field(default_factory=count)

    async def release(self, verb: str, chart: Path, **values: object) -> None:
        """Install or upgrade to a chart."""
        await self.helm(verb, RELEASE, str(chart), IN_NAMESPACE, values={"image": IMAGE, **values})

    async def image(self) -> str:
        """The image that the Deployment asks for."""
        path = "jsonpath={.spec.template.spec.containers[0].image}"
        return await self.team.kubectl(
            "get", "deployment", RELEASE, IN_NAMESPACE, f"--output={path}"
        )

    async def replace_operator(self, kubeconfig: Path) -> list[str]:
        """Start a process beside the one that runs, have it take over, and wait until all is quiet.

        Args:
            kubeconfig: Whom the new process is.

        Returns:
            What both have written to the cluster meanwhile, Leases left out.
        """
        mark = self.plane.audit.mark()
        folder = self.folder / f"operator-{next(self._numbers)}"
        folder.mkdir()
        flags = (f"--instance={folder.name}", f"--lease-namespace={NAMESPACE}")
        new = OperatorProcess(kubeconfig, folder, *flags, "--lease-seconds=120")
        await new.start()
        await self.stop_operator()
        self.running = new
        await until(lambda: self._holds_lease(folder.name), within=PATIENCE)
        await self._at_rest()
        writes = [
            w for user in (USER, OPERATOR) for w in self.plane.audit.writes(since=mark, user=user)
        ]
        return [f"{write.verb} {write.resource} {write.name}" for write in writes]

    async def stop_operator(self) -> None:
        """End the process that runs, if one does."""
        if self.running:
            await self.running.stop()
            self.running = None

    async def account(self) -> Path:
        """The ServiceAccount of the release."""
        return await self.plane.kubeconfig_for_service_account(NAMESPACE, ACCOUNT)

    async def look(self) -> Sight:
        """What there is now."""
        return Sight(
            objects={b["metadata"]["uid"]: _version(b) for b in await self.team.objects()},
            secrets=_versions(await self.team.secrets()),
            accounts=_versions(await self.team.accounts()),
            robots={number: robot.name for number, robot in self.harbor.state.robots.items()},
            changes={
                f"{kind.method} {kind.template}": times
                for kind, times in self.harbor.requests.counts.items()
                if kind.method != "GET" and kind.template != LOGIN
            },
        )

    async def left(self) -> set[str]:
        """What of the release is still there, its record included."""
        selected = f"--selector=app.kubernetes.io/instance={RELEASE}"
        kept = ("secrets", "--selector=owner=helm", IN_NAMESPACE, "--output=name")
        found = await self.team.kubectl(
            "get", OF_A_RELEASE, IN_NAMESPACE, selected, "--output=name"
        )
        return {*found.split(), *(await self.team.kubectl("get", *kept)).split()}

    async def definitions(self) -> list[str]:
        """The names of all definitions."""
        found = await self.team.kubectl("get", "customresourcedefinitions", "--output=name")
        return found.split()

    async def _holds_lease(self, name: str) -> bool:
        answer = await self.team.kubectl(
            "get", "lease", RELEASE, IN_NAMESPACE, "--output=json", "--ignore-not-found"
        )
        holder = json.loads(answer)["spec"].get("holderIdentity") if answer else None
        return str(holder).startswith(f"{name}_")

    async def _at_rest(self) -> None:
        async def is_quiet() -> bool:
            before = self._activity()
            await asyncio.sleep(QUIET_SECONDS)
            return self._activity() == before

        await until(is_quiet, within=PATIENCE)

    def _activity(self) -> tuple[int, int]:
        return self.plane.audit.mark(), self.harbor.requests.counts.total()


def _versions(bodies: list[Json]) -> dict[str, str]:
    return {place: _version(b) for b in bodies for place in names([b])}


def _version(body: Json) -> str:
    metadata = body["metadata"]
    return f"{body['kind']} {metadata['uid']} at {metadata['resourceVersion']}"
