"""Runs `login`: reads a login, has the registry take it, and only then writes it."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.clock import now
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.files import read_text, write_private
from harbor_operator.cli.login import helpers
from harbor_operator.cli.login.arguments import LoginOptions, Tool
from harbor_operator.cli.login.checking import require_accepted
from harbor_operator.cli.login.notes import Note, notes_path, read_notes, write_notes
from harbor_operator.cli.login.stores import (
    OWN_HELPER,
    helper_of,
    path_of,
    read_document,
    with_kept_login,
    with_login,
    with_own_helper,
)
from harbor_operator.cli.printing import Colour, Paper, show, when
from harbor_operator.cli.registry_logins import (
    LoginSource,
    RegistryLogin,
    only_robot,
    read_logins,
    read_source,
)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """One tool that is logged in to one registry.

    Attributes:
        tool: Which one.
        host: To which host.
        username: As whom.
        kept_in: The file, or the helper program that keeps the login.
    """

    tool: str
    host: str
    username: str
    kept_in: str


@dataclass(frozen=True, slots=True)
class LoginReport:
    """All that `login` has done.

    Attributes:
        source: What the login is from.
        logins: Who is logged in where.
        follows: Whether rotations are followed.
        rotation: When the login is replaced next, None where that is not known.
        expiry: When it ends by itself, None where that is not known.
    """

    source: str
    logins: tuple[LoggedIn, ...]
    follows: bool
    rotation: datetime | None
    expiry: datetime | None


async def run(options: LoginOptions) -> int:
    """Log the tools in."""
    if options.helper:
        helpers.find_helper(OWN_HELPER)
    async with at_cluster(options) as (client, namespace):
        source = (
            read_source(options.source) if options.source else await only_robot(client, namespace)
        )
        logins = await read_logins(client, namespace, source)
    if options.check:
        for login in logins:
            await require_accepted(login, options.ca_file)
    if options.helper:
        _note(options, source, namespace, logins)
    tools = [Tool(tool) for tool in options.tools or (Tool.DOCKER,)]
    done = [await _log_in(tool, login, options) for tool in tools for login in logins]
    report = LoginReport(
        str(source), tuple(done), options.helper, logins[0].rotation, logins[0].expiry
    )
    show(report, options.output, lambda paper: draw(report, now(), paper))
    return ExitCode.FINE


def draw(report: LoginReport, now: datetime, paper: Paper) -> str:
    """The report as text."""
    return "\n".join(_lines(report, now, paper)) + "\n"


def _lines(report: LoginReport, now: datetime, paper: Paper) -> Iterator[str]:
    for login in report.logins:
        yield f"{login.tool}: logged in to {login.host} as {login.username}, in {login.kept_in}"
    ends = {"is replaced": report.rotation, "expires": report.expiry}
    told = [f"{what} {when(time, now)}" for what, time in ends.items() if time is not None]
    if told and not report.follows:
        hint = f"note: this login {' and '.join(told)}; --helper follows what comes after it"
        yield paper.paint(hint, Colour.FAINT)


def _note(
    options: LoginOptions, source: LoginSource, namespace: str, logins: tuple[RegistryLogin, ...]
) -> None:
    path = notes_path(os.environ, Path.home())
    kubeconfig = options.kubeconfig and str(Path(options.kubeconfig).absolute())
    note = Note(str(source), namespace, options.context, kubeconfig)
    notes = read_notes(read_text(path), path) | {login.host: note for login in logins}
    write_private(path, write_notes(notes))


async def _log_in(tool: Tool, login: RegistryLogin, options: LoginOptions) -> LoggedIn:
    path = path_of(tool, os.environ, Path.home(), sys.platform)
    document = read_document(read_text(path), path)
    keeper = OWN_HELPER if options.helper else helper_of(document, login.host)
    if options.helper:
        changed = with_own_helper(document, login.host)
    elif keeper:
        await helpers.store(keeper, login)
        changed = with_kept_login(document, login.host)
    else:
        changed = with_login(document, login)
    write_private(path, json.dumps(changed, indent=2) + "\n")
    kept_in = f"docker-credential-{keeper}" if keeper else str(path)
    return LoggedIn(tool.value, login.host, login.username, kept_in)
