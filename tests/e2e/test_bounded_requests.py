"""What one caller could do to a whole service: take keys, freeze it, stop learning, spend without bound."""

import asyncio
import json
from contextlib import asynccontextmanager

import grpc
import pytest
from aiohttp import web
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pointsman import v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub

from tests.local_server import chat_provider

QUESTION = v1.ChatMessage(role=v1.ROLE_USER, content="6 times 7?")
SMUGGLED = [
    {"api_base": "http://attacker.example"},
    {"base_url": "http://attacker.example"},
    {"mock_response": "forged"},
    {"extra_body": {"api_base": "http://attacker.example"}},
    {"extra_headers": {"Authorization": "Bearer mine"}},
    {"optional_params": {"api_key": "mine"}},
    {"custom_llm_provider": "openai"},
]
ABSURD_TOKENS = [2**63, 10**18]


def deep(levels):
    """JSON that deep, in an object."""
    return '{"thinking": ' + '{"a": ' * levels + "1" + "}" * levels + "}"


def doubling(depth):
    """A schema of about a kilobyte whose references double at each level."""
    defs = {str(i): {"allOf": [{"$ref": f"#/$defs/{i + 1}"}] * 2} for i in range(depth)}
    return {"$ref": "#/$defs/0", "$defs": defs | {str(depth): {"type": "object"}}}


@asynccontextmanager
async def provider(usage=None):
    """A provider that answers `{}` and keeps what it was sent; its address."""
    seen = []

    async def answer(request):
        seen.append(await request.json())
        choice = {"message": {"content": "{}"}, "finish_reason": "stop"}
        told = usage or {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}
        return web.json_response({"choices": [choice], "usage": told})

    async with chat_provider(answer) as base_url:
        yield base_url, seen


@asynccontextmanager
async def asking(serve, base_url, **sections):
    """A service with one priced model and a ceiling, and a channel to it."""
    model = {"name": "m", "base_url": base_url, "input_usd_per_million": 0.5, "output_usd_per_million": 2.0}
    judges = [{"name": "format", "kind": "format"}, {"name": "mine", "kind": "reported"}]
    tenants = {"default": {"ceiling_usd": 10.0}}
    async with (
        serve(models=[model], judges=judges, tenants=tenants, learner={"enabled": False}, **sections) as service,
        grpc.aio.insecure_channel(service.address) as channel,
    ):
        yield channel


async def code_of(call):
    """Its status."""
    return await call.code()


def query(extra=None, **fields):
    """A query, with further parameters as JSON."""
    params = None if extra is None else v1.GenerationParams(extra_json=extra)
    return v1.Query(messages=[QUESTION], params=params, **fields)


async def test_nothing_of_a_caller_reaches_an_address_a_key_or_an_answer(serve):
    """Refused by name, on each way to ask; the provider is not called."""
    async with provider() as (base_url, seen), asking(serve, base_url) as channel:
        router = RouterServiceStub(channel)
        for extra in SMUGGLED:
            asked = query(json.dumps(extra))
            assert await code_of(router.Route(v1.RouteRequest(query=asked))) is grpc.StatusCode.INVALID_ARGUMENT
            assert await code_of(router.Complete(v1.CompleteRequest(query=asked))) is grpc.StatusCode.INVALID_ARGUMENT
        assert seen == []
        assert await code_of(router.Complete(v1.CompleteRequest(query=query('{"seed": 5}')))) is grpc.StatusCode.OK
        assert seen[0]["seed"] == 5


@pytest.mark.parametrize("levels", [64, 900])
async def test_deep_json_is_the_callers_mistake_with_a_request_id_and_a_ceiling_too(serve, levels):
    """It was INTERNAL: what reads it later recurses."""
    async with provider() as (base_url, _), asking(serve, base_url) as channel:
        request = v1.CompleteRequest(query=query(deep(levels)), request_id="r-1")
        assert await code_of(RouterServiceStub(channel).Complete(request)) is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("limit", ["many", -(10**12), 1e308, True, [1], {"a": 1}])
async def test_a_limit_that_makes_no_sense_is_none_under_a_ceiling(serve, limit):
    """It was INTERNAL; the limit is the service's."""
    async with provider() as (base_url, seen), asking(serve, base_url) as channel:
        request = v1.CompleteRequest(query=query(json.dumps({"max_tokens": limit})))
        assert await code_of(RouterServiceStub(channel).Complete(request)) is grpc.StatusCode.OK
        assert isinstance(seen[0]["max_tokens"], int)
        assert seen[0]["max_tokens"] > 0


@pytest.mark.parametrize("tokens", ABSURD_TOKENS)
async def test_a_providers_absurd_count_is_no_bill_and_no_defect(serve, tokens):
    """2^63 could not be logged, so that every retry failed and was paid for; 10^18 were $5e11."""
    usage = {"prompt_tokens": tokens, "completion_tokens": tokens, "total_tokens": 2 * tokens}
    async with provider(usage) as (base_url, seen), asking(serve, base_url) as channel:
        done = await RouterServiceStub(channel).Complete(v1.CompleteRequest(query=query(), request_id="r-1"))
        assert done.cost_usd < 1.0
        again = await RouterServiceStub(channel).Complete(v1.CompleteRequest(query=query(), request_id="r-1"))
        assert (again.episode_id, len(seen)) == (done.episode_id, 1)


async def test_a_schema_that_doubles_freezes_nothing(serve):
    """Health answers all the while: one such request of a kilobyte held the service until it was killed."""
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": doubling(24)}}
    tool = {"type": "function", "function": {"name": "f", "parameters": doubling(24)}}
    async with provider() as (base_url, _), asking(serve, base_url) as channel:
        asked = v1.CompleteRequest(query=query(response_format_json=json.dumps(wanted), tools_json=[json.dumps(tool)]))
        calls = [RouterServiceStub(channel).Complete(asked) for _ in range(16)]
        health = health_pb2_grpc.HealthStub(channel)
        while not all(call.done() for call in calls):
            said = await health.Check(health_pb2.HealthCheckRequest(), timeout=10.0)
            assert said.status == health_pb2.HealthCheckResponse.SERVING
            await asyncio.sleep(0.02)
        assert {await call.code() for call in calls} == {grpc.StatusCode.OK}


async def test_invented_judges_and_costs_are_refused_and_one_of_the_teams_own_is_taken(serve):
    """A hundred reports with 64 names each stopped the learner for good."""
    async with provider() as (base_url, _), asking(serve, base_url) as channel:
        router = RouterServiceStub(channel)
        episode_id = (await router.Route(v1.RouteRequest(query=query()))).episode_id

        def report(**fields):
            return code_of(router.ReportOutcome(v1.ReportOutcomeRequest(episode_id=episode_id, **fields)))

        for verdicts in ([v1.Verdict(judge=f"j{i}", score=1.0) for i in range(n)] for n in (1, 32, 64)):
            assert await report(verdicts=verdicts) is grpc.StatusCode.INVALID_ARGUMENT
        assert await report(cost_usd=10_000.0) is grpc.StatusCode.INVALID_ARGUMENT
        assert await report(verdicts=[v1.Verdict(judge="mine", score=1.0)], cost_usd=0.01) is grpc.StatusCode.OK
