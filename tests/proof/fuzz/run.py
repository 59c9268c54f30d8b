"""Throw inputs at a service, keep what went wrong with the bytes that did it, and hold the sum against the targets."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from pointsman import v1
from pointsman_service.config import parse

from tests.proof.table import Progress, Row, no_more_than
from tests.service.adapters import raw_upstream as raw

from . import callers, inputs, reader, upstream, web_inputs
from .corpus import TENANT, corpus, query
from .cpu import CpuClock
from .doors import opened
from .messages import afresh, damaged
from .sockets import HEALTH, listening
from .web import Web, fault_of

MOST_CPU_S = 1.0
HANG_S = 60.0
READER_SHARE = 0.3
"""Of all inputs, for the reader of providers' bodies."""
WEB_SHARE = 0.2
"""Of all inputs, for the HTTP door, each over a connection of its own; the CPU time of both ends counts."""
SOCKET_SHARE = 0.05
"""Of the calls by gRPC, over real connections; the CPU time of both ends counts then."""
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
RESET_EVERY = 200
"""Calls after which what operators' calls changed is undone: or soon no model is left to ask."""
DEFECTS = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN})
ROUTER = "/pointsman.v1.RouterService/"
ADMIN = "/pointsman.v1.AdminService/"


@dataclass
class Found:
    """What came of the inputs.

    answered: calls that ended well, by method, without which nothing behind the border was reached. slowest: CPU
    seconds, and of which method. failures: each with what repeats it.
    """

    inputs: int = 0
    codes: Counter = field(default_factory=Counter)
    answered: Counter = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "-")
    failures: list = field(default_factory=list)
    slow: int = 0
    restarts: int = 0

    def add(self, other):
        """What another process found as well."""
        self.inputs += other.inputs
        self.codes += other.codes
        self.answered += other.answered
        self.slowest = max(self.slowest, other.slowest)
        self.failures += other.failures
        self.slow += other.slow
        self.restarts += other.restarts

    def to_json(self):
        """For the process that adds them up."""
        return json.dumps(vars(self), default=str)

    @classmethod
    def from_json(cls, text):
        """As `to_json` wrote it."""
        read = json.loads(text)
        read |= {
            "codes": Counter(read["codes"]),
            "answered": Counter(read["answered"]),
            "slowest": tuple(read["slowest"]),
        }
        return cls(**read)

    def failed(self, kind, what, why, data=b"", **more):
        """Keep one."""
        raw_bytes = base64.b64encode(data).decode()
        self.failures.append({"kind": kind, "what": what, "why": why, "raw": raw_bytes, "input": self.inputs, **more})

    def count(self, kind):
        """How many of a kind."""
        return sum(f["kind"] == kind for f in self.failures)

    def rows(self, wanted):
        """The targets."""
        return [
            Row("inputs", f">= {wanted}", str(self.inputs), self.inputs >= wanted),
            no_more_than("INTERNAL or UNKNOWN", 0, self.count("defect")),
            no_more_than("calls that got what their key may not have", 0, self.count("trespass")),
            no_more_than("exceptions that got out, crashes", 0, self.count("crash") + self.restarts),
            no_more_than("calls that did not end", 0, self.count("hang")),
            Row(
                f"calls over {MOST_CPU_S:g} s of CPU time, but for evaluations' own processes",
                "0",
                f"{self.slow} (the longest: {self.slowest[0]:.2f} s, {self.slowest[1]})",
                self.slow == 0,
            ),
        ]


def settings_of(folder, base_url):
    """A service with two direct models and one through litellm, all at one provider, and judges that read answers."""
    price = {"input_usd_per_million": 1.0, "output_usd_per_million": 2.0}
    seeing = {"capabilities": {"input_modalities": ["text", "image"], "tools": True}}
    direct = [{"name": name, "base_url": base_url, **price, **seeing} for name in ("small", "large")]
    lite = {"name": "lite", "provider_model": "openai/x", "adapter": "litellm", "base_url": base_url, **price, **seeing}
    return parse(
        {
            "storage": {"folder": str(folder)},
            # A call without a deadline has this one: a provider that says nothing is waited for no longer.
            "server": {"port": 0, "drain_s": 0.0, "grace_s": 1.0, "default_deadline_s": 3.0},
            "models": [*direct, lite],
            "tenants": {"acme": {"ceiling_usd": 1e6}},
            "observability": {"log_level": "error", "log_format": "json", "prometheus_port": 0},
            "http": {"port": 0, "embeddings": {"base_url": base_url, "models": ["embed"]}},
            **callers.sections(),
        }
    )


