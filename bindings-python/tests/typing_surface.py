"""Checked by mypy and pyright, never run: what type checkers know of the surface, and what they refuse."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal

import druva
from druva.api.insync import Device, DeviceList, Restore
from druva.api.platform import ReportFilter, ReportFilters, ReportPage

if TYPE_CHECKING:
    from typing_extensions import assert_type


def blocking(client: druva.Client) -> None:
    device = client.insync.devices.get(12)
    assert_type(device, Device)
    assert_type(device.device_name, str | None)
    assert_type(device.total_backup_data_in_bytes, int | None)
    assert_type(device.device_marked_inactive, bool | None)
    device.device_nam.lower()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]

    devices = client.insync.devices.list(user_ids=[1, 2])
    assert_type(devices, druva.Pages[Device, DeviceList])
    assert_type(devices.cursor, str | None)
    for item in devices:
        assert_type(item, Device)
    for page in devices.pages():
        assert_type(page, DeviceList)
        assert_type(page.devices, list[Device] | None)

    raw = client.insync.devices.with_raw_response.get(12, timeout=1.5)
    assert_type(raw, druva.Response[Device])
    assert_type(raw.parse(), Device)
    assert_type(client.insync.devices.with_raw_response.list().parse(), DeviceList)
    assert_type(client.call("insync.devices.get", {"deviceID": 12}), druva.Response[Any])

    assert_type(client.insync.restores.wait(7, interval=1, progress=print), Restore)
    assert_type(client.wait("insync.restores.get", {"restoreID": 7}), druva.Response[Any])
    client.insync.devices.wait(7)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]

    client.insync.devices.get()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.insync.devices.get("twelve")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.insync.devices.list(colour="red")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.insync.device.get(1)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    druva.Clint()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    druva.Client(clientid="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def reports(client: druva.Client) -> None:
    since = ReportFilter(
        field_name="lastUpdatedTime", operator="GTE", value=datetime.now(timezone.utc)
    )
    typed = client.platform.reports.query("epUsers", filters=ReportFilters(filter_by=[since]))
    assert_type(typed, druva.Pages[dict[str, Any], ReportPage])
    client.platform.reports.query("epUsers", filters={"filterBy": []})
    ReportFilter(fieldName="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def asynchronous(client: druva.AsyncClient) -> None:
    assert_type(await client.insync.devices.get(12), Device)
    devices = client.insync.devices.list()
    assert_type(devices, druva.AsyncPages[Device, DeviceList])
    async for item in devices:
        assert_type(item, Device)
    async for page in devices.pages():
        assert_type(page, DeviceList)
    raw = await client.insync.devices.with_raw_response.get(12)
    assert_type(raw.parse(), Device)
    assert_type(await client.insync.restores.wait(7, timeout=60), Restore)
    for _ in devices:  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        pass


def failures(error: druva.RateLimitedError) -> None:
    parent: druva.ApiError = error
    assert_type(parent.status, int | None)
    assert_type(error.retry_after, float | None)
    assert_type(error.may_have_been_applied, Literal["no", "unknown", "yes"])
