"""A model at several deployments, each a real server: which is called, what makes it leave one, what it remembers."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
from aiohttp import web
from pointsman_service.adapters.callers.deployments import DeploymentsCaller
from pointsman_service.adapters.callers.openai_caller import OpenAICaller
from pointsman_service.adapters.prices.book import PriceBook
from pointsman_service.domain import ChatMessage, Deployment, ModelAnswer, ModelConfig, Question, TextDelta
from pointsman_service.errors import ModelCallError

from tests.local_server import listening

HELLO = Question((ChatMessage("user", "Hello"),))
TIME_S = 30.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Upstream:
    """A server at each path, "/a/v1" for deployment "a", with what it answers and whom it was asked by."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[str, Handler] = {}
        self.asked: list[str] = []
        self.requests: list[web.Request] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.asked.append(name)
        self.requests.append(request)
        await request.read()
        return await self.answers.get(name, answers("hi"))(request)

    def at(self, name: str, **limits: int) -> Deployment:
        return Deployment(name, base_url=f"{self.url}/{name}/v1", **limits)


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """The server, started."""
    made, app = Upstream(), web.Application()
    app.router.add_post("/{name}/v1/chat/completions", made.handle)
    async with listening(app, handler_cancellation=True) as made.url:
        yield made


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
async def caller(clock) -> AsyncIterator[DeploymentsCaller]:
    """Over the direct adapter, by the clock that is told."""
    made = DeploymentsCaller(OpenAICaller(PriceBook(), environ={"KEY_B": "secret-b"}), clock=clock)
    yield made
    await made.close()


@pytest.fixture
async def timed() -> AsyncIterator[DeploymentsCaller]:
    """By the real clock."""
    made = DeploymentsCaller(OpenAICaller(PriceBook()))
    yield made
    await made.close()


def model(*deployments: Deployment, **more) -> ModelConfig:
    """A model that has no address of its own."""
    return ModelConfig("m", "openai", "m-1", None, None, 1.0, 1.0, deployments=deployments, **more)


def answers(text: str, **usage: int) -> Handler:
    """A completion."""

    async def handler(request: web.Request) -> web.StreamResponse:
        body = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}], "usage": usage}
        return web.json_response(body)

    return handler


def fails(status: int, code: str = "", **headers: str) -> Handler:
    """An error of this status."""

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": {"message": "no", "code": code}}, status=status, headers=headers)

    return handler


def streams(*texts: str, whole: bool = True) -> Handler:
    """Chunks, which break off where not `whole`."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for text in texts:
            await response.write(f"data: {json.dumps({'choices': [{'delta': {'content': text}}]})}\n\n".encode())
        if whole:
            await response.write(b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n')
        return response

    return handler


async def page(request: web.Request) -> web.StreamResponse:
    """What a proxy sends that wants a login."""
    return web.Response(text="<html>", content_type="text/html")


async def breaks(request: web.Request) -> web.StreamResponse:
    """The beginning of an answer, and then a connection that breaks."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"choices": [{"message": {"content": "ha')
    assert request.transport is not None
    request.transport.abort()
    return response


async def hangs(request: web.Request) -> web.StreamResponse:
    """Never an answer."""
    await asyncio.Event().wait()
    return web.Response()


async def error_of(caller: DeploymentsCaller, config: ModelConfig, time_s: float = TIME_S) -> ModelCallError:
    """How the call fails."""
    with pytest.raises(ModelCallError) as caught:
        await caller.call(config, HELLO, time_s)
    return caught.value


