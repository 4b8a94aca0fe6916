"""`login`: logs docker, podman and helm in with a credential of the cluster."""
