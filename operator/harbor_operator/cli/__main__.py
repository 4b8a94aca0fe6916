"""Entry points of the plugin."""

import sys
from collections.abc import Sequence

from harbor_operator.cli.arguments import parse
from harbor_operator.cli.command import Options
from harbor_operator.cli.completion import ASK, candidates, script
from harbor_operator.cli.completion_arguments import CompletionOptions
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.guarding import guarded


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    words = sys.argv[1:] if words is None else words
    if words[:1] == [ASK]:
        return complete(words[1:])
    return guarded(lambda: _run(parse(words)))


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


if __name__ == "__main__":
    sys.exit(main())
