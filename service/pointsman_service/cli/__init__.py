"""The command line: one module per command group, each importing what it needs only when it runs."""

import sys


def main() -> None:
    """Run the command line, and exit with 0, 1 (it failed), 2 (it was called or configured wrongly) or 130 (Ctrl-C)."""
    try:
        # In here, so that a Ctrl-C in the tenths of a second that this takes is no traceback either.
        from pointsman_service.cli.commands import run

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)


__all__ = ["main"]
