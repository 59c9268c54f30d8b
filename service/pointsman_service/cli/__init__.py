"""The command line: one module per command group, each importing what it needs only when it runs."""

from pointsman_service.cli.main import main

__all__ = ["main"]
