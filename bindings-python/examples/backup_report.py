"""What a backup administrator wants to know in the morning.

    python backup_report.py [folder]

Counts the devices, looks at one of them and its user, stores the last backup of every user as `report.csv` and
`report.sqlite` in the folder, and fetches the events since the last run. Configured by the environment alone:
DRUVA_CLIENT_ID, DRUVA_CLIENT_SECRET, DRUVA_CLOUD.
"""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import druva
from druva.api.platform import ReportFilter, ReportFilters

Row = dict[str, Any]


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    folder.mkdir(parents=True, exist_ok=True)

    with druva.Client() as client:
        devices = pages = 0
        device_id = None
        for page in client.insync.devices.list().pages():
            pages += 1
            for device in page.devices or []:
                devices += 1
                device_id = device_id or device.device_id

        if device_id is not None:
            show(client, device_id)

        rows = last_backups(client)
        store_csv(rows, folder / "report.csv")
        store_sqlite(rows, folder / "report.sqlite")

        events = new_events(client, folder / "tracker")

    print(
        json.dumps({"devices": devices, "pages": pages, "report_rows": len(rows), "events": events})
    )


def show(client: druva.Client, device_id: int) -> None:
    """Says whose device it is."""
    device = client.insync.devices.get(device_id)
    owner = "nobody"
    if device.user_id is not None:
        owner = client.insync.users.get(device.user_id).email_id or owner
    print(f"{device.device_name} belongs to {owner}, seen {device.last_connected}", file=sys.stderr)


def last_backups(client: druva.Client) -> list[Row]:
    """The report's rows of the last 30 days; without a date the report covers one day."""
    since = datetime.now(timezone.utc) - timedelta(days=30)
    filters = ReportFilters(
        page_size=500,
        filter_by=[ReportFilter(field_name="lastUpdatedTime", operator="GTE", value=since)],
    )
    return list(client.platform.reports.query("epLastBackupStatus", filters=filters))


def store_csv(rows: list[Row], path: Path) -> None:
    names = columns(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([stored(row.get(name)) for name in names] for row in rows)


def store_sqlite(rows: list[Row], path: Path) -> None:
    names = columns(rows)
    quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE IF EXISTS report")
        if names:
            database.execute(f"CREATE TABLE report ({quoted})")
            places = ", ".join("?" * len(names))
            database.executemany(
                f"INSERT INTO report VALUES ({places})",
                ([stored(row.get(name)) for name in names] for row in rows),
            )
    database.close()


def stored(value: Any) -> Any:
    """A value for a table, where objects and lists have no place."""
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def columns(rows: list[Row]) -> list[str]:
    """The rows' columns: not every row has every one."""
    return list(dict.fromkeys(name for row in rows for name in row))


def new_events(client: druva.Client, tracker: Path) -> int:
    """Counts the events since the last run, whose tracker was kept."""
    events = client.insync.events.list(tracker=tracker.read_text() if tracker.exists() else None)
    count = sum(1 for _ in events)
    if events.cursor:
        tracker.write_text(events.cursor)
    return count


if __name__ == "__main__":
    main()
