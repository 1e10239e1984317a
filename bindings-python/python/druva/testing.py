"""Druva for your tests: an emulator on loopback, in your process, with data of its own.

    from druva.testing import Emulator

    with Emulator(devices=20) as druva_cloud, druva_cloud.client() as client:
        assert len(list(client.insync.devices.list())) == 20

For pytest, put `pytest_plugins = ["druva.pytest_plugin"]` into `conftest.py`.
"""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any

from . import _druva
from ._client import AsyncClient, Client


class Emulator:
    """A running emulator; stopped by `stop()` or at the end of a `with` statement.

    port: Where to listen on loopback. Default: any free port.
    seed: All data derives from it. Default: 1.
    devices: Number of inSync devices. Default: 10,000.
    users: Number of inSync users. Default: two for every five devices.
    customers: Number of a provider's customers. Default: 25.
    client_id, client_secret: The only credential that is accepted. Default: one with the odd characters
        that Druva's have.
    api_key: The only key that is accepted as CloudRanger. Default: a made-up one.
    token_ttl: Seconds for which a token is good. Default: as on that cloud.
    page_size: Most records in one answer. Default: 4,097.
    cloud: `public` (default), `insync-gov`, `gov` or `cloudranger`.
    expired_status: How an expired token is answered, 401 or 403. Default: 401.
    """

    def __init__(
        self,
        *,
        port: int | None = None,
        seed: int | None = None,
        devices: int | None = None,
        users: int | None = None,
        customers: int | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        api_key: str | None = None,
        token_ttl: float | None = None,
        page_size: int | None = None,
        cloud: str | None = None,
        expired_status: int | None = None,
    ) -> None:
        options = {
            "port": port,
            "seed": seed,
            "devices": devices,
            "users": users,
            "customers": customers,
            "client_id": client_id,
            "client_secret": client_secret,
            "api_key": api_key,
            "token_ttl": token_ttl,
            "page_size": page_size,
            "cloud": cloud,
            "expired_status": expired_status,
        }
        given = {name: value for name, value in options.items() if value is not None}
        self._cloud = cloud
        self._emulator = _druva.Emulator(json.dumps(given))

    @property
    def url(self) -> str:
        """Where it listens: the `base_url` for clients."""
        return self._emulator.url

    @property
    def client_id(self) -> str:
        """The client id that it accepts."""
        return self._emulator.client_id

    @property
    def client_secret(self) -> str:
        """The secret that it accepts at present."""
        return self._emulator.client_secret

    @property
    def api_key(self) -> str:
        """The key that it accepts at present, as CloudRanger."""
        return self._emulator.api_key

    def client(self, **options: Any) -> Client:
        """A client of this emulator; `options` as for `druva.Client`."""
        return Client(**self._options(options))

    def async_client(self, **options: Any) -> AsyncClient:
        """An asynchronous client of this emulator; `options` as for `druva.AsyncClient`."""
        return AsyncClient(**self._options(options))

    def _options(self, options: dict[str, Any]) -> dict[str, Any]:
        ours = {"base_url": self.url, "cloud": self._cloud}
        if self._cloud == "cloudranger":
            ours["api_key"] = self.api_key
        else:
            ours["client_id"] = self.client_id
            ours["client_secret"] = self.client_secret
        return ours | options

    def control(self, command: dict[str, Any]) -> Any:
        """Carries out any command of the emulator's: `{"do": "revoke"}`. Raises `ValueError` for one that it does not
        know."""
        return json.loads(self._emulator.control(json.dumps(command)))

    def log(self) -> list[dict[str, Any]]:
        """The requests that came in, in order: `operation`, `method`, `path`, `query`, `status`, `violation` and
        more."""
        requests: list[dict[str, Any]] = self.control({"do": "log"})["requests"]
        return requests

    def clear_log(self) -> None:
        """Forgets the requests that came in."""
        self.control({"do": "clear_log"})

    def advance(self, seconds: float) -> None:
        """Moves the emulator's clock: tokens expire, tasks progress, events come. Clients have clocks of their own:
        `advance_clock`."""
        self.control({"do": "advance", "seconds": seconds})

    def fault(self, operation: str = "*", **what: Any) -> None:
        """Answers the next request of an operation (or of any, or of `token`) differently. What it does instead:
        `status`, `headers`, `body`, `delay` (seconds), `drop` (`before`, `after`, `headers` or `body`), `truncate`
        (bytes), `garbage`, `apply`; how often: `skip`, `count` (default 1, `None` for ever), `probability`. Faults
        queue in the order given."""
        self.control({"do": "fault", "operation": operation, **what})

    def clear_faults(self) -> None:
        """Forgets the faults still to come."""
        self.control({"do": "clear_faults"})

    def stop(self) -> None:
        """Stops it and closes its connections; a second time does nothing."""
        self._emulator.stop()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def advance_clock(client: Client | AsyncClient, seconds: float) -> None:
    """Moves a client's idea of the time forward, so that its token grows old without anybody waiting."""
    client._core.advance_clock(seconds)
