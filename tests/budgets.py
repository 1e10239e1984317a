"""What the SDK may cost to build and to install. Prints each figure and fails where one is over its budget.

`make budgets` runs it. It builds in a target folder of its own, in release, as users get it; that addon stays in
`bindings-node` until the next `make node`. What importing and compiling may cost is tested in each language.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "budgets"


def measured(*command: str) -> tuple[float, float]:
    """CPU seconds, and the gigabytes of the largest process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command,
        cwd=ROOT,
        check=True,
        env=os.environ | {"CARGO_TARGET_DIR": str(TARGET), "DRUVA_CARGO_PROFILE": "release"},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, after.ru_maxrss / 2**20


def build(*features: str) -> tuple[float, float]:
    return measured("cargo", "build", "--quiet", "--release", "--locked", "-p", "druva", *features)


def wheel() -> int:
    """Bytes of the wheel."""
    with tempfile.TemporaryDirectory() as folder:
        maturin = str(ROOT / "bindings-python/.venv/bin/maturin")
        manifest = str(ROOT / "bindings-python/Cargo.toml")
        measured(
            maturin, "build", "--quiet", "--release", "--manifest-path", manifest, "--out", folder
        )
        (made,) = Path(folder).iterdir()
        return made.stat().st_size


def npm_package() -> int:
    """Bytes of the npm package with the addon of this platform."""
    measured("npm", "--prefix", str(ROOT / "bindings-node"), "run", "--silent", "build")
    pack = ["npm", "pack", "--dry-run", "--json", "--ignore-scripts"]
    done = subprocess.run(
        pack, cwd=ROOT / "bindings-node", check=True, capture_output=True, text=True
    )
    (made,) = json.loads(done.stdout)
    return int(made["size"])


def main() -> int:
    over = 0

    def report(what: str, figure: float, budget: float, unit: str) -> None:
        nonlocal over
        over += figure > budget
        print(
            f"{what}: {figure:.1f} {unit}, budget {budget:g} {unit}{'  OVER' if figure > budget else ''}"
        )

    # Dependencies first: they are not the crate's own.
    build("--no-default-features")
    (ROOT / "core/src/lib.rs").touch()
    seconds, _ = build("--no-default-features", "--features", "insync")
    report("core with one product, release", seconds, 30, "CPU s")
    seconds, gigabytes = build()
    report("core with all products, release", seconds, 120, "CPU s")
    report("core with all products, largest process", gigabytes, 2, "GB")
    report("wheel", wheel() / 1e6, 4, "MB")
    report("npm package", npm_package() / 1e6, 4, "MB")
    addon = (ROOT / "bindings-node/druva.node").read_bytes()
    report("places of the tests' planted panic", addon.count(b"DRUVA_PLANTED_PANIC"), 0, "")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
