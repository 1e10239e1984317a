"""The typed surface by name: the runner's commands `typed` and `decode`, without a line about any one operation."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, TypeGuard, get_args, get_origin, get_type_hints

import msgspec

import druva

Request = dict[str, Any]


class Typed:
    """A typed method and what to call it with."""

    def __init__(self, client: druva.Client | druva.AsyncClient, request: Request) -> None:
        self.operation: str = request["operation"]
        *path, verb = self.operation.split(".")
        resource: Any = client
        for name in path:
            resource = getattr(resource, named(name, dir(resource)))
        verb = named(verb, dir(resource))
        method = getattr(resource, verb)
        hints = get_type_hints(method)
        # A method that returns nothing, or bytes, says only in the whole response that it has answered.
        self.whole = hints["return"] in (bytes, type(None))
        self.lists = get_origin(hints["return"]) in (druva.Pages, druva.AsyncPages)
        self.method = getattr(resource.with_raw_response, verb) if self.whole else method
        self.positional: list[object] = []
        self.keywords: dict[str, object] = {}
        free = dict(inspect.signature(method).parameters)
        given: Request = dict(request.get("arguments") or {})
        for wire in described(self.operation):
            parameter = free.pop(named(wire, free))
            if wire not in given:
                continue
            value = built(hints[parameter.name], given.pop(wire))
            if parameter.kind is parameter.KEYWORD_ONLY:
                self.keywords[parameter.name] = value
            else:
                self.positional.append(value)
        assert not given, f"{self.operation} has no arguments {given}"

    def start(self) -> Any:
        """Calls it: the outcome, or what is awaited for it."""
        return self.method(*self.positional, **self.keywords)

    def outcome(self, answer: Any) -> Request:
        """What the protocol says of an answer, or of the pages of a list."""
        if self.whole:
            return {"status": answer.status}
        return {"read": read(answer), "raw": raw(answer)}


@cache
def described(operation: str) -> list[str]:
    """The names of an operation's arguments."""
    (found,) = (it for it in druva.operations() if it["id"] == operation)
    return [param["name"] for param in found["params"]]


def plain(name: str) -> str:
    return "".join(letter for letter in name if letter.isalnum()).lower()


def named(wire: str, names: Iterable[str]) -> str:
    """The first of `names` that is `wire` in Python's case: `user_ids` for `userIDs`. Of names that come to the same, the
    generator makes one longer, and both stand in the order of the model."""
    exact = [name for name in names if name == wire]
    alike = [name for name in names if plain(name) == plain(wire) and not name.startswith("_")]
    assert exact or alike, f"{wire} is none of {list(names)}"
    return (exact or alike)[0]


def is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def models(annotation: Any) -> Iterator[type[msgspec.Struct]]:
    """The models in an annotation: those that it may be."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for part in get_args(annotation):
        yield from models(part)


def built(annotation: Any, value: Any) -> Any:
    """An argument as a program gives it that uses the types; in lists and maps too."""
    model = next(models(annotation), None)
    if model is None:
        return value
    if is_list(value):
        return [built(annotation, item) for item in value]
    if not is_object(value):
        return value
    fields = {field.encode_name: field for field in msgspec.structs.fields(model)}
    if not value.keys() <= fields.keys():
        # A map of models, or what the model does not know.
        return {name: built(annotation, item) for name, item in value.items()}
    hints = get_type_hints(model)
    named = ((fields[wire].name, item) for wire, item in value.items())
    return model(**{name: built(hints[name], item) for name, item in named})


def read(value: Any) -> Any:
    """A value as its typed fields give it, under the wire names."""
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        seen = ((field.encode_name, read(getattr(value, field.name))) for field in fields)
        return {wire: item for wire, item in seen if item is not None}
    if is_list(value):
        return [read(item) for item in value]
    if is_object(value):
        return {name: read(item) for name, item in value.items()}
    return value


def raw(value: Any) -> Any:
    """A value as it came."""
    if is_list(value):
        return [raw(item) for item in value]
    return getattr(value, "raw", value)


def decode(request: Request) -> list[Request]:
    """Values as answers of a model."""
    product, name = request["type"].split(".")
    module = importlib.import_module(f"druva.api.{product}")
    # Where the module needs the name for itself, the model's has an underscore.
    model = getattr(module, f"{name}_", None) or getattr(module, name)

    def one(value: object) -> Request:
        answer: tuple[int, str, bytes, int, float]
        answer = (200, "", json.dumps(value).encode(), 1, 0.0)
        decoded = druva.Response("insync.devices.get", model, answer).parse()
        return {"read": read(decoded), "raw": raw(decoded)}

    return [one(value) for value in request["values"]]
