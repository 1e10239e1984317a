"""The blocking client's surface."""

from __future__ import annotations

import gc
import importlib
import inspect
import itertools
import keyword
import os
from datetime import datetime, timedelta, timezone
from types import ModuleType
from typing import get_type_hints

import pytest

import druva
from druva import Operation, Parameter
from druva._json import decode
from druva._resource import RawResource, Resource
from druva.api.insync import Device, DeviceList, UsersResource
from druva.api.platform import ReportFilter, ReportFilters, ReportsResource
from druva.testing import Emulator, advance_clock


def test_a_list_goes_over_all_pages(client: druva.Client) -> None:
    devices = list(client.insync.devices.list())
    assert [device.device_id for device in devices] == sorted(
        device.device_id or 0 for device in devices
    )
    assert len(devices) == 30
    assert all(isinstance(device, Device) for device in devices)


def test_pages_are_the_typed_answers(client: druva.Client) -> None:
    pages = list(client.insync.devices.list().pages())
    assert [len(page.devices or []) for page in pages] == [10, 10, 10]
    assert all(isinstance(page, DeviceList) for page in pages)


def test_an_iteration_goes_on_where_the_last_one_stopped(client: druva.Client) -> None:
    devices = client.insync.devices.list()
    first = list(itertools.islice(devices, 13))
    rest = list(devices)
    assert len({device.device_id for device in first + rest}) == 30
    assert len(first) + len(rest) == 30


def test_nothing_is_sent_before_a_list_is_used(druva_emulator: Emulator) -> None:
    with druva_emulator.client() as client:
        client.insync.devices.list()
        assert druva_emulator.log() == []


def test_arguments_reach_the_wire(druva_emulator: Emulator) -> None:
    with druva_emulator.client() as client:
        list(client.insync.devices.list(user_ids=[1, 2]))
    (request,) = (it for it in druva_emulator.log() if it["operation"] == "insync.devices.list")
    assert request["query"] == {"userIDs": "1,2"}
    assert request["violation"] is None


def test_one_device_in_every_way(client: druva.Client) -> None:
    first = next(iter(client.insync.devices.list()))
    assert first.device_id is not None
    device = client.insync.devices.get(first.device_id)
    assert device == first
    response = client.insync.devices.with_raw_response.get(first.device_id)
    assert response.parse() == device
    assert response.status == 200
    assert response.headers["content-type"].startswith("application/json")
    assert response.attempts == 1
    assert 0 < response.elapsed < 30
    assert response.json() == device.raw
    generic = client.call("insync.devices.get", {"deviceID": first.device_id})
    assert generic.json() == generic.parse() == device.raw
    assert repr(generic) == f"<Response 200 insync.devices.get, {len(generic.content)} bytes>"


def test_a_raw_list_is_one_page(client: druva.Client) -> None:
    page = client.insync.devices.with_raw_response.list().parse()
    assert len(page.devices or []) == 10
    assert page.next_page_token


def test_generic_pages(client: druva.Client) -> None:
    pages = client.pages("insync.devices.list", {"userIDs": [1, 2, 3]})
    items = list(pages)
    assert items
    assert {item["userID"] for item in items} <= {1, 2, 3}


def test_a_kept_cursor_goes_on(druva_emulator: Emulator) -> None:
    with druva_emulator.client() as client:
        events = client.insync.events.list()
        list(events)
        assert events.cursor
        druva_emulator.control({"do": "emit_events", "count": 3})
        assert len(list(client.insync.events.list(tracker=events.cursor))) == 3


def test_a_cursor_is_not_ahead_of_the_events(client: druva.Client) -> None:
    events = client.insync.events.list()
    for event in itertools.islice(events, 25):
        again = client.insync.events.list(tracker=events.cursor)
        # From the page on that is not given out whole yet.
        assert next(iter(again)).event_id == (event.event_id or 0) // 10 * 10 + 1


def test_the_cursor_of_pages_is_behind_the_page(client: druva.Client) -> None:
    events = client.insync.events.list()
    for page in itertools.islice(events.pages(), 3):
        last = (page.events or [])[-1].event_id or 0
        again = client.insync.events.list(tracker=events.cursor)
        assert next(iter(again)).event_id == last + 1
    # Items go on there.
    assert next(iter(events)).event_id == 31


def test_a_time_is_a_time_and_input_is_typed_or_plain(client: druva.Client) -> None:
    since = datetime.now(timezone.utc) - timedelta(days=30)
    typed = ReportFilters(
        page_size=500,
        filter_by=[ReportFilter(field_name="lastUpdatedTime", operator="GTE", value=since)],
    )
    condition = {"fieldName": "lastUpdatedTime", "operator": "GTE", "value": since.isoformat()}
    plain = {"pageSize": 500, "filterBy": [condition]}
    rows = list(client.platform.reports.query("epLastBackupStatus", filters=typed))
    assert rows
    assert rows == list(client.platform.reports.query("epLastBackupStatus", filters=plain))


