"""What a client's own Makefile does: build, lint, test. Each is one result beside those of the vectors."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from .book import Client

TARGETS = ("build", "lint", "test")
LONGEST_S = 1800.0
"""The first build of a client fetches all that it is built of."""


async def checked(client: Client) -> dict[str, str | None]:
    """By target: None where it went well, else what it printed last."""
    return {target: await ran(client, ("make", "--no-print-directory", target)) for target in TARGETS}


async def ran(client: Client, command: Sequence[str]) -> str | None:
    """Run it in the client's folder. None, or what it printed last."""
    return await _ran(client.name, command, client.folder)


async def _ran(name: str, command: Sequence[str], folder: Path) -> str | None:
    begun = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), LONGEST_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    took = f"{' '.join(command)}: {time.monotonic() - begun:.0f} s"
    if process.returncode == 0:
        sys.stdout.write(f"  {name}: {took}\n")
        sys.stdout.flush()
        return None
    said = printed.decode(errors="replace")[-4000:]
    sys.stdout.write(f"  FAILED {name}: {took}, exit code {process.returncode}\n{said}\n")
    sys.stdout.flush()
    return f"exit code {process.returncode}"
