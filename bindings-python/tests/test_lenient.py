"""Nothing is rejected by schema: every field of a device with every kind of value."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import msgspec
import pytest

import druva
from druva.api.insync import Device
from druva.testing import Emulator

FIELDS = {field.encode_name: field for field in msgspec.structs.fields(Device)}

VALUES: list[tuple[Any, dict[str, Any]]] = [
    (None, {}),
    ("x", {"str": "x"}),
    ("", {"str": ""}),
    (" 12 ", {"str": " 12 ", "int": 12}),
    ("12", {"str": "12", "int": 12}),
    ("1_2", {"str": "1_2"}),
    ("+5", {"str": "+5", "int": 5}),
    (12, {"str": "12", "int": 12}),
    (12.0, {"int": 12}),
    (12.5, {"str": "12.5"}),
    ("12.5", {"str": "12.5"}),
    (1e300, {}),
    (2**63, {"str": str(2**63), "int": 2**63}),
    (1, {"str": "1", "int": 1, "bool": True}),
    ("0", {"str": "0", "int": 0, "bool": False}),
    (True, {"str": "true", "bool": True}),
    ("FALSE", {"str": "FALSE", "bool": False}),
    ("nan", {"str": "nan"}),
    ("9" * 5000, {"str": "9" * 5000}),
    ([], {}),
    ([{"a": 1}], {}),
    ({"a": None}, {}),
    ("\ud800", {}),
]
EXACT = {"str": (12.0, 1e300, "\ud800")}  # What Python writes here is not compared.


def kind(name: str) -> str:
    return (
        str(FIELDS[name].type).removesuffix(" | None").removeprefix("typing.Optional[").strip("]")
    )


def scripted(emulator: Emulator, devices: list[Any]) -> list[Device]:
    body = json.dumps({"devices": devices, "nextPageToken": None})
    emulator.fault("insync.devices.list", status=200, body=body)
    with emulator.client() as client:
        return list(client.insync.devices.list())


def test_every_field_with_every_value(druva_emulator: Emulator) -> None:
    sound = druva_emulator.client().insync.devices.get(1).raw
    table = [(name, value, seen) for name in FIELDS for value, seen in VALUES]
    odd = [sound | {name: value} for name, value, _ in table]
    devices = scripted(druva_emulator, odd)
    assert len(devices) == len(table)
    intact = msgspec.convert(sound, Device)
    for device, raw, (name, value, seen) in zip(devices, odd, table, strict=True):
        declared = kind(name)
        read = getattr(device, FIELDS[name].name)
        if value not in EXACT.get(declared, ()):
            assert read == seen.get(declared), (name, value)
            assert read is None or type(read).__name__ == declared
        for other, field in FIELDS.items():
            if other != name:
                assert getattr(device, field.name) == getattr(intact, field.name)
        if value != "\ud800":
            assert device.raw == raw


@pytest.mark.parametrize("odd", [None, 12])
def test_raw_has_what_no_field_has(druva_emulator: Emulator, odd: Any) -> None:
    """On the fast way (a sound page) and on the slow one."""
    devices = scripted(
        druva_emulator,
        [{"deviceID": 1, "new": {"deep": [1, None]}}, {"deviceID": 2, "deviceName": odd}],
    )
    assert devices[0].raw == {"deviceID": 1, "new": {"deep": [1, None]}}
    assert devices[1].raw == {"deviceID": 2, "deviceName": odd}


def test_what_is_no_device_is_left_out(druva_emulator: Emulator) -> None:
    devices = scripted(druva_emulator, [None, {"deviceID": 1, "x": 1}, "y", [], {"deviceID": 2}])
    assert [device.device_id for device in devices] == [1, 2]
    assert [device.raw for device in devices] == [{"deviceID": 1, "x": 1}, {"deviceID": 2}]


@pytest.mark.parametrize("odd", [None, 12])
def test_nested_objects_have_their_own_raw(druva_emulator: Emulator, odd: Any) -> None:
    custodians = [{"userEmail": odd, "new": 1}, {"userEmail": "x", "new": 2}]
    body = {"results": {"usersList": custodians, "new": 3}, "pageInfo": {"new": 4}}
    druva_emulator.fault("insync.legal_holds.custodians.list", status=200, body=body)
    with druva_emulator.client() as client:
        (page,) = client.insync.legal_holds.custodians.list(1).pages()
    assert page.raw == body
    assert page.results is not None
    assert page.results.raw == body["results"]
    assert page.page_info is not None
    assert page.page_info.raw == {"new": 4}
    assert [it.raw for it in page.results.users_list or []] == custodians


@pytest.mark.parametrize("odd", ["nan", "-inf", "Infinity", "1e999", "soon"])
def test_what_is_no_number(druva_emulator: Emulator, odd: str) -> None:
    druva_emulator.fault(
        "platform.admins.list",
        status=200,
        body={"admins": [{"lastLogin": odd}, {"lastLogin": "1.5"}, {"lastLogin": 2}]},
    )
    with druva_emulator.client() as client:
        admins = list(client.platform.admins.list())
    assert [admin.last_login for admin in admins] == [None, 1.5, 2.0]
    assert admins[0].raw == {"lastLogin": odd}


@pytest.mark.parametrize("body", [[1], "x", None])
def test_an_answer_of_another_kind_reads_as_empty(druva_emulator: Emulator, body: Any) -> None:
    druva_emulator.fault("insync.devices.get", status=200, body=json.dumps(body))
    with druva_emulator.client() as client:
        device = client.insync.devices.get(1)
    assert device == Device()
    assert device.raw == body


def test_objects_without_an_answer() -> None:
    device = Device(device_id=1, device_name="x")
    assert device.raw == {"deviceID": 1, "deviceName": "x"}
    assert repr(device) == "Device(device_id=1, device_name='x')"


def test_objects_pickle_and_copy(client: druva.Client) -> None:
    device = client.insync.devices.get(1)
    assert pickle.loads(pickle.dumps(device)) == device
    assert copy.copy(device) == device
    known = {name: value for name, value in device.raw.items() if value is not None}
    assert pickle.loads(pickle.dumps(device)).raw == known
