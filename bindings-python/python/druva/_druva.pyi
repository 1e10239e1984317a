# The extension module: see `bindings-python/src`.
from asyncio import Future
from collections.abc import Callable
from typing import Any

__version__: str

_Answer = tuple[int, list[tuple[str, str]], bytes, int, float]

class Cancel:
    """Cancels the calls it was given to: `client.call(..., cancel=cancel)`."""

    def __init__(self) -> None: ...
    def cancel(self) -> None:
        """Cancels; a second time does nothing. Any thread may do it."""

class Core:
    def __init__(self, options: bytes) -> None: ...
    def customer(self, id: str) -> Core: ...
    def call(
        self, operation: str, arguments: bytes, timeout: float | None, cancel: Cancel
    ) -> _Answer: ...
    def submit(
        self,
        operation: str,
        arguments: bytes,
        timeout: float | None,
        cancel: Cancel,
        queue: Queue,
        future: Future[Any],
    ) -> None: ...
    def wait(
        self,
        operation: str,
        arguments: bytes,
        interval: float | None,
        timeout: float | None,
        progress: Callable[[str], object] | None,
        cancel: Cancel,
    ) -> _Answer: ...
    def submit_wait(
        self,
        operation: str,
        arguments: bytes,
        interval: float | None,
        timeout: float | None,
        progress: Callable[[str], object] | None,
        cancel: Cancel,
        queue: Queue,
        future: Future[Any],
    ) -> None: ...
    def pages(self, operation: str, arguments: bytes, timeout: float | None) -> Pages: ...
    def advance_clock(self, seconds: float) -> None: ...

class Pages:
    def next(self, cancel: Cancel) -> _Answer | None: ...
    def submit_next(self, cancel: Cancel, queue: Queue, future: Future[Any]) -> None: ...
    def cursor(self) -> str | None: ...

class Queue:
    def __init__(self, wake: Callable[[], object] | None = None) -> None: ...
    def fileno(self) -> int: ...
    def collect(self) -> None: ...

class Emulator:
    def __init__(self, options: str) -> None: ...
    @property
    def url(self) -> str: ...
    @property
    def client_id(self) -> str: ...
    @property
    def client_secret(self) -> str: ...
    def control(self, command: str) -> str: ...
    def stop(self) -> None: ...

def operations() -> str: ...
def cli(arguments: list[str]) -> int: ...
