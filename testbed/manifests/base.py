"""The objects of a kustomize folder, read without kustomize.

As much of its language as the base uses; everything else is refused, so that nothing is left out in
silence. The tests compare the outcome with that of kubectl.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]

_KNOWN = {"apiVersion", "kind", "resources", "labels", "images"}
_NAMES = ("kustomization.yaml", "Kustomization")


class UnknownFieldError(ValueError):
    """A kustomization uses what is not understood here."""


def objects(folder: Path, *, image: str | None = None) -> list[Json]:
    """The objects in the order in which they are listed.

    Args:
        folder: Where the kustomization is.
        image: The reference to give to containers, by default as the kustomization says.

    Raises:
        UnknownFieldError: It says more than can be rendered here.
    """
    kustomization = _read(folder)
    found = [body for name in kustomization["resources"] for body in _resource(folder / name)]
    for body in found:
        _label(body, kustomization.get("labels", ()))
        for container in _containers(body):
            container["image"] = image or _renamed(container["image"], kustomization)
    return found


def _read(folder: Path) -> Json:
    [file] = [folder / name for name in _NAMES if (folder / name).exists()]
    kustomization: Json = yaml.safe_load(file.read_text(encoding="utf-8"))
    if unknown := kustomization.keys() - _KNOWN:
        raise UnknownFieldError(f"{file} has {', '.join(sorted(unknown))}")
    return kustomization


def _resource(path: Path) -> Iterator[Json]:
    if path.is_dir():
        yield from objects(path)
    else:
        yield from yaml.safe_load_all(path.read_text(encoding="utf-8"))


def _label(body: Json, labels: list[Json]) -> None:
    for entry in labels:
        if entry.keys() != {"pairs"}:
            raise UnknownFieldError(f"labels have {', '.join(sorted(entry))}")
        body["metadata"].setdefault("labels", {}).update(entry["pairs"])


def _containers(body: Json) -> list[Json]:
    template: Json = body.get("spec", {}).get("template", {})
    containers: list[Json] = template.get("spec", {}).get("containers", [])
    return containers


def _renamed(reference: str, kustomization: Json) -> str:
    for image in kustomization.get("images", ()):
        if image.keys() != {"name", "newTag"}:
            raise UnknownFieldError(f"an image has {', '.join(sorted(image))}")
        if image["name"] == reference:
            return f"{reference}:{image['newTag']}"
    return reference
