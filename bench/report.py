"""What was measured, as a table, as JSON, as plots, and as performance.md."""

from __future__ import annotations

import json
import platform
import subprocess
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"
UNITS = {
    "instructions": "instructions",
    "cpu": "µs CPU",
    "wall": "µs wall",
    "memory": "KB",
    "allocations": "allocations",
}


def compares(goals: dict[str, Any]) -> list[dict[str, Any]]:
    """The comparisons, with what `of` stands for put in, and `theirs` a list."""
    found = []
    for compare in goals["compare"]:
        theirs = compare.get("theirs", [])
        theirs = [theirs] if isinstance(theirs, str) else theirs
        for peer in compare.get("of", ["*"]):
            runs = {
                "ours": compare["ours"].replace("*", peer),
                "theirs": [what.replace("*", peer) for what in theirs],
            }
            found.append({key: compare[key] for key in compare if key != "of"} | runs)
    return found


def judged(
    compares: list[dict[str, Any]], found: dict[str, dict[str, float]]
) -> list[dict[str, Any]]:
    """Each comparison with its figures, the ratio, and whether the goal is met: `left out` when a figure is missing."""
    results = []
    for compare in compares:
        figure = compare["figure"]
        ours = found.get(compare["ours"], {}).get(figure)
        theirs = [found.get(what, {}).get(figure) for what in compare["theirs"]]
        other = max((value for value in theirs if value is not None), default=None)
        complete = ours is not None and None not in theirs
        ratio = ours / other if complete and ours is not None and other else None
        goal, value = compare.get("at_most"), ratio if theirs else ours
        if not complete or value is None:
            verdict = "left out"
        elif goal is None:
            verdict = ""
        else:
            verdict = "met" if value <= goal else "missed"
        results.append(
            compare | {"is": ours, "other": other, "ratio": ratio, "goal": goal, "verdict": verdict}
        )
    return sorted(results, key=lambda result: result["row"])


def number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(goals: dict[str, Any], results: list[dict[str, Any]]) -> str:
    lines = [
        "| # | Path | Ours | | Theirs | | Unit | Ratio | Goal | |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        cells = [
            str(result["row"]),
            goals["rows"][str(result["row"])],
            result["ours"],
            number(result["is"]),
            ", ".join(result["theirs"]),
            number(result["other"]),
            UNITS[result["figure"]],
            number(result["ratio"]),
            number(result["goal"]),
            result["verdict"],
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def misses(goals: dict[str, Any], results: list[dict[str, Any]]) -> list[str]:
    """For each row with a goal that is missed or was not measured: by how much, why, and what was tried."""
    lines = []
    for row, those in groupby(results, key=lambda result: result["row"]):
        bad = [one for one in those if one["verdict"] in ("missed", "left out")]
        if not bad:
            continue
        lines += ["", f"### {row}. {goals['rows'][str(row)]}", ""]
        for one in bad:
            beside = f" against {', '.join(one['theirs'])}" if one["theirs"] else ""
            said = "left out."
            if one["verdict"] == "missed":
                value = one["ratio"] if one["theirs"] else one["is"]
                over = f", {value / one['goal'] - 1:.0%} too much" if one["goal"] else ""
                said = f"{number(value)}, where {number(one['goal'])} is the goal{over}."
            lines.append(f"- {one['ours']}{beside}, {UNITS[one['figure']]}: {said}")
        lines += ["", goals["notes"].get(str(row), "Not looked into yet.").strip()]
    return lines


def plot(title: str, bars: list[tuple[str, float]], unit: str) -> str:
    """Horizontal bars, the shortest first."""
    width, height, left = 720, 22 * len(bars) + 40, 250
    longest = max(value for _, value in bars) or 1
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="8" y="18" font-weight="bold">{escape(title)} ({unit})</text>',
    ]
    for at, (name, value) in enumerate(sorted(bars, key=lambda bar: bar[1])):
        y = 30 + 22 * at
        length = (width - left - 90) * value / longest
        colour = "#1f6feb" if name.startswith("druva") else "#9aa4ae"
        parts.append(f'<text x="{left - 6}" y="{y + 13}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="16" fill="{colour}"/>')
        parts.append(f'<text x="{left + length + 5:.1f}" y="{y + 13}">{number(value)}</text>')
    return "\n".join([*parts, "</svg>\n"])


