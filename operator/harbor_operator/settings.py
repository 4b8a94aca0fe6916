"""How the operator is told what to do: environment variables and flags, read once."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, CliImplicitFlag, SettingsConfigDict

from harbor_operator.kube.lease import Durations

_NAME = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
"""A namespace's name (RFC 1123)."""


class Settings(BaseSettings):
    """Kubernetes operator for Harbor projects, robot accounts and pull secrets.

    Every setting is a flag, and an environment variable of the same name in capitals with
    HARBOR_OPERATOR_ before it. Flags win.
    """

    model_config = SettingsConfigDict(
        env_prefix="HARBOR_OPERATOR_",
        frozen=True,
        cli_kebab_case=True,
        cli_prog_name="python -m harbor_operator",
        cli_hide_none_type=True,
        use_attribute_docstrings=True,
    )

    kubeconfig: Path | None = None
    """Path of a kubeconfig. Default: the pod's service account, or what kubectl would use."""

    context: str | None = None
    """Context in the kubeconfig. Default: its current one."""

    cluster_id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][-A-Za-z0-9.]{0,62}$")
    """What tells this cluster from others that use the same Harbor. Default: the uid of
    namespace kube-system. Give a cluster restored as a clone a new one before its first start."""

    namespaces: str | None = Field(default=None, pattern=f"^{_NAME}(,{_NAME})*$")
    """The namespaces that are served, separated by commas: no other exists for the operator.
    Default: all."""

    watch_secrets: CliImplicitFlag[bool] = True
    """Whether Secrets are listed and watched. Without that they are read by their names alone."""

    secret_check_seconds: int = Field(default=120, ge=5, le=3600)
    """How long it takes to read all managed Secrets once where they are not watched."""

    leader_election: CliImplicitFlag[bool] = True
    """Whether replicas agree by a Lease which of them works, while the others stand by."""

    lease_namespace: str | None = None
    """Namespace of the Lease. Default: the pod's own, or that of the kubeconfig's context."""

    lease_name: str = "harbor-operator"
    """Name of the Lease. Replicas must agree on it and on its namespace."""

    lease_seconds: int = Field(default=15, ge=3, le=600)
    """How long the others wait for a leader that is not heard of. It tries to renew its lease
    seven times in that time, and writes nothing once two thirds of it have passed in vain."""

    shards: int = Field(default=1, ge=1, le=32)
    """Into how many parts the namespaces are divided among replicas, which must agree on it. With
    more than one all replicas work, each on parts of its own; 1 lets one replica work on all."""

    instance: str | None = Field(default=None, pattern=r"^[-A-Za-z0-9.]{1,128}$")
    """What tells this replica from others in the Lease, in Events and in Harbor's log. Default:
    the host name, which is the pod's."""

    workers: int = Field(default=16, ge=1, le=256)
    """How many objects are reconciled at once."""

    probe_address: str = "0.0.0.0"  # noqa: S104 -- the kubelet asks from outside of the pod
    """Address on which /healthz and /readyz are served."""

    probe_port: int = Field(default=8080, ge=0, le=65535)
    """Port on which /healthz and /readyz are served; 0 serves none."""

    metrics_address: str = "0.0.0.0"  # noqa: S104 -- Prometheus asks from outside of the pod
    """Address on which /metrics is served."""

    metrics_port: int = Field(default=8081, ge=0, le=65535)
    """Port on which /metrics is served, without TLS; 0 serves none."""

    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    """DEBUG, INFO, WARNING or ERROR."""

    log_format: str = Field(default="auto", pattern="^(auto|json|text)$")
    """json, text, or auto: text where standard error is a terminal, JSON elsewhere."""

    log_levels_file: Path | None = None
    """File with levels of single loggers as lines of logger=LEVEL; followed while it changes."""

    @property
    def scope(self) -> frozenset[str] | None:
        """The namespaces that are served, None for all."""
        return None if self.namespaces is None else frozenset(self.namespaces.split(","))

    @model_validator(mode="after")
    def _shards_can_be_served(self) -> Self:
        if self.shards > 1 and not self.leader_election:
            raise ValueError("shards are held by Leases, so they need leader_election")
        if self.shards > 1 and not self.watch_secrets:
            raise ValueError("Secrets of a shard that comes are not known without watch_secrets")
        return self

    @property
    def durations(self) -> Durations:
        """How an election spends its time: in the proportions of the Go clients."""
        seconds = self.lease_seconds
        return Durations(seconds, renew_deadline=seconds * 2 / 3, retry=seconds * 2 / 15)
