"""How `uninstall-check` is said."""

from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.command import Command, PrintOptions, add_output
from harbor_operator.cli.failures import CommandError, ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalOptions(PrintOptions):
    """What `uninstall-check` is told."""

    def __post_init__(self) -> None:
        """Refuse a namespace, which would look as if it were respected."""
        if self.namespace is not None:
            raise CommandError("uninstall-check looks at the whole cluster", ExitCode.USAGE)


COMMAND: Final = Command(
    "uninstall-check",
    RemovalOptions,
    add_output,
    "harbor_operator.cli.removal.command",
)
