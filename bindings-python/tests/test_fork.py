"""Processes forked from one that has used its clients, as gunicorn, Celery and multiprocessing make them.

`FORKS=1000` makes as many children of each test, and a tenth of it where each starts Python anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from counting import count

import druva
from druva.testing import Emulator

FORKS = int(os.environ.get("FORKS", "50"))
SPAWNS = max(FORKS // 10, 4)
# So many children live at once.
BATCH = 10
PATIENCE = 20.0


def forked(work: Callable[[], bool], children: int = 1) -> list[int]:
    """What children exit with that do `work` and end as Python ends: 7 when all is well. One that hangs is killed."""
    return [
        code for at in range(0, children, BATCH) for code in batch(work, min(BATCH, children - at))
    ]


def batch(work: Callable[[], bool], children: int) -> list[int]:
    pids = [begun(work) for _ in range(children)]
    until = time.monotonic() + PATIENCE
    return [ended(pid, until) for pid in pids]


def begun(work: Callable[[], bool]) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 7 if work() else 2
        finally:
            os._exit(code)
    return child


def ended(child: int, until: float) -> int:
    end = os.pidfd_open(child)
    if not select.select([end], [], [], max(until - time.monotonic(), 0))[0]:
        os.kill(child, signal.SIGKILL)
    os.close(end)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


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

    assert forked(work, FORKS) == [7] * FORKS


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

        assert forked(work) == [7]
        assert len(held) == 2


def test_a_childs_end_leaves_the_parents_connection_alone(druva_emulator: Emulator) -> None:
    """The parent goes on over its idle connection: a new one would be a second in the emulator's count."""
    with druva_emulator.client() as client:
        client.insync.devices.get(1)
        before = sockets()

        def work() -> bool:
            return client.insync.devices.get(2).device_id == 2

        for _ in range(FORKS):
            assert forked(work) == [7]
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


def test_children_do_not_wake_the_parents_runtime(druva_cloud: Emulator) -> None:
    """What a child lets go of, or replaces, is left as it was: to close it would take locks that a thread of the parent may
    have held, and write into the event queue that both share. The parent's thread would wake; it sleeps on."""

    async def use(client: druva.AsyncClient) -> bool:
        return (await client.insync.devices.get(1)).device_id == 1

    async def begin() -> object:
        devices = druva_cloud.async_client().insync.devices.list()
        await anext(aiter(devices))
        return devices

    clients = [druva_cloud.async_client()]
    asyncio.run(use(clients[0]))
    # It alone holds its client, and the connection.
    lists = [asyncio.run(begin())]

    def let_go() -> bool:
        clients.clear()
        lists.clear()
        return True

    def call() -> bool:
        return asyncio.run(use(clients[0]))

    for work in [let_go, call]:
        before = wakes()
        assert forked(work, FORKS) == [7] * FORKS
        assert wakes() - before < FORKS / 2


def wakes() -> int:
    """How often the thread that drives the calls of asynchronous clients has slept."""
    for task in Path("/proc/self/task").iterdir():
        if (task / "comm").read_text() == "druva\n":
            status = (task / "status").read_text()
            return int(status.split("voluntary_ctxt_switches:")[1].split()[0])
    raise AssertionError("there is no such thread")


def test_async_clients_work_in_children_and_after_them(druva_cloud: Emulator) -> None:
    client = druva_cloud.async_client()

    async def first() -> bool:
        devices = await asyncio.gather(*(client.insync.devices.get(1) for _ in range(3)))
        return [device.device_id for device in devices] == [1, 1, 1]

    assert asyncio.run(first())
    assert forked(lambda: asyncio.run(first()), FORKS) == [7] * FORKS
    assert asyncio.run(first())


def test_a_list_is_not_shared_with_children(druva_cloud: Emulator) -> None:
    with druva_cloud.client() as client:
        devices = iter(client.insync.devices.list().pages())
        next(devices)

        def work() -> bool:
            with pytest.raises(druva.ArgumentError, match="forked from"):
                next(devices)
            return len(list(client.insync.devices.list())) == 30

        assert forked(work) == [7]
        next(devices)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_pools_are_given_clients(
    druva_cloud: Emulator, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Every call in a process of its own, to which the client is pickled."""
    monkeypatch.setenv("DRUVA_CLIENT_SECRET", druva_cloud.client_secret)
    # New interpreters begin with what this program began with, which would be pytest.
    monkeypatch.setattr("__main__.__file__", None)
    monkeypatch.setattr("__main__.__spec__", None)
    children = SPAWNS if method == "spawn" else FORKS
    context = multiprocessing.get_context(method)
    # What forkserver's children are forked from has read the package, but has no client.
    context.set_forkserver_preload(["druva.api.insync"])
    with druva.Client(client_id=druva_cloud.client_id, base_url=druva_cloud.url) as client:
        assert count(client) == 30
        with context.Pool(2, maxtasksperchild=1) as pool:
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
