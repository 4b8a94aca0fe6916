"""Pods whose images a node really pulls, people who ask why it fails, and what they are told."""

import asyncio
import base64
import json
import os
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientSession, DummyCookieJar

from harbor_operator.api.pullsecret import PULL_SECRETS
from testbed.control_plane import ControlPlane
from testbed.control_plane.api import open_api
from testbed.kubelet import Kubelet, Node, Outcome, find_puller
from testbed.tools.build import find_kubectl
from testbed.tools.waiting import until
from tests.support.api_caller import ApiCaller
from tests.support.cluster import PATIENCE, encoded
from tests.support.custom_resources import Json
from tests.support.image import push
from tests.support.system_world import ADMIN_PASSWORD, SystemWorld, open_world
from tests.support.tenant import Tenant, tenant_of

DOCKER_CONFIG = "kubernetes.io/dockerconfigjson"
_PEOPLE = "people"
_COMMAND = re.compile(r"kubectl (?:harbor )?(?:[^;,']|'[^']*')+")
_PATIENCE = 5.0
"""Seconds that the node gives to a pull: everything is on loopback."""


def proves(*causes: str) -> pytest.MarkDecorator:
    """Mark a test that produces causes of `why` for real; the plugin must tell them in it."""
    return pytest.mark.proves(*causes)


@dataclass(frozen=True, slots=True)
class Told:
    """What the plugin answered.

    Attributes:
        code: Its exit code.
        answer: What it printed as JSON.
    """

    code: int
    answer: Json

    @property
    def findings(self) -> list[dict[str, str]]:
        """All causes with sentence and cure, in order."""
        return [finding for pull in self.answer["failed"] for finding in pull["causes"]]

    @property
    def causes(self) -> list[str]:
        """The causes' names, in order."""
        return [finding["cause"] for finding in self.findings]

    @property
    def sentence(self) -> str:
        """The first cause's sentence."""
        return self.findings[0]["sentence"]

    @property
    def cure(self) -> str:
        """The first cause's cure."""
        return self.findings[0]["cure"]


