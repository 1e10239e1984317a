"""`import druva` costs next to nothing, and a product only what it is worth."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import druva

HEAVY = {
    "msgspec",
    "asyncio",
    "typing",
    "json",
    "threading",
    "druva.api.insync",
    "druva.api.platform",
}


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_nothing_heavy_before_use() -> None:
    loaded = "import sys; before = set(sys.modules); {}; print(*set(sys.modules) - before)"
    assert not HEAVY & set(python(loaded.format("import druva")).split())
    assert not HEAVY & set(python(loaded.format("import druva; druva.NotFoundError")).split())
    client = "import druva; druva.Client(client_id='a', client_secret='b')"
    assert not (HEAVY - {"json"}) & set(python(loaded.format(client)).split())


def test_only_the_product_that_is_used() -> None:
    code = (
        "import sys, druva; druva.Client(client_id='a', client_secret='b').platform; "
        "print('druva.api.platform' in sys.modules, 'druva.api.insync' in sys.modules)"
    )
    assert python(code).split() == ["True", "False"]


# In starts of the interpreter, since milliseconds are another machine's.
IMPORT = 1.0
"""What `import druva` may cost beyond the interpreter."""

PRODUCTS = {product: 6.0 for product in sorted({it["product"] for it in druva.operations()})}
"""What the first use of each product may cost beyond a client."""
if "aws_native" in PRODUCTS:
    # By far the largest.
    PRODUCTS["aws_native"] = 10.0

CLIENT = "import druva; client = druva.Client(client_id='a', client_secret='b')"


def cpu(code: str) -> float:
    """Seconds of CPU time that a program takes."""
    process = subprocess.Popen([sys.executable, "-c", code])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime


def starts(code: str, beyond: str) -> float:
    """What a program costs beyond another one, in starts of the interpreter: in turn, and the least of each."""
    rounds: list[list[float]] = [
        [cpu(program) for program in ("pass", beyond, code)] for _ in range(7)
    ]
    start, without, whole = (min(times[at] for times in rounds) for at in range(3))
    return (whole - without) / start


def test_the_budget_of_the_import() -> None:
    cost = starts("import druva", beyond="pass")
    print(f"import druva: {cost:.2f} starts of {IMPORT}")
    assert cost <= IMPORT


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_budget_of_a_product(product: str) -> None:
    cost = starts(f"{CLIENT}; client.{product}", beyond=CLIENT)
    print(f"{product}: {cost:.2f} starts of {PRODUCTS[product]}")
    assert cost <= PRODUCTS[product]
