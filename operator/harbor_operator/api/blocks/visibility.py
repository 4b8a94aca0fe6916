"""Visibility: who may pull from a project without being a member."""

from enum import StrEnum


class Visibility(StrEnum):
    """Who may pull from a project without being a member."""

    PRIVATE = "Private"
    PUBLIC = "Public"
