"""What the docstrings below an enumeration's members say."""

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Mapping
from enum import Enum, StrEnum
from itertools import pairwise

from harbor_operator import api


def docstrings(enumeration: type[Enum]) -> dict[str, str]:
    """The docstring of each member by its value as text, empty where it has none."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(enumeration))).body
    assert isinstance(tree, ast.ClassDef)  # noqa: S101 -- the source of a class is one
    found = {str(member.value): "" for member in enumeration}
    for statement, following in pairwise(tree.body):
        match statement, following:
            case (
                ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[str(enumeration[name].value)] = text
            case _:
                pass
    return found


def api_enumerations() -> Mapping[str, type[StrEnum]]:
    """All enumerations of the custom resources' models, by the names of their classes."""
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(api.__path__, f"{api.__name__}.")
    ]
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum
    }
