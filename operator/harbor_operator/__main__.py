"""Parse the settings and run the operator."""

import sys

import uvloop
from pydantic import ValidationError
from pydantic_settings import CliApp

from harbor_operator.engine.logs import set_up
from harbor_operator.engine.runtime import run
from harbor_operator.engine.startup import NotInstalledError
from harbor_operator.kube.errors import InvalidConfiguration, KubeError
from harbor_operator.settings import Settings


def main() -> int:
    """Run until told to stop; 1 with one line on standard error where it cannot start."""
    try:
        settings = CliApp.run(Settings)
    except ValidationError as error:
        sys.stderr.write(f"harbor-operator: {error}\n")
        return 2
    set_up(settings.log_level, as_json=settings.log_json)
    try:
        uvloop.run(run(settings))
    except (NotInstalledError, InvalidConfiguration, KubeError) as error:
        sys.stderr.write(f"harbor-operator: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
