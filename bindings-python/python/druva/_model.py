"""What the generated types have in common, and how they reach what Druva really sent.

An answer's objects know where in the answer they stand: each holds the place of its container and its own key there,
ending in the answer's bytes. That is all that decoding pays for `raw`; the bytes are parsed a second time only when
somebody asks. So one kept object keeps the bytes of its answer alive.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from sys import float_info
from typing import Annotated, Any, get_args, get_origin

import msgspec


class Model(msgspec.Struct, kw_only=True, omit_defaults=True, repr_omit_defaults=True, dict=True):
    """An object of Druva's. What an answer leaves out, or brings in a form that cannot be read as the declared type,
    is `None`; `raw` has everything as it came."""

    @property
    def raw(self) -> Any:
        """The object as Druva sent it: a `dict` with wire names, unknown members and odd values. Of an object that
        does not come from an answer (made by you, copied or unpickled): its fields by their wire names."""
        place = self.__dict__.get(PLACE)
        return msgspec.to_builtins(self) if place is None else _at(place)


Finite = Annotated[float, msgspec.Meta(ge=-float_info.max, le=float_info.max)]
"""A float of an answer. Without the limits msgspec would read the texts `nan` and `inf` as floats."""

PLACE = "_place"
"""Where an object keeps its place: in its `__dict__`, which is no field."""


class Unreadable(Exception):
    """A body that cannot be decoded as what it should be."""


class Source:
    """The bytes of an answer, parsed when needed."""

    __slots__ = ("_content", "_value")

    _value: Any

    def __init__(self, content: bytes) -> None:
        self._content = content

    @property
    def value(self) -> Any:
        """The whole answer as plain values."""
        try:
            return self._value
        except AttributeError:
            self._value = plain(self._content)
            return self._value


def plain(content: bytes) -> Any:
    """JSON as plain values, stray bytes and lone surrogates survived."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            return json.loads(content.decode(errors="replace"), parse_constant=_no_number)
        except (ValueError, RecursionError) as problem:
            raise Unreadable(f"the answer is not JSON: {problem}") from None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


Place = Source | dict[str, Any] | tuple[Any, Any]
"""The answer; what came itself, where it had to be parsed anyway; or the place of a container and a key in it."""


def _at(place: Place) -> Any:
    if isinstance(place, tuple):
        container, key = place
        return _at(container)[key]
    return place.value if isinstance(place, Source) else place


Linker = Callable[[Any, Place], None]


@cache
def linker(of: Any) -> Linker:
    """What tells the objects in a decoded value of this type where they stand."""
    # Found out with the first value: types may contain themselves.
    nested: list[tuple[str, str, Linker]] | None = None

    def link_object(value: Any, place: Place) -> None:
        nonlocal nested
        value.__dict__[PLACE] = place
        if nested is None:
            fields = msgspec.structs.fields(of)
            nested = [
                (it.name, it.encode_name, linker(it.type)) for it in fields if _has_objects(it.type)
            ]
        for name, wire, link in nested:
            child = getattr(value, name)
            if child is not None:
                link(child, (place, wire))

    def link_elements(value: Any, place: Place) -> None:
        if flat:
            for index, item in enumerate(value):
                item.__dict__[PLACE] = (place, index)
        else:
            for index, item in enumerate(value):
                link_inner(item, (place, index))

    def link_members(value: Any, place: Place) -> None:
        for key, item in value.items():
            link_inner(item, (place, key))

    if _is_model(of):
        return link_object
    if not _has_objects(of):
        return _nothing
    inner = _parts(of)[-1]
    link_inner = linker(inner)
    # Items of a page mostly hold no objects: then one loop does it.
    flat = _is_model(inner) and not any(
        _has_objects(field.type) for field in msgspec.structs.fields(inner)
    )
    return {list: link_elements, dict: link_members}.get(get_origin(of), link_inner)


def _nothing(value: Any, place: Place) -> None:
    pass


def _is_model(of: Any) -> bool:
    return isinstance(of, type) and issubclass(of, Model)


def _has_objects(of: Any) -> bool:
    return _is_model(of) or any(_has_objects(part) for part in _parts(of))


def _parts(of: Any) -> list[Any]:
    return [part for part in get_args(of) if part is not type(None)]
