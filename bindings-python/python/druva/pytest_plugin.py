"""Fixtures for pytest. Not loaded by itself: put `pytest_plugins = ["druva.pytest_plugin"]` into `conftest.py`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ._client import Client
from .testing import Emulator


@pytest.fixture
def druva_emulator() -> Iterator[Emulator]:
    """An emulator of the test's own, with 100 devices."""
    with Emulator(devices=100) as emulator:
        yield emulator


@pytest.fixture
def druva_client(druva_emulator: Emulator) -> Iterator[Client]:
    """A client of the test's emulator."""
    with druva_emulator.client() as client:
        yield client
