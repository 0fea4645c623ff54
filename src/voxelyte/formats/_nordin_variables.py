"""`${name}` and `${2 * (a + b)}` in the texts of a print file: plain sums and products of numbers, and nothing else.

A text that is one such place takes the value's own type; within a longer text a text or a whole number is written in.
The published validator hands what stands in the braces to an evaluator of expressions; here it is read by a grammar of
three lines, and what the grammar does not know is refused.

sum = product, then any number of (+ or -) product
product = factor, then any number of (* or /) factor
factor = number, name, (sum), or - or + before a factor
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from voxelyte.errors import FormatError, unknown

MAX_TEXT = 1000
"""Longest text in which variables are looked for, and longest one that may come of it."""

_LEFT_ALONE = ("Comment", "Variables")
_PLACE = re.compile(r"\$\{([^}]+)\}")
_TOKEN = re.compile(r"\s*([0-9]+\.?[0-9]*(?:[eE][-+]?[0-9]{1,3})?|[A-Za-z_][A-Za-z_0-9]*|[-+*/()])\s*")

_MOST = 10**30

Number = int | Decimal


def resolved(value: Any, variables: Mapping[str, object], where: str) -> Any:
    """The value with every variable in it replaced; `where` names the place for errors."""
    if isinstance(value, dict):
        return {key: one if key in _LEFT_ALONE else resolved(one, variables, where) for key, one in value.items()}
    if isinstance(value, list):
        return [resolved(one, variables, where) for one in value]
    return _text(value, variables, where) if isinstance(value, str) else value


def _text(text: str, variables: Mapping[str, object], where: str) -> object:
    if len(text) > MAX_TEXT:
        raise FormatError(f"{where}: {text[:40]!r}… must be at most {MAX_TEXT} characters")
    whole = _PLACE.fullmatch(text)
    if whole:
        return _Expression(whole[1], variables, where).value()
    filled = _PLACE.sub(lambda place: _written(place[1], variables, where), text)
    if len(filled) > MAX_TEXT:
        raise FormatError(f"{where}: {text[:40]!r}… becomes longer than {MAX_TEXT} characters")
    return filled


def _written(expression: str, variables: Mapping[str, object], where: str) -> str:
    value = _Expression(expression, variables, where).value()
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise FormatError(f"{where}: ${{{expression}}} within a text must be a text or a whole number")
    return str(value)[:MAX_TEXT]


class _Expression:
    """One expression, read from left to right."""

    def __init__(self, text: str, variables: Mapping[str, object], where: str) -> None:
        self._said, self._variables = f"{where}: ${{{text}}}", variables
        self._tokens = [token for token, other in re.findall(f"{_TOKEN.pattern}|(.)", text, re.DOTALL) if not other]
        if "".join(self._tokens) != re.sub(r"\s", "", text) or len(text) > 100:
            raise FormatError(f"{self._said} must be made of numbers, names, + - * / and brackets")

    def value(self) -> object:
        """What it comes to: of a single name the variable's own value, else a number."""
        if len(self._tokens) == 1 and not self._tokens[0][0].isdigit():
            return self._variable(self._tokens[0])
        try:
            value = self._sum()
        except ArithmeticError:
            raise FormatError(f"{self._said} has no finite value") from None
        if self._tokens:
            raise FormatError(f"{self._said} has {self._tokens[0]!r} where it should end")
        if not -_MOST <= value <= _MOST:
            raise FormatError(f"{self._said} is too large a number")
        return value

    def _sum(self) -> Number:
        value = self._product()
        while self._next("+", "-"):
            sign = self._tokens.pop(0)
            value = value + self._product() if sign == "+" else value - self._product()
        return value

    def _product(self) -> Number:
        value = self._factor()
        while self._next("*", "/"):
            sign = self._tokens.pop(0)
            value = value * self._factor() if sign == "*" else Decimal(value) / self._factor()
        return value

    def _factor(self) -> Number:
        if not self._tokens:
            raise FormatError(f"{self._said} ends where a number should be")
        token = self._tokens.pop(0)
        if token in "+-":
            return self._factor() if token == "+" else -self._factor()
        if token == "(":
            value = self._sum()
            if not self._next(")"):
                raise FormatError(f"{self._said} lacks a closing bracket")
            self._tokens.pop(0)
            return value
        return self._number(token)

    def _number(self, token: str) -> Number:
        if token[0].isdigit():
            return int(token) if token.isdigit() else Decimal(token)
        value = self._variable(token) if token not in "*/)" else token
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise FormatError(f"{self._said} has {token!r} where a number should be")
        return value

    def _variable(self, name: str) -> object:
        if name not in self._variables:
            raise FormatError(f"{self._said}: {unknown('variable', name, self._variables)}")
        value = self._variables[name]
        if isinstance(value, str) and "${" in value:
            raise FormatError(f"{self._said}: the variable's own value {value[:60]!r} holds a variable")
        return value

    def _next(self, *signs: str) -> bool:
        return bool(self._tokens) and self._tokens[0] in signs
