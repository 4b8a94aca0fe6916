"""Writes the CustomResourceDefinitions, generated from the models, into a directory.

Run as `python -m harbor_operator.api.crds DIRECTORY`; with `--check` nothing is written, and the
exit status is 1 when the files there are not what would be written. For developers: nothing in
the running operator needs this module or PyYAML.
"""

import argparse
import difflib
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from typing_extensions import override

from harbor_operator.api.base import CATEGORY, GROUP, VERSION
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.resources import Column, CustomResource
from harbor_operator.api.robot import ROBOTS
from harbor_operator.api.schema import Schema, structural_schema

KINDS: Final[tuple[CustomResource[Any, Any], ...]] = (CONNECTIONS, PROJECTS, ROBOTS, PULL_SECRETS)

HEADER: Final = "# Generated from operator/harbor_operator/api by `make crds`. Do not edit.\n"

NEVER_OBSERVED: Final = {"observedGeneration": -1}
"""Without it, tools that follow kstatus take an object for done before anybody looked at it."""

_YAML_1_1_BOOLEANS: Final = frozenset("yYnN")

_OPERATOR_RECORD: Final[Schema] = {
    "type": "object",
    "description": "The operator's own record of what it has handled; not for users.",
    "x-kubernetes-preserve-unknown-fields": True,
}


def definition(resource: CustomResource[Any, Any]) -> dict[str, Any]:
    """Give the CustomResourceDefinition of a kind."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{resource.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": resource.kind,
                "listKind": f"{resource.kind}List",
                "plural": resource.plural,
                "singular": resource.kind.lower(),
                "shortNames": list(resource.short_names),
                "categories": [CATEGORY],
            },
            "scope": resource.scope.value,
            "versions": [_version(resource)],
        },
    }


def _version(resource: CustomResource[Any, Any]) -> dict[str, Any]:
    selectable = [{"jsonPath": path} for path in resource.selectable]
    return {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        **({"selectableFields": selectable} if selectable else {}),
        "additionalPrinterColumns": [_column(column) for column in resource.columns],
        "schema": {"openAPIV3Schema": _object_schema(resource)},
    }


def _column(column: Column) -> dict[str, Any]:
    priority = {"priority": column.priority} if column.priority else {}
    return {
        "name": column.name,
        "type": column.type,
        "jsonPath": column.json_path,
        **priority,
    }


def _object_schema(resource: CustomResource[Any, Any]) -> Schema:
    rules = [rule.to_wire() for rule in resource.rules]
    return {
        "type": "object",
        "description": resource.description,
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": structural_schema(resource.spec),
            "status": _status_schema(resource),
        },
        **({"x-kubernetes-validations": rules} if rules else {}),
    }


def _status_schema(resource: CustomResource[Any, Any]) -> Schema:
    schema = structural_schema(resource.status)
    properties = {**schema["properties"], "operator": _OPERATOR_RECORD}
    return {**schema, "properties": properties, "default": NEVER_OBSERVED}


class _Dumper(yaml.SafeDumper):
    """Writes shared parts in full each time: aliases are of no use to readers of a schema."""

    @override
    def ignore_aliases(self, data: object) -> bool:
        """Treat no two values as the same one."""
        del data
        return True


def _quoted_where_needed(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Quote the words that are booleans in the YAML 1.1 of Kubernetes, but strings to PyYAML."""
    style = "'" if text in _YAML_1_1_BOOLEANS else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _quoted_where_needed)


def render(resource: CustomResource[Any, Any]) -> str:
    """Give the text of a kind's file."""
    return HEADER + dump(definition(resource))


def dump(manifest: Mapping[str, Any]) -> str:
    """Give the text of a manifest, which means the same in YAML 1.1 and in 1.2."""
    return yaml.dump(dict(manifest), Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True)


def files() -> dict[str, str]:
    """Give the text of every generated file by its name."""
    return {f"{GROUP}_{resource.plural}.yaml": render(resource) for resource in KINDS}


def differences(directory: Path) -> Iterator[str]:
    """Compare a directory with what would be written there, as lines of a unified diff."""
    wanted = files()
    found = {path.name: path.read_text(encoding="utf-8") for path in directory.glob("*.yaml")}
    for name in sorted(wanted.keys() | found.keys()):
        yield from difflib.unified_diff(
            found.get(name, "").splitlines(keepends=True),
            wanted.get(name, "").splitlines(keepends=True),
            fromfile=f"{directory}/{name}",
            tofile="generated",
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the files, and give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m harbor_operator.api.crds", description=__doc__)
    parser.add_argument("directory", type=Path, help="where the YAML files are")
    parser.add_argument("--check", action="store_true", help="write nothing, report differences")
    options = parser.parse_args(arguments)
    if options.check:
        lines = list(differences(options.directory))
        sys.stdout.writelines(lines)
        return 1 if lines else 0
    for name, text in files().items():
        (options.directory / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
