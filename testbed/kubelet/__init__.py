"""As much of a kubelet as pulls images and says what came of it, for clusters without nodes."""

from testbed.kubelet.kubelet import Kubelet
from testbed.kubelet.pulls import Node, Outcome, Puller, find_puller

__all__ = ["Kubelet", "Node", "Outcome", "Puller", "find_puller"]
