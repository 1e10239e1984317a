"""What the clients are made of. The classes that users see are generated over it: `_client.py`."""

from __future__ import annotations

from ._druva import Core
from ._errors import ArgumentError, AuthError, ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from types import TracebackType
    from typing import Any, TypeVar

    from typing_extensions import Self

    from ._credential import Asked
    from ._doctor import Diagnosis
    from ._druva import Cancel, _Answer, _Arguments
    from ._pages import AsyncPages, Pages
    from ._response import Response

    AnswerT = TypeVar("AnswerT")
    ItemT = TypeVar("ItemT")


_products: dict[str, Any] = {}


class Base:
    """Configuration, and the waist in the core."""

    customer_id: str | None = None
    """Of a client of a managed-service provider's customer: the customer's id."""

    def __init__(self, options: dict[str, object], secrets: tuple[str, ...]) -> None:
        import json
        from os import PathLike, fspath

        provider: Any = options.get("credential_provider")
        given = {
            name: fspath(value) if isinstance(value, PathLike) else value
            for name, value in options.items()
            if value is not None and name != "credential_provider"
        }
        try:
            text = json.dumps(given, allow_nan=False)
        except (TypeError, ValueError) as problem:
            raise ConfigError(f"the options cannot be used: {problem}") from None
        # The secrets themselves are the core's alone.
        self._secrets = [name for name in secrets if name in given]
        self._options = {name: value for name, value in given.items() if name not in secrets}
        self._asked: Asked | None = None
        if provider is None:
            self._core: Core | _Closed = Core(text.encode())
        else:
            from ._credential import Asked

            self._asked = Asked(provider)
            self._core = Core(text.encode(), self._asked.weakly())
            self._options["credential_provider"] = provider
        self._stop: Cancel | None = None
        self._opened()

    def _opened(self) -> None:
        """What a kind of client needs besides."""

    def _close(self) -> None:
        core, self._core = self._core, _Closed()
        core.close()

    def _explain(self, error: AuthError) -> None:
        if self._asked is not None:
            self._asked.explain(error)

    def _product(self, module: str, surface: str) -> Any:
        """What stands before a product's resources. Importing in each call would take longer than much of a call."""
        made = _products.get(surface)
        if made is None:
            from importlib import import_module

            made = getattr(import_module(f"druva.api.{module}"), surface)
            _products[surface] = made
        return made(self)

    def _of_customer(self, customer_id: str, stop: Cancel | None = None) -> Self:
        """The same for one customer; `stop` ends all its calls."""
        client = object.__new__(type(self))
        vars(client).update(vars(self))
        client._core = self._core.customer(customer_id)
        client._stop = stop
        client.customer_id = customer_id
        return client

    def __repr__(self) -> str:
        options = self._options
        if self.customer_id is not None:
            options = options | {"customer_id": self.customer_id}
        shown = ", ".join(f"{name}={value!r}" for name, value in options.items())
        return f"{type(self).__name__}({shown})"

    def __copy__(self) -> Self:
        # A client is a handle that any number of threads may share.
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...], object]:
        """Pickles the configuration, never a secret: where it is unpickled, secrets come from the environment or the
        profile. A client that was given a secret does not pickle."""
        if self._secrets:
            raise TypeError(
                f"a client made with {' and '.join(self._secrets)} does not pickle, so that secrets "
                "stay where they are: leave them to the environment or a profile"
            )
        # Not by its __init__: that of a subclass may take other arguments.
        own = {name: value for name, value in vars(self).items() if name not in _MADE}
        return _blank, (type(self),), (self._options, self.customer_id, own)

    def __setstate__(self, state: tuple[dict[str, object], str | None, dict[str, object]]) -> None:
        options, self.customer_id, own = state
        Base.__init__(self, options, ())
        if self.customer_id is not None:
            self._core = self._core.customer(self.customer_id)
        vars(self).update(own)


class _Closed:
    """What is left of the core when a client is closed."""

    def close(self) -> None:
        """Once more does nothing."""

    def __getattr__(self, name: str) -> Any:
        raise ArgumentError("this client is closed")


def _blank(cls: type[Base]) -> Base:
    return object.__new__(cls)


