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


IMPORT = 10.0
"""What `import druva` may cost beyond the interpreter, in milliseconds of CPU time."""

PRODUCTS = {product: 60.0 for product in sorted({it["product"] for it in druva.operations()})}
"""What the first use of each product may cost beyond a client."""
if "aws_native" in PRODUCTS:
    # By far the largest.
    PRODUCTS["aws_native"] = 100.0

CLIENT = "import druva; client = druva.Client(client_id='a', client_secret='b')"


def cpu_ms(code: str) -> float:
    """The least CPU time of several runs."""

    def once() -> float:
        process = subprocess.Popen([sys.executable, "-c", code])
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        return (usage.ru_utime + usage.ru_stime) * 1000

    return min(once() for _ in range(15))


@pytest.fixture(scope="module")
def a_client() -> float:
    return cpu_ms(CLIENT)


def test_the_budget_of_the_import() -> None:
    cost = cpu_ms("import druva") - cpu_ms("pass")
    print(f"import druva: {cost:.1f} ms of {IMPORT:.0f}")
    assert cost <= IMPORT


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_budget_of_a_product(product: str, a_client: float) -> None:
    cost = cpu_ms(f"{CLIENT}; client.{product}") - a_client
    print(f"{product}: {cost:.1f} ms of {PRODUCTS[product]:.0f}")
    assert cost <= PRODUCTS[product]
