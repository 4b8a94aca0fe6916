"""Entry points of the plugin: run a command, and turn every failure into one line."""

import os
import sys
from collections.abc import Callable, Sequence

from harbor_operator.cli.arguments import parse
from harbor_operator.cli.command import Options
from harbor_operator.cli.completion import ASK, candidates, script
from harbor_operator.cli.completion_arguments import CompletionOptions
from harbor_operator.cli.failures import CommandError, ExitCode, explained
from harbor_operator.kube.errors import InvalidConfiguration, KubeError
from harbor_operator.kube.resources import InvalidNameError


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    words = sys.argv[1:] if words is None else words
    if words[:1] == [ASK]:
        return complete(words[1:])
    try:
        code = _guarded(lambda: _run(parse(words)))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has seen enough; closing it must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FINE
    return code


def complete(words: Sequence[str] | None = None) -> int:
    """Print what may come next, as kubectl asks its plugins for it."""
    words = sys.argv[1:] if words is None else words
    sys.stdout.writelines(f"{line}\n" for line in candidates(words))
    return ExitCode.FINE


def _run(options: Options) -> int:
    if isinstance(options, CompletionOptions):
        sys.stdout.write(script(options.shell))
        return ExitCode.FINE
    # The libraries that a cluster needs cost most of a second; help and completion do without.
    from harbor_operator.cli.running import run  # noqa: PLC0415

    return run(options)


def _guarded(command: Callable[[], int]) -> int:
    try:
        return command()
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


if __name__ == "__main__":
    sys.exit(main())
