"""Waiting for work to end."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from contextvars import ContextVar

import pytest

import druva
from druva.api.insync import Restore
from druva.testing import Emulator


@pytest.fixture
def restore_id(druva_emulator: Emulator) -> int:
    """A restore that has just begun."""
    with druva_emulator.client() as client:
        created = client.insync.restores.create(
            device_id=1, target_device_id=1, restore_location="Desktop"
        )
    (restore,) = created.restores or []
    assert restore.restore_id is not None
    return restore.restore_id


def test_a_restore_is_waited_for(druva_emulator: Emulator, restore_id: int) -> None:
    states: list[str] = []
    threads: set[int] = set()

    def progress(state: str) -> None:
        states.append(state)
        threads.add(threading.get_ident())
        druva_emulator.advance(120)

    with druva_emulator.client() as client:
        restore = client.insync.restores.wait(restore_id, interval=0.01, progress=progress)
        assert isinstance(restore, Restore)
        assert restore.status == states[-1] == "Successful"
        assert states[0] == "Ongoing"
        assert threads == {threading.get_ident()}
        raw = client.insync.restores.with_raw_response.wait(restore_id)
        assert raw.parse() == restore
        assert client.wait("insync.restores.get", {"restoreID": restore_id}).json() == restore.raw


def test_a_restore_is_waited_for_in_asyncio(druva_emulator: Emulator, restore_id: int) -> None:
    states: list[str] = []
    threads: set[int] = set()

    def progress(state: str) -> None:
        states.append(state)
        threads.add(threading.get_ident())
        druva_emulator.advance(120)

    async def main() -> None:
        async with druva_emulator.async_client() as client:
            restore = await client.insync.restores.wait(
                restore_id, interval=0.01, progress=progress
            )
            assert restore.status == states[-1] == "Successful"

    asyncio.run(main())
    assert states[0] == "Ongoing"
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize("after", [1, 2])
def test_what_progress_raises_ends_the_wait(
    druva_emulator: Emulator, restore_id: int, after: int
) -> None:
    """Also when the work is over with that very look."""
    states: list[str] = []

    def progress(state: str) -> None:
        states.append(state)
        if len(states) == after:
            raise LookupError(state)
        druva_emulator.advance(120)

    async def main() -> None:
        async with druva_emulator.async_client() as client:
            await client.insync.restores.wait(restore_id, interval=0.01, progress=progress)

    with (
        druva_emulator.client() as client,
        pytest.raises(LookupError, match="Ongoing" if after == 1 else "Successful"),
    ):
        client.insync.restores.wait(restore_id, interval=0.01, progress=progress)
    assert len(states) == after
    states.clear()
    if after == 1:
        with pytest.raises(LookupError):
            asyncio.run(main())
        assert len(states) == 1


def test_progress_that_raises_when_its_task_is_cancelled(
    druva_emulator: Emulator, restore_id: int
) -> None:
    async def main() -> None:
        def progress(_: str) -> None:
            task.cancel()
            raise LookupError

        async with druva_emulator.async_client() as client:
            task = asyncio.create_task(client.insync.restores.wait(restore_id, progress=progress))
            with pytest.raises(asyncio.CancelledError) as cancelled:
                await task
            assert isinstance(cancelled.value.__cause__, LookupError)

    asyncio.run(main())


CALLER: ContextVar[str] = ContextVar("caller", default="nobody")


class Held:
    """Something that a context keeps alive."""


HELD: ContextVar[Held] = ContextVar("held")


def test_progress_is_called_in_the_context_of_who_waits(
    druva_emulator: Emulator, restore_id: int
) -> None:
    callers: set[str] = set()

    def progress(_: str) -> None:
        callers.add(CALLER.get())
        druva_emulator.advance(120)

    async def waiting(client: druva.AsyncClient, caller: str) -> None:
        CALLER.set(caller)
        await client.insync.restores.wait(restore_id, interval=0.01, progress=progress)

    async def main() -> None:
        async with druva_emulator.async_client() as client:
            await asyncio.gather(*(waiting(client, caller) for caller in ("first", "second")))

    asyncio.run(main())
    assert callers == {"first", "second"}


def test_a_loop_keeps_no_context_of_the_first_caller(druva_emulator: Emulator) -> None:
    async def first(client: druva.AsyncClient) -> weakref.ref[Held]:
        held = Held()
        HELD.set(held)
        await client.insync.devices.get(1)
        return weakref.ref(held)

    async def main() -> None:
        async with druva_emulator.async_client() as client:
            there = await asyncio.create_task(first(client))
            await asyncio.sleep(0.01)
            gc.collect()
            assert there() is None

    asyncio.run(main())


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_times_are_positive(druva_emulator: Emulator, seconds: float) -> None:
    with druva_emulator.client() as client:
        with pytest.raises(druva.ArgumentError, match="interval"):
            client.insync.restores.wait(1, interval=seconds)
        with pytest.raises(druva.ArgumentError, match="timeout"):
            client.insync.restores.wait(1, timeout=seconds)
    assert druva_emulator.log() == []
