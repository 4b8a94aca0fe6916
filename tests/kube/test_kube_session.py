"""TLS and authentication against a real API server, for the client and for handed-out sessions."""

from pathlib import Path

import aiohttp
import pytest
import yaml

from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.configuration import ClusterAccess, load_kubeconfig
from harbor_operator.kube.errors import ConnectionFailed, Unauthorized
from harbor_operator.kube.resources import NAMESPACES
from harbor_operator.kube.session import open_session
from testbed.control_plane import ControlPlane


async def access_with(
    control_plane: ControlPlane, folder: Path, *, cluster: dict[str, str], user: dict[str, str]
) -> ClusterAccess:
    """Load the administrator's kubeconfig with some entries changed."""
    config = yaml.safe_load(control_plane.kubeconfig.read_text())
    config["clusters"][0]["cluster"].update(cluster)
    config["users"][0]["user"].update(user)
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return await load_kubeconfig(str(path))


async def test_session_reaches_the_server_as_the_user(control_plane: ControlPlane) -> None:
    opened = open_session(await load_kubeconfig(str(control_plane.kubeconfig)))

    async with opened.session, opened.session.get(f"{opened.server}/api/v1/namespaces") as answer:
        body = await answer.json()

    assert answer.status == 200
    assert body["kind"] == "NamespaceList"


async def test_wrong_token_is_unauthorized(control_plane: ControlPlane, tmp_path: Path) -> None:
    access = await access_with(control_plane, tmp_path, cluster={}, user={"token": "wrong"})

    async with KubeClient(access, field_manager="tests") as client:
        with pytest.raises(Unauthorized):
            await client.list(NAMESPACES)


async def test_certificate_for_another_name_is_refused(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    other = {"tls-server-name": "another.example"}
    access = await access_with(control_plane, tmp_path, cluster=other, user={})
    opened = open_session(access)

    async with KubeClient(access, field_manager="tests") as client:
        with pytest.raises(ConnectionFailed):
            await client.list(NAMESPACES)
    async with opened.session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await opened.session.get(f"{opened.server}/version")
