"""`python -m tests.contracts.clients`: every vector through every client, and a table of what passed."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from .book import clients, setups, vectors
from .performance import Performance
from .table import summary, table


def main() -> int:
    """0 where every vector passed with every client; 1 where one did not; 2 where CI lacks a client's programs."""
    options = _options()
    chosen = [
        v
        for v in vectors()
        if (not options.group or v["group"] in options.group) and options.name.lower() in v["name"].lower()
    ]
    with tempfile.TemporaryDirectory(prefix="pointsman-clients-") as folder:
        there, left_out = [], []
        for client in clients(options.client, Path(folder)):
            (left_out if client.missing else there).append(client)
        results = asyncio.run(
            Performance(chosen, setups(), Path(folder), show=options.show, checks=options.checks).of(there)
        )
    sys.stdout.write(table(results))
    for client in left_out:
        sys.stdout.write(f"{client.name}: left out, since {', '.join(client.missing)} is not on the PATH\n")
    sys.stdout.write(summary(results))
    if left_out and os.environ.get("CI") == "true":
        sys.stdout.write("CI leaves no client out\n")
        return 2
    return 0 if results and all(r.wrong is None for r in results) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.contracts.clients", description=__doc__)
    parser.add_argument("client", nargs="*", help="go, node, ...; all where none is named")
    parser.add_argument("--group", action="append", default=[], help="vectors of this group only; may be repeated")
    parser.add_argument("--name", default="", help="vectors with this text in their name only")
    parser.add_argument("--checks", action="store_true", help="build, lint and test each client first")
    parser.add_argument("--show", action="store_true", help="every line to and from runners")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
