"""What every exception of this package has in common. The classes themselves are in `_errors.py`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal


class Error(Exception):
    """An exception that tells its story in attributes. It pickles whole."""

    kind = "error"
    """What the class is called in logs and in other languages: `rate_limited`."""

    message: str
    """What went wrong, useful alone."""
    operation: str | None
    """The operation that was called: `insync.devices.list`."""
    method: str | None
    """The HTTP method."""
    path: str | None
    """The path that was asked for, without host and query."""
    status: int | None
    """The HTTP status of Druva's answer, where there was one."""
    code: str | None
    """Druva's own error code, as text: `InsyncEndpoints-1006`."""
    retryable: bool
    """The same call may succeed later, and repeating it does no harm."""
    attempts: int
    """How often the request was tried."""
    may_have_been_applied: Literal["no", "unknown", "yes"]
    """May Druva have carried the request out? `no`, `unknown` or `yes`."""
    retry_after: float | None
    """Seconds to wait, where Druva said so."""
    hint: str | None
    """What to do next."""
    body: str | None
    """The answer's body as text, at most 64 KiB; what it quotes of the request's secrets reads `***`."""

    def __init__(
        self,
        message: str = "",
        *,
        operation: str | None = None,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        code: str | None = None,
        retryable: bool = False,
        attempts: int = 0,
        may_have_been_applied: Literal["no", "unknown", "yes"] = "no",
        retry_after: float | None = None,
        hint: str | None = None,
        body: str | None = None,
    ) -> None:
        super().__init__(message)
        # OSError, a base of two of the classes, leaves this to its own __new__.
        self.args = (message,)
        self.message = message
        self.operation = operation
        self.method = method
        self.path = path
        self.status = status
        self.code = code
        self.retryable = retryable
        self.attempts = attempts
        self.may_have_been_applied = may_have_been_applied
        self.retry_after = retry_after
        self.hint = hint
        self.body = body

    def __str__(self) -> str:
        return self.message


def from_json(text: str) -> Error:
    """The exception for an error of the core's."""
    import json

    from . import _errors

    fields = json.loads(text)
    cls = getattr(_errors, fields.pop("class"))
    del fields["kind"]
    error: Error = cls(**fields)
    return error
