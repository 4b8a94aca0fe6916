"""Kubernetes operator that makes a Harbor registry declarative."""