def plots(
    folder: Path,
    goals: dict[str, Any],
    results: list[dict[str, Any]],
    found: dict[str, dict[str, float]],
) -> list[str]:
    """Draws every row's figures, and says how a page shows them."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    shown = []
    for row, path in goals["rows"].items():
        for figure, unit in UNITS.items():
            bars: dict[str, float] = {}
            for result in results:
                if result["row"] == int(row) and result["figure"] == figure:
                    for what in [result["ours"], *result["theirs"]]:
                        if figure in found.get(what, {}):
                            bars[what] = found[what][figure]
            if len(bars) > 1:
                name = f"{int(row):02}-{figure}.svg"
                (folder / name).write_text(plot(path, list(bars.items()), unit))
                shown.append(f"![{path}, {unit}]({folder.name}/{name})")
    return shown


def environment() -> dict[str, str]:
    """The machine, and the versions of everything that was measured."""

    def said(*words: str) -> str:
        try:
            done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=HERE)
        except FileNotFoundError:
            return "not installed"
        lines = done.stdout.splitlines()
        return lines[0] if lines else "unknown"

    processors = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    processor = f"{processors[0]}, {len(processors)} cores" if processors else platform.machine()
    pinned = [
        line.split("#")[0].strip() for line in (HERE / "requirements.txt").read_text().splitlines()
    ]
    package = json.loads((HERE / "package.json").read_text())["dependencies"]
    cargo = (HERE / "Cargo.lock").read_text()
    crates = {
        name: cargo.split(f'name = "{name}"\nversion = "')[1].split('"')[0]
        for name in ("hyper", "hyper-util", "reqwest", "tokio")
    }
    go = [
        line.split()
        for line in (HERE / "clients/go/go.mod").read_text().splitlines()
        if "golang.org/x/oauth2" in line
    ]
    return {
        "processor": processor,
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "the SDK": said("git", "describe", "--always", "--dirty"),
        "rustc": said("rustc", "--version"),
        "Python": platform.python_version(),
        "Node.js": said("node", "--version"),
        "Go": said("go", "version"),
        "libcurl": said("curl-config", "--version"),
        "valgrind": said("valgrind", "--version"),
        "crates": ", ".join(f"{name} {version}" for name, version in crates.items()),
        "Python packages": ", ".join(line.replace("==", " ") for line in pinned if line),
        "npm packages": ", ".join(f"{name} {version}" for name, version in package.items()),
        "Go modules": f"x/oauth2 {go[0][-1]}" if go else "",
    }


def write(
    into: Path,
    goals: dict[str, Any],
    results: list[dict[str, Any]],
    found: dict[str, dict[str, float]],
    rounds: int,
    used: dict[str, str],
) -> None:
    shown = plots(into / "performance", goals, results, found)
    told = {"environment": used, "rounds": rounds, "figures": found, "results": results}
    (into / "performance/results.json").write_text(json.dumps(told, indent=1) + "\n")
    missed = misses(goals, results)
    lines = [
        "<!-- Written by `make bench`; do not edit. Why a goal is missed stands in bench/goals.toml. -->",
        "# What the SDK costs above the wire",
        "",
        f"Against one loopback server, it on one core and the client on another; all clients in turn in each of {rounds} rounds,",
        "and the median of them. Instructions are callgrind's: of two runs' difference, so that starting is not in them. A run is",
        "named by client, what it asks for, and how many calls are in flight: `device` is a call with an answer of 221 bytes, `page`",
        "1 MB of 4,097 devices, `list-N` a list of N such pages, `fetch` and `decode` its two halves alone, `nothing` an awaitable",
        "with nothing to do (ours: the next page of a list that is over). Time and instructions are of a call, or of a page of a",
        "list. Memory is what the process ever held beyond what it held before the first list. Lists, and the token's two workers,",
        "have both cores. Of several figures of theirs the largest counts. `make bench` does it all again; all figures are in",
        "[results.json](performance/results.json).",
        "",
        table(goals, results),
        *(["", "## What is missed, and why", *missed] if missed else []),
        "",
        "## With",
        "",
        *(f"- {name}: {version}" for name, version in used.items()),
        "",
        "## Plots",
        "",
        "\n\n".join(shown),
    ]
    (into / "performance.md").write_text("\n".join(lines) + "\n")
