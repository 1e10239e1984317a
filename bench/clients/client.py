"""The Python clients: `client.py PEER SHAPE CALLS WIDTH WARMUP`, the server's URL in BENCH_URL.

Every answer is looked at: its status, and the device or the number of devices in it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import druva

URL = os.environ["BENCH_URL"]
DEVICE = URL + "/insync/endpoints/v2/devices/7"
DEVICES = URL + "/insync/endpoints/v2/devices"
AUTHORIZATION = {"Authorization": "Bearer bench-access-token-0123456789abcdef0123456789abcdef"}
PAGE_DEVICES = 4097

Run = Callable[[int], None]
One = Callable[[], Awaitable[Any]]


def same(got: object, wanted: object) -> None:
    if got != wanted:
        raise SystemExit(f"an answer gave {got!r}, not {wanted!r}")


def repeated(one: Callable[[], Any], wanted: object) -> Run:
    def run(calls: int) -> None:
        for _ in itertools.repeat(None, calls):
            same(one(), wanted)

    return run


def druva_client() -> druva.Client:
    import druva

    return druva.Client(client_id="bench", client_secret="bench-secret", base_url=URL)


def druva_async_client() -> druva.AsyncClient:
    import druva

    return druva.AsyncClient(client_id="bench", client_secret="bench-secret", base_url=URL)


# --- one call after the other -----------------------------------------------------------------------------------------


def druva_sync(shape: str) -> Run:
    client = druva_client()
    devices = client.insync.devices
    if shape == "device":
        return repeated(lambda: devices.get(7).device_id, 7)
    if shape == "page":
        return repeated(lambda: len(next(iter(devices.list().pages())).devices or []), PAGE_DEVICES)

    if shape == "fetch":
        return lambda pages: druva_fetch(client, pages)
    if shape == "decode":
        return druva_decode(client)
    pages = int(shape.removeprefix("list-"))

    def listed(pages: int) -> None:
        same(sum(1 for _ in devices.list(user_id=pages)), pages * PAGE_DEVICES)

    # What a list needs is loaded before its memory is looked at: a device, and a list of none.
    devices.get(7)
    listed(0)

    def run(calls: int) -> None:
        for _ in range(calls // pages):
            listed(pages)

    return run


def druva_page(client: druva.Client, page: int, pages: int) -> bytes:
    arguments = {"userID": pages} if page == 1 else {"pageToken": f"{pages:03}-{page:03}"}
    return client.call("insync.devices.list", arguments).content


def druva_fetch(client: druva.Client, pages: int) -> None:
    """One half of a list: its pages as bytes alone."""
    for page in range(1, pages + 1):
        same(len(druva_page(client, page, pages)) > 1_000_000, True)


def druva_decode(client: druva.Client) -> Run:
    """The other half: one page's bytes into its structs, again and again."""
    import msgspec

    from druva.api.insync import DeviceList

    page, decoder = druva_page(client, 1, 1), msgspec.json.Decoder(DeviceList)
    return repeated(
        lambda: sum(1 for _ in decoder.decode(page).devices or []),
        PAGE_DEVICES,
    )


def requests_oauthlib(shape: str) -> Run:
    """The usual recipe: a session that fetches the token with the credential and sends it along."""
    from oauthlib.oauth2 import BackendApplicationClient
    from requests.auth import HTTPBasicAuth
    from requests_oauthlib import OAuth2Session

    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    session = OAuth2Session(client=BackendApplicationClient(client_id="bench"))
    session.fetch_token(URL + "/token", auth=HTTPBasicAuth("bench", "bench-secret"))

    def get(url: str) -> Any:
        answer = session.get(url)
        answer.raise_for_status()
        return answer.json()

    if shape == "device":
        return repeated(lambda: get(DEVICE)["deviceID"], 7)
    return repeated(lambda: len(get(DEVICES)["devices"]), PAGE_DEVICES)


def pycurl_json(shape: str) -> Run:
    import pycurl

    curl = pycurl.Curl()
    curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in AUTHORIZATION.items()])

    def get(url: str) -> Any:
        buffer = BytesIO()
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.WRITEDATA, buffer)
        curl.perform()
        same(curl.getinfo(pycurl.RESPONSE_CODE), 200)
        return json.loads(buffer.getvalue())

    return repeated(lambda: get(DEVICE)["deviceID"], 7)


def httpx_sync(shape: str) -> Run:
    import httpx

    client = httpx.Client(headers=AUTHORIZATION)

    def get() -> Any:
        return client.get(DEVICE).raise_for_status().json()["deviceID"]

    return repeated(get, 7)


def pyreqwest_sync(shape: str) -> Run:
    from pyreqwest.client import SyncClientBuilder

    client = SyncClientBuilder().default_headers(AUTHORIZATION).error_for_status(True).build()
    return repeated(lambda: client.get(DEVICE).build().send().json()["deviceID"], 7)


def bytes_msgspec(shape: str) -> Run:
    """The floor of a page: its bytes, by the bare socket, into the same structs."""
    import http.client

    import msgspec

    from druva.api.insync import DeviceList

    connection = http.client.HTTPConnection(URL.removeprefix("http://"))
    decoder = msgspec.json.Decoder(DeviceList)

    def get() -> int:
        connection.request("GET", DEVICES.removeprefix(URL), headers=AUTHORIZATION)
        answer = connection.getresponse()
        same(answer.status, 200)
        return len(decoder.decode(answer.read()).devices or [])

    return repeated(get, PAGE_DEVICES)


