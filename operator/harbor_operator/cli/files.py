"""A user's own files: only the owner may read them, and they are whole at every moment."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from harbor_operator.cli.failures import CommandError, ExitCode

_OWNER_ONLY: Final = 0o700


def config_home(environment: Mapping[str, str], home: Path) -> Path:
    """The folder of the user's settings, by the XDG base directory specification."""
    return Path(environment.get("XDG_CONFIG_HOME") or home / ".config")


def read_text(path: Path) -> str:
    """The text of a file, empty where there is none.

    Raises:
        CommandError: It cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise _told(path, error) from None


def write_private(path: Path, text: str) -> None:
    """Replace a file by one that only its owner may read, or make it with its folders.

    A link stays one: what it leads to is replaced.

    Raises:
        CommandError: It cannot be written; what was there is untouched then.
    """
    target = Path(os.path.realpath(path))
    try:
        target.parent.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        # Made with rights for the owner alone, in the same file system for one rename.
        descriptor, scratch = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
            Path(scratch).replace(target)
        except BaseException:
            Path(scratch).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _told(path, error) from None


def _told(path: Path, error: OSError | UnicodeDecodeError) -> CommandError:
    reason = error.strerror if isinstance(error, OSError) else "not a text"
    return CommandError(f"{path}: {reason}", ExitCode.NOT_SO)
