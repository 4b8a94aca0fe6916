"""The files that install the operator by `kubectl apply` alone, rendered from the kustomize base."""
