"""The image, built once by the Dockerfile's own instructions."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.image_build import Image, build_image


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike those of pytest."""
    made = Path(tempfile.mkdtemp(prefix="image-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def image(folder: Path) -> Image:
    """The image of the working tree."""
    return build_image(folder)
