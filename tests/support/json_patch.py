"""JSON patches (RFC 6902) and merge patches (RFC 7386), as an API server carries them out."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any


class TestFailedError(Exception):
    """A `test` operation of a JSON patch does not hold."""

    __test__ = False


def apply_json_patch(document: Any, operations: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401 -- JSON
    """Give the document after the operations `add`, `remove` and `test`.

    Raises:
        TestFailedError: A test does not hold; nothing of the patch counts then.
        KeyError, IndexError: A path leads nowhere.
    """
    patched = copy.deepcopy(document)
    for operation in operations:
        parent, last = _locate(patched, operation["path"])
        match operation["op"]:
            case "test":
                if _child(parent, last) != operation["value"]:
                    raise TestFailedError(operation["path"])
            case "add":
                _add(parent, last, copy.deepcopy(operation["value"]))
            case "remove":
                del parent[last if isinstance(parent, dict) else int(last)]
            case other:
                raise NotImplementedError(other)
    return patched


def apply_merge_patch(document: Any, patch: Any) -> Any:  # noqa: ANN401 -- JSON
    """Give the document after a merge patch; null removes a field."""
    if not isinstance(patch, Mapping):
        return copy.deepcopy(patch)
    merged = dict(document) if isinstance(document, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = apply_merge_patch(merged.get(key), value)
    return merged


def _locate(document: Any, path: str) -> tuple[Any, str]:  # noqa: ANN401 -- JSON
    """Find the container that a path ends in, and the key in it."""
    *parents, last = [
        part.replace("~1", "/").replace("~0", "~") for part in path.removeprefix("/").split("/")
    ]
    for part in parents:
        document = _child(document, part)
    return document, last


def _child(parent: Any, key: str) -> Any:  # noqa: ANN401 -- JSON
    return parent[key if isinstance(parent, dict) else int(key)]


def _add(parent: Any, key: str, value: object) -> None:  # noqa: ANN401 -- JSON
    if isinstance(parent, dict):
        parent[key] = value
    else:
        parent.insert(len(parent) if key == "-" else int(key), value)
