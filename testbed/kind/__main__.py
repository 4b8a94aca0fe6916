"""Runs a command, such as the end-to-end tests, on a kind cluster with a real Harbor.

`python -m testbed.kind COMMAND...` takes the two minors from `KUBERNETES_VERSION` and
`HARBOR_VERSION`, and Harbor's chart from where `HARBOR_CHART` says.
"""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from testbed.errors import WorldError
from testbed.kind.pins import CHART_VERSIONS, NODE_IMAGES, Pair, pair_of
from testbed.tools.build import ensure_built, find_helm
from testbed.tools.versions import kind

FILES = Path(__file__).parent
NAME = "harbor-operator-e2e"
HARBOR_URL = "http://127.0.0.1:30002"
USERNAME = "admin"
DEFAULT_CHART = "harbor/harbor"
"""The chart in the repository that was added to Helm under the name `harbor`."""
_UP_MINUTES = 15

Command = Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class Setting:
    """The programs, the pins and the files of one run."""

    kind: Path
    helm: Path
    pair: Pair
    chart: str
    folder: Path
    """Scratch folder for the kubeconfig and the password."""

    @property
    def kubeconfig(self) -> Path:
        """The cluster's kubeconfig, which is nobody else's."""
        return self.folder / "kubeconfig"

    @property
    def password_file(self) -> Path:
        """A file of values, so that the password is on no command line."""
        return self.folder / "password.json"

    def create_cluster(self) -> Command:
        """Makes the cluster and waits for its node."""
        return [
            *(self.kind, "create", "cluster", "--name", NAME),
            *("--image", self.pair.node_image, "--config", FILES / "cluster.yaml"),
            *("--kubeconfig", self.kubeconfig, "--wait", "5m"),
        ]

    def install_harbor(self) -> Command:
        """Installs Harbor and waits for all of it."""
        return [
            *(self.helm, "install", "harbor", self.chart, "--version", self.pair.chart_version),
            *("--namespace", "harbor", "--create-namespace", "--kubeconfig", self.kubeconfig),
            *("--values", FILES / "harbor.yaml", "--values", self.password_file),
            *("--wait", "--timeout", f"{_UP_MINUTES}m"),
        ]

    def delete_cluster(self) -> Command:
        """Removes all of it."""
        return [self.kind, "delete", "cluster", "--name", NAME, "--kubeconfig", self.kubeconfig]

    def variables(self, password: str) -> dict[str, str]:
        """What tells the end-to-end tests where to run."""
        return {
            "KUBECONFIG": str(self.kubeconfig),
            "HARBOR_URL": HARBOR_URL,
            "HARBOR_USERNAME": USERNAME,
            "HARBOR_PASSWORD": password,
        }


def setting_of(environment: Mapping[str, str], folder: Path, *, kind: Path, helm: Path) -> Setting:
    """The run that the environment asks for, of the newest minors where it says nothing.

    Raises:
        WorldError: a minor is not pinned.
    """
    pair = pair_of(
        environment.get("KUBERNETES_VERSION") or max(NODE_IMAGES),
        environment.get("HARBOR_VERSION") or max(CHART_VERSIONS),
    )
    chart = environment.get("HARBOR_CHART") or DEFAULT_CHART
    return Setting(kind=kind, helm=helm, pair=pair, chart=chart, folder=folder)


def run_on_cluster(setting: Setting, command: Sequence[str]) -> int:
    """Make the cluster with its Harbor, run a command there, and remove the cluster.

    Returns:
        The exit code of the command.

    Raises:
        subprocess.CalledProcessError: the cluster or Harbor did not come up.
    """
    password = f"{secrets.token_hex(12)}aA1"
    setting.password_file.touch(mode=0o600)
    setting.password_file.write_text(json.dumps({"harborAdminPassword": password}))
    try:
        subprocess.run(setting.create_cluster(), check=True)
        subprocess.run(setting.install_harbor(), check=True)
        variables = {**os.environ, **setting.variables(password)}
        return subprocess.run(command, env=variables, check=False).returncode
    finally:
        # Without a check: its failure would hide what went wrong before.
        subprocess.run(setting.delete_cluster(), check=False)


def _run(command: Sequence[str]) -> int:
    programs = {"kind": asyncio.run(ensure_built(kind())), "helm": asyncio.run(find_helm())}
    with tempfile.TemporaryDirectory(prefix="kind-") as folder:
        return run_on_cluster(setting_of(os.environ, Path(folder), **programs), command)


def main() -> None:
    """Make the cluster, run the command, remove the cluster, and end as the command did."""
    try:
        sys.exit(_run(sys.argv[1:]))
    except WorldError as failure:
        sys.exit(str(failure))
    except subprocess.CalledProcessError as failure:
        program, *arguments = map(str, failure.cmd)
        sys.exit(f"{Path(program).name} {arguments[0]} failed; see above")


if __name__ == "__main__":
    main()
