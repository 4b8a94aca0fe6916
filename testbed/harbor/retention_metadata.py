"""What rules of tag retention can be made of, as the API lists it."""

from typing import Final


def _template(name: str, text: str, unit: str) -> dict[str, object]:
    parameter = {"required": True, "type": "int", "unit": unit}
    return {
        "action": "retain",
        "display_text": text,
        "params": [parameter] if unit else [],
        "rule_template": name,
    }


def _selector(text: str, *decorations: str) -> dict[str, object]:
    return {"decorations": list(decorations), "display_text": text, "kind": "doublestar"}


METADATA: Final[dict[str, object]] = {
    "scope_selectors": [_selector("Repositories", "repoMatches", "repoExcludes")],
    "tag_selectors": [_selector("Tags", "matches", "excludes")],
    "templates": [
        _template("latestPushedK", "the most recently pushed # artifacts", "COUNT"),
        _template("latestPulledN", "the most recently pulled # artifacts", "COUNT"),
        _template("nDaysSinceLastPush", "pushed within the last # days", "DAYS"),
        _template("nDaysSinceLastPull", "pulled within the last # days", "DAYS"),
        _template("always", "always", ""),
    ],
}
"""The answer to `GET /retentions/metadatas`."""