# --- many at once -----------------------------------------------------------------------------------------------------


def druva_asyncio() -> tuple[Any, One]:
    client = druva_async_client()

    async def get() -> Any:
        return (await client.insync.devices.get(7)).device_id

    return client, get


def druva_nothing() -> tuple[Any, One]:
    """A list that is over is asked for its next page: to the core's thread and back, with nothing to do there."""
    client = druva_async_client()
    over: list[AsyncIterator[Any]] = []

    async def get() -> int:
        # A list is for one task at a time.
        pages = over.pop() if over else client.insync.devices.list(user_id=0).pages()
        async for page in pages:
            same(page.devices, [])
        over.append(pages)
        return 7

    return client, get


def loop_future() -> tuple[Any, One]:
    """What a loop's own awaitable costs that is settled in the next turn."""
    loop = asyncio.get_running_loop()

    async def get() -> Any:
        future = loop.create_future()
        loop.call_soon(future.set_result, 7)
        return await future

    return None, get


def thread_future() -> tuple[Any, One]:
    """The same settled by another thread, as by any transport that is not the loop's own."""
    loop = asyncio.get_running_loop()
    waiting: SimpleQueue[asyncio.Future[int]] = SimpleQueue()

    def settle() -> None:
        while True:
            future = waiting.get()
            loop.call_soon_threadsafe(future.set_result, 7)

    Thread(target=settle, daemon=True).start()

    async def get() -> Any:
        future = loop.create_future()
        waiting.put(future)
        return await future

    return None, get


def aiohttp_get() -> tuple[Any, One]:
    import aiohttp

    session = aiohttp.ClientSession(headers=AUTHORIZATION, connector=aiohttp.TCPConnector(limit=0))

    async def get() -> Any:
        async with session.get(DEVICE) as answer:
            answer.raise_for_status()
            return (await answer.json())["deviceID"]

    return session, get


def httpx_async() -> tuple[Any, One]:
    import httpx

    client = httpx.AsyncClient(headers=AUTHORIZATION)

    async def get() -> Any:
        return (await client.get(DEVICE)).raise_for_status().json()["deviceID"]

    return client, get


def pyreqwest_async() -> tuple[Any, One]:
    from pyreqwest.client import ClientBuilder

    client = ClientBuilder().default_headers(AUTHORIZATION).error_for_status(True).build()

    async def get() -> Any:
        return (await (await client.get(DEVICE).build().send()).json())["deviceID"]

    return client, get


SYNC = {
    "druva-python": druva_sync,
    "requests_oauthlib": requests_oauthlib,
    "pycurl": pycurl_json,
    "httpx": httpx_sync,
    "pyreqwest": pyreqwest_sync,
    "bytes+msgspec": bytes_msgspec,
}
ASYNC = {
    "druva-asyncio": druva_asyncio,
    "druva-nothing": druva_nothing,
    "loop-future": loop_future,
    "thread-future": thread_future,
    "aiohttp": aiohttp_get,
    "httpx-asyncio": httpx_async,
    "pyreqwest-asyncio": pyreqwest_async,
}


def memory_kb(name: str) -> int:
    """VmRSS: what is held now; VmHWM: the most that was ever held. The peak that getrusage tells is that of the program
    before exec as well."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name))


def measured(peer: str, calls: int, run: Run, warmup: int) -> None:
    idle = memory_kb("VmRSS")
    run(warmup)
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter_ns()
    run(calls)
    wall, after = time.perf_counter_ns() - begun, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    figures = {"name": peer, "calls": calls, "wall_ns": wall, "cpu_us": round(cpu * 1e6)}
    print(json.dumps(figures | {"memory_kb": memory_kb("VmHWM") - idle}))


def on_a_loop(peer: str, calls: int, width: int, warmup: int) -> None:
    name, uv, _ = peer.partition("+uvloop")
    loop: asyncio.AbstractEventLoop
    if uv:
        import uvloop

        loop = uvloop.new_event_loop()
    else:
        loop = asyncio.new_event_loop()

    async def begin() -> tuple[Any, One]:
        return ASYNC[name]()

    # Kept: a session that is collected closes its connections.
    _client, get = loop.run_until_complete(begin())

    async def worker(count: int) -> None:
        for _ in range(count):
            same(await get(), 7)

    async def together(count: int) -> None:
        await asyncio.gather(*(worker(count // width) for _ in range(width)))

    measured(peer, calls, lambda count: loop.run_until_complete(together(count)), warmup)
    sys.stdout.flush()
    # The peers' ways of closing differ and are not measured.
    os._exit(0)


def imported(peer: str, shape: str) -> None:
    """CPU of the import, or of the first client with it, beyond the interpreter's own start."""
    before = time.process_time_ns()
    import druva  # noqa: F401

    if shape == "client":
        druva_client()
    cpu = time.process_time_ns() - before
    print(json.dumps({"name": peer, "calls": 1, "wall_ns": cpu, "cpu_us": cpu / 1000}))


def main() -> None:
    peer, shape, calls, width, warmup = sys.argv[1:]
    if shape in ("import", "client"):
        imported(peer, shape)
    elif peer in SYNC:
        measured(peer, int(calls), SYNC[peer](shape), int(warmup))
    else:
        on_a_loop(peer, int(calls), int(width), int(warmup))


if __name__ == "__main__":
    main()
