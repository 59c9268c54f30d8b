"""The command line: one module per command group, each importing what it needs only when it runs."""

import sys

from pointsman_service.cli.ctrl_c import end_at_once


def main() -> None:
    """Run the command line, and exit with 0, 1 (it failed), 2 (it was called or configured wrongly) or 130 (Ctrl-C)."""
    end_at_once()
    from pointsman_service.cli.commands import run

    sys.exit(run(sys.argv[1:]))


__all__ = ["main"]
