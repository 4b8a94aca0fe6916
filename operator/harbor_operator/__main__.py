"""Parse the settings and run the operator."""

import gc
import sys

import uvloop
from pydantic import ValidationError
from pydantic_settings import CliApp

from harbor_operator.engine.runtime import run
from harbor_operator.engine.startup import NotInstalledError
from harbor_operator.engine.telemetry.logs import set_up
from harbor_operator.kube.errors import InvalidConfiguration, KubeError
from harbor_operator.settings import Settings

GARBAGE_THRESHOLD = 20_000
"""Allocations between two rounds of the garbage collector. A page of a list is that many objects:
with Python's 700 a start among ten thousand of them went through all that it holds a dozen times,
which was a third of its CPU time. It costs some 10 MiB."""


def main() -> int:
    """Run until told to stop; 1 with one line on standard error where it cannot start."""
    try:
        settings = CliApp.run(Settings)
    except ValidationError as error:
        sys.stderr.write(f"harbor-operator: {error}\n")
        return 2
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    set_up(settings.log_level, settings.log_format)
    try:
        uvloop.run(run(settings))
    except (NotInstalledError, InvalidConfiguration, KubeError) as error:
        sys.stderr.write(f"harbor-operator: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
