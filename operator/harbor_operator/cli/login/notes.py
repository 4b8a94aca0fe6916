"""What the plugin's own credential helper remembers: which object each host's login is from.

No password is kept: the helper reads the object each time, so that a rotation needs no new login.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.files import config_home


@dataclass(frozen=True, slots=True)
class Note:
    """Where the login of one host is.

    Attributes:
        source: `robot/NAME` or `secret/NAME`.
        namespace: Its namespace.
        context: The context of the kubeconfig, None for the current one.
        kubeconfig: The kubeconfig, None for the usual one.
    """

    source: str
    namespace: str
    context: str | None = None
    kubeconfig: str | None = None


def notes_path(environment: Mapping[str, str], home: Path) -> Path:
    """Where the notes are kept."""
    return config_home(environment, home) / "kubectl-harbor" / "logins.json"


def read_notes(text: str, path: Path) -> dict[str, Note]:
    """The notes by host; none in an empty file.

    Raises:
        CommandError: The file is not one of ours.
    """
    if not text.strip():
        return {}
    try:
        return {host: _note(entry) for host, entry in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError):
        raise CommandError(f"{path} is not readable: remove it", ExitCode.NOT_SO) from None


def write_notes(notes: Mapping[str, Note]) -> str:
    """The text of the file."""
    return json.dumps({host: asdict(note) for host, note in notes.items()}, indent=2) + "\n"


def _note(entry: Mapping[str, str | None]) -> Note:
    known = {field.name for field in fields(Note)}
    return Note(**{key: value for key, value in entry.items() if key in known})  # type: ignore[arg-type]
