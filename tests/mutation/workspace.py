"""The folder in which mutants are made: copies of the source and of the tests of the core.

mutmut finds modules by their path and wants a source root of the name ``src``. It leaves decorated
functions alone, so the copies lack ``@override``, which does nothing when the code runs.
"""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".mutants"
SOURCE = Path("src/harbor_operator")
TESTS = [
    "tests/core",
    "--ignore=tests/core/exploration",
    "--ignore=tests/core/ownership",
    "--ignore=tests/core/blocks/test_block_table.py",
    "--ignore-glob=*_properties.py",
]
"""The tests by which mutants are tried.

Those that search states or make up examples are left out: they take most of the time, and what a
function does should show in an example that a person can read.
"""

PYTEST = [
    "--import-mode=importlib",
    "--disable-plugin-autoload",
    *(f"-pno:{name}" for name in ("cacheprovider", "unraisableexception", "threadexception")),
]
"""pytest without what pure functions do not need: a mutant takes half the time."""

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
    patterns = [f"{SOURCE / part}{'' if part.endswith('.py') else '/*'}" for part in parts]
    return f"""
[tool.mutmut]
source_paths = ["src"]
only_mutate = {patterns}
pytest_add_cli_args_test_selection = {TESTS}
use_git_change_detection = false

[tool.pytest.ini_options]
addopts = {PYTEST}
pythonpath = ["src", "."]
"""