@asynccontextmanager
async def fuzzed(seed):
    """A service to throw at, and its provider: (doors, sockets, what the provider says, ids of what is there)."""
    says = upstream.Says(random.Random(seed))
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pointsman-fuzz-"))
        provider = await stack.enter_async_context(raw.upstream(says))
        doors = await stack.enter_async_context(opened(settings_of(Path(folder) / "data", provider.base_url)))
        sockets = await stack.enter_async_context(listening(settings_of, provider.base_url))
        yield doors, sockets, says, await _things(doors, provider.base_url)


async def _things(doors, base_url):
    """Episodes of several ways to ask, so that what is said of them finds them."""
    found = []
    for n in range(4):
        request = v1.RouteRequest(query=query(session_id=f"s-{n}"), single_call=bool(n % 2))
        metadata = (*TENANT, *callers.OPERATOR.metadata)
        code, told = await doors.call(f"{ROUTER}Route", request.SerializeToString(), metadata)
        assert code == grpc.StatusCode.OK, code
        found.append(v1.RouteResponse.FromString(told[0]).episode_id)
    return {
        "episode_id": found, "model": ["small", "large"], "models": ["small", "large"], "tenant": ["acme", "default"],
        "session_id": ["s-0", "s-1"], "node_id": ["root"], "parent_id": ["root"], "base_url": [base_url],
        "request_id": ["r-1", "r-2", "r-3"], "judge": ["format", "agreement"],
    }  # fmt: skip


