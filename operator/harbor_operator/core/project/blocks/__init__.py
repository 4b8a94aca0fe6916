"""The blocks of a project's settings: one module each, listed in `table`."""
