"""The bridge from the core's runtime to asyncio: one queue for each event loop.

The loop is woken once for all calls that finished meanwhile (see `src/queue.rs`). A queue holds no reference to its
loop, so it goes when the loop goes; a call that finishes after its loop was closed is dropped.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, ref

from ._druva import Cancel, Queue

_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, Queue] = WeakKeyDictionary()
_inherited: list[object] = []


def _after_fork() -> None:
    # The parent's queues may have been caught in the middle of a change: the child never touches or frees them.
    global _queues
    _inherited.append(_queues)
    _queues = WeakKeyDictionary()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _queue(loop: asyncio.AbstractEventLoop) -> Queue:
    queue = _queues.get(loop)
    if queue is None:
        queue = _queues[loop] = _watched(loop)
    return queue


def _watched(loop: asyncio.AbstractEventLoop) -> Queue:
    try:
        queue = Queue()
        loop.add_reader(queue.fileno(), queue.collect)
    except NotImplementedError:
        there = ref(loop)

        def wake() -> None:
            loop = there()
            if loop is not None and not loop.is_closed():
                loop.call_soon_threadsafe(queue.collect)

        queue = Queue(wake)
    return queue


async def finished(start: Callable[[Cancel, Queue, asyncio.Future[Any]], None]) -> Any:
    """Starts something and waits until it is finished. Cancelling the wait cancels it."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    cancel = Cancel()
    start(cancel, _queue(loop), future)
    try:
        return await future
    finally:
        if not future.done() or future.cancelled():
            cancel.cancel()
