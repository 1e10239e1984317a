"""The slow way of reading an answer, for those that do not keep to their schema.

Each value is coerced to the declared type where its meaning is plain, as in every language of this SDK: `"12"` is the
integer 12, 12 is the string `"12"`, `"true"` and 1 are true. What cannot be coerced is `None`; an element of a list
that cannot is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from math import isfinite
from typing import Any, get_args, get_origin

import msgspec

from ._model import Model, linker

Reader = Callable[[Any], Any]

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


@cache
def reader(of: Any) -> Reader:
    """What reads a plain value as this type."""
    if isinstance(of, type) and issubclass(of, Model):
        return _object(of)
    if of in _SCALARS:
        return _SCALARS[of]
    parts = [part for part in get_args(of) if part is not type(None)]
    if get_origin(of) is list:
        return _list(parts[0])
    if get_origin(of) is dict:
        return _dict(parts[1])
    return reader(parts[0]) if parts else _anything


def _object(of: type[Model]) -> Reader:
    # Filled with the first value: types may contain themselves.
    fields: list[tuple[str, str, Reader]] = []
    link = linker(of)

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            return None
        try:
            # Most objects of an odd answer are not odd themselves.
            made = msgspec.convert(value, of, strict=False)
        except (msgspec.ValidationError, UnicodeError):
            made = by_field(value)
        else:
            link(made, value)
        return made

    def by_field(value: dict[str, Any]) -> Any:
        if not fields:
            for field in msgspec.structs.fields(of):
                fields.append((field.name, field.encode_name, reader(field.type)))
        made: Any = of(
            **{name: inner(value[wire]) for name, wire, inner in fields if wire in value}
        )
        made._place = value
        return made

    return read


def _list(of: Any) -> Reader:
    inner = reader(of)

    def read(value: Any) -> list[Any] | None:
        if not isinstance(value, list):
            return None
        items = (inner(item) for item in value)
        return [item for item in items if item is not None]

    return read


def _dict(of: Any) -> Reader:
    inner = reader(of)

    def read(value: Any) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            return None
        items = ((key, inner(item)) for key, item in value.items())
        return {key: item for key, item in items if item is not None}

    return read


def _anything(value: Any) -> Any:
    return value


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else None


def _integer(value: Any) -> int | None:
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        try:
            return int(value)
        except ValueError:
            # Python refuses to read thousands of digits.
            return None
    number = _number(value)
    if number is None or not number.is_integer():
        return None
    # Beyond 2**53 a float no longer names one integer.
    return int(number) if abs(number) <= 2**53 else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = float(value) if _NUMBER.fullmatch(value.strip()) else None
    if isinstance(value, int):
        try:
            return float(value)
        except OverflowError:
            return None
    return value if isinstance(value, float) and isfinite(value) else None


def _boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "1": True, "false": False, "0": False}.get(value.strip().lower())
    return {0: False, 1: True}.get(value) if isinstance(value, int) else None


_SCALARS: dict[Any, Reader] = {
    str: _text,
    int: _integer,
    float: _number,
    bool: _boolean,
    Any: _anything,
}
