"""Explore the rotation for minutes: `python -m tests.core.exploration`.

`EXPLORE_SECONDS` in the environment bounds the time. The exit status is 1 when a promise was
broken or a mutant was not found; what time did not suffice for is told, and no failure.
"""

import os
import sys

from tests.core.exploration.report import run

SECONDS = 1200.0
"""Enough for all of it on two processors."""

if __name__ == "__main__":
    sys.exit(run(float(os.environ.get("EXPLORE_SECONDS", SECONDS))))
