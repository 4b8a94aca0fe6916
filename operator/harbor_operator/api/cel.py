"""Evaluates the rules of the models without an API server.

Of CEL this is just what the rules use: operators, `has`, `size`, `matches`, `startsWith`, `int`,
`type`, the macros `all`, `exists_one` and `filter`, durations and quantities. Anything else is an
error when a rule is read, which a test does with every rule.
https://kubernetes.io/docs/reference/using-api/cel/
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from harbor_operator.api.values import parse_duration, parse_quantity

Scope = Mapping[str, Any]
"""Values of variables, as JSON has them."""

Term = Callable[[Scope], Any]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<number>[0-9]+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()\[\]]))"
)
_LEVELS: Final[tuple[Mapping[str, Callable[[Any, Any], Any]], ...]] = (
    {
        "==": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "in": lambda entry, container: entry in container,
    },
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul},
)
"""Operators of two values, those that bind least first."""


class CelError(ValueError):
    """A rule uses what is not known here, or its evaluation fails."""


@lru_cache(maxsize=512)
def compiled(rule: str) -> Term:
    """Read a rule; what comes back evaluates it.

    Raises:
        CelError: The rule is not one that is understood here.
    """
    parser = _Parser([*_tokens(rule)])
    term = parser.expression()
    parser.require_end()
    return term


def evaluate(rule: str, **scope: Any) -> Any:  # noqa: ANN401 -- whatever the rule gives
    """Evaluate a rule with these variables.

    Raises:
        CelError: It is not understood, or its evaluation fails, as by a field that is not there.
    """
    term = compiled(rule)
    try:
        return term(scope)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CelError(f"the rule {rule} cannot be evaluated here") from error


def _tokens(rule: str) -> Iterator[re.Match[str]]:
    place = 0
    text = rule.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise CelError(f"{text[place:]!r} is not understood")
        place = match.end()
        yield match


@dataclass(slots=True)
class _Parser:
    """Reads a rule from left to right."""

    tokens: list[re.Match[str]]
    place: int = 0

    def expression(self) -> Term:
        condition = self._either()
        if not self._take("?"):
            return condition
        then = self.expression()
        self._require(":")
        otherwise = self.expression()
        return lambda scope: then(scope) if condition(scope) else otherwise(scope)

    def require_end(self) -> None:
        if self.place < len(self.tokens):
            raise CelError(f"{self._next()!r} is too much")

    def _either(self) -> Term:
        terms = [self._both()]
        while self._take("||"):
            terms.append(self._both())
        return terms[0] if len(terms) == 1 else lambda scope: any(term(scope) for term in terms)

    def _both(self) -> Term:
        terms = [self._binary(0)]
        while self._take("&&"):
            terms.append(self._binary(0))
        return terms[0] if len(terms) == 1 else lambda scope: all(term(scope) for term in terms)

    def _binary(self, level: int) -> Term:
        if level == len(_LEVELS):
            return self._unary()
        term = self._binary(level + 1)
        while (sign := self._next()) in _LEVELS[level]:
            self.place += 1
            term = _combined(_LEVELS[level][sign], term, self._binary(level + 1))
        return term

    def _unary(self) -> Term:
        if self._take("!"):
            term = self._unary()
            return lambda scope: not term(scope)
        return self._member()

    def _member(self) -> Term:
        term = self._primary()
        while self._take("."):
            name = self._name()
            term = self._method(name, term) if self._take("(") else _selected(term, name)
        return term

    def _primary(self) -> Term:
        if self.place == len(self.tokens):
            raise CelError("the rule ends too early")
        token = self.tokens[self.place]
        self.place += 1
        if token["text"] is not None:
            text = re.sub(r"\\(.)", r"\1", token["text"][1:-1])
            return lambda _: text
        if token["number"] is not None:
            number = int(token["number"])
            return lambda _: number
        if token["name"] is not None:
            return self._named(token["name"])
        if token["sign"] == "(":
            term = self.expression()
            self._require(")")
            return term
        if token["sign"] == "[":
            entries = self._arguments("]")
            return lambda scope: [entry(scope) for entry in entries]
        raise CelError(f"{token[0]!r} is not understood")

    def _named(self, name: str) -> Term:
        if not self._take("("):
            return lambda scope: _TYPES[name] if name in _TYPES else scope[name]
        if name == "has":
            return self._presence()
        if name not in _FUNCTIONS:
            raise CelError(f"function {name} is not known")
        function, (argument,) = _FUNCTIONS[name], self._arguments(")")
        return lambda scope: function(argument(scope))

    def _presence(self) -> Term:
        """`has(a.b.c)`, whose last name need not be there."""
        path = [self._name()]
        while self._take("."):
            path.append(self._name())
        self._require(")")
        *before, last = path

        def is_there(scope: Scope) -> bool:
            value: Any = scope
            for name in before:
                value = value[name]
            return last in value

        return is_there

    def _method(self, name: str, target: Term) -> Term:
        if name in _MACROS:
            return self._macro(name, target)
        if name not in _METHODS:
            raise CelError(f"method {name} is not known")
        method, arguments = _METHODS[name], self._arguments(")")
        return lambda scope: method(target(scope), *(argument(scope) for argument in arguments))

    def _macro(self, name: str, target: Term) -> Term:
        variable = self._name()
        self._require(",")
        body = self.expression()
        self._require(")")
        macro = _MACROS[name]
        return lambda scope: macro(
            [(entry, body({**scope, variable: entry})) for entry in target(scope)]
        )

    def _arguments(self, end: str) -> list[Term]:
        found: list[Term] = []
        while not self._take(end):
            if found:
                self._require(",")
            found.append(self.expression())
        return found

    def _name(self) -> str:
        name = self.tokens[self.place]["name"] if self.place < len(self.tokens) else None
        if name is None:
            raise CelError(f"{self._next()!r} is not a name")
        self.place += 1
        return name

    def _next(self) -> str:
        return self.tokens[self.place][0].strip() if self.place < len(self.tokens) else ""

    def _take(self, sign: str) -> bool:
        found = self._next() == sign
        self.place += found
        return found

    def _require(self, sign: str) -> None:
        if not self._take(sign):
            raise CelError(f"{sign!r} is missing before {self._next()!r}")


def _combined(combine: Callable[[Any, Any], Any], left: Term, right: Term) -> Term:
    return lambda scope: combine(left(scope), right(scope))


def _selected(term: Term, name: str) -> Term:
    return lambda scope: term(scope)[name]


def _matches(text: str, pattern: str) -> bool:
    """By a pattern of RE2, whose dollar is the end of the text alone, and whose sets nest never."""
    return re.search(re.sub(r"\$\Z", r"\\Z", pattern).replace("[[]", r"\["), text) is not None


_TYPES: Final = {"int": int, "string": str, "true": True, "false": False}
_FUNCTIONS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "duration": parse_duration,
    "quantity": lambda text: 0 if text == "0" else parse_quantity(text),
    "int": int,
    "type": type,
}
_METHODS: Final[Mapping[str, Callable[..., Any]]] = {
    "size": len,
    "matches": _matches,
    "startsWith": str.startswith,
    "getMinutes": lambda duration: duration // timedelta(minutes=1),
    "isGreaterThan": operator.gt,
    "compareTo": lambda first, second: (first > second) - (first < second),
}
_MACROS: Final[Mapping[str, Callable[[list[tuple[Any, Any]]], Any]]] = {
    "all": lambda found: all(holds for _, holds in found),
    "exists_one": lambda found: sum(bool(holds) for _, holds in found) == 1,
    "filter": lambda found: [entry for entry, holds in found if holds],
}
