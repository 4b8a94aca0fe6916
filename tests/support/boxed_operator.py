"""The image's operator as a pod runs it, with its files, its user and its ServiceAccount."""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from typing_extensions import override

from testbed.control_plane import ControlPlane
from testbed.tools.ports import LOOPBACK
from testbed.tools.waiting import until
from tests.support.box import Box
from tests.support.deployed import ACCOUNT, NAMESPACE
from tests.support.image_build import Image
from tests.support.operator_process import STOP_SECONDS, OperatorProcess

MOUNTED = "/var/run/secrets/kubernetes.io/serviceaccount"


@dataclass(frozen=True, slots=True)
class Pod:
    """What the kubelet gives to a container."""

    account: Path
    """Folder with the ServiceAccount's token, the authority and the namespace."""
    scratch: Path
    """The emptyDir of /tmp."""
    variables: dict[str, str]


async def make_pod(plane: ControlPlane, folder: Path) -> Pod:
    """Prepare what the installed operator's pod would get.

    Args:
        plane: The cluster, with the operator's ServiceAccount.
        folder: Where its files go; the image's user has to be able to enter it.
    """
    account, scratch = folder / "account", folder / "tmp"
    account.mkdir()
    scratch.mkdir()
    scratch.chmod(0o777)
    kubeconfig = await plane.kubeconfig_for_service_account(NAMESPACE, ACCOUNT)
    [user] = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))["users"]
    (account / "token").write_text(user["user"]["token"], encoding="utf-8")
    (account / "ca.crt").write_bytes(plane.ca_file.read_bytes())
    (account / "namespace").write_text(NAMESPACE, encoding="utf-8")
    server = urlsplit(plane.url)
    service = {
        "KUBERNETES_SERVICE_HOST": str(server.hostname),
        "KUBERNETES_SERVICE_PORT": str(server.port),
    }
    return Pod(account, scratch, service)


def container(image: Image, pod: Pod) -> Box:
    """The image with a read-only root in its pod."""
    return Box(
        image.root,
        user=image.stage.user,
        environment={**image.environment, **pod.variables},
        mounts={MOUNTED: pod.account},
        scratch=pod.scratch,
    )


class BoxedOperator(OperatorProcess):
    """The image's entry point; its cluster is the one of its ServiceAccount."""

    def __init__(self, image: Image, pod: Pod, folder: Path) -> None:
        """Describe how to run it.

        Args:
            image: What to run.
            pod: Where to run it.
            folder: Where its output is kept.
        """
        super().__init__(pod.account, folder)
        self._box = container(image, pod)
        self._program = image.stage.entrypoint

    @override
    async def stop(self) -> int | None:
        """Ask the operator to end, as the kubelet does; its exit code."""
        if self._child is not None and self.exit_code is None:
            for child in _children(self.pid):
                os.kill(child, signal.SIGTERM)
            await until(self._has_ended, within=STOP_SECONDS)
        return await super().stop()

    async def _has_ended(self) -> bool:
        return self.exit_code is not None

    @override
    def _command(self) -> Sequence[str]:
        probes = [f"--probe-address={LOOPBACK}", f"--probe-port={self._port}"]
        return self._box.command([*self._program, *probes])


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
