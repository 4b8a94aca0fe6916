"""The real Prometheus, and its tool."""

import asyncio
from pathlib import Path

import pytest

from testbed.tools.build import find_promtool


@pytest.fixture(scope="session")
def promtool() -> Path:
    """The tool that checks rules and runs their tests."""
    return asyncio.run(find_promtool())
