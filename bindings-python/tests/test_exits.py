"""Interpreters that end in the middle of calls: at once, as they were told to, and without a word of their own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ROUNDS = int(os.environ.get("EXITS", "3"))

BEGIN = """
import asyncio, atexit, os, sys, threading, time
import druva
from druva.testing import Emulator
if sys.argv[1] == "uvloop":
    import uvloop
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
emulator = Emulator(devices=20)
blocking, client = emulator.client(), emulator.async_client()

def slow(seconds=60.0):
    emulator.fault("insync.devices.get", delay=seconds, count=None)

def begin():
    return [asyncio.ensure_future(client.insync.devices.get(1)) for _ in range(50)]

def begun(count, operation="insync.devices.get"):
    while sum(request["operation"] == operation for request in emulator.control({"do": "log"})["requests"]) < count:
        time.sleep(0.01)

def forever():
    asyncio.set_event_loop(loop := asyncio.new_event_loop())
    globals()["kept"] = begin()
    loop.run_forever()

def deaf():
    # A loop that watches no sockets, as Windows' proactor: it is woken by a call into Python from the core's thread.
    def add_reader(*_):
        raise NotImplementedError
    loop = asyncio.new_event_loop()
    loop.add_reader = add_reader
    asyncio.set_event_loop(loop)
    return loop

class Lingering:
    # Its end keeps the interpreter in the middle of its own: threads that come to Python then find it closed. It belongs
    # to `sys`, which ends in any case; what this program's functions refer to lives on in their threads.
    def __del__(self, sleep=time.sleep):
        sleep(0.3)

def outlive():
    # The C library calls this with the exit's code, 1, when the interpreter is gone, and the emulator is not.
    import ctypes
    libc = ctypes.CDLL(None)
    libc.on_exit(libc.sleep, None)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(emulator._emulator))

def blocked(daemon):
    threads = [threading.Thread(target=blocking.insync.devices.get, args=(1,), daemon=daemon) for _ in range(8)]
    for thread in threads:
        thread.start()

def waiting():
    restore = emulator.control({"do": "example", "operation": "insync.restores.get"})
    emulator.fault("insync.restores.get", status=200, body={"status": "Ongoing"}, delay=0.1, count=None)
    blocking.wait("insync.restores.get", restore, interval=0.02, progress=lambda state: None)

def asking():
    # A refusal has the provider asked again.
    provide = lambda: {"client_id": emulator.client_id, "client_secret": emulator.client_secret}
    with druva.Client(base_url=emulator.url, credential_provider=provide) as provided:
        provided.insync.devices.get(1)

def waited():
    blocking.insync.devices.get(2)
    os.write(1, b"called")
"""

# What the program does, how it exits, and what it prints.
PROGRAMS = {
    "run ends": (
        "async def main(): slow(); begin(); await asyncio.to_thread(begun, 9)\nasyncio.run(main())",
        0,
        "",
    ),
    "exit in a task": (
        "async def main(): slow(); begin(); await asyncio.to_thread(begun, 9); sys.exit(3)\nasyncio.run(main())",
        3,
        "",
    ),
    "exit below the loop": (
        "async def main(): slow(); begin(); await asyncio.to_thread(begun, 9); os._exit(4)\nasyncio.run(main())",
        4,
        "",
    ),
    "a loop in a daemon thread": (
        "slow(); threading.Thread(target=forever, daemon=True).start(); begun(9); sys.exit(5)",
        5,
        "",
    ),
    "answers come during the exit": (
        "sys.lingering = Lingering(); slow(0.1); threading.Thread(target=forever, daemon=True).start(); begun(9); sys.exit(6)",
        6,
        "",
    ),
    "answers come during the exit of a deaf loop": (
        "sys.lingering = Lingering(); slow(0.1); loop = deaf(); kept = [loop.create_task(client.insync.devices.get(1)) for _ in range(50)]\n"
        "async def main(): await asyncio.to_thread(begun, 9); os.write(1, b'ends'); sys.exit(7)\n"
        "loop.run_until_complete(main())",
        7,
        "ends",
    ),
    "answers come after the end of a deaf loop's interpreter": (
        "outlive(); slow(0.5); loop = deaf(); kept = [loop.create_task(client.insync.devices.get(1)) for _ in range(50)]\n"
        "async def main(): await asyncio.to_thread(begun, 9); sys.exit(1)\n"
        "loop.run_until_complete(main())",
        1,
        "",
    ),
    "a credential is asked for after the end of the interpreter": (
        "outlive(); emulator.fault('token', delay=0.5, status=401)\n"
        "threading.Thread(target=asking, daemon=True).start(); begun(1, 'token'); sys.exit(1)",
        1,
        "",
    ),
    "daemon threads in calls": ("slow(); blocked(True); begun(8); sys.exit(8)", 8, ""),
    "answers come to daemon threads during the exit": (
        "sys.lingering = Lingering(); slow(0.1); blocked(True); begun(8); sys.exit(9)",
        9,
        "",
    ),
    "daemon threads look for signals during the exit": (
        "sys.lingering = Lingering(); slow(); blocked(True); begun(8); sys.exit(12)",
        12,
        "",
    ),
    "states come during the exit": (
        "sys.lingering = Lingering(); threading.Thread(target=waiting, daemon=True).start(); begun(1, 'insync.restores.get'); sys.exit(13)",
        13,
        "",
    ),
    "a credential is asked for during the exit": (
        "sys.lingering = Lingering(); emulator.fault('token', delay=0.1, status=401)\n"
        "threading.Thread(target=asking, daemon=True).start(); begun(1, 'token'); sys.exit(14)",
        14,
        "",
    ),
    "threads in calls are waited for": (
        "slow(0.2); blocked(False); atexit.register(waited); sys.exit(10)",
        10,
        "called",
    ),
    "a call at the exit": ("blocking.insync.devices.get(1); atexit.register(waited)", 0, "called"),
    "a list half way": (
        "devices = iter(blocking.insync.devices.list()); next(devices); kept = blocking.insync.devices.list().pages()",
        0,
        "",
    ),
}


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_exits(name: str, loop: str) -> None:
    if loop == "uvloop":
        pytest.importorskip("uvloop")
    program, code, printed = PROGRAMS[name]
    command = [sys.executable, "-c", BEGIN + program, loop]
    for _ in range(ROUNDS if "during" in name else 1):
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        # What asyncio says of tasks that nobody waited for is its own.
        said = [line for line in done.stderr.splitlines() if "panicked" in line or "atal" in line]
        assert (done.returncode, done.stdout, said) == (code, printed, [])
