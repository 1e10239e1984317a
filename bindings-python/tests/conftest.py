from __future__ import annotations

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


@pytest.fixture(scope="session")
def druva_cloud() -> Iterator[Emulator]:
    """An emulator for tests that only read."""
    with Emulator(devices=30, page_size=10) as emulator:
        yield emulator


@pytest.fixture
def client(druva_cloud: Emulator) -> Iterator[druva.Client]:
    with druva_cloud.client() as client:
        yield client
