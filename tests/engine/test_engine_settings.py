"""How the operator is told what to do, and what it says to nonsense."""

import ipaddress
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import CliApp

from harbor_operator.__main__ import main
from harbor_operator.kube.lease import Durations
from harbor_operator.settings import Settings

PREFIX = "HARBOR_OPERATOR_"
ROOT = Path(__file__).parents[2]


def settings_from(*flags: str) -> Settings:
    return CliApp.run(Settings, cli_args=list(flags))


def test_without_being_told_anything() -> None:
    settings = settings_from()

    assert (settings.kubeconfig, settings.context, settings.cluster_id) == (None, None, None)
    assert (settings.workers, settings.probe_port) == (16, 8080)
    assert ipaddress.ip_address(settings.probe_address).is_unspecified
    assert settings.metrics_port == 8081
    assert ipaddress.ip_address(settings.metrics_address).is_unspecified
    assert (settings.log_level, settings.log_format) == ("INFO", "auto")
    assert (settings.leader_election, settings.lease_name) == (True, "harbor-operator")
    assert (settings.lease_namespace, settings.instance) == (None, None)


def test_all_namespaces_are_served_unless_some_are_listed() -> None:
    assert settings_from().scope is None
    assert settings_from("--namespaces=team,shop-a").scope == frozenset({"team", "shop-a"})


def test_an_election_takes_the_times_of_the_go_clients() -> None:
    assert settings_from().durations == Durations()


def test_a_short_lease_keeps_the_proportions() -> None:
    durations = settings_from("--lease-seconds=3").durations

    times = (durations.lease, durations.renew_deadline, durations.retry)
    assert times == pytest.approx((3, 2, 0.4))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        pytest.param("KUBECONFIG", "/etc/kubeconfig", Path("/etc/kubeconfig"), id="a path"),
        pytest.param("CONTEXT", "there", "there", id="a context"),
        pytest.param("CLUSTER_ID", "blue-1", "blue-1", id="a cluster id"),
        pytest.param("NAMESPACES", "team,shop-a", "team,shop-a", id="some namespaces"),
        pytest.param("WATCH_SECRETS", "false", False, id="no watch on Secrets"),
        pytest.param("SECRET_CHECK_SECONDS", "60", 60, id="a quicker check of Secrets"),
        pytest.param("WORKERS", "4", 4, id="a number"),
        pytest.param("PROBE_PORT", "0", 0, id="no probes"),
        pytest.param("METRICS_PORT", "0", 0, id="no metrics"),
        pytest.param("METRICS_ADDRESS", "::1", "::1", id="where metrics are"),
        pytest.param("LOG_LEVEL", "DEBUG", "DEBUG", id="a level"),
        pytest.param("LOG_FORMAT", "json", "json", id="a form"),
        pytest.param("LOG_LEVELS_FILE", "/etc/levels", Path("/etc/levels"), id="a file"),
        pytest.param("LEADER_ELECTION", "false", False, id="no election"),
        pytest.param("LEASE_NAMESPACE", "operators", "operators", id="where the lease is"),
        pytest.param("LEASE_NAME", "blue", "blue", id="another lease"),
        pytest.param("LEASE_SECONDS", "30", 30, id="a longer lease"),
        pytest.param("SHARDS", "6", 6, id="shards"),
        pytest.param("INSTANCE", "blue-1", "blue-1", id="the name of a replica"),
    ],
)
def test_the_environment_tells(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    monkeypatch.setenv(PREFIX + name, text)

    assert getattr(settings_from(), name.lower()) == value


@pytest.mark.parametrize(
    ("flags", "name", "value"),
    [
        pytest.param(["--workers", "4"], "workers", 4, id="a number"),
        pytest.param(["--cluster-id", "blue"], "cluster_id", "blue", id="a name with a hyphen"),
        pytest.param(["--log-format=text"], "log_format", "text", id="a form"),
        pytest.param(["--leader-election"], "leader_election", True, id="a switch"),
        pytest.param(["--no-leader-election"], "leader_election", False, id="no election"),
    ],
)
def test_flags_win_over_the_environment(
    monkeypatch: pytest.MonkeyPatch, flags: list[str], name: str, value: object
) -> None:
    for setting, text in {"WORKERS": "7", "CLUSTER_ID": "red", "LOG_FORMAT": "json"}.items():
        monkeypatch.setenv(PREFIX + setting, text)

    assert getattr(settings_from(*flags), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("WORKERS", "0", id="no workers"),
        pytest.param("WORKERS", "many", id="workers that are no number"),
        pytest.param("WORKERS", "257", id="too many workers"),
        pytest.param("PROBE_PORT", "65536", id="a port that does not exist"),
        pytest.param("METRICS_PORT", "-1", id="a port below all"),
        pytest.param("LOG_LEVEL", "LOUD", id="an unknown level"),
        pytest.param("LOG_FORMAT", "xml", id="a form that nobody knows"),
        pytest.param("LEASE_SECONDS", "2", id="a lease too short to be renewed in time"),
        pytest.param("NAMESPACES", "", id="no namespace at all"),
        pytest.param("NAMESPACES", "team,,shop-a", id="a namespace without a name"),
        pytest.param("NAMESPACES", "team,*", id="a glob among namespaces"),
        pytest.param("SECRET_CHECK_SECONDS", "1", id="too quick a check of Secrets"),
        pytest.param("SHARDS", "0", id="no shards"),
        pytest.param("SHARDS", "33", id="too many shards"),
        pytest.param("INSTANCE", "a b", id="a name of two words"),
        pytest.param("INSTANCE", "", id="no name"),
        pytest.param("CLUSTER_ID", "a/b", id="a cluster id that would break a mark"),
        pytest.param("CLUSTER_ID", "", id="an empty cluster id"),
        pytest.param("CLUSTER_ID", "x" * 64, id="a cluster id that is too long"),
    ],
)
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv(PREFIX + name, text)

    with pytest.raises(ValidationError, match=name.lower()):
        settings_from()


@pytest.mark.parametrize("missing", ["leader_election", "watch_secrets"])
def test_shards_need_more_than_one_process_does(missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        settings_from("--shards=6", f"--no-{missing.replace('_', '-')}")


def test_settings_cannot_be_changed_later() -> None:
    with pytest.raises(ValidationError):
        setattr(settings_from(), "workers", 3)  # noqa: B010 -- mypy would not let it pass


def test_nonsense_ends_the_program_with_an_explanation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["harbor_operator", "--workers", "0"])

    code = main()

    assert code == 2
    assert capsys.readouterr().err.startswith("harbor-operator: ")


def test_the_standard_librarys_operator_can_be_imported_beside_the_source_folder() -> None:
    assert not (ROOT / "operator" / "__init__.py").exists()

    found = subprocess.run(
        [sys.executable, "-c", "import operator; print(operator.__file__, operator.add(1, 2))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    path, total = found.stdout.rsplit(maxsplit=1)
    assert not Path(path).is_relative_to(ROOT / "operator")
    assert total == "3"
