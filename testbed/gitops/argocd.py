"""The ConfigMap that tells Argo CD of the kinds, from the scripts beside it.

A key of a ConfigMap holds no wildcard, so each kind has a copy of its own of the same scripts.
"""

from pathlib import Path

import yaml

from harbor_operator.api.base import GROUP
from harbor_operator.api.crds import KINDS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS

CONFIG_MAP = "argocd-cm.yaml"
_CUSTOMIZATIONS = "resource.customizations"
_HEAD = "# Made by `make gitops` from the other files of this folder; see docs/gitops.md.\n"
_FOR_ALL = ("suspend", "resume", "reconcile")
_FOR_ONE = {ROBOTS.kind: ("rotate", "revoke"), PULL_SECRETS.kind: ("resume-rollout",)}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def config_map(folder: Path) -> str:
    """The ConfigMap that the scripts in a folder make."""
    health = _read(folder / "health.lua")
    data: dict[str, str] = {}
    for kind in KINDS:
        data[f"{_CUSTOMIZATIONS}.health.{GROUP}_{kind.kind}"] = health
        data[f"{_CUSTOMIZATIONS}.actions.{GROUP}_{kind.kind}"] = _actions(folder, kind.kind)
    data[f"{_CUSTOMIZATIONS}.ignoreDifferences.ServiceAccount"] = _read(
        folder / "service-account.yaml"
    )
    return _HEAD + _dump(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "argocd-cm", "namespace": "argocd"},
            "data": data,
        }
    )


def _actions(folder: Path, kind: str) -> str:
    scripts = folder / "actions"
    names = (*_FOR_ALL, *_FOR_ONE.get(kind, ()))
    return _dump(
        {
            "discovery.lua": _read(scripts / "discovery.lua"),
            "definitions": [
                {"name": name, "action.lua": _read(scripts / f"{name}.lua")} for name in names
            ],
        }
    )


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _dump(content: object) -> str:
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=100)
