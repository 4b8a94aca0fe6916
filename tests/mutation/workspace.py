"""The folder in which mutants are made: copies of the source and of the tests of the core.

mutmut finds modules by their path and wants a source root of the name ``src``. It leaves decorated
functions alone, so the copies lack ``@override``, which does nothing when the code runs.
"""

import re
import shutil
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = Path("src/harbor_operator")
TESTS = ["tests/core", "--ignore=tests/core/exploration", "--ignore=tests/core/ownership"]
"""The tests by which mutants are tried: not those that search whole spaces of states."""

_OVERRIDE = re.compile(r"^ +@override\n", re.MULTILINE)


def make(folder: Path, parts: list[str]) -> None:
    """Fill an empty folder with all that a run needs.

    Args:
        folder: The folder; what it holds is removed.
        parts: What is mutated, by its path in the package, such as ``core/project``.
    """
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "operator/harbor_operator", folder / SOURCE, ignore=ignored)
    for tests in ("core", "support", "testbed/traces"):
        shutil.copytree(ROOT / "tests" / tests, folder / "tests" / tests, ignore=ignored)
    for path in (folder / SOURCE / "core").rglob("*.py"):
        path.write_text(_OVERRIDE.sub("", path.read_text()))
    (folder / "pyproject.toml").write_text(_configuration(parts))


def _configuration(parts: list[str]) -> str:
    pytest = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    patterns = [f"{SOURCE / part}{'' if part.endswith('.py') else '/*'}" for part in parts]
    return f"""
[tool.mutmut]
source_paths = ["src"]
only_mutate = {patterns}
pytest_add_cli_args_test_selection = {TESTS}
use_git_change_detection = false

[tool.pytest.ini_options]
addopts = {[*pytest["addopts"], "-p", "no:cacheprovider"]}
pythonpath = ["src", "."]
asyncio_mode = "{pytest["asyncio_mode"]}"
asyncio_default_fixture_loop_scope = "{pytest["asyncio_default_fixture_loop_scope"]}"
filterwarnings = {pytest["filterwarnings"]}
"""
