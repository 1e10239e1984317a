"""JSON in and out.

An answer is decoded straight from its bytes into the generated types. Druva does not always keep to its documents, so
no schema rejects an answer: where the fast way finds something that does not fit, the answer is read again, value by
value, each coerced to the declared type where its meaning is plain and left out (`None`) where not. What really came
is in `Model.raw`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any, get_origin

import msgspec

from ._errors import ArgumentError, DecodeError
from ._lenient import reader
from ._model import Linker, Source, Unreadable, linker, plain
from ._operations import table

if TYPE_CHECKING:
    from ._response import Response


def encode(operation: str, arguments: Mapping[str, object]) -> bytes:
    """Arguments as the core takes them."""
    if type(arguments) is not dict and not isinstance(arguments, Mapping):
        raise ArgumentError(
            f"{operation}: arguments are a mapping of names to values, not {type(arguments).__name__}",
            operation=operation,
        )
    return written(operation, arguments)


def written(operation: str, value: object) -> bytes:
    """Arguments, or the value of one, as JSON."""
    try:
        return _encoder.encode(_plain(value))
    except (TypeError, ValueError, OverflowError, RecursionError) as problem:
        raise ArgumentError(
            f"{operation}: the arguments cannot be written as JSON: {problem}", operation=operation
        ) from problem


_encoder = msgspec.json.Encoder()
# As they are.
_PLAIN = frozenset((str, int, bool))


def _plain(value: object) -> object:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, float) and not isfinite(value):
        # It would be written as null, and so be left out without a word.
        raise ValueError(f"{value} is no number")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(
                f"{value!r} has no time zone, so it names no moment: "
                "use datetime(..., tzinfo=timezone.utc), or astimezone() for local time"
            )
        return value.isoformat()
    if isinstance(value, (dict, Mapping)):
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
    if answer is None or answer is Any:
        return plain(content) if content.strip() else None
    read, link = _fast(answer)
    try:
        value = read(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if not content.strip():
            # Some writes answer nothing where JSON is documented; they have been carried out all the same.
            return _nothing(answer)
        value = reader(answer)(plain(content))
        if value is not None:
            return value
        # JSON of another kind altogether reads as empty.
        value = _nothing(answer)
    link(value, Source(content))
    return value


def _nothing(answer: Any) -> Any:
    return (get_origin(answer) or answer)()


@cache
def _fast(answer: Any) -> tuple[Callable[[bytes], Any], Linker]:
    """What reads most answers of a type, and what tells their objects where they stand."""
    # Not strict: numbers and booleans in strings are read as well.
    return msgspec.json.Decoder(answer, strict=False).decode, linker(answer)


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
