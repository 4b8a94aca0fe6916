"""Runs `plan`."""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_access import at_harbor
from harbor_operator.cli.harbor_side import open_side
from harbor_operator.cli.planning.arguments import MARKDOWN, PlanOptions
from harbor_operator.cli.planning.manifests import read_manifests
from harbor_operator.cli.planning.markdown import write_markdown
from harbor_operator.cli.planning.planner import Planner, connection_for, unplanned_parts
from harbor_operator.cli.planning.report import exit_code, report_on
from harbor_operator.cli.planning.rules import Rules
from harbor_operator.cli.planning.screen import draw_plan
from harbor_operator.cli.planning.surroundings import Surroundings
from harbor_operator.cli.printing import many, show
from harbor_operator.cli.progress import Progress
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import InvalidConfiguration

_ENDINGS: Final = frozenset({".yaml", ".yml", ".json"})
_STANDARD_INPUT: Final = "-"
_FALLBACK_NAMESPACE: Final = "default"


async def run(options: PlanOptions) -> int:
    """Show what manifests would change in Harbor."""
    texts = [text for path in options.filename for text in read_texts(path)]
    async with _cluster(options) as (kube, namespace):
        manifests = read_manifests(texts, namespace)
        if manifests.problems:
            told = "".join(f"  {problem}\n" for problem in manifests.problems)
            sys.stderr.write(told)
            raise CommandError(
                f"{many(len(manifests.problems), 'problems')} in the manifests", ExitCode.USAGE
            )
        name = connection_for(manifests, options.plan_for or options.connection)
        around = Surroundings(manifests, kube)
        connection = await around.connection(name)
        rules = Rules(around, connection.spec if connection else None)
        async with at_harbor(options) as (client, login):
            planner = Planner(name, rules, await open_side(client, login))
            chosen = planner.chosen()
            with Progress(sys.stderr, "objects", len(chosen)) as progress:
                plans = await planner.plan(chosen, progress.step)
        notes = [*around.notes, *unplanned_parts(rules, name)]
        if connection is None:
            notes.append(
                f"tenant rules were not checked: connection {name} is in no file, and cannot be"
                " read in a cluster"
            )
        if left_out := planner.left_out():
            notes.append(f"{left_out} objects of other connections are left out")
    report = report_on(name, login.url, plans, manifests.ignored, notes)
    if options.output == MARKDOWN:
        sys.stdout.write(write_markdown(report))
    else:
        show(report, options.output, lambda paper: draw_plan(report, paper))
    return exit_code(report, exit_zero=options.exit_zero)


@asynccontextmanager
async def _cluster(options: PlanOptions) -> AsyncIterator[tuple[KubeClient | None, str]]:
    """The cluster, if there is one to ask, and the namespace of objects that name none."""
    namespace = options.namespace or _FALLBACK_NAMESPACE
    if options.offline:
        yield None, namespace
        return
    async with AsyncExitStack() as stack:
        kube: KubeClient | None = None
        try:
            kube, namespace = await stack.enter_async_context(at_cluster(options))
        except (CommandError, InvalidConfiguration):
            if options.kubeconfig or options.context:
                raise
        yield kube, namespace


def read_texts(path: str) -> Iterator[tuple[str, str]]:
    """The texts that a path means: a file, all files below a folder, or standard input.

    Raises:
        CommandError: It is not there, or cannot be read.
    """
    if path == _STANDARD_INPUT:
        yield "standard input", sys.stdin.read()
        return
    place = Path(path)
    found = [place] if not place.is_dir() else _files_below(place)
    if not found:
        raise CommandError(f"{path} holds no YAML or JSON", ExitCode.USAGE)
    for file in found:
        try:
            yield str(file), file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a text"
            raise CommandError(f"{file}: {reason}", ExitCode.USAGE) from None


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in _ENDINGS and path.is_file())
