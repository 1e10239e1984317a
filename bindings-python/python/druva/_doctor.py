"""What the doctor finds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from ._druva import _Answer


class Finding(NamedTuple):
    """One thing that the doctor looked at."""

    name: Literal["configuration", "dns", "proxy", "connect", "tls", "token", "call", "clock"]
    """What it is."""
    state: Literal["ok", "warning", "failed", "skipped"]
    """`failed` stands in the way; what is `skipped` was not looked at."""
    message: str
    """What was seen."""
    hint: str | None
    """What to do."""


class Diagnosis:
    """What stands between a client and Druva. `print(diagnosis)` shows a line for each finding."""

    def __init__(self, ok: bool, findings: list[Finding], text: str) -> None:
        self.ok = ok
        """Nothing stands in the way."""
        self.findings = findings
        """Configuration, dns, proxy, connect, tls, token, call and clock, in this order."""
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<Diagnosis ok={self.ok} {self.findings}>"


def diagnosis(outcome: _Answer) -> Diagnosis:
    told = json.loads(outcome[2])
    return Diagnosis(told["ok"], [Finding(**finding) for finding in told["findings"]], told["text"])
