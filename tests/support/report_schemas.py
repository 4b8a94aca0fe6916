"""The official schemas of what reports are written as."""

import json
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from jsonschema import Draft4Validator

from harbor_operator.kube.resources import JsonObject

_SARIF = Path(__file__).parents[1] / "cli" / "schemas" / "sarif-schema-2.1.0.json"


def sarif_errors(document: JsonObject) -> list[str]:
    """What OASIS's schema finds wrong with a SARIF document."""
    schema = json.loads(_SARIF.read_text(encoding="utf-8"))
    checker = Draft4Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(document)]


def vex_error(document: JsonObject) -> str | None:
    """What CycloneDX's strict schema finds wrong with a document first; None for nothing."""
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document))
    return None if error is None else str(error)
