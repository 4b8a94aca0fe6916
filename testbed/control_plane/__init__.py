"""A real Kubernetes control plane on loopback ports: etcd, API server, controller manager."""

from testbed.control_plane.plane import ADMIN, OPERATOR, ControlPlane

__all__ = ["ADMIN", "OPERATOR", "ControlPlane"]
