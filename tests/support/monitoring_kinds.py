"""The kinds of the Prometheus operator, as far as the chart makes objects of them.

Their schemas have only the fields that the chart may use, so that a strict API server refuses any
other.
"""

from typing import Any, Final

Json = dict[str, Any]

_STRING: Final[Json] = {"type": "string"}
_STRINGS: Final[Json] = {"type": "object", "additionalProperties": _STRING}


def _object(required: list[str], **properties: Json) -> Json:
    return {"type": "object", "required": required, "properties": properties}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _definition(kind: str, spec: Json) -> Json:
    singular, group = kind.lower(), "monitoring.coreos.com"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{singular}s.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": f"{singular}s", "singular": singular},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": _object(["spec"], spec=spec)},
                }
            ],
        },
    }


MONITORING_KINDS: Final = (
    _definition(
        "ServiceMonitor",
        _object(
            ["endpoints", "selector"],
            selector=_object([], matchLabels=_STRINGS),
            endpoints=_list(
                _object(
                    [],
                    port=_STRING,
                    path=_STRING,
                    honorLabels={"type": "boolean"},
                    interval={"type": "string", "pattern": "^[0-9]+(ms|s|m|h)$"},
                )
            ),
        ),
    ),
    _definition(
        "PrometheusRule",
        _object(
            [],
            groups=_list(
                _object(
                    ["name"],
                    name={"type": "string", "minLength": 1},
                    rules=_list(
                        _object(
                            ["expr"],
                            alert=_STRING,
                            expr=_STRING,
                            labels=_STRINGS,
                            annotations=_STRINGS,
                            **{"for": {"type": "string", "pattern": "^[0-9]+(ms|s|m|h)$"}},
                        )
                    ),
                )
            ),
        ),
    ),
)
