"""The control plane that tests and demo run on is a real one, and leaves nothing behind."""

import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from testbed.control_plane import ADMIN, ControlPlane
from testbed.control_plane.api import Api, RefusedError, open_api
from testbed.control_plane.cluster import ExistingCluster, open_cluster
from testbed.control_plane.programs import locate_programs
from testbed.control_plane.users import Endpoint, write_kubeconfig
from testbed.errors import WorldError
from testbed.tools.ports import free_ports
from tests.support.namespaces import NAMESPACES, OUTSIDER

NAMESPACE_SECONDS = 30.0
"""The namespace controller waits five seconds before it empties a namespace."""


@pytest.fixture
async def api(control_plane: ControlPlane) -> AsyncIterator[Api]:
    async with open_api(control_plane.kubeconfig) as connection:
        yield connection


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_namespace_gets_a_default_service_account(api: Api, namespace: str) -> None:
    account = await api.get(f"{NAMESPACES}/{namespace}/serviceaccounts/default")

    assert account["metadata"]["namespace"] == namespace


async def test_a_deleted_namespace_vanishes(api: Api) -> None:
    created = await api.create(NAMESPACES, {"metadata": {"generateName": "doomed-"}})
    path = f"{NAMESPACES}/{created['metadata']['name']}"

    await api.delete(path)

    await api.gone(path, within=NAMESPACE_SECONDS)


async def test_an_owned_object_is_collected_with_its_owner(api: Api, namespace: str) -> None:
    path = f"{NAMESPACES}/{namespace}/configmaps"
    owner = await api.create(path, {"metadata": {"name": "owner"}})
    reference = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": "owner",
        "uid": owner["metadata"]["uid"],
    }
    await api.create(path, {"metadata": {"name": "owned", "ownerReferences": [reference]}})

    await api.delete(f"{path}/owner")

    await api.gone(f"{path}/owned", within=NAMESPACE_SECONDS)


async def test_the_audit_log_tells_writes_of_different_users_apart(
    control_plane: ControlPlane, api: Api, namespace: str
) -> None:
    audit = control_plane.audit
    path = f"{NAMESPACES}/{namespace}/configmaps"
    mark = audit.mark()

    await api.create(path, {"metadata": {"name": "written"}})
    async with open_api(control_plane.kubeconfig_for(OUTSIDER)) as outsider:
        with pytest.raises(RefusedError, match="403 Forbidden"):
            await outsider.create(path, {"metadata": {"name": "refused"}})

    [written] = audit.writes(since=mark, user=ADMIN)
    [refused] = audit.writes(since=mark, user=OUTSIDER)
    assert (written.verb, written.resource, written.name) == ("create", "configmaps", "written")
    assert (written.namespace, written.status, refused.status) == (namespace, 201, 403)


async def test_the_audit_log_does_not_count_reads(
    control_plane: ControlPlane, api: Api, namespace: str
) -> None:
    mark = control_plane.audit.mark()

    await api.get(f"{NAMESPACES}/{namespace}")

    assert control_plane.audit.writes(since=mark, user=ADMIN) == []


async def test_the_audit_log_says_nothing_of_leases(
    control_plane: ControlPlane, api: Api, namespace: str
) -> None:
    mark = control_plane.audit.mark()

    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
    await api.create(path, {"metadata": {"name": "held"}})

    assert control_plane.audit.writes(since=mark, user=ADMIN) == []


async def test_a_service_account_has_its_own_kubeconfig(
    control_plane: ControlPlane, namespace: str
) -> None:
    kubeconfig = await control_plane.kubeconfig_for_service_account(namespace, "default")

    async with open_api(kubeconfig) as account:
        with pytest.raises(RefusedError, match=f"system:serviceaccount:{namespace}:default"):
            await account.get(NAMESPACES)


