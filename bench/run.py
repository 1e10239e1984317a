"""Measures every client against the same server and says which goals are met.

run.py [--rounds 7] [--rows 1,4]    docs/performance.md, with results.json and plots beside it; of a part, in build/
run.py --again                      docs/performance.md from its results.json, after a goal or a note was changed
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
import time
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
    "token": [str(BUILT / "token")],
    "c": [str(HERE / "build/client")],
    "python": [sys.executable, str(HERE / "clients/client.py")],
    "node": ["node", str(HERE / "clients/client.mjs")],
    "go": [str(HERE / "build/go-client")],
}
LANGUAGES = {
    "rust": "druva hyper-util reqwest raw-socket",
    "token": "druva-token",
    "c": "druva-c libcurl-easy libcurl-multi",
    "node": "druva-node fetch undici.request undici-pool axios got simple-oauth2",
    "go": "druva-go net/http",
}
LANGUAGE = {peer: name for name, peers in LANGUAGES.items() for peer in peers.split()}
# One figure each of these hot paths must not grow by more than this.
GUARDED = ["druva device 1", "druva-c device 1", "druva-python device 1", "druva-token token 1"]
GROWTH = 1.05

SERVER_CORE, CLIENT_CORE = "0", "1"
# Seconds that a whole run may take on two idle cores.
LONGEST = 30 * 60


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


def run(words: list[str], cores: str, environment: dict[str, str]) -> str | None:
    """What a client prints; None, and why, when it cannot be run."""
    pinned = ["taskset", "-c", cores, *words]
    done = subprocess.run(
        pinned, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode == 0:
        return done.stdout
    said = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
    print(f"left out: {' '.join(words[-5:])}: {said}", file=sys.stderr)
    return None


def shape_of(what: str, shapes: dict[str, Any]) -> dict[str, Any]:
    peer, shape, _ = what.split()
    names = (f"{shape}-{peer.replace('+', '-')}", f"{shape}-{LANGUAGE.get(peer, 'python')}", shape)
    found: dict[str, Any] = {"cores": CLIENT_CORE}
    for name in reversed(names):
        found |= shapes.get(name, {})
    return found


def measure(
    what: str, shapes: dict[str, Any], environment: dict[str, str]
) -> dict[str, Any] | None:
    peer, shape, width = what.split()
    much = shape_of(what, shapes)
    words = [*command(peer), peer, shape, str(much["calls"]), width, str(much["warmup"])]
    printed = run(words, much["cores"], environment)
    return json.loads(printed) if printed else None


def instructions(what: str, shapes: dict[str, Any], environment: dict[str, str]) -> float | None:
    """Instructions of a call: of two runs' difference, so that starting and ending cancel out."""
    peer, shape, width = what.split()
    much = shape_of(what, shapes)
    count: int = much["count"]
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
            if run(words, much["cores"], environment) is None:
                return None
            total = re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.MULTILINE)
            assert total, "callgrind wrote no total"
            counted.append(int(total[1]))
    return (counted[1] - counted[0]) / (count - count // 4)


def typical(runs: list[dict[str, Any]]) -> dict[str, float]:
    """The median of what the rounds measured, of a call or a page each; memory as it is."""
    of_a_call = {"cpu": ("cpu_us", 1), "wall": ("wall_ns", 1000), "allocations": ("allocations", 1)}
    found = {
        figure: statistics.median(one[name] / one["calls"] / unit for one in runs)
        for figure, (name, unit) in of_a_call.items()
        if name in runs[0]
    }
    if "memory_kb" in runs[0]:
        found["memory"] = statistics.median(one["memory_kb"] for one in runs)
    return found


def figures(
    goals: dict[str, Any], compares: list[dict[str, Any]], rounds: int
) -> dict[str, dict[str, float]]:
    """Every figure of every run that is compared."""
    wanted: dict[str, set[str]] = {}
    for compare in compares:
        for what in [compare["ours"], *compare["theirs"]]:
            wanted.setdefault(what, set()).add(compare["figure"])
    found: dict[str, dict[str, float]] = {}
    shapes = goals["shapes"]
    begun = time.monotonic()
    with server() as environment:
        counted = [what for what, kinds in wanted.items() if "instructions" in kinds]
        if counted and not shutil.which("valgrind"):
            print("left out: instructions, without valgrind", file=sys.stderr)
            counted = []
        for what in counted:
            print(f"instructions of {what}", file=sys.stderr)
            got_count = instructions(what, shapes, environment)
            if got_count is not None:
                found[what] = {"instructions": got_count}
        once = time.monotonic() - begun
        taken: dict[str, list[dict[str, Any]]] = {
            what: [] for what, kinds in wanted.items() if kinds != {"instructions"}
        }
        for at in range(rounds):
            for what in list(taken):
                got = measure(what, shapes, environment)
                if got is None:
                    del taken[what]
                else:
                    taken[what].append(got)
            whole = once + (time.monotonic() - begun - once) / (at + 1) * rounds
            over = ", MORE THAN IT MAY" if whole > LONGEST else ""
            print(
                f"round {at + 1} of {rounds}; {whole / 60:.1f} minutes in all{over}",
                file=sys.stderr,
            )
        for what, those in taken.items():
            found.setdefault(what, {}).update(typical(those))
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
    arguments.add_argument("--again", action="store_true")
    arguments.add_argument("--guard", action="store_true")
    arguments.add_argument("--record", action="store_true")
    given = arguments.parse_args()
    goals = tomllib.loads((HERE / "goals.toml").read_text())
    if given.guard:
        return guard(goals, given.record)
    rows = {int(row) for row in given.rows.split(",") if row}
    compares = [one for one in report.compares(goals) if not rows or one["row"] in rows]
    if given.again:
        before = json.loads((report.DOCS / "performance/results.json").read_text())
        found, rounds, used = before["figures"], before["rounds"], before["environment"]
    else:
        rounds, used = given.rounds, report.environment()
        found = figures(goals, compares, rounds)
    results = report.judged(compares, found)
    print(report.table(goals, results))
    report.write(HERE / "build" if rows else report.DOCS, goals, results, found, rounds, used)
    return 0


if __name__ == "__main__":
    sys.exit(main())
