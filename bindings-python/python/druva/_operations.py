"""The operations that `call` knows."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from . import _druva


@cache
def table() -> dict[str, dict[str, Any]]:
    """Every operation by its id."""
    return {operation["id"]: operation for operation in operations()}


def operations() -> list[dict[str, Any]]:
    """Every operation that `call` knows: its `id`, `method`, `path`, `product`, `clouds`, `params` and more."""
    found: list[dict[str, Any]] = json.loads(_druva.operations())
    return found
