"""`make chaos`: what is done to a service, and whether it keeps what it said."""

from __future__ import annotations

import argparse
import asyncio
import sys

from tests.proof.table import report

from .faults import all_faults
from .run import chaos, rows


def main():
    """Run it; 1 where a target was missed."""
    parser = argparse.ArgumentParser(prog="make chaos ARGS=", description=__doc__)
    parser.add_argument("--rounds", type=int, default=76)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="faults whose name has this in it")
    parser.add_argument("--no-mount", action="store_true", help="no tmpfs: RLIMIT_FSIZE stands in for the full disk")
    args = parser.parse_args()
    faults = [f for f in all_faults() if args.only in f.name]
    if not faults:
        parser.error(f"no fault is named so; there are: {', '.join(f.name for f in all_faults())}")
    done = asyncio.run(chaos(args.rounds, args.seed, sys.stdout, faults, may_mount=not args.no_mount))
    sys.exit(report(f"make chaos, seed {args.seed}", rows(done, args.rounds)))


main()
