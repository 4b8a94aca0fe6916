"""The program `docker-credential-harbor`: asks the cluster for a login whenever a tool needs it.

Docker, podman, helm and whatever reads docker's file run it with a verb as argument; what it is
about comes by standard input.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.command import Options
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.files import read_text, write_private
from harbor_operator.cli.guarding import guarded
from harbor_operator.cli.login.notes import Note, notes_path, read_notes, write_notes
from harbor_operator.cli.registry_logins import RegistryLogin, read_logins, read_source

_UNKNOWN: Final = "credentials not found in native keychain"
"""The words by which the tools tell a login that is not there from a failure."""


def main() -> int:
    """Do what the tool asks for; its exit code."""
    verb = sys.argv[1] if len(sys.argv) == 2 else ""  # noqa: PLR2004 -- the program and the verb
    return guarded(lambda: _answer(verb))


def _answer(verb: str) -> int:
    verbs: dict[str, Callable[[], str]] = {
        "get": lambda: _get(_host()),
        "erase": lambda: _erase(_host()),
        "list": _list,
    }
    if verb not in verbs:
        raise CommandError(
            "docker-credential-harbor keeps no passwords: it knows get, erase and list, "
            "and kubectl harbor login --helper tells it what to get",
            ExitCode.USAGE,
        )
    try:
        sys.stdout.write(verbs[verb]())
    except _NotNotedError:
        sys.stdout.write(f"{_UNKNOWN}\n")
        return ExitCode.NOT_SO
    return ExitCode.FINE


class _NotNotedError(Exception):
    """There is no note about a host."""


def _get(host: str) -> str:
    note = _notes().get(host)
    if note is None:
        raise _NotNotedError
    login = asyncio.run(_read(host, note))
    answer = {"ServerURL": host, "Username": login.username, "Secret": login.password.reveal()}
    return json.dumps(answer) + "\n"


def _erase(host: str) -> str:
    notes = _notes()
    if notes.pop(host, None) is not None:
        write_private(_path(), write_notes(notes))
    return ""


def _list() -> str:
    return json.dumps({host: note.source for host, note in _notes().items()}) + "\n"


async def _read(host: str, note: Note) -> RegistryLogin:
    options = Options(
        command="login",
        namespace=note.namespace,
        context=note.context,
        kubeconfig=note.kubeconfig,
    )
    async with at_cluster(options) as (client, namespace):
        logins = await read_logins(client, namespace, read_source(note.source))
    for login in logins:
        if login.host == host:
            return login
    raise CommandError(f"{note.source} of namespace {namespace} is not for {host}", ExitCode.NOT_SO)


def _host() -> str:
    address = sys.stdin.read().strip()
    return (address.partition("://")[2] or address).partition("/")[0]


def _notes() -> dict[str, Note]:
    return read_notes(read_text(_path()), _path())


def _path() -> Path:
    return notes_path(os.environ, Path.home())


if __name__ == "__main__":
    sys.exit(main())
