"""JSON in and out.

An answer is decoded straight from its bytes into the generated types. Druva does not always keep to its documents, so
no schema rejects an answer: where the fast way finds something that does not fit, the answer is read again, value by
value, each coerced to the declared type where its meaning is plain and left out (`None`) where not. What really came
is in `Model.raw`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, get_origin

import msgspec

from ._errors import ArgumentError, DecodeError
from ._lenient import reader
from ._model import Source, Unreadable, linker, plain
from ._operations import table

if TYPE_CHECKING:
    from ._response import Response


def encode(arguments: Mapping[str, object]) -> bytes:
    """Arguments as the core takes them. Those that are `None` in the outermost mapping are left out."""
    try:
        return msgspec.json.encode({name: _plain(value) for name, value in arguments.items()})
    except (TypeError, ValueError, OverflowError) as problem:
        raise ArgumentError(f"the arguments cannot be written as JSON: {problem}") from problem


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ArgumentError(
                f"{value!r} has no time zone, so it names no moment: "
                "use datetime(..., tzinfo=timezone.utc), or astimezone() for local time"
            )
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (Sequence, Set)) and not isinstance(value, (str, bytes)):
        return [_plain(item) for item in value]
    if isinstance(value, msgspec.Struct):
        return _plain(msgspec.to_builtins(value, builtin_types=(datetime,)))
    return value


def decode(content: bytes, answer: Any) -> Any:
    """The body as `answer`, a type; as plain values if that is `None` or `Any`. Raises `Unreadable`."""
    if answer is bytes:
        return content
    empty = not content.strip()
    if answer in (None, Any):
        return None if empty else plain(content)
    if empty:
        # Some writes answer nothing where JSON is documented; they have been carried out all the same.
        return (get_origin(answer) or answer)()
    try:
        value = _decoder(answer).decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = reader(answer)(plain(content))
        if value is None:
            raise Unreadable("the answer is JSON of another kind than documented") from None
        return value
    link = linker(answer)
    if link is not None:
        link(value, Source(content))
    return value


@cache
def _decoder(answer: Any) -> msgspec.json.Decoder[Any]:
    # Not strict: numbers and booleans in strings are read on the fast way.
    return msgspec.json.Decoder(answer, strict=False)


def decode_error(problem: Unreadable, response: Response[Any]) -> DecodeError:
    """The exception for an answer that cannot be read."""
    read_only = table()[response.operation]["retry"] == "safe"
    return DecodeError(
        f"{response.operation}: {problem}",
        operation=response.operation,
        status=response.status,
        attempts=response.attempts,
        may_have_been_applied="no" if read_only else "yes",
        body=response.content[:65536].decode(errors="replace"),
    )
