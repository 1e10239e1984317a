"""Secrets stay in the core."""

from __future__ import annotations

import copy
import importlib
import pickle

import pytest

import druva
from druva._json import decode
from druva._model import Secretive
from druva.api.insync import DownloadClient, DownloadClientList
from druva.api.msp import CustomerToken
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


def test_an_answer_with_a_secret_does_not_show_it() -> None:
    token = decode(b'{"access_token":"%s","expires_in":9}' % SECRET.encode(), CustomerToken)
    assert repr(token) == "CustomerToken(access_token='***', expires_in=9)"
    assert SECRET not in str(list(token.__rich_repr__()))
    assert token.access_token == token.raw["access_token"] == SECRET
    assert repr(CustomerToken()) == "CustomerToken()"
    page = DownloadClientList(clients=[DownloadClient(client_secret_id=SECRET)])
    assert SECRET not in repr(page)


def test_every_field_that_is_called_a_secret_is_hidden() -> None:
    """Those that there are at present, so that a new one is looked at."""
    hidden = {
        f"{cls.__name__}.{name}": cls
        for product in sorted({it["product"] for it in druva.operations()})
        for cls in vars(importlib.import_module(f"druva.api.{product}")).values()
        if isinstance(cls, type) and issubclass(cls, Secretive)
        for name in vars(cls)["_secrets"]
    }
    assert hidden.keys() == {
        "CustomerToken.access_token",
        "DownloadClient.client_secret_id",
        "DownloadJob.client_secret_id",
    }


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


class Tenant(druva.Client):
    """A client whose own arguments are others."""

    def __init__(self, name: str, base_url: str) -> None:
        super().__init__(client_id="me", base_url=base_url)
        self.name = name


def test_a_subclass_is_pickled_whole(
    druva_cloud: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRUVA_CLIENT_SECRET", SECRET)
    tenant = Tenant("a tenant", druva_cloud.url)
    again = pickle.loads(pickle.dumps(tenant))
    assert type(again) is Tenant
    assert (again.name, repr(again)) == ("a tenant", repr(tenant))
    customer = pickle.loads(pickle.dumps(tenant.msp.customer("c-1")))
    assert (customer.name, customer.customer_id) == ("a tenant", "c-1")


def test_copies_are_the_same_client(client: druva.Client) -> None:
    assert copy.copy(client) is copy.deepcopy(client) is client
