"""Programs that stand in for those which cannot do their work here: the one table of them.

Each is a script on the `PATH` of a page's shell. It checks of its arguments what can be checked,
and notes that it was called; the summary of a run counts these calls by `Class`. So it does with
calls of real programs that need a flag here which no reader needs: `WRAPPERS`.
"""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

JOURNAL_VARIABLE = "DOCS_TEST_JOURNAL"
CHECKOUT_VARIABLE = "DOCS_TEST_CHECKOUT"
_HEAD = f'#!/bin/sh\nset -eu\necho "$(basename "$0") $*" >>"${JOURNAL_VARIABLE}"\n'


class Class(StrEnum):
    """Why a program cannot do its work here, or not without a flag."""

    DRY_RUN = "dry runs of make (make -n)"
    NEEDS_CONTAINER_ENGINE = "needs a container engine"
    CHANGES_THE_MACHINE = "would install on this machine"
    HARBOR_WITHOUT_TLS = "with a flag for plain HTTP (the real program)"


@dataclass(frozen=True, slots=True)
class StandIn:
    """A program of that name, as a shell script."""

    program: str
    why: Class
    script: str


STAND_INS = (
    # The targets and variables are checked; what the recipes do is not done.
    StandIn(
        "make",
        Class.DRY_RUN,
        f'exec "$(command -v -p make)" --no-print-directory -n -C "${CHECKOUT_VARIABLE}" "$@"\n',
    ),
    # A build has to have a Dockerfile, and only what was built can be pushed.
    StandIn(
        "docker",
        Class.NEEDS_CONTAINER_ENGINE,
        """\
built="$HOME/.built-images"
touch "$built"
case "$1" in
build) test "$2" = -t && test -n "$3" && test -f "$4/Dockerfile" && echo "$3" >>"$built" ;;
push) grep -qxF "$2" "$built" || { echo "$2 was not built" >&2; exit 1; } ;;
*) echo "no stand-in for docker $1" >&2; exit 64 ;;
esac
""",
    ),
    # The package has to be one that pip would install; its programs are on the PATH already.
    StandIn(
        "pipx",
        Class.CHANGES_THE_MACHINE,
        """\
test "$1" = install
cd "$2"
exec python -m pip --disable-pip-version-check install --quiet \\
  --dry-run --no-deps --no-build-isolation --no-index .
""",
    ),
    # Krew is given a manifest, and an archive that has the checksum in it.
    StandIn(
        "kubectl-krew",
        Class.CHANGES_THE_MACHINE,
        """\
test "$1" = install
shift
for argument in "$@"; do
  case "$argument" in
  --manifest=*) manifest="${argument#*=}"; grep -q '^kind: Plugin$' "$manifest" ;;
  --archive=*) grep -q "$(sha256sum "${argument#*=}" | cut -d ' ' -f 1)" "$manifest" ;;
  *) echo "no stand-in for krew install $argument" >&2; exit 64 ;;
  esac
done
""",
    ),
)


@dataclass(frozen=True, slots=True)
class Wrapper:
    """The real program of that name, which gets a flag for some of its calls."""

    program: str
    why: Class
    flag: str
    calls: str
    """Patterns of a shell's `case` for the arguments of these calls."""


WRAPPERS = (
    # A reader's Harbor has TLS. crane and cosign find out by themselves that the one here has none.
    Wrapper("helm", Class.HARBOR_WITHOUT_TLS, "--plain-http", '"registry login "* | *" oci://"*'),
)


def put_program(folder: Path, name: str, real: Path) -> None:
    """Make a real program known to a shell whose `PATH` has the folder."""
    path = folder / name
    wrapper = next((each for each in WRAPPERS if each.program == name), None)
    if wrapper is None:
        path.symlink_to(real)
        return
    note = f'echo "{name} $*" >>"${JOURNAL_VARIABLE}"'
    path.write_text(
        "#!/bin/sh\nset -eu\n"
        f'case "$*" in {wrapper.calls}) {note}; set -- "$@" {wrapper.flag} ;; esac\n'
        f'exec {shlex.quote(str(real))} "$@"\n',
        encoding="utf-8",
    )
    path.chmod(0o755)


def put_stand_ins(folder: Path) -> None:
    """Write the scripts into a folder."""
    for stand_in in STAND_INS:
        path = folder / stand_in.program
        path.write_text(_HEAD + stand_in.script, encoding="utf-8")
        path.chmod(0o755)


def calls_in(journal: str) -> Iterator[tuple[Class, str]]:
    """The calls that were noted, each with its reason."""
    reasons = {each.program: each.why for each in (*STAND_INS, *WRAPPERS)}
    for line in journal.splitlines():
        yield reasons[line.partition(" ")[0]], line
