"""Threads, processes and signals."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import druva
from druva.testing import Emulator


def test_fifty_threads_share_a_client_and_a_token(druva_emulator: Emulator) -> None:
    start = threading.Barrier(50)
    with druva_emulator.client() as client:

        def work(number: int) -> int | None:
            start.wait()
            ids = [client.insync.devices.get(number + 1).device_id for _ in range(5)]
            return ids[0] if len(set(ids)) == 1 else None

        with ThreadPoolExecutor(50) as pool:
            assert list(pool.map(work, range(50))) == list(range(1, 51))
    assert druva_emulator.control({"do": "log"})["tokens_minted"] == 1


def test_others_run_while_a_call_waits(druva_emulator: Emulator) -> None:
    druva_emulator.fault("insync.devices.get", delay=0.5)
    with druva_emulator.client() as client:
        ticks = 0
        thread = threading.Thread(target=client.insync.devices.get, args=(1,))
        thread.start()
        while thread.is_alive():
            ticks += 1
            time.sleep(0.01)
    assert ticks > 20


def test_another_thread_cancels(druva_emulator: Emulator) -> None:
    druva_emulator.fault("insync.devices.get", delay=30)
    cancel = druva.Cancel()
    threading.Timer(0.1, cancel.cancel).start()
    with druva_emulator.client() as client, pytest.raises(druva.CancelledError):
        client.call("insync.devices.get", {"deviceID": 1}, cancel=cancel)


CTRL_C = """
import signal
import druva
from druva.testing import Emulator
with Emulator(devices=20) as emulator, emulator.client() as client:
    client.insync.devices.get(1)
    emulator.fault("insync.devices.get", delay=60)
    # Jobs in the background are started deaf to it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        print("ready", flush=True)
        client.insync.devices.get(1)
    except KeyboardInterrupt:
        # On a slow machine the signal may come before the request, which then still has the delay before it.
        emulator.control({"do": "clear_faults"})
        client.insync.devices.get(1)
        print("interrupted")
"""


def test_ctrl_c_ends_a_blocking_call() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CTRL_C], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=10)
    assert (process.returncode, output) == (0, "interrupted\n")


def test_handlers_of_other_signals_run_and_the_call_goes_on(druva_emulator: Emulator) -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
    try:
        druva_emulator.fault("insync.devices.get", delay=0.5)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with druva_emulator.client() as client:
            assert client.insync.devices.get(1).device_id == 1
    finally:
        signal.signal(signal.SIGALRM, before)
    assert seen == [signal.SIGALRM]


DAEMON = """
import threading, time
from druva.testing import Emulator
emulator = Emulator(devices=20)
client = emulator.client()
emulator.fault("insync.devices.get", delay=60)
threading.Thread(target=client.insync.devices.get, args=(1,), daemon=True).start()
time.sleep(0.3)
"""


def test_a_thread_left_behind_does_not_crash_the_exit() -> None:
    done = subprocess.run(
        [sys.executable, "-c", DAEMON], capture_output=True, text=True, timeout=20
    )
    assert (done.returncode, done.stderr) == (0, "")


def count(client: druva.Client) -> int:
    return len(list(client.insync.devices.list()))


def test_forked_children_call_too(druva_emulator: Emulator) -> None:
    with druva_emulator.client() as client:
        assert count(client) == 100
        context = multiprocessing.get_context("fork")
        with ThreadPoolExecutor(4) as pool:
            # Children are made while other threads are in the middle of calls.
            busy = [pool.submit(count, client) for _ in range(12)]
            children = [context.Process(target=_child, args=(client,)) for _ in range(4)]
            for child in children:
                child.start()
            for child in children:
                child.join(20)
            assert [child.exitcode for child in children] == [7, 7, 7, 7]
            assert all(call.result() == 100 for call in busy)
        assert count(client) == 100


def _child(client: druva.Client) -> None:
    os._exit(7 if count(client) == 100 else 1)


def test_spawned_children_get_the_configuration(
    druva_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRUVA_CLIENT_SECRET", druva_emulator.client_secret)
    client = druva.Client(client_id=druva_emulator.client_id, base_url=druva_emulator.url)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(count, (client,)) == 100


def test_a_page_is_fetched_while_the_one_before_is_worked_on() -> None:
    def listed() -> int:
        return sum(request["operation"] == "insync.devices.list" for request in emulator.log())

    with Emulator(devices=10, page_size=2) as emulator, emulator.client() as client:
        pages = client.insync.devices.list().pages()
        next(pages)
        next(pages)
        until = time.monotonic() + 10
        # Nobody calls: the third page comes all the same.
        while listed() < 3 and time.monotonic() < until:
            time.sleep(0.001)
        assert listed() == 3
        assert len(list(pages)) == 3
        assert listed() == 5
