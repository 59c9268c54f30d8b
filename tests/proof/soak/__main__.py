"""`make soak`: half an hour of mixed traffic, memory, times and learning over it, with their plot."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from tests.proof.table import report

from .plot import plot
from .run import soak
from .targets import rows

OUT = Path("out/soak")


def main():
    """Run it; 1 where a target was missed."""
    parser = argparse.ArgumentParser(prog="make soak ARGS=", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    measures = asyncio.run(soak(args.minutes * 60, sys.stdout, args.workers))
    measures.write(OUT / "measures.json")
    plot(measures, OUT / "soak.png")
    sys.exit(report(f"make soak, {args.minutes:g} minutes; {OUT}/soak.png", rows(measures, args.minutes * 60)))


main()
