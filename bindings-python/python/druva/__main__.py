"""The `druva` command."""

from __future__ import annotations

import sys

from . import _druva


def main() -> int:
    """Runs the command with this process's arguments."""
    return _druva.cli(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
