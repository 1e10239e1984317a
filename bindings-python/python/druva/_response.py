"""An answer as it came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._json import decode, decode_error
from ._model import Unreadable

if TYPE_CHECKING:
    from ._druva import _Answer

T = TypeVar("T")


def parsed(operation: str, answer: type[T] | None, outcome: _Answer) -> T:
    """What the typed methods return: the body as the operation's answer type."""
    try:
        made: T = decode(outcome[2], answer)
    except Unreadable as problem:
        raise decode_error(problem, Response(operation, answer, outcome)) from None
    return made


class Response(Generic[T]):
    """An answer of Druva's: status, headers and body as they came.

    `parse()` makes of it what the typed method would have returned.
    """

    __slots__ = ("_answer", "_head", "attempts", "content", "elapsed", "operation", "status")

    def __init__(self, operation: str, answer: type[T] | None, outcome: _Answer) -> None:
        self.operation = operation
        """The operation that was called."""
        self._answer = answer
        self.status: int
        """The HTTP status."""
        self.content: bytes
        """The body."""
        self.attempts: int
        """How many attempts it took."""
        self.elapsed: float
        """Seconds from the call to the whole answer."""
        self.status, self._head, self.content, self.attempts, self.elapsed = outcome

    @property
    def headers(self) -> dict[str, str]:
        """Header values by lower-case name; repeated ones joined with a comma."""
        headers: dict[str, str] = {}
        for line in self._head.split("\n")[:-1]:
            name, _, value = line.partition(": ")
            before = headers.get(name)
            headers[name] = value if before is None else f"{before}, {value}"
        return headers

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode(errors="replace")

    def json(self) -> Any:
        """The body as plain values; `None` if it is empty. Raises `DecodeError` if it is not JSON."""
        return self._decode(None)

    def parse(self) -> T:
        """The body as the operation's answer type. Raises `DecodeError` if it is not JSON."""
        parsed: T = self._decode(self._answer)
        return parsed

    def _decode(self, answer: Any) -> Any:
        try:
            return decode(self.content, answer)
        except Unreadable as problem:
            raise decode_error(problem, self) from None

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.operation}, {len(self.content)} bytes>"
