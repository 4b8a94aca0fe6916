"""The settings of a project, one block of them in each module."""