@pytest.mark.parametrize(
    "failing",
    [
        fails(500),
        fails(503, **{"Retry-After": "20"}),
        fails(429, **{"Retry-After": "20"}),
        fails(401),
        fails(404),
        fails(504),
        page,
    ],
    ids=["500", "503", "429", "401", "404", "504", "page"],
)
async def test_a_deployment_that_fails_is_left_for_the_next_at_once(timed, upstream, failing):
    """Whatever pause it asks for. The answer says where it is from; the failure counts against where it was."""
    upstream.answers["a"] = failing
    config = model(upstream.at("a"), upstream.at("b"))
    answer = await timed.call(config, HELLO, TIME_S)
    assert (answer.text, answer.deployment, upstream.asked) == ("hi", "b", ["a", "b"])
    assert answer.latency_ms < 20_000  # the shortest pause that is asked for
    available = timed.availability(config)
    assert (available["a"], available["b"]) == (pytest.approx(0.5, abs=0.01), 1.0)
    assert (await timed.call(config, HELLO, TIME_S)).deployment == "b"
    assert upstream.asked == ["a", "b", "b"]


async def test_a_deployment_where_nobody_listens_is_left_too(caller, upstream):
    """The others are there."""
    nowhere = Deployment("nowhere", base_url="http://127.0.0.1:1/v1")
    assert (await caller.call(model(nowhere, upstream.at("b")), HELLO, TIME_S)).deployment == "b"


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_what_is_wrong_with_the_question_is_asked_once(caller, upstream, status):
    """Another deployment of the same model would say the same, and this one did its part."""
    upstream.answers["a"] = fails(status)
    config = model(upstream.at("a"), upstream.at("b"))
    error = await error_of(caller, config)
    assert (error.kind, error.deployment, upstream.asked) == ("invalid", "a", ["a"])
    assert caller.availability(config) == {"a": 1.0, "b": 1.0}


async def test_an_empty_answer_and_a_refusal_are_the_models_own(caller, upstream):
    """They were charged, and count as what the model does."""
    upstream.answers["a"] = answers("")
    config = model(upstream.at("a"), upstream.at("b"))
    assert ((await error_of(caller, config)).kind, upstream.asked) == ("empty", ["a"])
    assert caller.availability(config)["a"] == 1.0


async def test_the_failure_of_all_names_each_of_them(caller, upstream):
    """Its kind is that of what waiting may cure, so that nobody thinks that the model is gone for good."""
    upstream.answers |= {"a": fails(401), "b": fails(500), "c": fails(404)}
    config = model(upstream.at("a"), upstream.at("b"), upstream.at("c"))
    error = await error_of(caller, config)
    assert (error.kind, error.retryable, error.deployment) == ("unavailable", True, None)
    assert "a: the provider answered 401: no; b: the provider answered 500: no; c: " in str(error)
    upstream.answers["b"] = fails(410)
    assert (await error_of(caller, config)).kind == "unknown_model"


async def test_the_failure_of_all_says_when_one_of_them_may_take_it(timed, upstream):
    """The shortest pause that they name, unless a failure may have cost something; nobody is asked twice."""
    upstream.answers |= {"a": fails(503, **{"Retry-After": "0.05"}), "b": fails(401)}
    config = model(upstream.at("a"), upstream.at("b"))
    error = await error_of(timed, config)
    assert (error.retryable, error.retry_after_s, Counter(upstream.asked)) == (True, 0.05, {"a": 1, "b": 1})
    upstream.asked.clear()
    upstream.answers |= {"c": fails(503, **{"Retry-After": "0.05"}), "d": fails(504)}
    error = await error_of(timed, model(upstream.at("c"), upstream.at("d")))
    assert (error.retryable, len(upstream.asked)) == (False, 2)


async def test_a_deployment_that_hangs_has_the_time_there_is_and_is_passed_over_then(timed, upstream):
    """One call is lost to it, the next one is not."""
    upstream.answers["a"] = hangs
    config = model(upstream.at("a"), upstream.at("b"))
    error = await error_of(timed, config, 0.3)
    assert (error.kind, error.deployment, upstream.asked) == ("timeout", "a", ["a"])
    assert (await timed.call(config, HELLO, TIME_S)).deployment == "b"


