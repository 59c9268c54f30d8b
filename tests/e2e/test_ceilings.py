"""Hard ceilings against everything a caller can say and a provider can do: the provider counts what it really bills."""

import asyncio
import json
import os
import signal
from pathlib import Path

import grpc
import pytest
from aiohttp import web
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub

from tests.local_server import chat_provider

CEILING = 0.05
INPUT, OUTPUT = 0.5e-6, 2e-6
"""Dollars a token. A limit of 4,096 tokens is .0082: six of them fit under the ceiling."""
LENGTHS = (40, 900, 5000, 3, 2500)
"""Tokens that an answer would have, in turn."""
UNBOUND = 12_000
"""Tokens of an answer that nothing limits."""
SEARCH = 0.01
CONCURRENT = 64

HOSTILE = [
    {},
    {"max_tokens": 4000},
    {"max_completion_tokens": -1},
    {"max_completion_tokens": 1, "max_tokens": 1_000_000},
    {"max_tokens": -1},
    {"max_tokens": 0, "max_completion_tokens": 900_000},
    {"max_tokens": "many"},
    {"max_tokens": "1000000"},
    {"max_tokens": 1e308},
    {"max_tokens": True},
    {"max_tokens": None, "max_completion_tokens": [1]},
    {"max_tokens": 10, "max_output_tokens": 1_000_000},
    {"maxOutputTokens": 1_000_000},
    {"max_new_tokens": -1, "num_predict": -1},
    {"max_tokens": 2.5},
    {"reasoning_effort": "high"},
    {"thinking": {"type": "enabled", "budget_tokens": 1_000_000}},
    {"web_search_options": {"search_context_size": "high"}},
    {"service_tier": "priority"},
    {"prediction": {"type": "content", "content": "x" * 2000}},
    {"temperature": 2, "metadata": {"max_tokens": "9"}},
]
REFUSED = [{"n": 50}, {"best_of": 50}, {"num_return_sequences": 50}, {"candidate_count": 50}]
"""Parameters that ask for several answers have no place: the caller is told."""


def _reading(body):
    """Tokens that the nastiest reading of a body's limits allows: the largest of them, none where one is nonsense."""
    said = [v for k, v in body.items() if k.replace("_", "").lower() in {
        "maxtokens", "maxcompletiontokens", "maxoutputtokens", "maxnewtokens", "numpredict"}]  # fmt: skip
    counts = [v for v in said if isinstance(v, int | float) and not isinstance(v, bool) and v >= 1]
    return int(min(max(counts), UNBOUND)) if said and len(counts) == len(said) else UNBOUND


class Upstream:
    """A provider. keeps: whether it keeps to a limit; calls: dollars of each, as it bills them."""

    def __init__(self, *, keeps=True, latency_s=0.003):
        self.keeps, self.latency_s = keeps, latency_s
        self.calls = []
        self.under_way = self.most_under_way = 0

    @property
    def billed(self):
        """Dollars in all."""
        return sum(self.calls)

    async def answer(self, request):
        """Bills when it is asked, whoever waits for the answer."""
        body = await request.json()
        wanted = LENGTHS[len(self.calls) % len(LENGTHS)]
        prompt = len(json.dumps(body["messages"])) // 4
        limit = _reading(body) if self.keeps else UNBOUND
        tokens = min(wanted, limit) if self.keeps else UNBOUND
        usd = (prompt * INPUT + tokens * OUTPUT) * (2.0 if body.get("service_tier") == "priority" else 1.0)
        usd = usd * body.get("n", 1) * body.get("best_of", 1) + (SEARCH if "web_search_options" in body else 0.0)
        self.calls.append(usd)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(self.latency_s)
        finally:
            self.under_way -= 1
        choice = {"message": {"content": "an answer"}, "finish_reason": "length" if tokens < wanted else "stop"}
        usage = {"prompt_tokens": prompt, "completion_tokens": tokens, "total_tokens": prompt + tokens}
        return web.json_response({"choices": [choice], "usage": usage})


