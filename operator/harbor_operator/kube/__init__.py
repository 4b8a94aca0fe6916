"""A small Kubernetes client library: typed errors, raw JSON, and an informer.

It stands alone: address and credentials come from `load`, calls go through `KubeClient`, and an
`Informer` keeps a local picture of the objects of one kind.
"""
