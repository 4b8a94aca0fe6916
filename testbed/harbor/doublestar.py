"""Patterns for names: `*`, `?`, `[...]`, `{a,b}`, and `**` for any number of path elements."""

import re
from functools import lru_cache


class PatternError(ValueError):
    """The pattern is malformed."""


def matches(pattern: str, name: str) -> bool:
    """Whether a name fits a pattern; an empty pattern fits everything, a malformed one nothing."""
    if not pattern:
        return True
    try:
        return bool(_compiled(pattern).fullmatch(name))
    except PatternError:
        return False


def validate_pattern(pattern: str) -> None:
    """Refuses malformed patterns.

    Raises:
        PatternError: a bracket or brace is not closed, or a backslash ends the pattern.
    """
    _compiled(pattern)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile("".join(_translate(pattern)), re.DOTALL)
    except re.error as error:
        raise PatternError("syntax error in pattern") from error


_STARTS_ELEMENT = r"(?:(?<=[/{,])|(?<![\s\S]))"
_ENDS_ELEMENT = r"(?:(?=[},])|(?![\s\S]))"
_TOKEN = re.compile(
    rf"(?P<any_folders>{_STARTS_ELEMENT}\*\*/)"
    rf"|(?P<anything>{_STARTS_ELEMENT}\*\*{_ENDS_ELEMENT})"
    r"|(?P<within>\*+)"
    r"|(?P<one>\?)"
    r"|\[(?P<negated>[!^]?)(?P<set>(?:\\.|[^\]\\])+)\]"
    r"|(?P<open>\{)|(?P<close>\})|(?P<comma>,)"
    r"|\\(?P<escaped>.)"
    r"|(?P<literal>[^\\\[])",
    re.DOTALL,
)


def _translate(pattern: str) -> list[str]:
    parts: list[str] = []
    depth = position = 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None:
            raise PatternError("syntax error in pattern")
        depth += (token["open"] is not None) - (token["close"] is not None)
        if depth < 0:
            raise PatternError("syntax error in pattern")
        parts.append(_expression(token, in_braces=depth > 0))
        position = token.end()
    if depth:
        raise PatternError("syntax error in pattern")
    return parts


def _expression(token: re.Match[str], *, in_braces: bool) -> str:
    fixed = {
        "any_folders": "(?:[^/]+/)*",
        "anything": ".*",
        "within": "[^/]*",
        "one": "[^/]",
        "open": "(?:",
        "close": ")",
        "comma": "|" if in_braces else ",",
    }
    if token["set"] is not None:
        return f"[{'^/' if token['negated'] else ''}{token['set']}]"
    kind = str(token.lastgroup)
    return fixed[kind] if kind in fixed else re.escape(token[kind])
