"""Processes forked from one that has used its clients, as gunicorn, Celery and multiprocessing make them.

`FORKS=1000` makes as many children of each test; without it there are a few dozen.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

import druva
from druva.testing import Emulator

FORKS = int(os.environ.get("FORKS", "50"))
# A process that does not begin as a copy starts Python anew: without FORKS a few will do.
SPAWNS = int(os.environ.get("FORKS", "4"))
PATIENCE = 20.0


def forked(work: Callable[[], bool]) -> int:
    """What a child exits with that does `work` and ends as Python ends: 7 when all is well. A child that hangs is killed."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 7 if work() else 2
        finally:
            os._exit(code)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


@pytest.fixture
def busy(druva_cloud: Emulator) -> Iterator[druva.Client]:
    """A client that four threads use all the time, so that a fork falls into the middle of calls."""
    ended = threading.Event()
    failures: list[BaseException] = []
    with druva_cloud.client() as client:

        def use() -> None:
            try:
                while not ended.is_set():
                    client.insync.devices.get(1)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=use) for _ in range(4)]
        for thread in threads:
            thread.start()
        yield client
        ended.set()
        for thread in threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
    assert failures == []


def test_children_call_while_other_threads_do(busy: druva.Client) -> None:
    def work() -> bool:
        return busy.insync.devices.get(2).device_id == 2

    assert [forked(work) for _ in range(FORKS)] == [7] * FORKS


FIRST_CALL = """
import os, sys, threading, time
from druva.testing import Emulator
importing = threading.Event()
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "druva.api.insync":
            importing.set()
            time.sleep(0.2)
sys.meta_path.insert(0, Slow())
emulator = Emulator(devices=3)
client = emulator.client()
thread = threading.Thread(target=lambda: client.insync.devices.get(1))
thread.start()
importing.wait()
child = os.fork()
if child == 0:
    os._exit(7 if client.insync.devices.get(2).device_id == 2 else 1)
thread.join()
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_fork_while_another_thread_imports_what_its_first_call_needs() -> None:
    with subprocess.Popen([sys.executable, "-c", FIRST_CALL], start_new_session=True) as process:
        try:
            assert process.wait(PATIENCE) == 7
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def test_children_let_go_of_what_they_never_used(druva_cloud: Emulator) -> None:
    """Clients, lists and calls of the parent end in a child without reaching into the parent's runtime."""
    for _ in range(FORKS):
        client = druva_cloud.client()
        devices = iter(client.insync.devices.list())
        next(devices)
        held: list[object] = [client, devices]
        del client, devices

        def work(held: list[object] = held) -> bool:
            held.clear()
            return True

        assert forked(work) == 7
        assert len(held) == 2


def test_a_childs_end_leaves_the_parents_connection_alone(druva_emulator: Emulator) -> None:
    """The parent goes on over its idle connection: a new one would be a second in the emulator's count."""
    with druva_emulator.client() as client:
        client.insync.devices.get(1)
        before = sockets()

        def work() -> bool:
            return client.insync.devices.get(2).device_id == 2

        for _ in range(FORKS):
            assert forked(work) == 7
            assert client.insync.devices.get(1).device_id == 1
        assert sockets() == before


def sockets() -> set[str]:
    """The connections of this process, by the numbers that the system never gives twice."""
    links = (f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd"))
    return {
        os.readlink(link)
        for link in links
        if os.path.islink(link) and "socket:" in os.readlink(link)
    }


def test_async_clients_work_in_children_and_after_them(druva_cloud: Emulator) -> None:
    client = druva_cloud.async_client()

    async def first() -> bool:
        devices = await asyncio.gather(*(client.insync.devices.get(1) for _ in range(3)))
        return [device.device_id for device in devices] == [1, 1, 1]

    assert asyncio.run(first())
    for _ in range(FORKS):
        assert forked(lambda: asyncio.run(first())) == 7
    assert asyncio.run(first())


def test_a_list_is_not_shared_with_children(druva_cloud: Emulator) -> None:
    with druva_cloud.client() as client:
        devices = iter(client.insync.devices.list().pages())
        next(devices)

        def work() -> bool:
            with pytest.raises(druva.ArgumentError, match="forked from"):
                next(devices)
            return len(list(client.insync.devices.list())) == 30

        assert forked(work) == 7
        next(devices)


def count(client: druva.Client) -> int:
    return len(list(client.insync.devices.list()))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_pools_are_given_clients(
    druva_cloud: Emulator, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Every call in a process of its own, to which the client is pickled."""
    monkeypatch.setenv("DRUVA_CLIENT_SECRET", druva_cloud.client_secret)
    children = FORKS if method == "fork" else SPAWNS
    with druva.Client(client_id=druva_cloud.client_id, base_url=druva_cloud.url) as client:
        assert count(client) == 30
        with multiprocessing.get_context(method).Pool(2, maxtasksperchild=1) as pool:
            counts = pool.map_async(count, [client] * children, chunksize=1)
            assert counts.get(PATIENCE + children) == [30] * children
        assert count(client) == 30


def leave(client: druva.Client) -> None:
    sys.exit(7 if count(client) == 30 else 1)


def test_processes_inherit_clients(busy: druva.Client) -> None:
    """As `multiprocessing` ends them: with what Python does at its exit."""
    context = multiprocessing.get_context("fork")
    for _ in range(max(FORKS // 10, 1)):
        children = [context.Process(target=leave, args=(busy,)) for _ in range(10)]
        for child in children:
            child.start()
        for child in children:
            child.join(PATIENCE)
        assert [child.exitcode for child in children] == [7] * 10
