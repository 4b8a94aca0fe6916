"""What installs the operator by `kubectl apply` alone, rendered from the kustomize base."""
