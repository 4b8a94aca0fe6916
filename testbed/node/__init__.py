"""A kubelet as far as pages need one: operators run as processes, other images are pulled."""

from testbed.node.images import Puller
from testbed.node.kubelet import NODE, Kubelet

__all__ = ["NODE", "Kubelet", "Puller"]
