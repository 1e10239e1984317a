"""What the generated classes behind `client.<product>.<resource>` are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ._pages import AsyncPages, Pages
from ._response import Response

if TYPE_CHECKING:
    from ._client import AsyncClient, Client

AnswerT = TypeVar("AnswerT")
ItemT = TypeVar("ItemT")

Arguments = Mapping[str, object]
Progress = Callable[[str], object]


def _given(arguments: Arguments) -> Arguments:
    return {name: value for name, value in arguments.items() if value is not None}


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
        return self._client._send(operation, _given(arguments), answer, timeout).parse()

    def _wait(
        self,
        operation: str,
        arguments: Arguments,
        answer: type[AnswerT] | None,
        interval: float | None,
        timeout: float | None,
        progress: Progress | None,
    ) -> AnswerT:
        return self._client._wait(
            operation, _given(arguments), answer, interval, timeout, progress
        ).parse()

    def _do(self, operation: str, arguments: Arguments, timeout: float | None) -> None:
        self._client._send(operation, _given(arguments), None, timeout)

    def _list(
        self,
        operation: str,
        arguments: Arguments,
        page: type[AnswerT] | None,
        items: Callable[[AnswerT], Iterable[ItemT] | None],
        timeout: float | None,
    ) -> Pages[ItemT, AnswerT]:
        return self._client._pages(operation, _given(arguments), page, items, timeout)


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
        return self._client._send(operation, _given(arguments), answer, timeout)

    def _wait(
        self,
        operation: str,
        arguments: Arguments,
        answer: type[AnswerT] | None,
        interval: float | None,
        timeout: float | None,
        progress: Progress | None,
    ) -> Response[AnswerT]:
        return self._client._wait(operation, _given(arguments), answer, interval, timeout, progress)

    def _do(self, operation: str, arguments: Arguments, timeout: float | None) -> Response[Any]:
        return self._client._send(operation, _given(arguments), None, timeout)


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
        return (await self._client._send(operation, _given(arguments), answer, timeout)).parse()

    async def _wait(
        self,
        operation: str,
        arguments: Arguments,
        answer: type[AnswerT] | None,
        interval: float | None,
        timeout: float | None,
        progress: Progress | None,
    ) -> AnswerT:
        response = await self._client._wait(
            operation, _given(arguments), answer, interval, timeout, progress
        )
        return response.parse()

    async def _do(self, operation: str, arguments: Arguments, timeout: float | None) -> None:
        await self._client._send(operation, _given(arguments), None, timeout)

    def _list(
        self,
        operation: str,
        arguments: Arguments,
        page: type[AnswerT] | None,
        items: Callable[[AnswerT], Iterable[ItemT] | None],
        timeout: float | None,
    ) -> AsyncPages[ItemT, AnswerT]:
        return self._client._pages(operation, _given(arguments), page, items, timeout)


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
        return await self._client._send(operation, _given(arguments), answer, timeout)

    async def _wait(
        self,
        operation: str,
        arguments: Arguments,
        answer: type[AnswerT] | None,
        interval: float | None,
        timeout: float | None,
        progress: Progress | None,
    ) -> Response[AnswerT]:
        return await self._client._wait(
            operation, _given(arguments), answer, interval, timeout, progress
        )

    async def _do(
        self, operation: str, arguments: Arguments, timeout: float | None
    ) -> Response[Any]:
        return await self._client._send(operation, _given(arguments), None, timeout)
