"""Carries out the conformance scenarios' commands (see `tests/` of the repository): one JSON line in, one out.

With `--async` everything goes through `AsyncClient`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial, reduce
from pathlib import Path
from typing import Any, TypeVar, cast

import runner_shown
from runner_typed import Typed, decode

import druva
from druva.api.insync import Device
from druva.testing import advance_clock

Request = dict[str, Any]
T = TypeVar("T")


class Failure(Exception):
    """An error with what had been done before it."""

    def __init__(self, error: druva.DruvaError, done: dict[str, Any]) -> None:
        super().__init__(error)
        self.error = error
        self.done = done


def described(error: druva.DruvaError) -> dict[str, Any]:
    runner_shown.error(error)
    return {
        "kind": error.kind,
        "class": type(error).__name__,
        "message": str(error),
        "operation": error.operation,
        "method": error.method,
        "path": error.path,
        "status": error.status,
        "code": error.code,
        "retryable": error.retryable,
        "attempts": error.attempts,
        "may_have_been_applied": error.may_have_been_applied,
        "retry_after": error.retry_after,
        "hint": error.hint,
        "body": error.body,
    }


def plain(response: druva.Response[Any]) -> dict[str, Any]:
    runner_shown.thing(response)
    answer: dict[str, Any] = {"status": response.status, "attempts": response.attempts}
    try:
        return answer | {"json": response.json()}
    except druva.DecodeError:
        return answer | {"json": None, "text": response.text}


def seen(device: Device) -> dict[str, Any]:
    return {
        "deviceID": device.device_id,
        "deviceName": device.device_name,
        "deviceStatus": device.device_status,
        "userID": device.user_id,
        "totalBackupDataInBytes": device.total_backup_data_in_bytes,
        "lastConnected": device.last_connected,
        "deviceMarkedInactive": device.device_marked_inactive,
        "raw": device.raw,
    }


def in_python(arguments: Request | None) -> dict[str, Any]:
    """Arguments by their names in Python: `userIDs` is `user_ids`."""
    words = re.compile("(?<=[a-z])(?=[A-Z])")
    return {words.sub("_", name).lower(): value for name, value in (arguments or {}).items()}


@cache
def items_paths() -> dict[str, str | None]:
    """Where the items stand in a page of each list."""
    return {it["id"]: it["items"] for it in druva.operations()}


class Counted:
    """The pages of a list so far."""

    def __init__(self, request: Request) -> None:
        self.operation: str = request["operation"]
        self.arguments: Request | None = request.get("arguments")
        self.limit: int | None = request.get("limit")
        self.pages: list[int] = []
        self.path = (items_paths().get(self.operation) or "").split(".")

    def add(self, page: Any) -> bool:
        """Counts a page; is that enough?"""

        def member(value: Any, name: str) -> Any:
            return (cast("Request", value).get(name) if isinstance(value, dict) else None) or {}

        self.pages.append(len(reduce(member, self.path, page)))
        return self.limit is not None and sum(self.pages) >= self.limit

    def so_far(self) -> dict[str, Any]:
        return {"pages": self.pages, "items": sum(self.pages)}


def cancelled_later(request: Request) -> druva.Cancel:
    """Strikes when the request says so."""
    cancel = druva.Cancel()
    if request.get("cancel_after") is not None:
        threading.Timer(request["cancel_after"], cancel.cancel).start()
    return cancel


def options_of(request: Request) -> Request:
    """The options of a client; `provide` names the file from which a callback reads the credential."""
    options: Request = request.get("options") or {}
    path = request.get("provide")
    if path is None:
        return options
    return options | {"credential_provider": lambda: json.loads(Path(path).read_text())}


class Blocking:
    """The commands through `Client`."""

    def open(self, options: Request) -> druva.Client:
        return druva.Client(**options)

    def close(self, client: druva.Client) -> None:
        client.close()

    def call(self, client: druva.Client, request: Request) -> Any:
        operation, arguments = request["operation"], request.get("arguments")
        timeout, cancel = request.get("timeout"), cancelled_later(request)

        def one() -> druva.Response[Any]:
            return client.call(operation, arguments, timeout=timeout, cancel=cancel)

        count = request.get("concurrent") or 1
        if count == 1:
            return plain(one())
        return self.at_once([one] * count)

    def at_once(self, calls: list[Callable[[], object]]) -> Any:
        start = threading.Barrier(len(calls))

        def outcome(call: Callable[[], object]) -> str:
            start.wait()
            try:
                call()
            except druva.DruvaError as error:
                return type(error).__name__
            return "ok"

        with ThreadPoolExecutor(len(calls)) as pool:
            return {"results": Counter(pool.map(outcome, calls))}

    def customers(self, client: druva.Client, request: Request) -> Any:
        calls: list[Callable[[], object]] = []
        for customer in client.msp.customers.list():
            arguments = {request["argument"]: customer.id}
            for _ in range(request["concurrent"]):
                own = client.msp.customer(customer.id or "")
                calls.append(partial(own.call, request["operation"], arguments))
        return self.at_once(calls)

    def pages(self, client: druva.Client, request: Request) -> Any:
        counted = Counted(request)
        timeout, cancel = request.get("timeout"), cancelled_later(request)
        pages = client.pages(counted.operation, counted.arguments, timeout=timeout, cancel=cancel)
        runner_shown.thing(pages)
        try:
            for page in pages.pages():
                if counted.add(page):
                    break
        except druva.DruvaError as error:
            raise Failure(error, counted.so_far()) from error
        runner_shown.thing(pages)
        return counted.so_far() | {"cursor": pages.cursor}

    def wait(self, client: druva.Client, request: Request) -> Any:
        states: list[str] = []
        response = client.wait(
            request["operation"],
            request.get("arguments"),
            interval=request.get("interval"),
            timeout=request.get("timeout"),
            progress=states.append,
            cancel=cancelled_later(request),
        )
        return plain(response) | {"states": states}

    def doctor(self, client: druva.Client, request: Request) -> Any:
        return told(client.doctor())

    def typed(self, client: druva.Client, request: Request) -> Any:
        typed = Typed(client, request)
        answer = typed.start()
        return typed.outcome(list(answer.pages()) if typed.lists else answer)

    def devices(self, client: druva.Client, request: Request) -> Any:
        devices = client.insync.devices.list(**in_python(request.get("arguments")))
        return {"devices": [seen(device) for device in devices]}


def told(diagnosis: druva.Diagnosis) -> Any:
    findings = [finding._asdict() for finding in diagnosis.findings]
    return {"ok": diagnosis.ok, "findings": findings, "text": str(diagnosis)}


class Asynchronous:
    """The commands through `AsyncClient`."""

    async def open(self, options: Request) -> druva.AsyncClient:
        return druva.AsyncClient(**options)

    async def close(self, client: druva.AsyncClient) -> None:
        await client.close()

    async def cancellable(self, work: Coroutine[Any, Any, T], request: Request) -> T:
        """Does the work in a task that is cancelled when the request says so."""

        async def done() -> T:
            try:
                return await work
            except asyncio.CancelledError as cancelled:
                # Its cause says what became of the call.
                if isinstance(cancelled.__cause__, druva.DruvaError):
                    raise cancelled.__cause__ from None
                raise

        task = asyncio.create_task(done())
        if request.get("cancel_after") is not None:
            asyncio.get_running_loop().call_later(request["cancel_after"], task.cancel)
        return await task

    async def call(self, client: druva.AsyncClient, request: Request) -> Any:
        operation, arguments = request["operation"], request.get("arguments")

        async def one() -> druva.Response[Any]:
            return await client.call(operation, arguments, timeout=request.get("timeout"))

        count = request.get("concurrent") or 1
        if count > 1:
            return await self.at_once([one() for _ in range(count)])
        return plain(await self.cancellable(one(), request))

    async def at_once(self, calls: list[Coroutine[Any, Any, druva.Response[Any]]]) -> Any:
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        names = ("ok" if isinstance(it, druva.Response) else type(it).__name__ for it in outcomes)
        return {"results": Counter(names)}

    async def customers(self, client: druva.AsyncClient, request: Request) -> Any:
        calls: list[Coroutine[Any, Any, druva.Response[Any]]] = []
        async for customer in client.msp.customers.list():
            arguments = {request["argument"]: customer.id}
            for _ in range(request["concurrent"]):
                own = client.msp.customer(customer.id or "")
                calls.append(own.call(request["operation"], arguments))
        return await self.at_once(calls)

    async def pages(self, client: druva.AsyncClient, request: Request) -> Any:
        counted = Counted(request)
        pages = client.pages(counted.operation, counted.arguments, timeout=request.get("timeout"))

        async def all_pages() -> None:
            async for page in pages.pages():
                if counted.add(page):
                    break

        try:
            await self.cancellable(all_pages(), request)
        except druva.DruvaError as error:
            raise Failure(error, counted.so_far()) from error
        runner_shown.thing(pages)
        return counted.so_far() | {"cursor": pages.cursor}

    async def wait(self, client: druva.AsyncClient, request: Request) -> Any:
        states: list[str] = []
        waiting = client.wait(
            request["operation"],
            request.get("arguments"),
            interval=request.get("interval"),
            timeout=request.get("timeout"),
            progress=states.append,
        )
        return plain(await self.cancellable(waiting, request)) | {"states": states}

    async def doctor(self, client: druva.AsyncClient, request: Request) -> Any:
        return told(await client.doctor())

    async def typed(self, client: druva.AsyncClient, request: Request) -> Any:
        typed = Typed(client, request)
        answer = typed.start()
        if typed.lists:
            return typed.outcome([page async for page in answer.pages()])
        return typed.outcome(await answer)

    async def devices(self, client: druva.AsyncClient, request: Request) -> Any:
        devices = client.insync.devices.list(**in_python(request.get("arguments")))
        return {"devices": [seen(device) async for device in devices]}


class Runner:
    def __init__(self, asynchronous: bool) -> None:
        self.way: Any = Asynchronous() if asynchronous else Blocking()
        loop = asyncio.new_event_loop() if asynchronous else None
        self.wait: Callable[[Any], Any] = loop.run_until_complete if loop else lambda done: done
        self.clients: dict[str, Any] = {}

    def answer(self, request: Request) -> dict[str, Any]:
        try:
            return {"ok": self.carry_out(request)}
        except druva.DruvaError as error:
            return {"error": described(error)}
        except Failure as failure:
            return {"error": described(failure.error)} | failure.done

    def carry_out(self, request: Request) -> Any:
        name, what = request.get("client") or "a", request["do"]
        if what == "open":
            if name in self.clients:
                self.wait(self.way.close(self.clients.pop(name)))
            self.clients[name] = self.wait(self.way.open(options_of(request)))
            runner_shown.thing(self.clients[name])
            return None
        if what == "customer":
            self.clients[name] = self.clients[request["of"]].msp.customer(request["id"])
            return None
        if what == "decode":
            return decode(request)
        if what == "collect":
            gc.collect()
            return None
        client = self.clients[name]
        if what == "close":
            return self.wait(self.way.close(self.clients.pop(name)))
        if what == "advance":
            return advance_clock(client, request["seconds"])
        if what == "show":
            return {"text": f"{client!r} {client} {vars(client)}"}
        return self.wait(getattr(self.way, what)(client, request))


def main() -> None:
    if "DRUVA_LOG" in os.environ:
        runner_shown.start_logging()
    runner = Runner("--async" in sys.argv)
    for line in sys.stdin:
        request = json.loads(line)
        answer = runner.answer(request)
        shown = runner_shown.taken()
        print(json.dumps(answer | shown if request.get("show") else answer), flush=True)


if __name__ == "__main__":
    main()
