"""Files, ports and command lines of a control plane's programs."""

from dataclasses import dataclass
from pathlib import Path

from testbed.control_plane.certificates import CertificateFiles
from testbed.control_plane.programs import Programs
from testbed.tools.child import Command
from testbed.tools.ports import LOOPBACK, free_ports

_CONTROLLERS = (
    "namespace-controller",
    "serviceaccount-controller",
    "garbage-collector-controller",
    "root-ca-certificate-publisher-controller",
)
"""What the operator's objects need: namespaces that vanish, default ServiceAccounts, owners."""
_WORKLOADS = ("deployment-controller", "replicaset-controller")
"""What makes pods of Deployments; nobody runs these unless somebody plays the kubelet."""
_AUDIT_MEGABYTES = 10_000
"""Never rotates: a mark is a position in one file."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where one control plane keeps its files and listens."""

    folder: Path
    store_port: int
    peer_port: int
    api_port: int
    audited: bool

    @property
    def url(self) -> str:
        """The API server's address."""
        return f"https://{LOOPBACK}:{self.api_port}"

    @property
    def store_url(self) -> str:
        """The address of etcd."""
        return f"http://{LOOPBACK}:{self.store_port}"

    @property
    def certificates(self) -> CertificateFiles:
        """The PEM files."""
        return CertificateFiles(self.folder)

    @property
    def tokens(self) -> Path:
        """The static token file."""
        return self.folder / "tokens.csv"

    @property
    def audit_log(self) -> Path:
        """The audit log."""
        return self.folder / "audit.log"

    @property
    def audit_policy(self) -> Path:
        """The audit policy."""
        return self.folder / "audit-policy.yaml"

    def kubeconfig(self, user: str) -> Path:
        """The kubeconfig of a user; colons, which separate files in KUBECONFIG, are replaced."""
        return self.folder / f"{user.replace(':', '_')}.kubeconfig"


def lay_out(folder: Path, *, audited: bool) -> Layout:
    """Choose free ports for a control plane in the folder."""
    store, peer, api = free_ports(3)
    return Layout(folder, store_port=store, peer_port=peer, api_port=api, audited=audited)


def etcd_command(layout: Layout, programs: Programs) -> Command:
    """How to run the store; it trades durability for speed, as its data is thrown away."""
    peer_url = f"http://{LOOPBACK}:{layout.peer_port}"
    return Command(
        name="etcd",
        arguments=[
            programs.etcd,
            "--name=testbed",
            f"--data-dir={layout.folder / 'etcd'}",
            "--unsafe-no-fsync",
            "--log-level=warn",
            f"--listen-client-urls={layout.store_url}",
            f"--advertise-client-urls={layout.store_url}",
            f"--listen-peer-urls={peer_url}",
            f"--initial-advertise-peer-urls={peer_url}",
            f"--initial-cluster=testbed={peer_url}",
        ],
        output=layout.folder / "etcd.out",
        scratch=layout.folder,
    )


def apiserver_command(layout: Layout, programs: Programs) -> Command:
    """How to run the API server."""
    files = layout.certificates
    arguments: list[str | Path] = [
        programs.apiserver,
        f"--etcd-servers={layout.store_url}",
        f"--secure-port={layout.api_port}",
        f"--bind-address={LOOPBACK}",
        f"--advertise-address={LOOPBACK}",
        f"--tls-cert-file={files.serving}",
        f"--tls-private-key-file={files.serving_key}",
        f"--client-ca-file={files.authority}",
        f"--token-auth-file={layout.tokens}",
        "--authorization-mode=Node,RBAC",
        f"--service-account-key-file={files.token_key}",
        f"--service-account-signing-key-file={files.token_key}",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-cluster-ip-range=10.0.0.0/24",
        # There are no nodes that could reach the loopback address of a second server.
        "--endpoint-reconciler-type=none",
    ]
    if layout.audited:
        arguments += _audit_flags(layout)
    return Command("kube-apiserver", arguments, output=layout.folder / "kube-apiserver.out")


def controller_manager_command(
    layout: Layout, programs: Programs, kubeconfig: Path, *, workloads: bool
) -> Command:
    """How to run the controller manager, with the controllers of Deployments or without."""
    controllers = (*_CONTROLLERS, *(_WORKLOADS if workloads else ()))
    return Command(
        name="kube-controller-manager",
        arguments=[
            programs.controller_manager,
            f"--kubeconfig={kubeconfig}",
            f"--service-account-private-key-file={layout.certificates.token_key}",
            f"--root-ca-file={layout.certificates.authority}",
            f"--controllers={','.join(controllers)}",
            "--leader-elect=false",
            # It serves only metrics, on a fixed port that a second control plane could not have.
            "--secure-port=0",
            # With its default of 20 requests per second a thousand namespaces take a minute.
            "--kube-api-qps=2000",
            "--kube-api-burst=4000",
            "--concurrent-namespace-syncs=50",
        ],
        output=layout.folder / "kube-controller-manager.out",
    )


def _audit_flags(layout: Layout) -> list[str]:
    return [
        f"--audit-policy-file={layout.audit_policy}",
        f"--audit-log-path={layout.audit_log}",
        # An answer leaves only after its entry was written; batching would count too late.
        "--audit-log-mode=blocking",
        f"--audit-log-maxsize={_AUDIT_MEGABYTES}",
    ]
