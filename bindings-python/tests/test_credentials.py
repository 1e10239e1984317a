"""A program's own function that gives the credential."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Mapping
from typing import Any

import pytest

import druva
from druva.testing import Emulator


class Vault:
    """Has the credential and, as programs do, the client that is made with it."""

    client: Any

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator

    def credential(self) -> dict[str, str]:
        return {
            "client_id": self.emulator.client_id,
            "client_secret": self.emulator.client_secret,
        }


class Sealed(LookupError):
    pass


def sealed() -> Mapping[str, str]:
    raise Sealed("the vault is sealed")


def test_a_coroutine_function_runs_in_a_loop_of_its_own(druva_cloud: Emulator) -> None:
    loops: list[asyncio.AbstractEventLoop] = []
    threads: list[int] = []

    async def provider() -> Mapping[str, str]:
        loops.append(asyncio.get_running_loop())
        threads.append(threading.get_ident())
        return Vault(druva_cloud).credential()

    async def main() -> None:
        given: druva.CredentialProvider = provider
        async with druva.AsyncClient(credential_provider=given, base_url=druva_cloud.url) as client:
            await client.insync.devices.get(1)
        assert asyncio.get_running_loop() not in loops

    asyncio.run(main())
    assert len(threads) == 1
    assert threads != [threading.get_ident()]


@pytest.mark.parametrize("cls", [druva.Client, druva.AsyncClient])
@pytest.mark.parametrize("of_customer", [False, True])
def test_a_client_in_a_circle_is_collected(
    druva_cloud: Emulator, cls: type[Any], of_customer: bool
) -> None:
    vault = Vault(druva_cloud)
    vault.client = cls(credential_provider=vault.credential, base_url=druva_cloud.url)
    if of_customer:
        vault.client = vault.client.msp.customer("made-up")
    there = weakref.ref(vault.client)
    del vault
    gc.collect()
    assert there() is None


def test_what_is_made_from_a_client_keeps_its_function(druva_cloud: Emulator) -> None:
    def client() -> druva.Client:
        vault = Vault(druva_cloud)
        return druva.Client(credential_provider=vault.credential, base_url=druva_cloud.url)

    devices = client().insync.devices.list()
    provider = client()
    (customer, *_) = provider.msp.customers.list()
    of_customer = client().msp.customer(customer.id or "")
    del provider
    gc.collect()
    assert len(list(devices)) == 30
    assert of_customer.insync.devices.get(1).device_id == 1

    async def main() -> None:
        vault = Vault(druva_cloud)
        client = druva.AsyncClient(credential_provider=vault.credential, base_url=druva_cloud.url)
        devices, device = client.insync.devices.list(), client.insync.devices.get(1)
        call = client.call("insync.devices.get", {"deviceID": 2})
        del vault, client
        gc.collect()
        assert len([device async for device in devices]) == 30
        assert (await device).device_id == 1
        assert (await call).status == 200

    asyncio.run(main())


def test_what_the_function_raises_is_the_cause(druva_cloud: Emulator) -> None:
    with druva.Client(credential_provider=sealed, base_url=druva_cloud.url) as client:
        for call in (
            lambda: client.insync.devices.get(1),
            lambda: client.insync.restores.wait(1),
            lambda: list(client.insync.devices.list()),
        ):
            with pytest.raises(druva.AuthError, match="sealed") as raised:
                call()
            assert isinstance(raised.value.__cause__, Sealed)

    async def main() -> None:
        async with druva.AsyncClient(
            credential_provider=sealed, base_url=druva_cloud.url
        ) as client:
            with pytest.raises(druva.AuthError, match="sealed") as raised:
                await client.insync.devices.get(1)
            assert isinstance(raised.value.__cause__, Sealed)
            with pytest.raises(druva.AuthError, match="sealed") as raised:
                [device async for device in client.insync.devices.list()]
            assert isinstance(raised.value.__cause__, Sealed)

    asyncio.run(main())
