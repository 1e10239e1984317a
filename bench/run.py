"""Measures every client against the same server and says which goals are met.

run.py [--rounds 7] [--rows 1,4]    results.json, plots and docs/performance.md (only of a whole run)
run.py --guard [--record]           instructions of the hot paths against recorded.toml
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import report

HERE = Path(__file__).resolve().parent
BUILT = HERE / "target/release"
COMMANDS = {
    "rust": [str(BUILT / "rust")],
    "c": [str(HERE / "build/client")],
    "python": [str(HERE / ".venv/bin/python"), str(HERE / "clients/client.py")],
    "node": ["node", str(HERE / "clients/client.mjs")],
    "go": [str(HERE / "build/go-client")],
}
LANGUAGES = {
    "rust": "druva hyper-util reqwest raw-socket",
    "c": "druva-c libcurl-easy libcurl-multi",
    "node": "druva-node fetch undici.request undici-pool axios got simple-oauth2",
    "go": "druva-go net/http",
}
LANGUAGE = {peer: name for name, peers in LANGUAGES.items() for peer in peers.split()}
# One figure each of these hot paths must not grow by more than this.
GUARDED = ["druva device 1", "druva-c device 1", "druva-python device 1", "druva token 1"]
GROWTH = 1.05

SERVER_CORE, CLIENT_CORE = "0", "1"


def command(peer: str) -> list[str]:
    return COMMANDS[LANGUAGE.get(peer, "python")]


@contextlib.contextmanager
def server() -> Iterator[dict[str, str]]:
    """The server on a core of its own, and the environment that its clients need."""
    pinned = ["taskset", "-c", SERVER_CORE, str(BUILT / "server")]
    with subprocess.Popen(
        pinned, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout and process.stdin
        told = json.loads(process.stdout.readline())
        with urllib.request.urlopen(told["url"] + "/mark", timeout=5) as answer:
            if json.load(answer)["mark"] != told["mark"]:
                raise SystemExit(f"{told['url']} is not this server's port")
        druva_node = str(HERE.parent / "bindings-node")
        yield os.environ | {
            "BENCH_URL": told["url"],
            "BENCH_DRUVA_NODE": druva_node,
            "PYTHONHASHSEED": "0",
        }
        process.stdin.close()


def run(words: list[str], environment: dict[str, str]) -> str | None:
    """What a client prints; None, and why, when it cannot be run."""
    pinned = ["taskset", "-c", CLIENT_CORE, *words]
    done = subprocess.run(
        pinned, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode == 0:
        return done.stdout
    said = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
    print(f"left out: {' '.join(words[-5:])}: {said}", file=sys.stderr)
    return None


def measure(
    what: str, shapes: dict[str, Any], environment: dict[str, str]
) -> dict[str, Any] | None:
    peer, shape, width = what.split()
    much = shapes.get(f"{shape}-{LANGUAGE.get(peer, 'python')}", shapes[shape])
    words = [*command(peer), peer, shape, str(much["calls"]), width, str(much["warmup"])]
    printed = run(words, environment)
    return json.loads(printed) if printed else None


def instructions(what: str, shapes: dict[str, Any], environment: dict[str, str]) -> float | None:
    """Instructions of a call: of two runs' difference, so that starting and ending cancel out."""
    peer, shape, width = what.split()
    count = shapes[shape]["count"]
    counted = []
    for calls in (count // 4, count):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "out")
            valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
            words = [
                *valgrind,
                *command(peer),
                peer,
                shape,
                str(calls),
                width,
                str(max(count // 10, 1)),
            ]
            if run(words, environment) is None:
                return None
            total = re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.MULTILINE)
            assert total, "callgrind wrote no total"
            counted.append(int(total[1]))
    return (counted[1] - counted[0]) / (count - count // 4)


def figures(
    goals: dict[str, Any], compares: list[dict[str, Any]], rounds: int
) -> dict[str, dict[str, float]]:
    """Of each run: CPU and wall microseconds a call, the peak of its memory, and instructions where they are asked for."""
    wanted: dict[str, set[str]] = {}
    for compare in compares:
        for what in [compare["ours"], *report.against(compare)]:
            wanted.setdefault(what, set()).add(compare["figure"])
    found: dict[str, dict[str, float]] = {}
    shapes = goals["shapes"]
    with server() as environment:
        timed = [what for what, kinds in wanted.items() if kinds & {"cpu", "wall"}]
        taken: dict[str, list[dict[str, Any]]] = {what: [] for what in timed}
        for at in range(rounds):
            print(f"round {at + 1} of {rounds}", file=sys.stderr)
            for what in list(taken):
                got = measure(what, shapes, environment)
                if got is None:
                    del taken[what]
                else:
                    taken[what].append(got)
        for what, those in taken.items():
            found[what] = {
                "cpu": statistics.median(one["cpu_us"] / one["calls"] for one in those),
                "wall": statistics.median(one["wall_ns"] / one["calls"] / 1000 for one in those),
                "peak_rss_kb": statistics.median(one.get("peak_rss_kb", 0) for one in those),
            }
        counted = [what for what, kinds in wanted.items() if "instructions" in kinds]
        if counted and not shutil.which("valgrind"):
            print("left out: instructions, without valgrind", file=sys.stderr)
            counted = []
        for what in counted:
            print(f"instructions of {what}", file=sys.stderr)
            got_count = instructions(what, shapes, environment)
            if got_count is not None:
                found.setdefault(what, {})["instructions"] = got_count
    return found


def guard(goals: dict[str, Any], record: bool) -> int:
    recorded = HERE / "recorded.toml"
    if not shutil.which("valgrind"):
        print("left out: the instruction counts of the hot paths, without valgrind")
        return 0
    with server() as environment:
        counts = {what: instructions(what, goals["shapes"], environment) for what in GUARDED}
    if None in counts.values():
        return 1
    if record:
        lines = [f'"{what}" = {round(count or 0)}' for what, count in counts.items()]
        head = "# Instructions a call. Written by `make bench-guard RECORD=1`: say in the commit why they changed.\n"
        recorded.write_text(head + "\n".join(lines) + "\n")
        return 0
    before = tomllib.loads(recorded.read_text())
    worse = 0
    for what, count in counts.items():
        ratio = (count or 0) / before[what]
        worse += ratio > GROWTH
        verdict = "TOO MUCH" if ratio > GROWTH else "fine"
        print(
            f"{what:24} {count:10,.0f} instructions, {before[what]:,} recorded: {ratio:.3f} {verdict}"
        )
    return 1 if worse else 0


def main() -> int:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--rows", default="")
    arguments.add_argument("--guard", action="store_true")
    arguments.add_argument("--record", action="store_true")
    given = arguments.parse_args()
    goals = tomllib.loads((HERE / "goals.toml").read_text())
    if given.guard:
        return guard(goals, given.record)
    rows = {int(row) for row in given.rows.split(",") if row}
    compares = [compare for compare in goals["compare"] if not rows or compare["row"] in rows]
    found = figures(goals, compares, given.rounds)
    results = report.judged(goals, compares, found)
    print(report.table(results))
    if not rows:
        report.write(goals, results, found, given.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
