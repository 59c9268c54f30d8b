"""Mixed traffic for half an hour, and what becomes of the service meanwhile."""

from __future__ import annotations

import asyncio
import shutil
import time
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pointsman_service.demo.processes import free_port

from tests.proof.chaos.scene import FILE
from tests.proof.chaos.verify import ends
from tests.proof.living import Service
from tests.proof.provider import provider
from tests.proof.table import Progress
from tests.proof.traffic import Crowd, Told

from .measures import Measures
from .targets import EMPTY

LOOK_EVERY_S = 5.0
EMPTY_EVERY_S = 0.1
CALLERS, PAUSE_S = 4, 0.2
"""About twenty queries a second, each with its outcome or its thumb: a fifth of what one process takes here."""


async def soak(seconds, out, workers=1, look_every_s=LOOK_EVERY_S):
    """Live so long; what was measured."""
    at = Path(mkdtemp(prefix="pointsman-soak-"))
    try:
        async with provider() as upstream:
            port, config = free_port(), at / "pointsman.toml"
            models = upstream.models()
            config.write_text(
                FILE.format(port=port, workers=workers, folder=at / "data", models=models), encoding="utf-8"
            )
            service = Service(config, at / "log", f"127.0.0.1:{port}")
            assert await service.start(), service.log.read_text()[-2_000:]
            try:
                return await _lived(service, at / "data" / "pointsman.db", seconds, Progress(out), look_every_s)
            finally:
                await service.end()
    finally:
        shutil.rmtree(at, ignore_errors=True)


async def _lived(service, log, seconds, progress, look_every_s):
    measures, told = Measures(), Told()
    crowd = Crowd(service.address, told, callers=CALLERS, pause_s=PAUSE_S, taken=measures.taken)
    crowd.begin()
    empty = asyncio.create_task(_empty_calls(service.address, measures))
    give_up = time.monotonic() + seconds
    while (left := give_up - time.monotonic()) > 0:
        await asyncio.sleep(min(left, look_every_s))
        end, learnt = ends(log)
        measures.look(service.processes(), end - learnt)
        newest = measures.samples[-1]
        memory = ", ".join(f"{part} {mb:.0f} MB" for part, mb in newest.mb.items())
        progress.say(f"{len(told.told)} acknowledged, behind by {newest.lag}, {memory}")
    await crowd.end()
    empty.cancel()
    measures.errors = told.failed
    return measures


async def _empty_calls(address, measures):
    """A call that does nothing, beside the others: what it takes longer, the machine takes longer."""
    async with grpc.aio.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        while True:
            began = time.perf_counter()
            with suppress(grpc.aio.AioRpcError):
                await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
                measures.taken(EMPTY, time.perf_counter() - began)
            await asyncio.sleep(EMPTY_EVERY_S)
