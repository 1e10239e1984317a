"""The bridge from the core's runtime to asyncio: one queue for each event loop.

The loop is woken once for all calls that finished meanwhile (see `src/queue.rs`). A queue goes when its loop goes; what
comes after its loop was closed is dropped.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextvars import Context
from typing import Any
from weakref import WeakKeyDictionary, ref

from ._druva import Cancel, Queue
from ._errors import CancelledError

_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, Queue] = WeakKeyDictionary()
# The loop that was last asked for, and its queue: nearly always the one that is asked for next.
_last: tuple[Callable[[], asyncio.AbstractEventLoop | None], Queue | None] = (lambda: None, None)
_inherited: list[object] = []


def _after_fork() -> None:
    # The parent's queues may have been caught in the middle of a change: the child never touches or frees them.
    global _queues, _last
    _inherited.append((_queues, _last))
    _queues = WeakKeyDictionary()
    _last = (lambda: None, None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _queue(loop: asyncio.AbstractEventLoop) -> Queue:
    global _last
    there, queue = _last
    if queue is None or there() is not loop:
        queue = _queues.get(loop)
        if queue is None:
            # What a closed loop did not collect any more refers to it and would keep it.
            for other in list(_queues):
                if other.is_closed():
                    del _queues[other]
            queue = _queues[loop] = _watched(loop)
        _last = (ref(loop), queue)
    return queue


def _watched(loop: asyncio.AbstractEventLoop) -> Queue:
    try:
        queue = Queue()
        # A loop keeps the context in which it was told to watch: that of the first caller is not for the others.
        Context().run(loop.add_reader, queue.fileno(), queue.collect)
    except NotImplementedError:
        there = ref(loop)

        def wake() -> None:
            loop = there()
            if loop is not None and not loop.is_closed():
                loop.call_soon_threadsafe(queue.collect)

        queue = Queue(wake)
    return queue


class _Outcome(asyncio.Future[Any]):
    """What a call will come to. Cancelling it once asks the core to give up and waits for what the core knows of the
    request; cancelling it again waits no longer."""

    stop: Cancel | None = None
    stopped = False

    def cancel(self, msg: Any = None) -> bool:
        if self.stopped or self.stop is None or self.done():
            return super().cancel(msg)
        self.stopped = True
        self.stop.cancel()
        return True


async def finished(operation: str, submit: Callable[..., Cancel], *arguments: Any) -> Any:
    """Starts something and waits until it is finished. Cancelling the task cancels it; the cause of the
    `asyncio.CancelledError` is then the `druva.CancelledError` that says whether the request may have been applied."""
    loop = asyncio.get_running_loop()
    outcome = _Outcome(loop=loop)
    outcome.stop = submit(*arguments, _queue(loop), outcome)
    try:
        answer = await outcome
    except Exception as error:
        # Whatever the call ended with: a task that was asked to stop has to stop.
        if outcome.stopped:
            raise asyncio.CancelledError from error
        raise
    except asyncio.CancelledError:
        if outcome.done() and not outcome.cancelled():
            # It came in the same moment.
            raise asyncio.CancelledError from outcome.exception() or _in_vain(operation)
        raise
    except GeneratorExit:
        if outcome.done():
            _seen(outcome)
        raise
    finally:
        # Whoever drives the coroutine may also close it in the middle: then nobody asks any more what it came to.
        if not outcome.done():
            outcome.stop.cancel()
            outcome.add_done_callback(_seen)
    if outcome.stopped:
        raise asyncio.CancelledError from _in_vain(operation)
    return answer


def _seen(outcome: asyncio.Future[Any]) -> None:
    """Spares the log an exception that was never asked for."""
    if not outcome.cancelled():
        outcome.exception()


def _in_vain(operation: str) -> CancelledError:
    """What became of a call that was cancelled when it had ended well."""
    from ._operations import table

    facts = table().get(operation)
    read_only = facts is None or facts["retry"] == "safe"
    return CancelledError(
        f"{operation}: cancelled when the answer had come",
        operation=operation,
        may_have_been_applied="no" if read_only else "yes",
    )
