"""Waiting for work to end."""

from __future__ import annotations

import asyncio
import threading

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


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_times_are_positive(druva_emulator: Emulator, seconds: float) -> None:
    with druva_emulator.client() as client:
        with pytest.raises(druva.ArgumentError, match="interval"):
            client.insync.restores.wait(1, interval=seconds)
        with pytest.raises(druva.ArgumentError, match="timeout"):
            client.insync.restores.wait(1, timeout=seconds)
    assert druva_emulator.log() == []
