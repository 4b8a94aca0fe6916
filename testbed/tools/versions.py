"""The Go programs of the world and their pinned versions: the one place to raise them.

The control plane's own versions, and those of everything it is built from, are pinned by
`control_plane/go.mod` and `go.sum`, those of other minors of Kubernetes in
`control_plane/minors`, and Prometheus by those in `prometheus/`; to raise them, raise the numbers
there and tidy.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from testbed.errors import WorldError

MODULE = Path(__file__).parent.parent / "control_plane"
"""The Go module that pins the control plane that is used when nothing else is asked for."""
JUDGE = MODULE.parent / "gitops_judge"
"""The Go module of our own program that asks the libraries of GitOps tools."""
REGISTRY = MODULE.parent / "registry_server"
"""The Go module of the reference registry without the storages that are not needed here."""
KUBELET = MODULE.parent / "kubelet"
"""The Go module of our own program that pulls as a node does."""
PROMETHEUS_MODULE = Path(__file__).parent.parent / "prometheus"
"""The Go module that pins Prometheus and its tool."""
VERSION_VARIABLE = "KUBERNETES_VERSION"
"""Names the minor of Kubernetes to build, such as `1.35`."""
_BUILD_FLAGS = ("-trimpath",)
_LINKER_FLAGS = "-s -w"
_KUBERNETES = "k8s.io/kubernetes"
_KEY_LENGTH = 12
"""Hexadecimal digits of a digest in a folder's name: collisions need millions of versions."""


@dataclass(frozen=True, slots=True)
class GoProgram:
    """A Go program that the world builds when it needs it."""

    name: str
    package: str
    version: str
    module: Path | None = None
    """Folder of the go.mod that pins the program, and of its source where that is ours; `None`
    for a program that pins itself."""
    variables: tuple[str, ...] = ()
    """Link-time variables, each `package.variable=value`."""
    tags: tuple[str, ...] = ()
    """Build tags, such as those that leave out what nobody needs here."""

    @property
    def build_arguments(self) -> tuple[str, ...]:
        """Arguments of `go build` or `go install` in front of the package."""
        linker = " ".join([_LINKER_FLAGS, *(f"-X {variable}" for variable in self.variables)])
        tags = (f"-tags={','.join(self.tags)}",) if self.tags else ()
        return (*_BUILD_FLAGS, *tags, f"-ldflags={linker}")

    @property
    def key(self) -> str:
        """Folder name in the cache: differs whenever the built program could differ."""
        digest = hashlib.sha256(repr((self.package, self.build_arguments)).encode())
        if self.module:
            for path in (self.module / "go.mod", self.module / "go.sum", *self._sources):
                digest.update(path.read_bytes())
        return f"{self.name}-{self.version}-{digest.hexdigest()[:_KEY_LENGTH]}"

    @property
    def _sources(self) -> list[Path]:
        return sorted(self.module.glob("*.go")) if self.module else []


def go_directive(module: Path = MODULE) -> str:
    """The go directive of a module: the oldest Go that can build its programs.

    Programs that pin themselves ask for no newer one than the control plane does.
    """
    return _first_match(module, r"^go [\d.]+$")


def kubernetes_modules() -> dict[str, Path]:
    """The folders of the modules that pin a control plane, by minor of Kubernetes."""
    others = {folder.name: folder for folder in (MODULE / "minors").iterdir()}
    pinned = {_minor(_required_version(MODULE, _KUBERNETES)): MODULE, **others}
    return dict(sorted(pinned.items()))


def chosen_module(environment: Mapping[str, str] = os.environ) -> Path:
    """The module of the minor that `KUBERNETES_VERSION` names, else the usual one.

    Raises:
        WorldError: that minor is not pinned here.
    """
    minor = environment.get(VERSION_VARIABLE)
    if not minor:
        return MODULE
    modules = kubernetes_modules()
    if minor not in modules:
        raise WorldError(f"{VERSION_VARIABLE}={minor} is none of {', '.join(modules)}")
    return modules[minor]


