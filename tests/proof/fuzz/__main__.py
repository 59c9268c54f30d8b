"""`make fuzz`: random and mutated inputs at every method, every path and at the reader of providers' answers.

Several processes, each with a service of its own: most of an input's time is waiting for the log.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from pointsman_service.config import parse
from pointsman_service.observability import configure_logging

from tests.proof.table import report

from .run import Found, fuzz

OUT = Path("out/fuzz")


def main():
    """Run it; 1 where a target was missed."""
    parser = argparse.ArgumentParser(prog="make fuzz ARGS=", description=__doc__)
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--found", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    if args.found is not None:
        part(args)
        return
    found = asyncio.run(in_parts(args.inputs, args.seed, args.processes))
    (OUT / "failures.jsonl").write_text("".join(json.dumps(f) + "\n" for f in found.failures))
    sys.stdout.write(f"  ended well: {dict(found.answered.most_common())}\n")
    sys.exit(report(f"make fuzz, seed {args.seed}; finds in {OUT}/failures.jsonl", found.rows(args.inputs)))


def part(args):
    """One process's share; what it found goes to a file."""
    with args.found.with_suffix(".log").open("w") as log:
        os.dup2(log.fileno(), 2)  # what the service logs, tracebacks among it, is for whoever looks into a find
    configure_logging(parse({"observability": {"log_level": "error", "log_format": "json"}}).observability)
    args.found.write_text(asyncio.run(fuzz(args.inputs, args.seed, sys.stdout)).to_json())


async def in_parts(inputs, seed, processes):
    """The sum of all processes; one that ends badly is a crash."""
    share = -(-inputs // processes)
    files = [OUT / f"found-{n}.json" for n in range(processes)]
    for file in files:
        file.unlink(missing_ok=True)
    started = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.proof.fuzz", "--inputs", str(share)),
            *("--seed", str(seed * 1_000 + n), "--found", str(file)),
        )
        for n, file in enumerate(files)
    ]
    total = Found()
    try:
        for process, file in zip(started, files, strict=True):
            code = await process.wait()
            if code == 0:
                total.add(Found.from_json(file.read_text()))
            else:
                total.failed("crash", "a whole process", f"exit code {code}; {file.with_suffix('.log')} says why")
    finally:  # whoever ends this one ends them
        for process in started:
            with suppress(ProcessLookupError):
                process.terminate()
    return total


if __name__ == "__main__":
    main()
