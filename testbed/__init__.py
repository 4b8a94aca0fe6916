"""The embedded world of demo, tests and benchmarks: a control plane, a registry and a Harbor."""
