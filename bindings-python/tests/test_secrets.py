"""Secrets stay in the core."""

from __future__ import annotations

import copy
import pickle

import pytest

import druva
from druva.testing import Emulator

SECRET = "s3cr3t"


@pytest.mark.parametrize("cls", [druva.Client, druva.AsyncClient])
def test_never_shown(cls: type[druva.Client] | type[druva.AsyncClient]) -> None:
    client = cls(client_id="me", client_secret=SECRET, proxy=f"http://u:{SECRET}@127.0.0.1:1")
    assert repr(client) == f"{cls.__name__}(client_id='me')"
    assert SECRET not in f"{client} {vars(client)}"
    assert SECRET not in repr(client.insync.devices)
    client = cls(cloud="cloudranger", api_key=SECRET)
    assert repr(client) == f"{cls.__name__}(cloud='cloudranger')"
    assert SECRET not in f"{client} {vars(client)}"


def test_never_pickled() -> None:
    client = druva.Client(client_id="me", client_secret=SECRET)
    with pytest.raises(TypeError, match="client_secret"):
        pickle.dumps(client)
    with pytest.raises(TypeError, match="api_key"):
        pickle.dumps(druva.Client(cloud="cloudranger", api_key=SECRET))


def test_configuration_is_pickled(druva_cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRUVA_CLIENT_SECRET", druva_cloud.client_secret)
    client = druva.Client(client_id=druva_cloud.client_id, base_url=druva_cloud.url, timeout=7)
    pickled = pickle.dumps(client)
    assert druva_cloud.client_secret.encode() not in pickled
    again = pickle.loads(pickled)
    assert repr(again) == repr(client)
    assert again.insync.devices.get(1).device_id == 1


def test_copies_are_the_same_client(client: druva.Client) -> None:
    assert copy.copy(client) is copy.deepcopy(client) is client
