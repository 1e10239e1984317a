"""Exceptions: the tree, what they say, and that they travel whole."""

from __future__ import annotations

import builtins
import copy
import pickle
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import druva
from druva.testing import Emulator


def tree(cls: type[druva.DruvaError]) -> list[type[druva.DruvaError]]:
    return [cls, *(below for child in cls.__subclasses__() for below in tree(child))]


CLASSES = tree(druva.DruvaError)


def test_one_base_for_all() -> None:
    assert all(getattr(druva, cls.__name__) is cls for cls in CLASSES)
    assert issubclass(druva.NotFoundError, druva.ApiError)
    assert issubclass(druva.InvalidCredentialsError, druva.AuthError)
    assert issubclass(druva.ArgumentError, ValueError)
    assert issubclass(druva.TimeoutError, builtins.TimeoutError)
    assert issubclass(druva.ConnectionError, builtins.ConnectionError)


def through(protocol: int) -> Callable[[Any], Any]:
    return lambda value: pickle.loads(pickle.dumps(value, protocol))


WAYS: list[Callable[[Any], Any]] = [
    copy.copy,
    copy.deepcopy,
    *map(through, range(pickle.HIGHEST_PROTOCOL + 1)),
]


@pytest.mark.parametrize("cls", CLASSES)
def test_copies_and_pickles_whole(cls: type[druva.DruvaError]) -> None:
    said: dict[str, Any] = {
        "operation": "insync.devices.get",
        "method": "GET",
        "path": "/insync/endpoints/v2/devices/1",
        "status": 429,
        "code": "X-1",
        "retryable": True,
        "attempts": 3,
        "may_have_been_applied": "unknown",
        "retry_after": 1.5,
        "hint": "wait",
        "body": "{}",
    }
    error = cls("too much", **said)
    said["message"] = "too much"
    # As `add_note` does, which Python 3.10 does not have yet.
    error.__notes__ = said["__notes__"] = ["in the nightly report"]
    for way in WAYS:
        twin = way(error)
        assert twin is not error
        assert type(twin) is cls
        assert vars(twin) == vars(error) == said
        assert str(twin) == str(error) == "too much"
        assert twin.args == ("too much",)


def test_what_caused_an_error_stays_behind() -> None:
    """As of every exception of Python's: a cause that does not pickle must not keep the error from it."""
    error = druva.NotFoundError("gone", status=404)
    error.__cause__ = error.__context__ = RuntimeError(lambda: None)
    for way in WAYS:
        twin = way(error)
        assert (twin.status, twin.__cause__, twin.__context__) == (404, None, None)


@pytest.mark.parametrize("closed", [False, True])
def test_copies_of_a_client_are_the_client(druva_cloud: Emulator, closed: bool) -> None:
    client = druva_cloud.client()
    if closed:
        client.close()
    held = {"client": client, "customers": [client]}
    assert copy.copy(client) is client
    assert copy.deepcopy(held) == held


def test_an_answer_with_an_error_status(client: druva.Client) -> None:
    with pytest.raises(druva.NotFoundError) as raised:
        client.insync.devices.get(999_999)
    error = raised.value
    assert (error.status, error.operation, error.method) == (404, "insync.devices.get", "GET")
    assert error.path == "/insync/endpoints/v2/devices/999999"
    assert error.code
    assert error.code in str(error)
    assert error.attempts == 1
    assert not error.retryable
    assert error.may_have_been_applied == "no"


def test_a_rate_limit_says_how_long(druva_emulator: Emulator) -> None:
    druva_emulator.fault("insync.devices.get", status=429, headers={"retry-after": "1000"})
    with druva_emulator.client() as client, pytest.raises(druva.RateLimitedError) as raised:
        client.insync.devices.get(1)
    assert raised.value.retry_after == 1000


def test_a_wrong_secret(druva_emulator: Emulator) -> None:
    with (
        druva_emulator.client(client_secret="wr0ng") as client,
        pytest.raises(druva.InvalidCredentialsError) as raised,
    ):
        client.insync.devices.get(1)
    assert "wr0ng" not in str(vars(raised.value))


def test_a_deadline(druva_emulator: Emulator) -> None:
    druva_emulator.fault("insync.devices.get", delay=30)
    with druva_emulator.client() as client, pytest.raises(builtins.TimeoutError) as raised:
        client.insync.devices.get(1, timeout=0.2)
    assert isinstance(raised.value, druva.TimeoutError)


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf")])
def test_no_deadline_at_all(client: druva.Client, timeout: float) -> None:
    with pytest.raises(druva.ArgumentError, match="timeout"):
        client.insync.devices.get(1, timeout=timeout)


def test_a_connection_that_breaks(druva_emulator: Emulator) -> None:
    druva_emulator.fault("insync.devices.get", drop="before", count=None)
    with (
        druva_emulator.client(backoff=0.001) as client,
        pytest.raises(builtins.ConnectionError) as raised,
    ):
        client.insync.devices.get(1)
    assert isinstance(raised.value, druva.ConnectionError)
    assert raised.value.attempts == 3


def test_no_configuration() -> None:
    with pytest.raises(druva.ConfigError, match="DRUVA_CLIENT_ID"):
        druva.Client()


@pytest.mark.parametrize(
    "option",
    [{"client_id": b"x"}, {"timeout": float("nan")}, {"max_attempts": object()}],
)
def test_options_that_are_none(option: dict[str, Any]) -> None:
    with pytest.raises(druva.ConfigError, match="options"):
        druva.Client(**option)


def test_files_may_be_paths(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[default]\nclient_id = "x"\nclient_secret = "y"\n')
    with druva.Client(config_file=file) as client:
        assert str(file) in repr(client)
    with pytest.raises(druva.ConfigError, match="missing"):
        druva.Client(config_file=file, ca_file=tmp_path / "missing")


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("insync.devices.fetch", {}),
        ("insync.devices.get", {}),
        ("insync.devices.get", {"deviceID": 1, "colour": "red"}),
        ("insync.devices.get", {"deviceID": object()}),
        ("insync.devices.get", [12]),
        ("insync.devices.list", {"minLastConnected": datetime(2026, 1, 1)}),
        ("insync.devices.list", {"userID": float("nan")}),
    ],
)
def test_arguments_that_do_not_fit(
    client: druva.Client, operation: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(druva.ArgumentError, match=operation):
        client.call(operation, arguments)


@pytest.mark.parametrize("body", ["<html>", '{"devices": [', "NaN", "[1,]"])
def test_an_answer_that_cannot_be_read(druva_emulator: Emulator, body: str) -> None:
    druva_emulator.fault("insync.devices.get", status=200, body=body)
    with druva_emulator.client() as client, pytest.raises(druva.DecodeError) as raised:
        client.insync.devices.get(1)
    assert raised.value.operation == "insync.devices.get"
    assert raised.value.may_have_been_applied == "no"
    assert raised.value.body == body


def test_an_answer_where_no_json_is_promised(druva_emulator: Emulator) -> None:
    for _ in range(2):
        druva_emulator.fault("insync.devices.disable", status=200, body="done")
    with druva_emulator.client() as client:
        client.insync.devices.disable(1)
        response = client.call("insync.devices.disable", {"deviceID": 1})
        assert response.text == "done"
        with pytest.raises(druva.DecodeError) as raised:
            response.json()
        assert raised.value.may_have_been_applied == "yes"
