"""Runs `report`."""

import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from harbor_operator.cli.clock import now
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_access import HarborLogin, at_harbor
from harbor_operator.cli.images import Image
from harbor_operator.cli.printing import dump, paper_of
from harbor_operator.cli.progress import Progress
from harbor_operator.cli.scan_report.arguments import ReportOptions
from harbor_operator.cli.scan_report.csv_form import write_csv
from harbor_operator.cli.scan_report.html_form import write_html
from harbor_operator.cli.scan_report.listing import Listed, find_image, find_running, list_project
from harbor_operator.cli.scan_report.model import Filter, ScanReport, Severity
from harbor_operator.cli.scan_report.ordering import narrowed
from harbor_operator.cli.scan_report.plain import plain
from harbor_operator.cli.scan_report.pods import Running, running_among
from harbor_operator.cli.scan_report.reading import ScanReader, read_allowlists
from harbor_operator.cli.scan_report.sarif import write_sarif
from harbor_operator.cli.scan_report.screen import draw_scans
from harbor_operator.cli.scan_report.sentences import objections
from harbor_operator.cli.scan_report.targets import Subject, subject_of
from harbor_operator.cli.scan_report.vex import write_vex
from harbor_operator.harbor import HarborClient, Limits

_LIMITS: Final = Limits(max_response_bytes=64 * 1024 * 1024)
"""A report of some thousand findings is ten times what other answers are."""

_NOTHING_RUNS: Final = Running((), (), ())


async def run(options: ReportOptions) -> int:
    """Read the scans, write them, and say whether something is found that shall not be."""
    subject, options = await subject_of(options)
    async with at_harbor(options, limits=_LIMITS) as (client, login):
        whole = await read_report(client, login, subject)
    lowest = Severity(options.severity) if options.severity else None
    report = narrowed(whole, Filter(lowest, options.fixable))
    _put(_written(report, options), options.output_file)
    return _verdict(report, options.fail_on)


async def read_report(client: HarborClient, login: HarborLogin, subject: Subject) -> ScanReport:
    """Read all that there is to report.

    Raises:
        CommandError: What is asked about is not in this Harbor, or not readable.
        HarborError: Harbor failed.
    """
    hosts = login.hosts or (urlsplit(login.url).netloc,)
    running = running_among(subject.uses, hosts) if subject.uses else _NOTHING_RUNS
    with Progress(sys.stderr, "repositories and images looked up") as progress:
        listed = await _listed(client, hosts, subject, running, progress.step)
        projects = {entry.project for entry in listed if entry.artifact is not None}
        allowlists, notes = await read_allowlists(client, projects)
    with Progress(sys.stderr, "scan results", len(listed)) as progress:
        reader = ScanReader(client, hosts[0], allowlists, now(), progress.step)
        artifacts = await reader.read(listed)
    return ScanReport(
        scope=subject.scope,
        registry=hosts[0],
        created=now(),
        artifacts=tuple(artifacts),
        foreign=running.foreign,
        allowlists=allowlists,
        notes=(*running.notes, *notes),
    )


async def _listed(
    client: HarborClient,
    hosts: tuple[str, ...],
    subject: Subject,
    running: Running,
    step: Callable[[], None],
) -> list[Listed]:
    if subject.project:
        return await list_project(client, subject.project, step)
    if subject.image is not None:
        return await find_image(client, _of_this_harbor(subject.image, hosts))
    return await find_running(client, running.images, step)


def _of_this_harbor(image: Image, hosts: tuple[str, ...]) -> Image:
    if image.host in hosts:
        return image
    known = ", ".join(hosts)
    raise CommandError(
        f"{image} is not of the Harbor that is asked, which serves {known}: "
        "name another one by --connection, --robot or --harbor-url",
        ExitCode.USAGE,
    )


def _written(report: ScanReport, options: ReportOptions) -> str:
    match options.output:
        case "csv":
            return write_csv(report)
        case "html":
            return write_html(report)
        case "sarif":
            return dump(write_sarif(report, version("harbor-operator")), "json")
        case "vex":
            return dump(write_vex(report, version("harbor-operator")), "json")
        case "json" | "yaml":
            return dump(plain(report), options.output)
        case _:
            paper = paper_of(sys.stdout)
            if options.output_file is not None:
                paper = replace(paper, coloured=False, width=None)
            return draw_scans(report, now(), paper)


def _put(text: str, path: str | None) -> None:
    if path is None:
        sys.stdout.write(text)
        # What is said on standard error comes after it, also where both are one file.
        sys.stdout.flush()
        return
    try:
        # CSV has line ends of its own.
        Path(path).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}", ExitCode.USAGE) from None


def _verdict(report: ScanReport, fail_on: str | None) -> ExitCode:
    reasons = objections(report, Severity(fail_on)) if fail_on else []
    if not reasons:
        return ExitCode.FINE
    sys.stderr.write(f"failed: {', '.join(reasons)}\n")
    return ExitCode.NOT_SO
