"""The whole way once, to watch: `python -m testbed.demo`."""
