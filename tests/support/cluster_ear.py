"""Somebody who listens to what a cluster tells."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from harbor_operator.core.namespaces import Namespace
from harbor_operator.engine.secrets import ManagedSecret
from harbor_operator.kube.resources import ObjectKey


@dataclass(slots=True)
class Ear:
    """Listens to a cluster and writes down what it is told."""

    heard: list[str] = field(default_factory=list)

    def namespace_changed(self, states: Iterable[Namespace]) -> None:
        """Write down a namespace."""
        [name] = {state.name for state in states}
        self.heard.append(f"namespace {name}")

    def secret_changed(self, key: ObjectKey, secret: ManagedSecret) -> None:
        """Write down a Secret and whose it is."""
        self.heard.append(f"secret {key.namespace}/{key.name} of {secret.owner.name}")

    def account_changed(self, key: ObjectKey) -> None:
        """Write down a ServiceAccount."""
        self.heard.append(f"account {key.namespace}/{key.name}")

    def header_changed(self, key: ObjectKey) -> None:
        """Write down a Secret for webhooks."""
        self.heard.append(f"header {key.namespace}/{key.name}")
