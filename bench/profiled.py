"""The operator under a profiler that waits for a signal: a program, run in the operator's place.

Time is CPU time, so that waiting for the cluster counts for nothing.
"""

import cProfile
import os
import pstats
import signal
import sys
import time
from types import FrameType

from harbor_operator.__main__ import main as run_operator
from testbed.tools.child import Child

_VARIABLE = "PROFILE"
_BEGIN, _END = signal.SIGUSR1, signal.SIGUSR2
_ROWS = 25


def operator_module() -> str:
    """What to run as the operator: this module if a profile is asked for in the environment."""
    return __name__ if _is_wanted() else "harbor_operator"


def begin(operator: Child) -> None:
    """Profile from now on, if that is asked for."""
    if _is_wanted():
        os.kill(operator.pid, _BEGIN)


def end(operator: Child) -> None:
    """Write the profile to the operator's standard output, if one is asked for."""
    if _is_wanted():
        os.kill(operator.pid, _END)


def _is_wanted() -> bool:
    return os.environ.get(_VARIABLE, "0") != "0"


def main() -> None:
    """Run the operator with its own flags."""
    profile = cProfile.Profile(time.process_time)

    def start(_number: int, _frame: FrameType | None) -> None:
        profile.enable()

    def report(_number: int, _frame: FrameType | None) -> None:
        profile.disable()
        pstats.Stats(profile, stream=sys.stdout).sort_stats("tottime").print_stats(_ROWS)
        sys.stdout.flush()

    signal.signal(_BEGIN, start)
    signal.signal(_END, report)
    sys.exit(run_operator())


if __name__ == "__main__":
    main()
