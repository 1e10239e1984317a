"""What processes of their own do: apart from the tests, so that a new interpreter need not read what tests need."""

from __future__ import annotations

import druva


def count(client: druva.Client) -> int:
    return len(list(client.insync.devices.list()))
