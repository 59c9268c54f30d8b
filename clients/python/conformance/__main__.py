"""A line of JSON in, a line of JSON out, until the input ends."""

from __future__ import annotations

import asyncio
import json
import sys

from conformance.operations import Operations, Unsupported
from conformance.sides import AsyncSide, SyncSide
from conformance.told import error_of
from pointsman import PointsmanError


async def main() -> None:
    """Answer every line."""
    operations = Operations(AsyncSide() if "--asyncio" in sys.argv[1:] else SyncSide())
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        said = json.loads(line)
        answer = await _answer(operations, said)
        sys.stdout.write(json.dumps({"id": said["id"], **answer}) + "\n")
        sys.stdout.flush()
    await operations.close()


async def _answer(operations: Operations, said: dict) -> dict:
    try:
        return {"ok": await operations.do(said)}
    except Unsupported as unknown:
        return {"unsupported": str(unknown)}
    except (PointsmanError, asyncio.CancelledError) as error:
        return {"error": error_of(error)}


asyncio.run(main())
