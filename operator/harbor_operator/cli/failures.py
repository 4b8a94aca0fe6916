"""How a command ends: the exit codes, and every failure as one line."""

from enum import IntEnum

from harbor_operator.kube.errors import (
    Forbidden,
    KubeError,
    NotFound,
    Transient,
    Unauthorized,
)


class ExitCode(IntEnum):
    """What the shell is told; documented, so part of the interface."""

    FINE = 0
    """Everything asked about is ready, everything asked for was done."""

    NOT_SO = 1
    """Something is not ready or left to do, or what was asked for failed or came too late."""

    USAGE = 2
    """The command line makes no sense."""

    NO_ACCESS = 3
    """No kubeconfig, no answer, no valid login, or not allowed."""

    NOT_FOUND = 4
    """There is no such object, or the kinds are not installed."""

    INTERRUPTED = 130
    """Ended by the user, as shells count SIGINT."""


class CommandError(Exception):
    """A command cannot go on; the message is one line for its user."""

    def __init__(self, message: str, code: ExitCode) -> None:
        """Say what happened, and how the program shall end."""
        super().__init__(message)
        self.code = code


def explained(error: KubeError) -> CommandError:
    """Say what a failed call to the API server means for the user."""
    match error:
        case Forbidden():
            return CommandError(f"not allowed: {error.message}", ExitCode.NO_ACCESS)
        case Unauthorized():
            return CommandError(
                f"the cluster does not accept the login: {error.message}", ExitCode.NO_ACCESS
            )
        case Transient():
            return CommandError(
                f"the cluster does not answer: {error.reason}: {error.message}",
                ExitCode.NO_ACCESS,
            )
        case NotFound():
            return CommandError(error.message, ExitCode.NOT_FOUND)
        case _:
            return CommandError(str(error), ExitCode.NOT_SO)


def not_installed(plural: str) -> CommandError:
    """Say that the cluster does not know a kind."""
    return CommandError(
        f"the cluster does not know {plural}: is harbor-operator installed?", ExitCode.NOT_FOUND
    )