def test_a_time_without_a_zone_is_refused(client: druva.Client) -> None:
    naive = ReportFilter(field_name="lastUpdatedTime", operator="GTE", value=datetime(2026, 1, 1))
    with pytest.raises(druva.ArgumentError, match="time zone"):
        client.platform.reports.query("epUsers", filters=ReportFilters(filter_by=[naive]))


def modules() -> dict[str, ModuleType]:
    products = {operation["product"] for operation in druva.operations()}
    return {name: importlib.import_module(f"druva.api.{name}") for name in products}


def test_both_clients_have_the_same_methods() -> None:
    assert set(dir(druva.Client)) - set(dir(druva.AsyncClient)) == {"__enter__", "__exit__"}
    for module in modules().values():
        blocking = {
            name: value
            for name, value in vars(module).items()
            if inspect.isclass(value)
            and issubclass(value, (Resource, RawResource))
            and value.__module__ == module.__name__
        }
        assert blocking
        for name, resource in blocking.items():
            twin = getattr(module, "Async" + name)
            for method, function in inspect.getmembers(resource, inspect.isfunction):
                if method.startswith("_"):
                    continue
                ours = list(inspect.signature(function).parameters.values())
                theirs = list(inspect.signature(getattr(twin, method)).parameters.values())
                if method != "for_each_customer":
                    assert ours == theirs, f"{name}.{method}"


def test_every_operation_has_a_typed_method() -> None:
    def below(surface: object, name: str) -> str:
        """The class of what this property of a class gives."""
        found: str = getattr(surface, name).fget.__annotations__["return"]
        return found.split(".")[-1]

    for operation in druva.operations():
        product, *path, verb = operation["id"].split(".")
        module = modules()[product]
        surface = getattr(module, below(druva.Client, product))
        for part in path:
            surface = getattr(module, below(surface, part))
        raw = getattr(module, below(surface, "with_raw_response"))
        if keyword.iskeyword(verb):
            verb += "_"
        assert callable(getattr(surface, verb)), operation["id"]
        assert callable(getattr(raw, verb)), operation["id"]


def test_operations_say_what_there_is_to_know() -> None:
    known = {operation["id"]: operation for operation in druva.operations()}
    assert known["insync.devices.list"]["paging"] == "token"
    assert known["insync.devices.list"]["items"] == "devices"
    assert known["insync.events.list"]["paging"] == "tracker"
    assert known["insync.devices.get"]["paging"] is None
    for operation in known.values():
        assert operation.keys() == Operation.__annotations__.keys()
        assert operation["documents"]
        for parameter in operation["params"]:
            assert parameter.keys() == Parameter.__annotations__.keys()


@pytest.mark.parametrize("cls", [druva.Client, druva.AsyncClient])
def test_the_options_have_types_at_run_time(cls: type[object]) -> None:
    hints = get_type_hints(cls.__init__)
    assert hints["timeout"] == float | None
    assert hints["config_file"] == str | os.PathLike[str] | None
    assert hints["credential_provider"] == druva.CredentialProvider | None


def test_docstrings_have_the_names_of_python() -> None:
    create = UsersResource.create.__doc__ or ""
    assert "`quota_unit`" in create
    assert "quotaUnit" not in create


def test_what_has_no_pages_says_where_its_items_are() -> None:
    documented = ReportsResource.list.__doc__ or ""
    assert "One answer, without pages: the items are in its `reports`." in documented


def test_an_emulator_has_as_many_customers_as_it_shall_have() -> None:
    with Emulator(devices=1, customers=3) as emulator, emulator.client() as client:
        assert len(list(client.msp.customers.list())) == 3


def test_a_closed_client_says_so(druva_cloud: Emulator) -> None:
    with druva_cloud.client() as client:
        pass
    with pytest.raises(druva.ArgumentError, match="closed"):
        client.insync.devices.get(1)


def test_clocks_can_be_moved(druva_emulator: Emulator) -> None:
    with druva_emulator.client() as client:
        client.insync.devices.get(1)
        advance_clock(client, 3600)
        druva_emulator.advance(3600)
        client.insync.devices.get(1)
    assert druva_emulator.control({"do": "log"})["tokens_minted"] == 2


def test_the_fixtures(druva_client: druva.Client) -> None:
    assert len(list(druva_client.insync.devices.list())) == 100


def test_a_page_leaves_the_garbage_collector_nothing_to_go_through() -> None:
    content = b'{"devices":[%s]}' % b",".join(b'{"deviceID":%d,"odd":1}' % at for at in range(1000))
    before = len(gc.get_objects())
    page = decode(content, DeviceList)
    assert len(gc.get_objects()) - before < 100
    assert page.devices[999].raw == {"deviceID": 999, "odd": 1}
