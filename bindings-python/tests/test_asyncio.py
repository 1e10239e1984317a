"""`AsyncClient` and the bridge to asyncio."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

import druva
from druva.testing import Emulator

pytestmark = pytest.mark.usefixtures("event_loop_of")


def test_the_same_surface(druva_cloud: Emulator) -> None:
    async def main() -> None:
        async with druva_cloud.async_client() as client:
            devices = [device async for device in client.insync.devices.list()]
            assert len(devices) == 30
            pages = [page async for page in client.insync.devices.list().pages()]
            assert [len(page.devices or []) for page in pages] == [10, 10, 10]
            device = await client.insync.devices.get(1)
            assert device == devices[0]
            assert device.raw == devices[0].raw
            raw = await client.insync.devices.with_raw_response.get(1)
            assert raw.parse() == device
            assert (await client.call("insync.devices.get", {"deviceID": 1})).json() == device.raw
            items = [item async for item in client.pages("insync.devices.list")]
            assert items[0] == device.raw
            with pytest.raises(druva.NotFoundError):
                await client.insync.devices.get(999_999)
            with pytest.raises(druva.ArgumentError):
                await client.call("insync.devices.get", {})
        with pytest.raises(druva.ArgumentError, match="closed"):
            await client.insync.devices.get(1)

    asyncio.run(main())


def test_a_thousand_at_once_on_one_token(druva_emulator: Emulator) -> None:
    async def main() -> None:
        async with druva_emulator.async_client() as client:
            calls = (client.insync.devices.get(number % 100 + 1) for number in range(1000))
            devices = await asyncio.gather(*calls)
            assert [device.device_id for device in devices] == [
                number % 100 + 1 for number in range(1000)
            ]

    asyncio.run(main())
    assert druva_emulator.control({"do": "log"})["tokens_minted"] == 1


def test_cancelling_a_task_cancels_the_call(druva_emulator: Emulator) -> None:
    druva_emulator.fault("insync.devices.disable", delay=30)

    async def main() -> None:
        async with druva_emulator.async_client() as client:
            await client.insync.devices.get(1)
            causes: list[BaseException | None] = []

            async def disable() -> None:
                try:
                    await client.insync.devices.disable(1)
                except asyncio.CancelledError as cancelled:
                    causes.append(cancelled.__cause__)
                    raise

            task = asyncio.create_task(disable())
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert task.cancelled()
            (cause,) = causes
            assert isinstance(cause, druva.CancelledError)
            assert cause.may_have_been_applied == "unknown"
            # The loop and the client are as good as before.
            assert (await client.insync.devices.get(2)).device_id == 2

    asyncio.run(main())


def stand_still(emulator: Emulator, until: int) -> None:
    """Keeps the loop from hearing of an answer until it waits in the queue."""
    while emulator.control({"do": "log"})["requests"][-1]["status"] != until:
        pass
    time.sleep(0.2)


def test_a_task_cancelled_when_its_answer_has_come_tells_what_became_of_the_call(
    druva_emulator: Emulator,
) -> None:
    async def main() -> None:
        async with druva_emulator.async_client() as client:
            await client.insync.devices.get(1)
            task = asyncio.create_task(client.call("insync.devices.disable", {"deviceID": 1}))
            await asyncio.sleep(0)
            stand_still(druva_emulator, until=200)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as cancelled:
                await task
            assert isinstance(cancelled.value.__cause__, druva.CancelledError)
            assert cancelled.value.__cause__.may_have_been_applied == "yes"

    asyncio.run(main())


def test_a_task_cancelled_when_its_error_has_come_is_cancelled(druva_emulator: Emulator) -> None:
    async def main() -> None:
        async with druva_emulator.async_client() as client:
            await client.insync.devices.get(1)
            task = asyncio.create_task(client.insync.devices.get(999_999))
            await asyncio.sleep(0)
            stand_still(druva_emulator, until=404)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as cancelled:
                await task
            assert isinstance(cancelled.value.__cause__, druva.NotFoundError)

    asyncio.run(main())


@pytest.mark.parametrize("device", [1, 999_999])
@pytest.mark.parametrize("seconds", [0, 0.3])
def test_a_call_whose_coroutine_is_closed_leaves_no_trace_in_the_log(
    druva_emulator: Emulator, device: int, seconds: float
) -> None:
    async def main() -> list[dict[str, object]]:
        logged: list[dict[str, object]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: logged.append(what))
        async with druva_emulator.async_client() as client:
            await client.insync.devices.get(1)
            call = client.insync.devices.get(device)
            call.send(None)  # As a task would.
            await asyncio.sleep(seconds)
            call.close()
            await asyncio.sleep(0.2)
            del call
            gc.collect()
        return logged

    assert asyncio.run(main()) == []


def test_a_call_whose_coroutine_is_closed_is_given_up() -> None:
    token = b'{"access_token": "made-up", "token_type": "bearer", "expires_in": 1800}'
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"

    async def main(server: socket.socket) -> None:
        port = server.getsockname()[1]
        base_url = f"http://127.0.0.1:{port}"
        client = druva.AsyncClient(client_id="id", client_secret="secret", base_url=base_url)
        call = client.insync.devices.get(1)
        call.send(None)  # As a task would.
        connection, _ = server.accept()
        with connection:
            connection.settimeout(10)
            assert connection.recv(65536).startswith(b"POST /token ")
            connection.sendall(head % len(token) + token)
            assert connection.recv(65536).startswith(b"GET ")
            # There is no answer; the client closes the connection, long before any deadline of its own.
            call.close()
            assert connection.recv(1) == b""

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        asyncio.run(main(server))


def test_a_task_cancelled_before_it_begins(druva_cloud: Emulator) -> None:
    async def main() -> None:
        async with druva_cloud.async_client() as client:
            tasks = [asyncio.create_task(client.insync.devices.get(1)) for _ in range(3)]
            tasks[0].cancel()
            await asyncio.sleep(0)
            tasks[1].cancel()
            tasks[1].cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            assert isinstance(done[0], asyncio.CancelledError)
            assert isinstance(done[1], asyncio.CancelledError)
            assert not isinstance(done[2], BaseException)

    asyncio.run(main())


def test_timeouts_of_asyncio(druva_emulator: Emulator) -> None:
    druva_emulator.fault("insync.devices.get", delay=30)

    async def main() -> None:
        async with druva_emulator.async_client() as client:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.insync.devices.get(1), 0.2)
            with pytest.raises(druva.TimeoutError):
                druva_emulator.fault("insync.devices.get", delay=30)
                await client.insync.devices.get(1, timeout=0.2)

    asyncio.run(main())


def test_a_cursor_is_not_ahead_of_the_events(druva_cloud: Emulator) -> None:
    async def main() -> None:
        async with druva_cloud.async_client() as client:
            events = client.insync.events.list()
            async for event in events:
                again = client.insync.events.list(tracker=events.cursor)
                number = event.event_id or 0
                # From the page on that is not given out whole yet.
                assert (await anext(aiter(again))).event_id == number // 10 * 10 + 1
                if number == 25:
                    break

    asyncio.run(main())


def test_one_loop_after_the_other_and_side_by_side(druva_cloud: Emulator) -> None:
    client = druva_cloud.async_client()

    async def main(number: int) -> int | None:
        calls = [client.insync.devices.get(number) for _ in range(20)]
        return {device.device_id for device in await asyncio.gather(*calls)}.pop()

    assert [asyncio.run(main(number)) for number in (1, 2, 3)] == [1, 2, 3]

    def thread(number: int) -> int | None:
        return asyncio.run(main(number))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(thread, range(1, 9))) == list(range(1, 9))


def test_threads_and_loops_of_both_kinds_share_one_client(druva_emulator: Emulator) -> None:
    """A loop of each kind in a thread of its own, and threads that block, all at once, on one token."""
    uvloop = pytest.importorskip("uvloop")
    client, blocking = druva_emulator.async_client(), druva_emulator.client()

    async def both() -> set[int | None]:
        calls = [client.insync.devices.get(number) for number in range(1, 21)]
        threads = [
            asyncio.to_thread(blocking.insync.devices.get, number) for number in range(1, 21)
        ]
        devices = await asyncio.gather(*calls)
        devices += await asyncio.gather(*threads)
        return {device.device_id for device in devices}

    def on(make: Callable[[], asyncio.AbstractEventLoop]) -> set[int | None]:
        loop = make()
        try:
            return loop.run_until_complete(asyncio.wait_for(both(), 20))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    makers = [uvloop.new_event_loop, asyncio.SelectorEventLoop] * 3
    with ThreadPoolExecutor(len(makers)) as pool:
        assert list(pool.map(on, makers)) == [set(range(1, 21))] * len(makers)
    # The two clients have a token each.
    assert druva_emulator.control({"do": "log"})["tokens_minted"] == 2


def test_a_loop_that_closes_with_calls_under_way(druva_emulator: Emulator) -> None:
    druva_emulator.fault("insync.devices.get", delay=0.3)
    client = druva_emulator.async_client()
    loop = asyncio.new_event_loop()
    task = loop.create_task(client.insync.devices.get(1))
    loop.run_until_complete(asyncio.sleep(0.05))
    loop.stop()
    loop.close()
    there = weakref.ref(loop)
    del task, loop
    gc.collect()
    asyncio.run(asyncio.sleep(0.5))
    assert asyncio.run(first(client)) == 2
    gc.collect()
    assert there() is None


async def first(client: druva.AsyncClient) -> int | None:
    return (await client.insync.devices.get(2)).device_id


def test_a_loop_that_watches_no_sockets(
    druva_cloud: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Windows' proactor."""

    def add_reader(*_: object) -> None:
        raise NotImplementedError

    client = druva_cloud.async_client()
    loop = asyncio.new_event_loop()
    monkeypatch.setattr(loop, "add_reader", add_reader)

    async def many() -> int:
        calls = [client.insync.devices.get(1) for _ in range(50)]
        return len(await asyncio.gather(*calls))

    try:
        assert loop.run_until_complete(many()) == 50
    finally:
        loop.close()


def test_a_forked_child_has_loops_of_its_own(druva_cloud: Emulator) -> None:
    client = druva_cloud.async_client()
    assert asyncio.run(first(client)) == 2
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 7 if asyncio.run(first(client)) == 2 else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    assert asyncio.run(first(client)) == 2


def test_the_loop_runs_while_calls_wait(druva_emulator: Emulator) -> None:
    druva_emulator.fault("insync.devices.get", delay=0.4)

    async def main() -> int:
        async with druva_emulator.async_client() as client:
            call = asyncio.ensure_future(client.insync.devices.get(1))
            ticks = 0
            while not call.done():
                ticks += 1
                await asyncio.sleep(0.01)
            await call
            return ticks

    assert asyncio.run(main()) > 15
