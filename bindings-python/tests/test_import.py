"""`import druva` costs next to nothing."""

from __future__ import annotations

import os
import subprocess
import sys

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


def cpu_ms(code: str) -> float:
    """The least CPU time of several runs."""

    def once() -> float:
        process = subprocess.Popen([sys.executable, "-c", code])
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        return (usage.ru_utime + usage.ru_stime) * 1000

    return min(once() for _ in range(15))


def test_at_most_ten_milliseconds() -> None:
    assert cpu_ms("import druva") - cpu_ms("pass") <= 10


if __name__ == "__main__":
    bare = cpu_ms("pass")
    print(f"bare interpreter {bare:.1f} ms CPU")
    for code in ("import druva", "import druva; druva.Client", "import druva.api.insync"):
        print(f"{code}: {cpu_ms(code) - bare:.1f} ms more")
