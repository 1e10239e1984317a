from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import druva
from druva.testing import Emulator

pytest_plugins = ["druva.pytest_plugin"]


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine's configuration reaches a test."""
    for name in os.environ:
        if name.startswith("DRUVA_") or name == "XDG_CONFIG_HOME":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(params=["asyncio", "uvloop"])
def event_loop_of(request: pytest.FixtureRequest) -> Iterator[str]:
    """Every loop that the test makes is one of Python's own, then one of uvloop's."""
    name: str = request.param
    # What came in its place, a factory for `asyncio.run`, is not in Python 3.11 yet.
    use = asyncio.set_event_loop_policy  # pyright: ignore[reportDeprecated]
    if name == "uvloop":
        use(pytest.importorskip("uvloop").EventLoopPolicy())
    yield name
    use(None)


@pytest.fixture(scope="session")
def druva_cloud() -> Iterator[Emulator]:
    """An emulator for tests that only read."""
    with Emulator(devices=30, page_size=10) as emulator:
        yield emulator


@pytest.fixture
def client(druva_cloud: Emulator) -> Iterator[druva.Client]:
    with druva_cloud.client() as client:
        yield client
