"""A real Prometheus, for what the operator is watched with."""
