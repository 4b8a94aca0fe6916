"""`kubectl harbor` as a person runs it on the stage of the end-to-end tests."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.e2e_stage import Stage
from tests.support.people import Done, run

PROGRAM = Path(sys.executable).with_name("kubectl-harbor")


async def harbor(
    stage: Stage, *words: str, said: str = "", variables: Mapping[str, str] | None = None
) -> Done:
    """Run a command."""
    kubeconfig = f"--kubeconfig={stage.kubeconfig}"
    return await run(PROGRAM, *words, kubeconfig, said=said, variables=variables)


def here(stage: Stage) -> str:
    """The flag that says where the tests' objects are."""
    return f"--namespace={stage.make.namespace}"


def asked(stage: Stage) -> str:
    """The flag that says by whose login Harbor is asked."""
    return f"--connection={stage.make.prefix}"


def told(done: Done) -> Any:  # noqa: ANN401 -- whatever JSON is there
    """What a command has printed as JSON."""
    return json.loads(done.out)
