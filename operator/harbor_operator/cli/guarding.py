"""Turns every failure of a program into one line and an exit code."""

import os
import sys
from collections.abc import Callable

from harbor_operator.cli.failures import CommandError, ExitCode, explained
from harbor_operator.kube.errors import InvalidConfiguration, KubeError
from harbor_operator.kube.resources import InvalidNameError


def guarded(program: Callable[[], int]) -> int:
    """Run a program; its exit code, whatever happens."""
    try:
        code = _told(program)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has seen enough; closing it must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FINE
    return code


def _told(program: Callable[[], int]) -> int:
    try:
        return program()
    except CommandError as error:
        return _failed(error)
    except KubeError as error:
        return _failed(explained(error))
    except InvalidConfiguration as error:
        return _failed(CommandError(str(error), ExitCode.NO_ACCESS))
    except InvalidNameError as error:
        return _failed(CommandError(str(error), ExitCode.USAGE))
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


def _failed(error: CommandError) -> int:
    sentence = " ".join(str(error).split())
    sys.stderr.write(f"error: {sentence}\n")
    return error.code
