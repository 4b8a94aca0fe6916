"""What a kind raises when it cannot go on; `outcome` decides what that means."""

# ruff: noqa: N818 -- these names say what happened; a suffix would only repeat ``raise``.

from harbor_operator.api.conditions import Reason


class Waiting(Exception):
    """Something else has to happen first; it will wake the object."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Blocked(Exception):
    """A person has to change something first."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Outdated(Exception):
    """What was read is no longer so: drop the plan and look again at once."""


class NotConverging(Exception):
    """The plan still wants actions after the last round: a defect, or a fight."""
