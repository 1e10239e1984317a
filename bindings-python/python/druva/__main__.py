"""The `druva` command."""

from __future__ import annotations

import signal
import sys

from . import _druva


def main() -> int:
    """Runs the command with this process's arguments."""
    # Python's own handler would only note the signal, for a moment that does not come.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _druva.cli(["druva", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
