"""What was measured, as a table, as JSON, as plots, and as docs/performance.md."""

from __future__ import annotations

import json
import platform
import subprocess
from html import escape
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"
UNITS = {"instructions": "instructions", "cpu": "µs CPU", "wall": "µs wall"}


def against(compare: dict[str, Any]) -> list[str]:
    theirs = compare.get("theirs", [])
    return [theirs] if isinstance(theirs, str) else theirs


def judged(
    goals: dict[str, Any], compares: list[dict[str, Any]], found: dict[str, dict[str, float]]
) -> list[dict[str, Any]]:
    """Each comparison with its figures, the ratio, and whether the goal is met: `left out` when a figure is missing."""
    results = []
    for compare in compares:
        figure = compare["figure"]
        ours = found.get(compare["ours"], {}).get(figure)
        theirs = [found.get(what, {}).get(figure) for what in against(compare)]
        slower = max((value for value in theirs if value is not None), default=None)
        complete = ours is not None and None not in theirs
        ratio = ours / slower if complete and slower else None
        goal = compare.get("at_most", compare.get("at_most_us"))
        value = ratio if "at_most" in compare else ours
        verdict = "" if goal is None else "met" if value is not None and value <= goal else "missed"
        if not complete:
            verdict = "left out"
        results.append(
            compare
            | {"is": ours, "other": slower, "ratio": ratio, "goal": goal, "verdict": verdict}
        )
        results[-1]["path"] = goals["rows"][str(compare["row"])]
    for number, path in goals["rows"].items():
        if not any(result["row"] == int(number) for result in results) and len(compares) == len(
            goals["compare"]
        ):
            results.append(
                {
                    "row": int(number),
                    "path": path,
                    "figure": "cpu",
                    "ours": "",
                    "verdict": "left out",
                }
            )
    return sorted(results, key=lambda result: result["row"])


def number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(results: list[dict[str, Any]]) -> str:
    lines = [
        "| # | Path | Ours | | Theirs | | Unit | Ratio | Goal | |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        cells = [
            str(result["row"]),
            result["path"],
            result["ours"],
            number(result.get("is")),
            ", ".join(against(result)),
            number(result.get("other")),
            UNITS[result["figure"]],
            number(result.get("ratio")),
            number(result.get("goal")),
            result["verdict"],
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def plot(title: str, bars: list[tuple[str, float]], unit: str) -> str:
    """Horizontal bars, the shortest first."""
    width, height, left = 720, 22 * len(bars) + 40, 250
    longest = max(value for _, value in bars)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="8" y="18" font-weight="bold">{escape(title)} ({unit} a call)</text>',
    ]
    for at, (name, value) in enumerate(sorted(bars, key=lambda bar: bar[1])):
        y = 30 + 22 * at
        length = (width - left - 90) * value / longest
        colour = "#1f6feb" if name.startswith("druva") else "#9aa4ae"
        parts.append(f'<text x="{left - 6}" y="{y + 13}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="16" fill="{colour}"/>')
        parts.append(f'<text x="{left + length + 5:.1f}" y="{y + 13}">{number(value)}</text>')
    return "\n".join([*parts, "</svg>\n"])


def versions() -> dict[str, str]:
    def said(*words: str) -> str:
        try:
            done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=HERE)
        except FileNotFoundError:
            return "not installed"
        lines = done.stdout.splitlines()
        return lines[0] if lines else "unknown"

    pinned = [
        line.split("#")[0].strip() for line in (HERE / "requirements.txt").read_text().splitlines()
    ]
    package = json.loads((HERE / "package.json").read_text())["dependencies"]
    cargo = (HERE / "Cargo.lock").read_text()
    crates = {
        name: cargo.split(f'name = "{name}"\nversion = "')[1].split('"')[0]
        for name in ("hyper-util", "reqwest")
    }
    go = [
        line.split()
        for line in (HERE / "clients/go/go.mod").read_text().splitlines()
        if "golang.org/x/oauth2" in line
    ]
    return {
        "machine": f"{platform.machine()}, {platform.system()} {platform.release()}",
        "rustc": said("rustc", "--version"),
        "Python": said(".venv/bin/python", "--version"),
        "Node.js": said("node", "--version"),
        "Go": said("go", "version"),
        "libcurl": said("curl-config", "--version"),
        "crates": ", ".join(f"{name} {version}" for name, version in crates.items()),
        "Python packages": ", ".join(line.replace("==", " ") for line in pinned if line),
        "npm packages": ", ".join(f"{name} {version}" for name, version in package.items()),
        "Go modules": f"x/oauth2 {go[0][-1]}" if go else "",
    }


def write(
    goals: dict[str, Any],
    results: list[dict[str, Any]],
    found: dict[str, dict[str, float]],
    rounds: int,
) -> None:
    used = versions()
    told = {"versions": used, "rounds": rounds, "figures": found, "results": results}
    (HERE / "results.json").write_text(json.dumps(told, indent=1) + "\n")
    folder = DOCS / "performance"
    folder.mkdir(parents=True, exist_ok=True)
    pictures = []
    for row, path in goals["rows"].items():
        for figure in ("instructions", "cpu", "wall"):
            bars: dict[str, float] = {}
            for result in results:
                if result["row"] != int(row) or result["figure"] != figure:
                    continue
                for what in [result["ours"], *against(result)]:
                    if figure in found.get(what, {}):
                        bars[what] = found[what][figure]
            if len(bars) > 1:
                name = f"{int(row):02}-{figure}.svg"
                (folder / name).write_text(plot(path, list(bars.items()), UNITS[figure]))
                pictures.append(f"![{path}, {UNITS[figure]}](performance/{name})")
    lines = [
        "<!-- Generated by `make bench`; do not edit. -->",
        "# What the SDK costs above the wire",
        "",
        f"Against one loopback server, it on one core and the client on another, all clients in turn in each of {rounds} rounds;",
        "the figure is the median. Instructions are callgrind's, of two runs' difference. A run is named by client, what it asks",
        "for, and how many calls are in flight. Row 12's wall time is of a page.",
        "",
        table(results),
        "",
        "## With",
        "",
        *(f"- {name}: {version}" for name, version in used.items()),
        "",
        "## Plots",
        "",
        "\n\n".join(pictures),
    ]
    (DOCS / "performance.md").write_text("\n".join(lines) + "\n")