def sections(base_url, workers=1, **more):
    """A service with one model, whose price is known, and a ceiling on everybody."""
    model = {"name": "m", "base_url": base_url, "input_usd_per_million": 0.5, "output_usd_per_million": 2.0}
    return {
        "models": [{**model, **more}],
        "judges": [{"name": "format", "kind": "format"}],
        "tenants": {"open": True, "default": {"ceiling_usd": CEILING}},
        "server": {"workers": workers},
        "learner": {"enabled": False},
    }


async def ask(address, params, *, tenant="acme", text="hi", seconds=20.0):
    """One call on a connection of its own, so that workers share them; its status."""
    said = v1.GenerationParams(extra_json=json.dumps(params)) if params else None
    message = v1.ChatMessage(role=v1.ROLE_USER, content=text)
    request = v1.CompleteRequest(query=v1.Query(messages=[message], params=said))
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        call = RouterServiceStub(channel).Complete(request, timeout=seconds, metadata=[("x-pointsman-tenant", tenant)])
        return await call.code()


async def storm(address, *, tenants=1, params=HOSTILE):
    """So many calls at once; their statuses."""
    asked = (ask(address, params[i % len(params)], tenant=f"t{i % tenants}") for i in range(CONCURRENT))
    return await asyncio.gather(*asked)


def children(pid):
    """Processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("workers", [1, 2])
async def test_no_parameters_break_a_ceiling(process, workers):
    """Sixty-four at once with every way to say no limit, and sixty-four again; whoever can be paid for is answered."""
    upstream = Upstream()
    async with chat_provider(upstream.answer) as base_url, process(**sections(base_url, workers)) as service:
        codes = [*await storm(service.address), *await storm(service.address)]
    assert upstream.billed <= CEILING
    assert upstream.billed > 0.5 * CEILING
    assert set(codes) == {grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert codes.count(grpc.StatusCode.OK) == len(upstream.calls)


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_provider_that_ignores_limits_breaks_a_ceiling_by_one_call_at_most(process, workers):
    """Each costs three times what its limit allows: one is under way at a time, and tells what the next will cost."""
    upstream = Upstream(keeps=False)
    async with chat_provider(upstream.answer) as base_url, process(**sections(base_url, workers)) as service:
        await storm(service.address)
    assert upstream.most_under_way == 1
    assert CEILING - max(upstream.calls) < upstream.billed <= CEILING + max(upstream.calls)


async def test_what_a_model_that_ignores_limits_was_seen_to_cost_is_reserved_for_whatever_is_asked(process):
    """After a plain call, nobody is served whom the rest would not pay for: a dearer tier or a search neither."""
    upstream = Upstream(keeps=False)
    async with chat_provider(upstream.answer) as base_url, process(**sections(base_url)) as service:
        assert await ask(service.address, {"max_tokens": 10}) is grpc.StatusCode.OK
        await storm(service.address)
    assert upstream.billed <= CEILING


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_kill_amid_calls_breaks_no_ceiling(process, until, workers):
    """What the killed process held counts as spent: nobody knows whether it was billed."""
    upstream = Upstream(latency_s=0.02)
    async with chat_provider(upstream.answer) as base_url:
        async with process(**sections(base_url, workers)) as service:
            calls = asyncio.create_task(storm(service.address))
            await until(lambda: len(upstream.calls) >= 4)
            pids = children(service._process.pid)
            await service.kill()
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            await calls
        before = len(upstream.calls)
        async with process(**sections(base_url, workers)) as service:
            await storm(service.address)
    assert upstream.billed <= CEILING
    assert len(upstream.calls) > before


async def test_invented_tenants_share_one_ceiling(process):
    """Sixty-four names that nobody configured are no sixty-four ceilings."""
    upstream = Upstream()
    async with chat_provider(upstream.answer) as base_url, process(**sections(base_url)) as service:
        await storm(service.address, tenants=CONCURRENT)
        await storm(service.address, tenants=CONCURRENT)
    assert 0.5 * CEILING < upstream.billed <= CEILING


async def test_parameters_that_multiply_answers_are_refused(process):
    """With a word to the caller; nothing is called."""
    upstream = Upstream()
    async with chat_provider(upstream.answer) as base_url, process(**sections(base_url)) as service:
        codes = [await ask(service.address, params) for params in REFUSED]
    assert set(codes) == {grpc.StatusCode.INVALID_ARGUMENT}
    assert upstream.calls == []
