"""Reads Harbor's audit log, account by account."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TextIO

from harbor_operator.cli.audit.subjects import Subject, account_of
from harbor_operator.cli.audit.usage import (
    MOST_ENTRIES,
    PULL,
    Audit,
    Usage,
    Use,
    audit_of,
    together,
    usage_of,
    use_in,
)
from harbor_operator.cli.progress import Progress
from harbor_operator.harbor import AuditEntry, AuditFilter, HarborClient, IdentityKind
from harbor_operator.harbor.errors import NotFound, PermissionDenied

_PULLS: Final = AuditFilter(operation=PULL, resource_type="artifact")


@dataclass(frozen=True, slots=True)
class Period:
    """What is asked of the log.

    Attributes:
        since: From when on use is counted.
        limit: How long somebody may be unused.
        now: The time.
    """

    since: datetime
    limit: timedelta
    now: datetime


async def read_audit(
    client: HarborClient,
    subjects: Sequence[Subject],
    period: Period,
    notes: Sequence[str],
    stream: TextIO,
) -> Audit:
    """Ask the log about each subject.

    Who may read the whole log is asked once: Harbor gives an empty one to everybody else. All
    others read the logs of projects.

    Args:
        client: Logged in.
        subjects: Whom to ask about.
        period: Which time.
        notes: What could not be read before.
        stream: Where to show how far it is.

    Raises:
        HarborError: Harbor failed.
    """
    whole = await reads_everything(client)
    reader = _Reader(client, period, whole=whole)
    with Progress(stream, "robots", len(subjects)) as progress:
        usages = await asyncio.gather(*(reader.usage(subject, progress) for subject in subjects))
    told = [*notes]
    if not whole:
        told.append("the login may not read Harbor's whole log: the logs of projects are used")
    reaches = await reader.reaches(None) if whole else None
    if whole and reaches is None:
        told.append("the log tells of no pull at all: is writing it switched off, or purged?")
    return audit_of(usages, period.since, reaches, told)


async def unmanaged(client: HarborClient) -> tuple[list[Subject], list[str]]:
    """The robot accounts that no operator manages, and what could not be listed.

    Raises:
        HarborError: Harbor failed.
    """
    found, refused = [], []
    try:
        found += await client.robots.list_system()
    except PermissionDenied:
        refused.append("the system")
    projects = await client.projects.list()
    for project, listed in zip(
        projects,
        await asyncio.gather(
            *(client.robots.list_project(one.id) for one in projects), return_exceptions=True
        ),
        strict=True,
    ):
        if isinstance(listed, PermissionDenied):
            refused.append(project.name)
        elif isinstance(listed, BaseException):
            raise listed
        else:
            found += listed
    subjects = [subject for robot in found if (subject := account_of(robot)) is not None]
    named = ", ".join(refused)
    notes = [f"accounts of {named} are left out: the login may not list them"] if refused else []
    return subjects, notes


async def reads_everything(client: HarborClient) -> bool:
    """Whether the login may read the log of the whole system.

    An administrator may; a robot with the right shows it by a log that is not empty.
    """
    if (await client.system.configuration()).robot_prefix is not None:
        return True
    if (await client.system.probe()).kind is not IdentityKind.ROBOT:
        return False
    return await client.audit_logs.oldest() is not None


class _Reader:
    """Asks about one subject after the other; how far each log reaches is asked once."""

    def __init__(self, client: HarborClient, period: Period, *, whole: bool) -> None:
        self._client = client
        self._period = period
        self._whole = whole
        self._reaches: dict[str | None, asyncio.Task[datetime | None]] = {}

    async def usage(self, subject: Subject, progress: Progress) -> Usage:
        """Ask about a robot, by the names of all accounts that it has and had."""
        use = await self._use_of(subject)
        progress.step()
        return usage_of(
            subject,
            use,
            reaches=await self._reach_of(subject),
            limit=self._period.limit,
            now=self._period.now,
        )

    async def reaches(self, project: str | None) -> datetime | None:
        """How far a log reaches back, by its oldest pull."""
        if project not in self._reaches:
            self._reaches[project] = asyncio.create_task(self._oldest_pull(project))
        return await self._reaches[project]

    async def _oldest_pull(self, project: str | None) -> datetime | None:
        oldest = await self._client.audit_logs.oldest(_PULLS, project=project)
        return oldest.op_time if oldest else None

    async def _use_of(self, subject: Subject) -> Use | None:
        """Its use; None where it has no account, or the logs that would tell may not be read."""
        logs = self._logs_of(subject)
        if not logs or not subject.username:
            return None
        try:
            found = [await self._entries(subject, project) for project in logs]
        except (PermissionDenied, NotFound):
            return None
        return together(use_in(subject, entries, self._period.since) for entries in found)

    def _logs_of(self, subject: Subject) -> Sequence[str | None]:
        """The logs that tell of a subject; None stands for the whole one."""
        return (None,) if self._whole else subject.projects or ()

    async def _entries(self, subject: Subject, project: str | None) -> list[AuditEntry]:
        """The entries of the period and its own last one before, no more than are looked at."""
        wanted = AuditFilter(username_part=subject.name_part, resource_type="artifact")
        taken: list[AuditEntry] = []
        async for entry in self._client.audit_logs.entries(wanted, project=project):
            taken.append(entry)
            before = entry.op_time < self._period.since and subject.has(entry.username)
            if before or len(taken) >= MOST_ENTRIES:
                break
        return taken

    async def _reach_of(self, subject: Subject) -> datetime | None:
        """Since when all logs that would tell of a subject do; None where one tells of no pull."""
        logs = self._logs_of(subject)
        found = []
        for project in logs:
            try:
                found.append(await self.reaches(project))
            except (PermissionDenied, NotFound):
                return None
        known = [time for time in found if time is not None]
        return max(known) if known and len(known) == len(found) else None
