"""Lists that go over any number of pages."""

from __future__ import annotations

from operator import length_hint
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
        # The items of a page that are still to be given out, and the cursor that fetched it.
        self._rest: Iterator[ItemT] = iter(())
        self._fetched_with: str | None = None
        # Behind the last page.
        self._behind = pages.cursor()

    @property
    def cursor(self) -> str | None:
        """Where the list goes on when this is passed as its own argument (`tracker`, `page_token`). Of an event feed it is
        worth keeping: stored after each item, it brings some items twice rather than never, since it is the cursor that
        fetched a page (`None` if that took none) while items of the page remain, and the page's own behind the last item.
        Of `pages()` it is always that of the page that was given. Empty ones are left out."""
        return self._fetched_with if length_hint(self._rest) else self._behind

    def _parse(self, outcome: _druva._Answer | None) -> PageT | None:
        if outcome is None:
            return None
        page = parsed(self._operation, self._page, outcome)
        self._behind = self._pages.cursor()
        return page

    def _give(self, page: PageT, fetched_with: str | None) -> None:
        self._rest, self._fetched_with = iter(self._items(page) or ()), fetched_with

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
            cursor = self._behind
            if (page := self._next()) is None:
                return
            self._give(page, cursor)
            # Not held by this frame while the next one is fetched.
            del page

    def pages(self) -> Iterator[PageT]:
        """The pages, from the next one on."""
        while (page := self._next()) is not None:
            yield page

    def _next(self) -> PageT | None:
        return self._parse(self._fetch())


class AsyncPages(_Position[ItemT, PageT]):
    """A list as `Pages` is one: `async for` gives the items of all pages, `pages()` the pages."""

    async def __aiter__(self) -> AsyncIterator[ItemT]:
        while True:
            for item in self._rest:
                yield item
            cursor = self._behind
            if (page := await self._next()) is None:
                return
            self._give(page, cursor)
            # Not held by this frame while the next one is fetched.
            del page

    def pages(self) -> AsyncIterator[PageT]:
        """The pages, from the next one on."""
        return _AsyncPagesOf(self)

    async def _next(self) -> PageT | None:
        return self._parse(await self._fetch())


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