async def test_a_restarted_api_server_keeps_its_data_and_its_address(
    control_plane: ControlPlane, namespace: str
) -> None:
    url = control_plane.url

    await control_plane.stop_apiserver()
    async with open_api(control_plane.kubeconfig) as api:
        with pytest.raises(aiohttp.ClientConnectorError):
            await api.get(f"{NAMESPACES}/{namespace}")
    await control_plane.start_apiserver()

    assert control_plane.url == url
    async with open_api(control_plane.kubeconfig) as api:
        assert await api.find(f"{NAMESPACES}/{namespace}") is not None


async def test_stopping_leaves_no_process_and_no_file() -> None:
    plane = ControlPlane()
    async with plane:
        pids = plane.pids
        folder = plane.kubeconfig.parent

    assert sorted(pids) == ["etcd", "kube-apiserver", "kube-controller-manager"]
    assert [name for name, pid in pids.items() if is_alive(pid)] == []
    assert not folder.exists()


async def test_nothing_secret_is_readable_by_others(control_plane: ControlPlane) -> None:
    folder = control_plane.kubeconfig.parent

    secret = [folder / "tokens.csv", *folder.glob("*.key"), *folder.glob("*.kubeconfig")]

    assert len(secret) >= 6
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
    assert control_plane.token not in repr(control_plane.__dict__)


async def test_two_control_planes_run_side_by_side(control_plane: ControlPlane) -> None:
    async with ControlPlane() as other, open_api(other.kubeconfig) as api:
        created = await api.create(NAMESPACES, {"metadata": {"name": "only-there"}})

        async with open_api(control_plane.kubeconfig) as first:
            assert await first.find(f"{NAMESPACES}/only-there") is None
        assert created["metadata"]["name"] == "only-there"


async def test_a_server_that_cannot_start_is_reported_and_everything_stopped() -> None:
    programs = await locate_programs()
    broken = ControlPlane(programs=type(programs)(programs.etcd, Path("/bin/false"), programs.etcd))

    with pytest.raises(WorldError, match="kube-apiserver ended with code 1"):
        await broken.start()

    assert broken.pids == {}


async def test_kubebuilder_assets_replace_the_build(tmp_path: Path) -> None:
    for name in ("etcd", "kube-apiserver", "kube-controller-manager"):
        (tmp_path / name).touch()

    programs = await locate_programs({"KUBEBUILDER_ASSETS": str(tmp_path)})

    assert programs.etcd == tmp_path / "etcd"
    assert programs.apiserver == tmp_path / "kube-apiserver"
    assert programs.controller_manager == tmp_path / "kube-controller-manager"


async def test_kubebuilder_assets_without_a_controller_manager_get_the_built_one(
    tmp_path: Path,
) -> None:
    for name in ("etcd", "kube-apiserver"):
        (tmp_path / name).touch()

    programs = await locate_programs({"KUBEBUILDER_ASSETS": str(tmp_path)})

    assert programs.controller_manager == (await locate_programs({})).controller_manager


async def test_kubebuilder_assets_without_an_api_server_are_refused(tmp_path: Path) -> None:
    (tmp_path / "etcd").touch()

    with pytest.raises(WorldError, match=r"there is no .*/kube-apiserver"):
        await locate_programs({"KUBEBUILDER_ASSETS": str(tmp_path)})


async def test_a_given_kubeconfig_is_used_and_its_cluster_left_alone(
    control_plane: ControlPlane, api: Api
) -> None:
    cluster = await open_cluster({"KUBECONFIG": str(control_plane.kubeconfig)})
    await cluster.stop()

    assert cluster == ExistingCluster(control_plane.kubeconfig)
    assert await api.find(f"{NAMESPACES}/default") is not None


async def test_a_kubeconfig_of_a_cluster_that_is_gone_is_refused(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    [port] = free_ports(1)
    endpoint = Endpoint(f"https://127.0.0.1:{port}", control_plane.ca_file.read_bytes())
    kubeconfig = write_kubeconfig(tmp_path / "gone", endpoint, user="nobody", token="none")

    with pytest.raises(WorldError, match="does not answer"):
        await open_cluster({"KUBECONFIG": str(kubeconfig)})


async def test_a_kubeconfig_that_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="must name one file"):
        await open_cluster({"KUBECONFIG": f"{tmp_path}/a:{tmp_path}/b"})
