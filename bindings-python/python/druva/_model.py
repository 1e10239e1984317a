"""What the generated types have in common, and how they reach what Druva really sent.

An answer's objects know where in the answer they stand. That is all that decoding pays for `raw`; the bytes are parsed
a second time only when somebody asks. So one kept object keeps the bytes of its answer alive.

Nothing here is looked at by the garbage collector: places lead from the inside out and never in a circle, and a page
would have it go through thousands of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from sys import float_info
from typing import Annotated, Any, ClassVar, get_args, get_origin

import msgspec


class _Placed:
    """What an object has beside its fields."""

    __slots__ = ("_key", "_place")

    _place: Place
    """Where the object stands or, with a key, what holds it."""
    _key: int
    """The object's place in the list that holds it."""


class Model(_Placed, msgspec.Struct, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """An object of Druva's. What an answer leaves out, or brings in a form that cannot be read as the declared type,
    is `None`; `raw` has everything as it came."""

    @property
    def raw(self) -> Any:
        """The object as Druva sent it: a `dict` with wire names, unknown members and odd values. Of an object that
        does not come from an answer (made by you, copied or unpickled): its fields by their wire names."""
        place: Place | None = getattr(self, "_place", None)
        if place is None:
            return msgspec.to_builtins(self)
        key: int | None = getattr(self, "_key", None)
        return _at(place) if key is None else _at(place)[key]


class Secretive(Model, kw_only=True):
    """An object with a member that no log must show. Its `raw` has it."""

    _secrets: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        return Model.__repr__(self._shown())

    def __rich_repr__(self) -> Any:
        return Model.__rich_repr__(self._shown())

    def _shown(self) -> Secretive:
        given = (name for name in self._secrets if getattr(self, name) is not None)
        return msgspec.structs.replace(self, **dict.fromkeys(given, "***"))


Finite = Annotated[float, msgspec.Meta(ge=-float_info.max, le=float_info.max)]
"""A float of an answer. Without the limits msgspec would read the texts `nan` and `inf` as floats."""


class Unreadable(Exception):
    """A body that cannot be decoded as what it should be."""


class Source(msgspec.Struct, gc=False):
    """The bytes of an answer, parsed when needed."""

    content: bytes
    parsed: Any = msgspec.UNSET

    @property
    def value(self) -> Any:
        """The whole answer as plain values."""
        if self.parsed is msgspec.UNSET:
            self.parsed = plain(self.content)
        return self.parsed


class Inside(msgspec.Struct, gc=False):
    """The place of what a container holds under a key."""

    container: Place
    key: str | int


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


Place = Source | Inside | dict[str, Any]
"""The answer; a place in it; or what came itself, where it had to be parsed anyway."""


def _at(place: Place) -> Any:
    if isinstance(place, Inside):
        return _at(place.container)[place.key]
    return place.value if isinstance(place, Source) else place


Linker = Callable[[Any, Place], None]


@cache
def linker(of: Any) -> Linker:
    """What tells the objects in a decoded value of this type where they stand."""
    # Found out with the first value: types may contain themselves.
    nested: list[tuple[str, str, Linker]] | None = None

    def link_object(value: Any, place: Place) -> None:
        nonlocal nested
        value._place = place
        if nested is None:
            fields = msgspec.structs.fields(of)
            nested = [
                (it.name, it.encode_name, linker(it.type)) for it in fields if _has_objects(it.type)
            ]
        for name, wire, link in nested:
            child = getattr(value, name)
            if child is not None:
                link(child, Inside(place, wire))

    def link_elements(value: Any, place: Place) -> None:
        if flat:
            for index, item in enumerate(value):
                item._place = place
                item._key = index
        else:
            for index, item in enumerate(value):
                link_inner(item, Inside(place, index))

    def link_members(value: Any, place: Place) -> None:
        for key, item in value.items():
            link_inner(item, Inside(place, key))

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
