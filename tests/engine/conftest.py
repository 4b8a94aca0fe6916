"""What many tests of the engine listen to."""

from collections.abc import Iterator

import pytest

from tests.support.log_lines import LogLines, heard


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    """What the operator's loggers say from INFO on."""
    with heard() as lines:
        yield lines