def kubernetes_program(name: str, environment: Mapping[str, str] = os.environ) -> GoProgram:
    """A program of the chosen Kubernetes release, such as `kube-apiserver` or `kubectl`.

    Raises:
        WorldError: as `chosen_module`.
    """
    module = chosen_module(environment)
    version = _required_version(module, _KUBERNETES)
    major, minor, _ = version.removeprefix("v").split(".", maxsplit=2)
    stamps = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    return GoProgram(
        name=name,
        package=f"k8s.io/kubernetes/cmd/{name}",
        version=version,
        module=module,
        # Without these the servers report v0.0.0 and clients take them for ancient.
        variables=tuple(f"k8s.io/component-base/version.{k}={v}" for k, v in stamps.items()),
    )


def etcd(environment: Mapping[str, str] = os.environ) -> GoProgram:
    """The store of the control plane, in the version that the Kubernetes release asks for.

    Raises:
        WorldError: as `chosen_module`.
    """
    package, module = "go.etcd.io/etcd/server/v3", chosen_module(environment)
    return GoProgram("etcd", package, _required_version(module, package), module=module)


def registry() -> GoProgram:
    """The registry whose storage and protocol a Harbor puts its users in front of."""
    version = _required_version(REGISTRY, "github.com/distribution/distribution/v3")
    return GoProgram("registry", ".", version, module=REGISTRY)


def crane() -> GoProgram:
    """A command line client of registries, to push and pull as a user does."""
    return GoProgram("crane", "github.com/google/go-containerregistry/cmd/crane", version="v0.22.1")


def helm() -> GoProgram:
    """The program that renders and installs the chart."""
    return GoProgram("helm", "helm.sh/helm/v3/cmd/helm", version="v3.22.0")


def cosign() -> GoProgram:
    """The program that signs images, and looks for signatures, as pipelines do."""
    return GoProgram("cosign", "github.com/sigstore/cosign/v3/cmd/cosign", version="v3.1.3")


def gitops_judge() -> GoProgram:
    """Our own program that says what GitOps tools make of objects."""
    return GoProgram("gitops-judge", ".", version="v0.1.0", module=JUDGE)


def kubelet_pull() -> GoProgram:
    """Our own program that pulls an image as a node does."""
    return GoProgram("kubelet-pull", ".", version="v0.1.0", module=KUBELET)


def kind() -> GoProgram:
    """The program that runs a cluster in containers."""
    return GoProgram("kind", "sigs.k8s.io/kind", version="v0.33.0")


def prometheus() -> GoProgram:
    """The server that scrapes and answers queries, without its user interface."""
    return _prometheus_program("prometheus")


def promtool() -> GoProgram:
    """What checks rules and runs their tests."""
    return _prometheus_program("promtool")


def _prometheus_program(name: str) -> GoProgram:
    package = "github.com/prometheus/prometheus"
    return GoProgram(
        name=name,
        package=f"{package}/cmd/{name}",
        version=_required_version(PROMETHEUS_MODULE, package),
        module=PROMETHEUS_MODULE,
        # Service discovery in clouds is most of what there is to compile.
        tags=("remove_all_sd",),
    )


def kubectl() -> GoProgram:
    """The command line of Kubernetes, for machines that have none."""
    return kubernetes_program("kubectl")


def all_programs() -> list[GoProgram]:
    """Everything that can be built ahead of time."""
    servers = (kubernetes_program("kube-apiserver"), kubernetes_program("kube-controller-manager"))
    extras = (
        crane(),
        kubectl(),
        helm(),
        cosign(),
        gitops_judge(),
        kubelet_pull(),
        kind(),
        prometheus(),
        promtool(),
    )
    return [etcd(), *servers, registry(), *extras]


def _minor(version: str) -> str:
    """`1.36` of `v1.36.3`."""
    return version.removeprefix("v").rpartition(".")[0]


def _required_version(module: Path, required: str) -> str:
    return _first_match(module, rf"^(?:require)?\s+{re.escape(required)} (v\S+)")


def _first_match(module: Path, pattern: str) -> str:
    match = re.search(pattern, (module / "go.mod").read_text(), flags=re.MULTILINE)
    if match is None:
        raise ValueError(f"{module / 'go.mod'} has no line like {pattern}")
    return match[match.lastindex or 0]