async def test_after_a_failure_that_may_be_charged_the_bill_is_not_known(caller, upstream):
    """What times out at a gateway may have been answered behind it; what is refused was not."""
    config = model(upstream.at("a"), upstream.at("b"))
    upstream.answers["a"] = fails(504)
    assert not (await caller.call(config, HELLO, TIME_S)).bill_known
    upstream.answers |= {"b": fails(429)}
    upstream.answers.pop("a")
    assert (await caller.call(config, HELLO, TIME_S)).bill_known


async def test_what_broke_off_at_one_deployment_may_be_charged_wherever_the_next_ones_fail(caller, upstream):
    """The answer was under way; that another has no key makes nothing of it free."""
    config = model(upstream.at("a"), upstream.at("b"))
    upstream.answers["a"] = breaks
    assert not (await caller.call(config, HELLO, TIME_S)).bill_known
    upstream.answers |= {"a": fails(401), "b": breaks}
    error = await error_of(caller, model(upstream.at("a"), upstream.at("b")))
    assert error.may_be_billed
    assert not error.retryable


async def test_an_outage_is_forgotten_within_minutes(caller, upstream, clock):
    """Then it is tried again, and when it answers, it has its share."""
    upstream.answers["a"] = fails(500)
    config = model(upstream.at("a"), upstream.at("b"))
    for _ in range(20):
        await caller.call(config, HELLO, TIME_S)
    assert Counter(upstream.asked) == {"a": 1, "b": 20}
    upstream.answers.pop("a")
    clock.now += 600.0
    for _ in range(20):
        await caller.call(config, HELLO, TIME_S)
    assert Counter(upstream.asked) == {"a": 11, "b": 30}


async def test_deployments_that_are_alike_share_the_calls(caller, upstream):
    """The first configured one first; a single failure among many calls changes nothing."""
    config = model(upstream.at("a"), upstream.at("b"))
    for _ in range(40):
        await caller.call(config, HELLO, TIME_S)
    assert upstream.asked[:4] == ["a", "b", "a", "b"]
    upstream.answers["a"] = fails(500)
    await caller.call(config, HELLO, TIME_S)
    upstream.answers.pop("a")
    for _ in range(20):
        await caller.call(config, HELLO, TIME_S)
    assert Counter(upstream.asked[-20:]) == {"a": 10, "b": 10}


async def test_a_deployment_takes_no_more_requests_a_minute_than_configured(caller, upstream, clock):
    """The other takes what is left over; a minute later there is room again."""
    config = model(upstream.at("a", requests_per_minute=3), upstream.at("b", requests_per_minute=5))
    for _ in range(8):
        await caller.call(config, HELLO, TIME_S)
    assert Counter(upstream.asked) == {"a": 3, "b": 5}
    clock.now += 60.0
    assert (await caller.call(config, HELLO, TIME_S)).text == "hi"


async def test_a_deployment_takes_no_more_tokens_a_minute_than_configured(caller, upstream):
    """Counted as the answers tell them."""
    upstream.answers["a"] = answers("hi", prompt_tokens=400, completion_tokens=100)
    config = model(upstream.at("a", tokens_per_minute=500), upstream.at("b"))
    assert [(await caller.call(config, HELLO, TIME_S)).deployment for _ in range(4)] == ["a", "b", "b", "b"]


async def test_calls_under_way_count_before_they_have_ended(timed, upstream):
    """Many at once do not all see the same room."""
    config = model(upstream.at("a", requests_per_minute=4), upstream.at("b", requests_per_minute=16))
    await asyncio.gather(*(timed.call(config, HELLO, TIME_S) for _ in range(20)))
    assert Counter(upstream.asked) == {"a": 4, "b": 16}


async def test_a_deployment_that_filled_up_meanwhile_is_passed_over(timed, upstream):
    """Many that fail elsewhere at once do not all go where there was room for one."""
    upstream.answers["a"] = fails(500)
    config = model(upstream.at("a"), upstream.at("b", requests_per_minute=3))
    calls = (timed.call(config, HELLO, TIME_S) for _ in range(10))
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(end, ModelAnswer) for end in ends) == upstream.asked.count("b") == 3


