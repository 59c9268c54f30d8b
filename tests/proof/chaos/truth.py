"""Whether health says what is so: on each connection SERVING and a write that is acknowledged, or neither."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass
from itertools import pairwise

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub

from tests.proof.traffic import FRESH

LOOK_EVERY_S = 0.2
WORD_S, WRITE_S = 1.0, 2.0
"""Deadlines of a look. A busy machine takes its time, and a write that comes late is still one."""
IN_A_ROW = 6
"""Looks that have to be well: where one of two workers stands still, all six find the other once in 64."""
_probes = itertools.count()


@dataclass(frozen=True)
class Look:
    """One look at a service, on a connection of its own.

    at: monotonic seconds when it began. serving: health's word, None without one. written: whether a decision was
    acknowledged. why: what the write ended in.
    """

    at: float
    serving: bool | None
    written: bool
    why: str = ""

    @property
    def is_true(self):
        """A word that was not said is no lie."""
        return self.serving is None or self.serving == self.written

    @property
    def is_well(self):
        return bool(self.serving) and self.written


async def look(address):
    """One look, on a new connection."""
    began = time.monotonic()
    async with grpc.aio.insecure_channel(address, options=FRESH) as channel:
        try:
            word = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=WORD_S)
            serving = word.status == health_pb2.HealthCheckResponse.SERVING
        except grpc.aio.AioRpcError:
            serving = None
        written, why = await _written(channel)
        if serving is not None and serving != written:  # it may have changed between the two: asked once more
            word = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=WORD_S)
            serving = word.status == health_pb2.HealthCheckResponse.SERVING
    return Look(began, serving, written, why)


async def _written(channel):
    asked = v1.ChatMessage(role=v1.ROLE_USER, content="What is 2 + 2?")
    request = v1.RouteRequest(request_id=f"probe-{next(_probes)}", query=v1.Query(messages=[asked]))
    try:
        await RouterServiceStub(channel).Route(request, timeout=WRITE_S)
    except grpc.aio.AioRpcError as error:
        return False, f"{error.code().name}: {error.details()}"[:200]
    return True, ""


class Watch:
    """Looks again and again from `begin` to `end`; what it saw."""

    def __init__(self, address):
        self._address, self._task, self.looks = address, None, []

    def begin(self):
        self.looks = []
        self._task = asyncio.create_task(self._look())

    async def _look(self):
        while True:
            try:
                self.looks.append(await look(self._address))
            except grpc.aio.AioRpcError:
                self.looks.append(Look(time.monotonic(), None, written=False, why="went away amid the look"))
            await asyncio.sleep(LOOK_EVERY_S)

    async def end(self):
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def false_for(self, since, until):
        """Seconds after `since` at which health's word was last wrong, of looks before `until`; 0 where it never was.

        One wrong look between true ones is no lie: a busy machine lets a write come late.
        """
        looks = [one for one in self.looks if since <= one.at < until]
        wrong = [b.at - since for a, b in pairwise(looks) if not a.is_true and not b.is_true]
        return max(wrong, default=0.0)

    async def well(self, since, most_s, in_a_row=IN_A_ROW):
        """Seconds from `since` until so many looks in a row were well; None where that takes longer than `most_s`."""
        while time.monotonic() - since < most_s:
            after = [one for one in self.looks if one.at >= since]
            for at in range(len(after) - in_a_row + 1):
                if all(one.is_well for one in after[at : at + in_a_row]):
                    return after[at].at - since
            await asyncio.sleep(LOOK_EVERY_S / 2)
        return None
