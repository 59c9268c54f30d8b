"""Callers that remember what was acknowledged: queries, outcomes and feedback, each with a request id of its own."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from dataclasses import dataclass, field

import grpc
import grpc.aio
from pointsman import v1
from pointsman.v1.feedback_service_pb2_grpc import FeedbackServiceStub
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub

CALL_S = 4.0
FRESH = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
)
"""A connection of its own for each channel, tried again soon."""
MOST_UNSURE = 60
"""Of what ended in an error, so many of the last are asked again: a long outage leaves thousands."""
AFTER_AN_ERROR_S = 0.3
REFUSED = (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT)
"""No trouble of the service's: it says what is so."""


@dataclass
class Told:
    """What the service has acknowledged.

    told: kind ("episode", "feedback", "outcome") and request id to what it said. different: where it said another thing
    later. unsure: what ended in an error, newest last. failed: how many there were.
    """

    told: dict = field(default_factory=dict)
    different: list = field(default_factory=list)
    unsure: deque = field(default_factory=lambda: deque(maxlen=MOST_UNSURE))
    failed: int = 0

    def acknowledge(self, kind, request_id, what):
        """Another answer to the same request id than before is noted."""
        before = self.told.setdefault((kind, request_id), what)
        if before != what:
            self.different.append((kind, request_id, before, what))


class Caller:
    """One caller: asks, and tells what came of it. What ends in an error is unsure, and asked again by `settle`."""

    def __init__(self, channel, told, name, taken=None):
        self._router, self._feedback = RouterServiceStub(channel), FeedbackServiceStub(channel)
        self._told, self._name, self._turns, self._taken = told, name, itertools.count(), taken

    async def turn(self):
        """One query with what follows it: a completion and its thumb, or a decision and its outcome."""
        turn = next(self._turns)
        try:
            await (self._completes if turn % 2 else self._routes)(f"{self._name}-{turn}", turn)
        except grpc.aio.AioRpcError:
            await asyncio.sleep(AFTER_AN_ERROR_S)

    async def _completes(self, request_id, turn):
        asked = v1.CompleteRequest(request_id=request_id, query=_query(request_id, turn))
        done = await self._sent("episode", self._router.Complete, asked)
        thumb = v1.Feedback(episode_id=done.episode_id, thumb=v1.THUMB_UP)
        said = v1.RecordFeedbackRequest(request_id=request_id, feedback=thumb)
        await self._sent("feedback", self._feedback.RecordFeedback, said)

    async def _routes(self, request_id, turn):
        asked = v1.RouteRequest(request_id=request_id, query=_query(request_id, turn))
        done = await self._sent("episode", self._router.Route, asked)
        outcome = v1.ReportOutcomeRequest(
            request_id=request_id, episode_id=done.episode_id, model=done.decision.model, latency_ms=5.0,
            usage=v1.Usage(input_tokens=20, output_tokens=10),
        )  # fmt: skip
        await self._sent("outcome", self._router.ReportOutcome, outcome)

    async def _sent(self, kind, method, request):
        began = time.perf_counter()
        try:
            done = await method(request, timeout=CALL_S)
        except grpc.aio.AioRpcError:
            self._told.unsure.append((kind, request))
            self._told.failed += 1
            raise
        if self._taken is not None:
            self._taken(_method(request), time.perf_counter() - began)
        self._told.acknowledge(kind, request.request_id, said_by(done))
        return done


def said_by(response):
    """What of a response must be the same each time: the id, or the place in the log."""
    if hasattr(response, "receipt"):
        return response.receipt.log_position
    return response.log_position if hasattr(response, "log_position") else response.episode_id


def _method(request):
    return type(request).__name__.removesuffix("Request")


def _query(request_id, turn):
    asked = v1.ChatMessage(role=v1.ROLE_USER, content=f"What is {turn * 31 % 997} + 2?")
    return v1.Query(messages=[asked], session_id=request_id)


async def settle(told, address):
    """Ask everything again that ended in an error, on a new connection; how many still do."""
    asked, told.unsure = told.unsure, type(told)().unsure
    async with grpc.aio.insecure_channel(address, options=FRESH) as channel:
        router, feedback = RouterServiceStub(channel), FeedbackServiceStub(channel)
        for kind, request in asked:
            method = getattr(feedback if kind == "feedback" else router, _method(request))
            try:
                told.acknowledge(kind, request.request_id, said_by(await method(request, timeout=CALL_S)))
            except grpc.aio.AioRpcError as error:
                if error.code() not in REFUSED:
                    told.unsure.append((kind, request))
    return len(told.unsure)


_crowds = itertools.count()


class Crowd:
    """Callers on connections of their own, a turn each so many milliseconds, from `begin` to `end`."""

    def __init__(self, address, told, callers=6, pause_s=0.1, taken=None):
        self._address, self._told, self._pause_s, self._taken = address, told, pause_s, taken
        self._callers, self._tasks = callers, []

    def begin(self):
        """Start calling."""
        number = next(_crowds)
        self._tasks = [asyncio.create_task(self._call(f"r{number}-c{n}")) for n in range(self._callers)]

    async def _call(self, name):
        async with grpc.aio.insecure_channel(self._address, options=FRESH) as channel:
            caller = Caller(channel, self._told, name, self._taken)
            while True:
                await caller.turn()
                await asyncio.sleep(self._pause_s)

    async def end(self):
        """Stop between two turns or amid one: what was not heard is not acknowledged."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