class Fuzzing:
    """One run of inputs against one service."""

    def __init__(self, doors, sockets, says, ids, seed):
        self._doors, self._sockets, self._says, self._ids = doors, sockets, says, ids
        self._valid, self._rng, self._calls = corpus(ids), random.Random(seed), 0
        self._web, self._over_http = Web(doors.service), web_inputs.valid(ids)
        self._cpu = CpuClock(but_for=[s.learner.pid for s in (doors.service, sockets.service) if s.learner])
        self.found = Found()

    async def step(self):
        """One input: a call by gRPC or by HTTP, or a body for the reader."""
        self.found.inputs += 1
        seed = self._rng.getrandbits(48)
        if self._rng.random() < READER_SHARE:
            await self._try("reader", lambda _: reader.read(random.Random(seed)), b"", seed=seed)
            return
        if self._rng.random() < WEB_SHARE:
            await self._web_step(seed)
            return
        made = inputs.one(self._rng, self._valid, self._ids)
        known = {"seed": seed, "origin": made.origin, "metadata": made.metadata}
        if self._rng.random() < SOCKET_SHARE:
            await self._try(f"socket {made.path}", lambda raw: self._over_a_socket(made, raw), made.raw, **known)
            return
        await self._try(made.path, lambda raw: self._call(made, raw, seed), made.raw, **known)
        self._calls += 1
        if self._calls % RESET_EVERY == 0:
            await self.reset()

    async def _web_step(self, seed):
        made = web_inputs.one(self._rng, self._over_http)
        name = f"{made.method} {made.path[:60]}"
        await self._try(
            f"HTTP {name}", lambda raw: self._ask(made, name, raw, seed), made.raw, seed=seed, origin=made.origin
        )

    async def _ask(self, made, name, raw, seed):
        self._says.rng.seed(seed)
        answer = await self._web.ask(raw, whole=made.whole)
        fault = fault_of(made, answer)
        if fault is not None:
            self.found.failed(fault[0], f"HTTP {name}", fault[1], raw, seed=seed, origin=made.origin)
        if not made.whole and not await self._web.serves():
            self.found.failed("crash", f"HTTP {name}", "does not serve after that", raw)
        if answer.status == 200 and made.whole:
            self.found.answered[name] += 1
        return f"HTTP {answer.status}"

    async def _call(self, made, raw, seed):
        self._says.rng.seed(seed)
        code, responses = await self._doors.call(made.path, raw, made.metadata, made.seconds)
        wrong = callers.trespass(made.who, made.path.rpartition("/")[2], code, responses)
        if wrong is not None:
            self.found.failed("trespass", made.path, f"{made.who.name}: {wrong}", raw, metadata=made.metadata)
        if code == grpc.StatusCode.OK:
            self.found.answered[made.path.rpartition("/")[2]] += 1
        return code

    async def _over_a_socket(self, made, raw):
        """A call of a method; every tenth one noise and bytes for health and reflection, after which both must live."""
        if raw and raw[-1] % 10 == 0:
            noise = damaged(raw, random.Random(raw))
            await self._sockets.noise(PREFACE + noise if len(noise) % 2 else noise)
            await self._sockets.tools(noise)
            if not await self._sockets.serves():
                self.found.failed("crash", HEALTH, "does not serve after noise", raw)
        return await self._sockets.call(made.path, raw, made.metadata, made.seconds)

    async def _try(self, what, action, data, **more):
        seconds, end = await self._timed(what, action, data, more)
        self.found.codes[getattr(end, "name", end)] += 1
        if end in DEFECTS:
            self.found.failed("defect", what, end.name, data, **more)
        if seconds > MOST_CPU_S:  # twice more: the collector, or work of another call, may have come between
            again = [afresh(what.removeprefix("socket "), data, f"{self.found.inputs}-{n}") for n in range(2)]
            seconds = min(seconds, *[(await self._timed(what, action, raw, more))[0] for raw in again])
        if seconds > self.found.slowest[0]:
            self.found.slowest = (seconds, what.rpartition("/")[2])
        if seconds > MOST_CPU_S:
            self.found.slow += 1
            self.found.failed("slow", what, f"{seconds:.2f} s", data, **more)

    async def _timed(self, what, action, data, more):
        began = self._cpu.now()
        try:
            async with asyncio.timeout(HANG_S):
                end = await action(data)
        except TimeoutError:
            end = "hang"
            self.found.failed("hang", what, f"{HANG_S:g} s", data, **more)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the find
            end = "crash"
            self.found.failed("crash", what, repr(error)[:500], data, **more)
        return self._cpu.now() - began, end

    async def reset(self):
        """What operators changed is undone."""
        listed = v1.ListConfigValuesRequest(changed_only=True, page_size=1_000)
        told = await self._operate("ListConfigValues", listed)
        changed = [v.key for raw_page in told for v in v1.ListConfigValuesResponse.FromString(raw_page).values]
        for key in dict.fromkeys(".".join(key.split(".")[:2]) for key in changed):
            await self._operate("ResetConfig", v1.ResetConfigRequest(key=key))
        await self._operate("FollowNewestSnapshot", v1.FollowNewestSnapshotRequest())

    async def _operate(self, method, request):
        _, told = await self._doors.call(f"{ADMIN}{method}", request.SerializeToString(), callers.OPERATOR.metadata)
        return told


async def fuzz(wanted, seed, out):
    """Throw so many inputs at one service; what was found."""
    progress = Progress(out)
    async with fuzzed(seed) as (doors, sockets, says, ids):
        run = Fuzzing(doors, sockets, says, ids, seed)
        began = time.monotonic()
        while run.found.inputs < wanted:
            known = len(run.found.failures)
            await run.step()
            for find in run.found.failures[known:]:  # told at once: the run may be broken off
                out.write(f"  {find['kind']}: {find['what']}: {find['why'][:300]}\n")
            rate = run.found.inputs / (time.monotonic() - began)
            progress.say(
                f"{run.found.inputs} inputs, {rate:.0f}/s, {len(run.found.failures)} finds, {dict(run.found.codes)}"
            )
        run.found.restarts = sum(s.learner.restarts for s in (doors.service, sockets.service) if s.learner)
    return run.found
