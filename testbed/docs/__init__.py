"""The documentation, carried out: `python -m testbed.docs` runs all command blocks of its pages."""