@dataclass(frozen=True, slots=True)
class Scene:
    """A tenant's namespace in a cluster with a node, and a Harbor with images.

    Attributes:
        tenant: The people.
        kubelet: The node's.
        admin: Harbor's administrator, past the operator.
        programs: Where kubectl and the plugin are.
        kubeconfig: The people's.
        seen: The causes that the plugin has told in this test.
    """

    tenant: Tenant
    kubelet: Kubelet
    admin: ApiCaller
    programs: str
    kubeconfig: Path
    seen: set[str] = field(default_factory=set)

    @property
    def world(self) -> SystemWorld:
        """The world as its administrator has it."""
        return self.tenant.admin

    @property
    def host(self) -> str:
        """Harbor's host and port."""
        return self.world.harbor.url.partition("://")[2]

    def image(self, name: str = "app:1", project: str = "web") -> str:
        """An image of a project of the tenant, as a pod names it."""
        return f"{self.host}/{self.tenant.harbor_name(project)}/{name}"

    async def push(self, image: str) -> None:
        """Push an image by its full name."""
        path, _, tag = image.partition("/")[2].rpartition(":")
        assert (await push(self.admin, path, tag)).status == 201

    async def secret(
        self, name: str, username: str, password: str, *, host: str = "", kind: str = DOCKER_CONFIG
    ) -> None:
        """Make a pull secret by hand."""
        auth = base64.b64encode(f"{username}:{password}".encode()).decode()
        document = json.dumps({"auths": {host or self.host: {"auth": auth}}})
        body = {
            "metadata": {"name": name},
            "type": kind,
            "data": encoded(**{".dockerconfigjson": document}),
        }
        await self.tenant.world.cluster.create(self.tenant.core_path("secrets"), body)

    async def pod(
        self,
        name: str,
        image: str,
        *secrets: str,
        account: str = "default",
        job: str = "",
        **container: object,
    ) -> None:
        """Create a pod, of a job perhaps; without pull secrets it gets those of its account."""
        spec: Json = {
            "serviceAccountName": account,
            "containers": [{"name": "app", "image": image, **container}],
        }
        if secrets:
            spec["imagePullSecrets"] = [{"name": secret} for secret in secrets]
        labels = {"batch.kubernetes.io/job-name": job} if job else {}
        body = {"metadata": {"name": name, "labels": labels}, "spec": spec}
        await self.tenant.world.cluster.create(self.tenant.core_path("pods"), body)

    async def cron_job(self, name: str) -> None:
        """Make a CronJob that has run once, as job NAME-1; its pod is not made."""
        batch = f"/apis/batch/v1/namespaces/{self.tenant.namespace}"
        template: Json = {
            "template": {
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{"name": "app", "image": "none"}],
                }
            }
        }
        wanted = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": template}}
        body = {"metadata": {"name": name}, "spec": wanted}
        made = await self.world.cluster.create(f"{batch}/cronjobs", body)
        owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": name}
        metadata = {
            "name": f"{name}-1",
            "ownerReferences": [{**owner, "uid": made["metadata"]["uid"]}],
        }
        await self.world.cluster.create(f"{batch}/jobs", {"metadata": metadata, "spec": template})

    async def account(self, name: str) -> str:
        """Make a ServiceAccount without pull secrets; its path."""
        path = self.tenant.core_path("serviceaccounts")
        await self.tenant.world.cluster.create(path, {"metadata": {"name": name}})
        return f"{path}/{name}"

    async def use(self, account: str, *secrets: str) -> None:
        """Let a ServiceAccount give new pods these pull secrets."""
        entries = [{"name": secret} for secret in secrets]
        await self.tenant.world.cluster.merge(account, {"imagePullSecrets": entries})

    async def is_gone(self, name: str) -> bool:
        """Whether there is no such pod any more, or soon."""
        await self.tenant.world.cluster.gone(self.tenant.core_path("pods", name))
        return True

    async def scan(self, image: str, flaws: list[Json]) -> None:
        """Let Harbor's scanner look at an image and find these vulnerabilities."""
        repository, _, tag = image.partition("/")[2].rpartition(":")
        project, _, name = repository.partition("/")
        planted = {"repository": repository, "vulnerabilities": flaws}
        await self.world.control_harbor("PUT", "/findings", planted)
        path = f"/projects/{project}/repositories/{name}/artifacts/{tag}"
        assert await self.world.ask_harbor("POST", f"{path}/scan") == 202

        async def scanned() -> bool:
            found = await self.world.read_harbor(f"{path}?with_scan_overview=true")
            overviews = (found.get("scan_overview") or {}).values()
            return any(overview["scan_status"] == "Success" for overview in overviews)

        await until(scanned, within=PATIENCE)

    async def sync(self, name: str, node: Node | None = None) -> Outcome:
        """Let the node pull the image of a pod, and say so in its status."""
        (outcome,) = await self.kubelet.sync(self.tenant.namespace, name, node=node)
        return outcome

    async def fails(self, name: str, node: Node | None = None) -> str:
        """Let the node try to pull, which must fail; the kubelet's message."""
        outcome = await self.sync(name, node)
        assert outcome.reason, f"{name} was pulled"
        return outcome.message

    def account_id(self, ending: str) -> int:
        """The id of the robot account of project web whose name ends so."""
        ids = [r.id for r in self.tenant.robots("web") if f"robot${r.name}".endswith(ending)]
        assert len(ids) == 1, ending
        return ids[0]

    async def erase(self, ending: str) -> None:
        """Delete a robot account in Harbor, past the operator."""
        path = f"/api/v2.0/robots/{self.account_id(ending)}"
        assert (await self.admin("DELETE", path)).status == 200

    async def pulls(self, name: str, node: Node | None = None) -> None:
        """Let the node pull, which must succeed."""
        outcome = await self.sync(name, node)
        assert outcome.reason == "", outcome.message

    async def why(self, target: str, *options: str, ask: bool = False) -> Told:
        """Ask the plugin, as the people; with `ask` they have a login of Harbor, too."""
        words = ("harbor", "why", target, "-n", self.tenant.namespace, "-o", "json", *options)
        login = {
            "HARBOR_URL": self.world.harbor.url,
            "HARBOR_USERNAME": "admin",
            "HARBOR_PASSWORD": ADMIN_PASSWORD,
        }
        code, out, err = await self.run("kubectl", *words, environment=login if ask else {})
        assert err == "", err
        told = Told(code, json.loads(out))
        self.seen.update(told.causes)
        assert ADMIN_PASSWORD not in out
        return told

    async def carry_out(self, cure: str) -> None:
        """Run the first command of a cure, as it stands there, in the people's shell."""
        found = _COMMAND.search(cure)
        assert found, cure
        code, out, err = await self.run("bash", "-c", found.group().strip().rstrip("."))
        assert code == 0, f"{found.group()}: {out}{err}"

    async def run(
        self, *words: str, environment: Mapping[str, str] | None = None
    ) -> tuple[int, str, str]:
        """Run a program as the people do: exit code, output and errors."""
        process = await asyncio.create_subprocess_exec(
            *words,
            stdout=PIPE,
            stderr=PIPE,
            env={
                "PATH": self.programs,
                "KUBECONFIG": str(self.kubeconfig),
                "HOME": str(self.kubeconfig.parent),
                **(environment or {}),
            },
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def open_scene(plane: ControlPlane, folder: Path, name: str) -> AsyncIterator[Scene]:
    """Start a registry, a Harbor and an operator, and make a tenant with a project and a robot.

    The project is `web` with the image `app:1`; the robot is `ci`, delivered as pull secret `pull`
    to the namespace's default ServiceAccount.
    """
    puller, kubectl = await find_puller(), await find_kubectl()
    async with (
        open_world(plane, folder, name, token_minutes=30, with_images=True) as world,
        open_api(plane.kubeconfig) as api,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        await world.connect()
        async with tenant_of(world, "pulls") as tenant:
            admin = ApiCaller(session, world.harbor.url, "admin", ADMIN_PASSWORD)
            host = world.harbor.url.partition("://")[2]
            node = Node(plain_http=(host,), patience=_PATIENCE)
            programs = [str(kubectl.parent), str(Path(sys.executable).parent), os.environ["PATH"]]
            kubeconfig = await plane.kubeconfig_for_service_account(tenant.namespace, _PEOPLE)
            scene = Scene(
                tenant,
                Kubelet(api, puller, node),
                admin,
                os.pathsep.join(programs),
                kubeconfig,
            )
            await tenant.project("web")
            await tenant.robot("ci", "web")
            await tenant.pull_secret("pull", "ci", serviceAccounts={"names": ["default"]})
            await tenant.ready(PULL_SECRETS, "pull")
            await scene.push(scene.image())
            yield scene
