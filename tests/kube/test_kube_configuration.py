import traceback
from pathlib import Path

import pytest

from harbor_operator.kube.configuration import load, load_in_cluster, load_kubeconfig
from harbor_operator.kube.errors import InvalidConfiguration
from tests.support.fake_kube import write_kubeconfig


@pytest.fixture
def service_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a kubelet would mount, and the environment it would set."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    for name, content in {"token": "t", "ca.crt": "c", "namespace": "harbor\n"}.items():
        (tmp_path / name).write_text(content)
    return tmp_path


async def test_pod_uses_its_service_account(service_account: Path) -> None:
    access = load_in_cluster(service_account)

    assert access.server == "https://[fd00::1]:443"
    assert await access.authorization() == "bearer t"
    assert access.default_namespace == "harbor"


def test_pod_without_a_token_is_refused(service_account: Path) -> None:
    (service_account / "token").unlink()

    with pytest.raises(InvalidConfiguration):
        load_in_cluster(service_account)


async def test_named_kubeconfig_wins_inside_a_cluster(service_account: Path) -> None:
    path = write_kubeconfig(service_account, "https://127.0.0.1:1", {"token": "t"})

    access = await load(str(path))

    assert access.server == "https://127.0.0.1:1"


async def test_pod_without_a_mounted_service_account_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "")

    with pytest.raises(InvalidConfiguration):
        load_in_cluster()


async def test_named_context_is_used(tmp_path: Path) -> None:
    path = write_kubeconfig(tmp_path, "https://127.0.0.1:1", {})

    access = await load(str(path), "there")

    assert access.default_namespace == "other"


@pytest.mark.parametrize(
    ("user", "authorization"),
    [
        pytest.param({"token": "t"}, "Bearer t", id="token"),
        pytest.param({"username": "u", "password": "p"}, "Basic dTpw", id="password"),
        pytest.param({}, None, id="anonymous"),
    ],
)
async def test_user_of_a_kubeconfig_is_authenticated(
    tmp_path: Path, user: dict[str, str], authorization: str | None
) -> None:
    access = await load_kubeconfig(str(write_kubeconfig(tmp_path, "https://127.0.0.1:1", user)))

    assert await access.authorization() == authorization


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="missing"),
        pytest.param("", id="empty"),
        pytest.param("kind: Config", id="without contexts"),
        pytest.param("}{", id="not YAML"),
    ],
)
async def test_unusable_kubeconfig_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "kubeconfig"
    if content is not None:
        path.write_text(content)

    with pytest.raises(InvalidConfiguration):
        await load_kubeconfig(str(path))


async def test_repr_shows_no_credential(tmp_path: Path) -> None:
    path = write_kubeconfig(tmp_path, "https://127.0.0.1:1", {"token": "hunter2"})

    assert "hunter2" not in repr(await load_kubeconfig(str(path)))


async def test_error_about_a_kubeconfig_shows_no_credential(tmp_path: Path) -> None:
    login = {"name": "oidc", "config": {"refresh-token": "hunter2"}}
    path = write_kubeconfig(tmp_path, "https://127.0.0.1:1", {"auth-provider": login})

    with pytest.raises(InvalidConfiguration, match="client-id") as caught:
        await load_kubeconfig(str(path))

    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