_MADE = frozenset(("customer_id", "_asked", "_core", "_finished", "_options", "_secrets", "_stop"))
"""What a client has of its own, beside what a subclass gives it."""


def _in_context(progress: Callable[[str], object] | None) -> Callable[[str], object] | None:
    """`progress` in the context of the caller, wherever it will be called from."""
    if progress is None:
        return None
    from contextvars import copy_context

    context = copy_context()
    return lambda state: context.run(progress, state)


class BlockingBase(Base):
    """How `Client` calls."""

    def call(
        self,
        operation: str,
        arguments: Mapping[str, object] | None = None,
        *,
        timeout: float | None = None,
        cancel: Cancel | None = None,
    ) -> Response[Any]:
        """Calls any operation by its id, with arguments by their wire names: `call("insync.devices.get",
        {"deviceID": 12})`. `timeout` (seconds) replaces the client's; `cancel` lets another thread end the call."""
        from ._json import encode
        from ._response import Response

        body = encode(operation, arguments or {})
        return Response(operation, None, self._send(operation, body, timeout, cancel))

    def wait(
        self,
        operation: str,
        arguments: Mapping[str, object] | None = None,
        *,
        interval: float | None = None,
        timeout: float | None = None,
        progress: Callable[[str], object] | None = None,
        cancel: Cancel | None = None,
    ) -> Response[Any]:
        """Waits for the end of work that an operation reports on, and gives its last answer: `wait("insync.restores.get",
        {"restoreID": 7})`. The end may be any end: whether it is the wanted one stands in the answer.

        interval: Seconds between two looks. Default: 5.
        timeout: Seconds to wait altogether; then `TimeoutError`, while the work goes on. Default: an hour.
        progress: Called with the state after each look. It cannot call a blocking client; what it raises ends the wait,
            and is raised.
        cancel: Lets another thread end the wait.

        Raises `ArgumentError` for an operation that reports on no work."""
        from ._json import encode
        from ._response import Response

        body = encode(operation, arguments or {})
        outcome = self._wait(operation, body, interval, timeout, progress, cancel)
        return Response(operation, None, outcome)

    def pages(
        self,
        operation: str,
        arguments: Mapping[str, object] | None = None,
        *,
        timeout: float | None = None,
        cancel: Cancel | None = None,
    ) -> Pages[Any, Any]:
        """Lists by the id of a list operation; items and pages are plain values. `timeout` (seconds) is for each
        page and replaces the client's; `cancel` lets another thread end the list."""
        from ._json import encode
        from ._pages import plain_items

        body, items = encode(operation, arguments or {}), plain_items(operation)
        return self._pages(operation, body, None, items, timeout, cancel)

    def doctor(self, *, cancel: Cancel | None = None) -> Diagnosis:
        """Looks for what stands between this client and Druva: configuration, DNS, proxy, connection, TLS, credential,
        permissions, clock. It gets a token if the client has none, and reads a little of each product. What it finds is
        no exception: `print(client.doctor())`. `cancel` lets another thread end it."""
        from ._doctor import diagnosis

        return diagnosis(self._send("doctor", b"", None, cancel))

    def close(self) -> None:
        """Gives connections back. Calls after it raise `ArgumentError`; those under way go on."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _send(
        self,
        operation: str,
        arguments: _Arguments,
        timeout: float | None,
        cancel: Cancel | None = None,
    ) -> _Answer:
        try:
            return self._core.call(operation, arguments, timeout, cancel or self._stop)
        except AuthError as error:
            self._explain(error)
            raise

    def _wait(
        self,
        operation: str,
        arguments: _Arguments,
        interval: float | None,
        timeout: float | None,
        progress: Callable[[str], object] | None,
        cancel: Cancel | None = None,
    ) -> _Answer:
        stop, progress = cancel or self._stop, _in_context(progress)
        try:
            return self._core.wait(operation, arguments, interval, timeout, progress, stop)
        except AuthError as error:
            self._explain(error)
            raise

    def _pages(
        self,
        operation: str,
        arguments: _Arguments,
        page: type[AnswerT] | None,
        items: Callable[[AnswerT], Iterable[ItemT] | None],
        timeout: float | None,
        cancel: Cancel | None = None,
    ) -> Pages[ItemT, AnswerT]:
        from ._pages import Pages

        pages = self._core.pages(operation, arguments, timeout)
        stop = cancel or self._stop

        def fetch() -> _Answer | None:
            # With this client, not the pages alone: they need its credential function.
            try:
                return pages.next(stop)
            except AuthError as error:
                self._explain(error)
                raise

        return Pages(pages, operation, page, items, fetch)


class AsyncBase(Base):
    """How `AsyncClient` calls."""

    def _opened(self) -> None:
        # Here and not above: programs that only block are spared asyncio.
        from ._asyncio import finished

        self._finished = finished if self._asked is None else self._asked.explained

    async def call(
        self,
        operation: str,
        arguments: Mapping[str, object] | None = None,
        *,
        timeout: float | None = None,
    ) -> Response[Any]:
        """Calls any operation by its id, with arguments by their wire names: `call("insync.devices.get",
        {"deviceID": 12})`. `timeout` (seconds) replaces the client's; cancelling the task cancels the call."""
        from ._json import encode
        from ._response import Response

        body = encode(operation, arguments or {})
        return Response(operation, None, await self._send(operation, body, timeout))

    async def wait(
        self,
        operation: str,
        arguments: Mapping[str, object] | None = None,
        *,
        interval: float | None = None,
        timeout: float | None = None,
        progress: Callable[[str], object] | None = None,
    ) -> Response[Any]:
        """Waits for the end of work that an operation reports on, and gives its last answer: `wait("insync.restores.get",
        {"restoreID": 7})`. The end may be any end: whether it is the wanted one stands in the answer.

        interval: Seconds between two looks. Default: 5.
        timeout: Seconds to wait altogether; then `TimeoutError`, while the work goes on. Default: an hour.
        progress: Called with the state after each look, on the event loop's thread and in the context (`contextvars`) of
            who waits. What it raises ends the wait, and is raised.

        Raises `ArgumentError` for an operation that reports on no work."""
        from ._json import encode
        from ._response import Response

        body = encode(operation, arguments or {})
        outcome = await self._wait(operation, body, interval, timeout, progress)
        return Response(operation, None, outcome)

    def pages(
        self,
        operation: str,
        arguments: Mapping[str, object] | None = None,
        *,
        timeout: float | None = None,
    ) -> AsyncPages[Any, Any]:
        """Lists by the id of a list operation; items and pages are plain values. `timeout` (seconds) is for each
        page and replaces the client's."""
        from ._json import encode
        from ._pages import plain_items

        body, items = encode(operation, arguments or {}), plain_items(operation)
        return self._pages(operation, body, None, items, timeout)

    async def doctor(self) -> Diagnosis:
        """Looks for what stands between this client and Druva: configuration, DNS, proxy, connection, TLS, credential,
        permissions, clock. It gets a token if the client has none, and reads a little of each product. What it finds is
        no exception: `print(await client.doctor())`."""
        from ._doctor import diagnosis

        return diagnosis(await self._send("doctor", b"", None))

    async def close(self) -> None:
        """Gives connections back. Calls after it raise `ArgumentError`; those under way go on."""
        self._close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def _send(
        self, operation: str, arguments: _Arguments, timeout: float | None
    ) -> Awaitable[_Answer]:
        return self._finished(operation, self._core.submit, operation, arguments, timeout)

    def _wait(
        self,
        operation: str,
        arguments: _Arguments,
        interval: float | None,
        timeout: float | None,
        progress: Callable[[str], object] | None,
    ) -> Awaitable[_Answer]:
        submit, progress = self._core.submit_wait, _in_context(progress)
        return self._finished(operation, submit, operation, arguments, interval, timeout, progress)

    def _pages(
        self,
        operation: str,
        arguments: _Arguments,
        page: type[AnswerT] | None,
        items: Callable[[AnswerT], Iterable[ItemT] | None],
        timeout: float | None,
    ) -> AsyncPages[ItemT, AnswerT]:
        from ._pages import AsyncPages

        pages = self._core.pages(operation, arguments, timeout)
        return AsyncPages(
            pages, operation, page, items, lambda: self._finished(operation, pages.submit_next)
        )