async def test_where_every_minute_is_full_nobody_is_asked(caller, upstream, clock):
    """The error says when there will be room, which is no fault of any deployment."""
    config = model(upstream.at("a", requests_per_minute=1), upstream.at("b", requests_per_minute=1))
    await caller.call(config, HELLO, TIME_S)
    clock.now += 10.0
    await caller.call(config, HELLO, TIME_S)
    error = await error_of(caller, config)
    assert (error.kind, error.retryable, error.retry_after_s) == ("rate_limited", True, 50.0)
    assert len(upstream.asked) == 2
    assert caller.availability(config) == {"a": 1.0, "b": 1.0}


async def test_what_a_deployment_does_not_say_is_the_models(caller, upstream):
    """Address, name at the provider, key: each by itself."""
    own = Deployment("own", provider_model="m-eu", base_url=f"{upstream.url}/b/v1", api_key_env="KEY_B")
    config = replace(model(Deployment("plain"), own), base_url=f"{upstream.url}/a/v1")
    for _ in range(2):
        await caller.call(config, HELLO, TIME_S)
    sent = [(json.loads(await r.read())["model"], r.headers.get("Authorization")) for r in upstream.requests]
    assert (upstream.asked, sent) == (["a", "b"], [("m-1", None), ("m-eu", "Bearer secret-b")])


async def test_a_stream_moves_on_before_its_first_piece_and_not_after(caller, upstream):
    """What was given out cannot be taken back; but it counts against the deployment."""
    upstream.answers |= {"a": fails(500), "b": streams("one ", "two")}
    config = model(upstream.at("a"), upstream.at("b"))
    *pieces, last = [piece async for piece in caller.stream(config, HELLO, TIME_S)]
    assert pieces == [TextDelta("one "), TextDelta("two")]
    assert isinstance(last, ModelAnswer)
    assert (last.text, last.deployment) == ("one two", "b")
    assert caller.availability(config) == {"a": 0.5, "b": 1.0}
    upstream.answers["b"] = streams("half", whole=False)
    stream = caller.stream(config, HELLO, TIME_S)
    assert await anext(stream) == TextDelta("half")
    with pytest.raises(ModelCallError) as caught:
        await anext(stream)
    assert (caught.value.kind, caught.value.deployment) == ("unavailable", "b")
    assert caller.availability(config)["b"] < 1.0


async def test_a_stream_that_ends_with_nothing_in_it_moves_on(caller, upstream):
    """It is a failed call like another."""
    upstream.answers |= {"a": streams(whole=False), "b": streams("hi")}
    config = model(upstream.at("a"), upstream.at("b"))
    *_, last = [piece async for piece in caller.stream(config, HELLO, TIME_S)]
    assert last.deployment == "b"


async def test_a_call_that_its_caller_leaves_counts_neither_way(timed, upstream):
    """Cancelled, or a stream closed early: the deployment did nothing wrong."""
    asked = asyncio.Event()

    async def hanging(request: web.Request) -> web.StreamResponse:
        asked.set()
        return await hangs(request)

    upstream.answers["a"] = hanging
    config = model(upstream.at("a"))
    task = asyncio.create_task(timed.call(config, HELLO, TIME_S))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    upstream.answers["a"] = streams("one ", "two")
    stream = timed.stream(config, HELLO, TIME_S)
    await anext(stream)
    await stream.aclose()
    assert timed.availability(config) == {"a": 1.0}


async def test_another_address_is_another_place(caller, upstream, clock):
    """A corrected deployment does not inherit what was wrong with it, and what it was is not kept for ever."""
    upstream.answers["a"] = fails(401)
    await error_of(caller, model(upstream.at("a")))
    corrected = model(replace(upstream.at("b"), name="a"))
    assert caller.availability(corrected) == {"a": 1.0}
    assert (await caller.call(corrected, HELLO, TIME_S)).text == "hi"
    clock.now += 3600.0
    caller.availability(model(upstream.at("c")))
    assert len(caller._places._records) == 1


