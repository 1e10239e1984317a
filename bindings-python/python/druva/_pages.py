"""Lists that go over any number of pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._operations import table
from ._response import parsed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from . import _druva

ItemT = TypeVar("ItemT")
PageT = TypeVar("PageT")


class _Position(Generic[ItemT, PageT]):
    """Where a list stands: before a page, or between two items of one."""

    def __init__(
        self,
        pages: _druva.Pages,
        operation: str,
        page: type[PageT] | None,
        items: Callable[[PageT], Iterable[ItemT] | None],
        fetch: Callable[[], Any],
    ) -> None:
        self._pages = pages
        self._operation = operation
        self._page = page
        self._items = items
        self._fetch = fetch
        self._rest: Iterator[ItemT] = iter(())

    @property
    def cursor(self) -> str | None:
        """The last cursor that an answer brought, empty ones left out. Of an event feed it is worth keeping: pass it
        as the list's own argument (`tracker`, `page_token`) and the list goes on from there."""
        return self._pages.cursor()

    def _parse(self, outcome: _druva._Answer) -> PageT:
        page = parsed(self._operation, self._page, outcome)
        self._rest = iter(self._items(page) or ())
        return page

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._operation}>"


class Pages(_Position[ItemT, PageT]):
    """A list. Iterating gives the items of all pages, `pages()` the pages. A page is fetched when the one before it is used
    up, from the third on while that is worked on. Nothing is sent before.

    It is gone through once: a second iteration goes on where the first one stopped.
    """

    def __iter__(self) -> Iterator[ItemT]:
        while True:
            yield from self._rest
            if self._next() is None:
                return

    def pages(self) -> Iterator[PageT]:
        """The pages, from the next one on."""
        while (page := self._next()) is not None:
            yield page

    def _next(self) -> PageT | None:
        outcome = self._fetch()
        return None if outcome is None else self._parse(outcome)


class AsyncPages(_Position[ItemT, PageT]):
    """A list as `Pages` is one: `async for` gives the items of all pages, `pages()` the pages."""

    async def __aiter__(self) -> AsyncIterator[ItemT]:
        while True:
            for item in self._rest:
                yield item
            if await self._next() is None:
                return

    def pages(self) -> AsyncIterator[PageT]:
        """The pages, from the next one on."""
        return _AsyncPagesOf(self)

    async def _next(self) -> PageT | None:
        outcome = await self._fetch()
        return None if outcome is None else self._parse(outcome)


class _AsyncPagesOf(Generic[PageT]):
    """No generator: for each of these a loop keeps books, which takes longer than what a page takes here."""

    def __init__(self, pages: AsyncPages[Any, PageT]) -> None:
        self._pages = pages

    def __aiter__(self) -> AsyncIterator[PageT]:
        return self

    async def __anext__(self) -> PageT:
        page = await self._pages._next()
        if page is None:
            raise StopAsyncIteration
        return page


def plain_items(operation: str) -> Callable[[Any], list[Any] | None]:
    """What finds the items of an operation's pages when these are plain values."""

    def items(page: Any) -> list[Any] | None:
        found = page
        for name in (table()[operation]["items"] or "").split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, list) else None

    return items
