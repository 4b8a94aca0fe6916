"""Starting and stopping a control plane."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from testbed.control_plane.api import Api, RefusedError, open_api
from testbed.control_plane.audit import AuditLog, audit_policy
from testbed.control_plane.certificates import CertificateFiles, write_certificates
from testbed.control_plane.flags import (
    Layout,
    apiserver_command,
    controller_manager_command,
    etcd_command,
    lay_out,
)
from testbed.control_plane.programs import Programs, locate_programs
from testbed.control_plane.users import Endpoint, User, token_file, write_kubeconfig
from testbed.errors import WorldError
from testbed.tools.child import Child, Command
from testbed.tools.ports import LOOPBACK

ADMIN = "admin"
OPERATOR = "harbor-operator"
"""A user without any rights of its own: bind what the operator is meant to have."""
_CONTROLLER_MANAGER = "system:kube-controller-manager"
_START_SECONDS = 60.0
"""Ten times what the slowest program takes on a busy machine with two cores."""
_STOP_SECONDS = 1.0
"""Enough to say goodbye to clients; the API server would wait a minute for their watches."""
_TOKEN_SECONDS = 24 * 3600
_DEFAULT_ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"


class ControlPlane:
    """etcd, kube-apiserver and kube-controller-manager on free loopback ports.

    An asynchronous context manager. Nothing in it belongs to an event loop: it may be started in
    one loop and used and stopped in others.
    """

    def __init__(
        self,
        *,
        audit: bool = False,
        audit_reads: bool = False,
        users: Iterable[User] = (User(OPERATOR),),
        programs: Programs | None = None,
        workloads: bool = False,
    ) -> None:
        """Describe a control plane.

        Args:
            audit: log every write but those of Leases, for `audit`.
            audit_reads: log every request in the same place, which slows the API server down.
            users: who gets a token besides the administrator.
            programs: what to run; found or built at the start when not given.
            workloads: make pods of Deployments, for somebody who runs pods.
        """
        self._audited = audit or audit_reads
        self._audited_reads = audit_reads
        own = (User(ADMIN, ("system:masters",)), User(_CONTROLLER_MANAGER))
        self._users = {user.name: user for user in (*own, *users)}
        self._programs = programs
        self._workloads = workloads
        self._layout: Layout | None = None
        self._children: dict[str, Child] = {}

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self._placed.kubeconfig(ADMIN)

    @property
    def url(self) -> str:
        """The API server's address."""
        return self._placed.url

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that vouches for the API server, as PEM."""
        return self._placed.certificates.authority

    @property
    def certificates(self) -> CertificateFiles:
        """The PEM files of the authority and of the API server."""
        return self._placed.certificates

    @property
    def token(self) -> str:
        """The administrator's bearer token."""
        return self._users[ADMIN].token

    @property
    def audit(self) -> AuditLog:
        """The log of all writes but those of Leases, and of everything if reads were asked for.

        Raises:
            WorldError: the control plane was made without `audit=True`.
        """
        if not self._audited:
            raise WorldError("this control plane keeps no audit log")
        return AuditLog(self._placed.audit_log)

    @property
    def pids(self) -> dict[str, int]:
        """Process ids of the running programs by name."""
        return {name: child.pid for name, child in self._children.items()}

    def kubeconfig_for(self, user: str) -> Path:
        """The kubeconfig of one of the users that the control plane was made with.

        Raises:
            KeyError: there is no such user.
        """
        return self._placed.kubeconfig(self._users[user].name)

    async def kubeconfig_for_service_account(self, namespace: str, name: str) -> Path:
        """A kubeconfig with a fresh token of a ServiceAccount, as its pods would have.

        Raises:
            RefusedError: there is no such ServiceAccount.
        """
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        async with open_api(self.kubeconfig) as api:
            answer = await api.create(path, {"spec": {"expirationSeconds": _TOKEN_SECONDS}})
        user = f"system:serviceaccount:{namespace}:{name}"
        return self._write_kubeconfig(user, answer["status"]["token"], namespace)

    async def start(self) -> None:
        """Start everything and wait until the cluster is usable.

        Raises:
            WorldError: a program could not be built, died, or did not become ready; everything
                that was started has been stopped again.
        """
        programs = self._programs = self._programs or await locate_programs()
        folder = Path(tempfile.mkdtemp(prefix="control-plane-"))
        self._layout = lay_out(folder, audited=self._audited)
        try:
            self._write_files()
            await self._start_store(programs)
            await self.start_apiserver()
            await self._start_controller_manager(programs)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop everything and forget its data; does nothing when nothing runs."""
        for name in reversed(list(self._children)):
            await self._stop_child(name)
        if self._layout:
            shutil.rmtree(self._layout.folder)
            self._layout = None

    async def start_apiserver(self) -> None:
        """Start the API server and wait until it is ready, on the same port as before.

        Raises:
            WorldError: the server died or did not become ready in time.
        """
        layout, programs = self._placed, self._programs
        if programs is None:
            raise WorldError("the control plane was not started")
        server = self._start_child(apiserver_command(layout, programs))
        async with open_api(self.kubeconfig) as api:
            await server.ready(lambda: _answers(api, "/readyz"), within=_START_SECONDS)

    async def stop_apiserver(self) -> None:
        """Stop the API server alone; its data stays in the store."""
        await self._stop_child("kube-apiserver")

    async def restart_apiserver(self) -> None:
        """Stop the API server and start it again; raises as `start_apiserver`."""
        await self.stop_apiserver()
        await self.start_apiserver()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def _placed(self) -> Layout:
        if self._layout is None:
            raise WorldError("the control plane was not started")
        return self._layout

    def _write_files(self) -> None:
        layout = self._placed
        write_certificates(layout.folder, address=LOOPBACK)
        layout.tokens.touch(mode=0o600)
        layout.tokens.write_text(token_file(self._users.values()))
        layout.audit_policy.write_text(audit_policy(reads=self._audited_reads))
        for user in self._users.values():
            self._write_kubeconfig(user.name, user.token)

    def _write_kubeconfig(self, user: str, token: str, namespace: str = "default") -> Path:
        layout = self._placed
        endpoint = Endpoint(layout.url, layout.certificates.authority.read_bytes(), namespace)
        return write_kubeconfig(layout.kubeconfig(user), endpoint, user=user, token=token)

    def _start_child(self, command: Command) -> Child:
        child = self._children[command.name] = Child(command)
        return child

    async def _stop_child(self, name: str) -> None:
        if child := self._children.get(name):
            await child.stop(grace=_STOP_SECONDS)
            del self._children[name]

    async def _start_store(self, programs: Programs) -> None:
        layout = self._placed
        store = self._start_child(etcd_command(layout, programs))
        await store.ready(lambda: _listens(layout.store_port), within=_START_SECONDS)

    async def _start_controller_manager(self, programs: Programs) -> None:
        kubeconfig = self.kubeconfig_for(_CONTROLLER_MANAGER)
        async with open_api(self.kubeconfig) as api:
            await _bind_cluster_admin(api, _CONTROLLER_MANAGER)
            command = controller_manager_command(
                self._placed, programs, kubeconfig, workloads=self._workloads
            )
            controllers = self._start_child(command)
            await controllers.ready(lambda: _answers(api, _DEFAULT_ACCOUNT), within=_START_SECONDS)


async def _bind_cluster_admin(api: Api, user: str) -> None:
    """Let the garbage collector delete custom resources, which its own role does not cover."""
    group = "rbac.authorization.k8s.io"
    name = "testbed-controller-manager"
    await api.apply(
        f"/apis/{group}/v1/clusterrolebindings/{name}",
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
        },
    )


async def _answers(api: Api, path: str) -> bool:
    try:
        await api.get(path)
    except (RefusedError, aiohttp.ClientError):
        return False
    return True


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except ConnectionError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