async def test_a_model_without_deployments_is_one_place(timed, upstream):
    """With an availability and a breaker of its own, and no name."""
    config = replace(model(), base_url=f"{upstream.url}/a/v1")
    upstream.answers["a"] = fails(500)
    error = await error_of(timed, config)
    assert (error.kind, error.deployment, upstream.asked) == ("unavailable", None, ["a"])
    assert (timed.availability(config), timed.states(config)) == ({}, {"": "closed"})
    assert timed.reach(config).chance == pytest.approx(0.5, abs=0.01)
    upstream.answers["a"] = answers("hi")
    assert (await timed.call(config, HELLO, TIME_S)).deployment is None


async def test_a_dead_deployment_is_left_alone_but_for_probes(caller, upstream, clock):
    """Five failures open its breaker; a second later one call goes there, first, and it is left again for two."""
    upstream.answers["a"] = fails(500)
    config = model(upstream.at("a"))
    for _ in range(5):
        await error_of(caller, config)
    assert (caller.states(config), caller.reach(config).chance) == ({"a": "open"}, 0.0)
    both = model(upstream.at("a"), upstream.at("b"))
    upstream.asked.clear()
    for _ in range(300):
        await caller.call(both, HELLO, TIME_S)
        clock.now += 0.1
    assert upstream.asked.count("a") <= 5  # after 1, 3, 7 and 15 seconds of 30, give or take
    upstream.answers.pop("a")
    clock.now += 60.0
    assert (await caller.call(both, HELLO, TIME_S)).deployment == "a"
    assert caller.states(both) == {"a": "closed", "b": "closed"}
    assert caller.reach(both).chance == 1.0


async def test_a_key_that_is_refused_opens_at_once(caller, upstream):
    """Nothing but a change of the configuration cures it."""
    upstream.answers["a"] = fails(401)
    config = model(upstream.at("a"))
    await error_of(caller, config)
    assert caller.states(config) == {"a": "open"}


async def test_a_provider_that_asks_for_a_pause_gets_it(caller, upstream, clock):
    """Retry-After is kept also where it is longer than a breaker's pause."""
    upstream.answers["a"] = fails(429, **{"Retry-After": "20"})
    config = model(upstream.at("a"))
    await error_of(caller, config)
    clock.now += 19.0
    assert caller.states(config) == {"a": "open"}
    clock.now += 2.0
    assert caller.states(config) == {"a": "half_open"}


async def test_a_time_limit_that_it_could_not_keep_is_not_held_against_a_deployment(timed, upstream):
    """A caller in a hurry must not take a model from everybody else."""

    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.05)
        return await answers("hi")(request)

    upstream.answers["a"] = slow
    config = model(upstream.at("a"))
    await timed.call(config, HELLO, TIME_S)
    for _ in range(6):
        assert (await error_of(timed, config, 0.02)).kind == "timeout"
    assert (timed.availability(config), timed.states(config)) == ({"a": 1.0}, {"a": "closed"})
    upstream.answers["a"] = hangs
    for _ in range(5):
        await error_of(timed, config, 0.6)
    assert timed.states(config) == {"a": "open"}


async def test_a_question_that_another_model_answered_is_held_against_who_found_it_wrong(caller, upstream):
    """Not before anybody says so: it may be the question."""
    upstream.answers["a"] = fails(400)
    config = model(upstream.at("a"))
    for _ in range(5):
        await error_of(caller, config)
    assert caller.states(config) == {"a": "closed"}
    for _ in range(5):
        caller.blame(config, "a", "invalid")
    assert caller.states(config) == {"a": "open"}


async def test_a_used_up_quota_is_not_waited_for(timed, upstream):
    """OpenAI sends it as 429 too, but waiting does not cure it."""
    upstream.answers["a"] = fails(429, "insufficient_quota")
    error = await error_of(timed, model(upstream.at("a")))
    assert (error.kind, error.retryable, upstream.asked) == ("rate_limited", False, ["a"])
