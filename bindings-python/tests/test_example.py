"""What the example does with rows that no table was made for."""

from __future__ import annotations

import csv
import runpy
import sqlite3
from pathlib import Path

EXAMPLE = runpy.run_path(str(Path(__file__).parents[1] / "examples" / "backup_report.py"))
ROWS = [
    {"name": "a", 'odd "name"': {"nested": [1]}, "list": [1, 2]},
    {"name": None, "more": 7},
]


def test_odd_rows_are_stored(tmp_path: Path) -> None:
    file = tmp_path / "report.sqlite"
    EXAMPLE["store_sqlite"](ROWS, file)
    database = sqlite3.connect(file)
    cursor = database.execute("SELECT * FROM report")
    assert [column[0] for column in cursor.description] == ["name", 'odd "name"', "list", "more"]
    assert cursor.fetchall() == [
        ("a", '{"nested": [1]}', "[1, 2]", None),
        (None, None, None, 7),
    ]
    database.close()


def test_odd_rows_are_written(tmp_path: Path) -> None:
    EXAMPLE["store_csv"](ROWS, tmp_path / "report.csv")
    with (tmp_path / "report.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["name", 'odd "name"', "list", "more"],
        ["a", '{"nested": [1]}', "[1, 2]", ""],
        ["", "", "", "7"],
    ]
