"""Whose rights the plugin has."""

from pathlib import Path

import pytest
import yaml

from harbor_operator.cli.access import find_access
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.kube.errors import InvalidConfiguration


@pytest.fixture(autouse=True)
def in_a_pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell in a pod, whose account is not the person's."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "192.0.2.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)


def written(path: Path, server: str) -> Path:
    """A kubeconfig with a namespace of its own."""
    context = {"cluster": "here", "user": "me", "namespace": "payments"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "here", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": {"token": "made-up"}}],
        "contexts": [{"name": "here", "context": context}],
        "current-context": "here",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(config))
    return path


async def test_a_named_kubeconfig_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(written(tmp_path / "other", "http://other.example")))
    named = written(tmp_path / "named", "http://named.example")

    access = await find_access(str(named), None)

    assert (access.server, access.default_namespace) == ("http://named.example", "payments")


@pytest.mark.parametrize("variable", ["{here}", "{folder}/none:{here}", ""])
async def test_a_kubeconfig_comes_before_the_pods_account(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = written(tmp_path / ".kube" / "config", "http://here.example")
    monkeypatch.setenv("KUBECONFIG", variable.format(here=here, folder=tmp_path))

    assert (await find_access(None, None)).server == "http://here.example"


@pytest.mark.parametrize(("path", "context"), [("{folder}/none", None), (None, "prod")])
async def test_a_named_kubeconfig_must_be_there(
    path: str | None, context: str | None, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="there is no kubeconfig") as caught:
        await find_access(path and path.format(folder=tmp_path), context)

    assert caught.value.code is ExitCode.NO_ACCESS


async def test_without_any_the_pods_account_is_tried() -> None:
    with pytest.raises(InvalidConfiguration, match="service account"):
        await find_access(None, None)
