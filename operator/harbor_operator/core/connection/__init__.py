"""What to say about a ClusterHarborConnection, and what to change of Harbor itself."""

from harbor_operator.core.connection.facts import Identity

__all__ = ["Identity"]
