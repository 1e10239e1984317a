"""What the generated classes behind `client.<product>.<resource>` are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ._pages import AsyncPages, Pages
from ._response import Response, parsed

if TYPE_CHECKING:
    from ._client import AsyncClient, Client

AnswerT = TypeVar("AnswerT")
ItemT = TypeVar("ItemT")

Arguments = Mapping[str, object]
Progress = Callable[[str], object]


class _Blocking:
    __slots__ = ("_client",)

    def __init__(self, client: Client) -> None:
        self._client = client


class _Async:
    __slots__ = ("_client",)

    def __init__(self, client: AsyncClient) -> None:
        self._client = client


class Resource(_Blocking):
    """Blocking methods with typed answers."""

    __slots__ = ()

    def _call(
        self,
        operation: str,
        arguments: Arguments,
        answer: type[AnswerT] | None,
        timeout: float | None,
    ) -> AnswerT:
        outcome = self._client._send(operation, arguments, timeout)
        return parsed(operation, answer, outcome)

    def _wait(
        self,
        operation: str,
        arguments: Arguments,
        answer: type[AnswerT] | None,
        interval: float | None,
        timeout: float | None,
        progress: Progress | None,
    ) -> AnswerT:
        outcome = self._client._wait(operation, arguments, interval, timeout, progress)
        return parsed(operation, answer, outcome)

    def _do(self, operation: str, arguments: Arguments, timeout: float | None) -> None:
        self._client._send(operation, arguments, timeout)

    def _list(
        self,
        operation: str,
        arguments: Arguments,
        page: type[AnswerT] | None,
        items: Callable[[AnswerT], Iterable[ItemT] | None],
        timeout: float | None,
    ) -> Pages[ItemT, AnswerT]:
        return self._client._pages(operation, arguments, page, items, timeout)


class RawResource(_Blocking):
    """Blocking methods with whole responses."""

    __slots__ = ()

    def _call(
        self,
        operation: str,
        arguments: Arguments,
        answer: type[AnswerT] | None,
        timeout: float | None,
    ) -> Response[AnswerT]:
        outcome = self._client._send(operation, arguments, timeout)
        return Response(operation, answer, outcome)

    def _wait(
        self,
        operation: str,
        arguments: Arguments,
        answer: type[AnswerT] | None,
        interval: float | None,
        timeout: float | None,
        progress: Progress | None,
    ) -> Response[AnswerT]:
        outcome = self._client._wait(operation, arguments, interval, timeout, progress)
        return Response(operation, answer, outcome)

    def _do(self, operation: str, arguments: Arguments, timeout: float | None) -> Response[Any]:
        outcome = self._client._send(operation, arguments, timeout)
        return Response(operation, None, outcome)


class AsyncResource(_Async):
    """Asynchronous methods with typed answers."""

    __slots__ = ()

    async def _call(
        self,
        operation: str,
        arguments: Arguments,
        answer: type[AnswerT] | None,
        timeout: float | None,
    ) -> AnswerT:
        outcome = await self._client._send(operation, arguments, timeout)
        return parsed(operation, answer, outcome)

    async def _wait(
        self,
        operation: str,
        arguments: Arguments,
        answer: type[AnswerT] | None,
        interval: float | None,
        timeout: float | None,
        progress: Progress | None,
    ) -> AnswerT:
        outcome = await self._client._wait(operation, arguments, interval, timeout, progress)
        return parsed(operation, answer, outcome)

    async def _do(self, operation: str, arguments: Arguments, timeout: float | None) -> None:
        await self._client._send(operation, arguments, timeout)

    def _list(
        self,
        operation: str,
        arguments: Arguments,
        page: type[AnswerT] | None,
        items: Callable[[AnswerT], Iterable[ItemT] | None],
        timeout: float | None,
    ) -> AsyncPages[ItemT, AnswerT]:
        return self._client._pages(operation, arguments, page, items, timeout)


class AsyncRawResource(_Async):
    """Asynchronous methods with whole responses."""

    __slots__ = ()

    async def _call(
        self,
        operation: str,
        arguments: Arguments,
        answer: type[AnswerT] | None,
        timeout: float | None,
    ) -> Response[AnswerT]:
        outcome = await self._client._send(operation, arguments, timeout)
        return Response(operation, answer, outcome)

    async def _wait(
        self,
        operation: str,
        arguments: Arguments,
        answer: type[AnswerT] | None,
        interval: float | None,
        timeout: float | None,
        progress: Progress | None,
    ) -> Response[AnswerT]:
        outcome = await self._client._wait(operation, arguments, interval, timeout, progress)
        return Response(operation, answer, outcome)

    async def _do(
        self, operation: str, arguments: Arguments, timeout: float | None
    ) -> Response[Any]:
        outcome = await self._client._send(operation, arguments, timeout)
        return Response(operation, None, outcome)
