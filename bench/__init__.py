"""Measurements of the operator, each against a bare floor of the same run."""
