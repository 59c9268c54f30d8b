"""What the door refuses, and how: OpenAI's words, status codes and headers, for SDKs and for bare HTTP."""

import asyncio
import json
import os

import aiohttp
import grpc
import openai
import pytest
import pytest_asyncio
from pointsman import v1
from pointsman.v1.admin_service_pb2_grpc import AdminServiceStub
from pointsman_service.domain.api_keys import make_key

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAPITAL = "What is the capital of France?"
ASKED = [{"role": "user", "content": CAPITAL}]
CHAT = "/v1/chat/completions"
PLAIN = {"model": "pointsman", "messages": ASKED}


@pytest_asyncio.fixture(loop_scope="module")
async def client(url):
    """The SDK, pointed at the door."""
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def http(url):
    """Bare HTTP."""
    async with aiohttp.ClientSession(url) as session:
        yield session


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"n": 2}, "n"),
        ({"best_of": 3}, "best_of"),
        ({"temprature": 0.1}, "temprature"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_p": 7}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 10**400}, "max_tokens"),
        ({"max_completion_tokens": 10**400}, "max_completion_tokens"),
        ({"temperature": 10**400}, "temperature"),
        ({"seed": 10**400}, "seed"),
        ({"logit_bias": {"7": 10**400}}, "logit_bias"),
        ({"pointsman": {"dial": 10**400}}, "pointsman.dial"),
        ({"max_completion_tokens": "many"}, "max_completion_tokens"),
        ({"stop": [""]}, "stop[0]"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"stream": True, "stream_options": {"colour": 1}}, "stream_options.colour"),
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, "tools[0]"),
        ({"response_format": {"type": "xml"}}, "response_format"),
        ({"metadata": {"a": 1}}, "metadata"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "video"}]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "user", "content": "hi", "colour": 1}]}, "messages[0].colour"),
        ({"messages": [{"role": "tool", "content": "21"}]}, "messages[0].tool_call_id"),
        ({"pointsman": {"stream_mode": "optimistic"}}, "pointsman.stream_mode"),
        ({"pointsman": {"dail": 1}}, "pointsman.dail"),
        ({"pointsman": {"dial": 2}}, "pointsman.dial"),
        ({"pointsman": {"dial": 0.5, "cost_weight": 1.0}}, "pointsman.cost_weight"),
        ({"model": "pointsman:0.5", "pointsman": {"dial": 0.1}}, "model"),
        ({"model": "pointsman:best"}, "model"),
        ({"model": "tiny", "pointsman": {"models": ["grand"]}}, "pointsman.models"),
        ({"model": None}, "model"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_not_taken_is_refused_by_its_name(http, said, param):
    """400 in OpenAI's form, with the field as the caller wrote it, and every violation for programs."""
    async with http.post(CHAT, json={**PLAIN, **said}) as answer:
        told = (await answer.json())["error"]
    assert (answer.status, told["type"], told["param"]) == (400, "invalid_request_error", param), told
    assert told["pointsman"]["violations"][0]["field"]
    assert answer.headers["x-should-retry"] == "false"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1]", b'{"a": NaN}', b'"text"', b'\xff{"a":1}', b'{"model": "\\ud800"}', b"[" * 100_000, b"1" * 9000],
    ids=["empty", "cut", "list", "nan", "text", "bytes", "surrogate", "deep", "long"],
)
async def test_what_is_no_json_object_is_refused(http, body):
    """400, in JSON."""
    async with http.post(CHAT, data=body) as answer:
        told = (await answer.json())["error"]
    assert (answer.status, told["param"]) == (400, "body")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/responses", {"model": "pointsman", "input": "Hi", "max_output_tokens": 10**400}, "max_output_tokens"),
        ("/v1/messages", {"model": "pointsman", "messages": [], "max_tokens": 10**400}, "max_tokens"),
        ("/v1/feedback", {"episode_id": "e", "score": 10**400}, "score"),
        ("/v1/feedback", {"episode_id": "e", "rating": 10**400}, "rating"),
    ],
)
async def test_numbers_beyond_all_bounds_are_refused_wherever_they_stand(http, path, body, field):
    """Named, with 400: no float holds them."""
    async with http.post(path, json=body) as answer:
        told = await answer.text()
    assert (answer.status, field in told) == (400, True)


async def test_values_beyond_all_bounds_cost_no_memory(http):
    """Millions of lists in a few megabytes, and objects deeper than anybody writes."""
    async with http.post(CHAT, data=b'{"a": [' + b"[]," * 2_000_000 + b"[]]}") as answer:
        assert (answer.status, (await answer.json())["error"]["param"]) == (400, "body")
    deep = {"type": "object"}
    for _ in range(80):
        deep = {"type": "object", "properties": {"a": deep}}
    tool = {"type": "function", "function": {"name": "f", "parameters": deep}}
    async with http.post(CHAT, json={**PLAIN, "tools": [tool]}) as answer:
        assert "deep" in (await answer.json())["error"]["message"]


async def test_a_model_that_nobody_configured_is_not_found(client):
    """404 with OpenAI's code, and what may have been meant."""
    with pytest.raises(openai.NotFoundError, match="pointsman") as refused:
        await client.chat.completions.create(model="pointsmen", messages=ASKED)
    assert refused.value.code == "model_not_found"


async def test_other_paths_and_methods_are_told_what_there_is(http):
    """404 and 405 in OpenAI's form."""
    async with http.post("/v1/completions", json=PLAIN) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (404, "unknown_url")
    async with http.get(CHAT) as answer:
        assert (answer.status, answer.headers["allow"]) == (405, "POST")


async def test_whoever_balances_hears_whether_to_send_calls_here(http):
    """Alive, and ready with each part."""
    async with http.get("/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})
    async with http.get("/readyz") as answer:
        assert (answer.status, (await answer.json())["status"]) == (200, "ready")


@pytest.mark.parametrize(
    "sent",
    [b"\x16\x03\x01\x02\x00\x01", b"GET / SPAM\r\n\r\n", b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
     b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 500 + b"\r\n",
     b"POST / HTTP/1.1\r\nhost: a\r\nhost: b\r\ncontent-length: 4000000\r\n\r\n" + b"a" * 4_000_000],
    ids=["tls", "no-version", "no-length", "http2", "long-line", "many-headers", "two-hosts-and-a-long-body"],
)  # fmt: skip
async def test_what_is_no_http_is_told_so_and_closes_that_connection_alone(service, http, caplog, sent):
    """A 4xx in JSON, whatever is still being sent, no traceback, and the next caller is served."""
    host, port = service.http_address.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    head = await asyncio.wait_for(reader.read(200), 20)
    assert head.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    writer.close()
    async with http.post(CHAT, json=PLAIN) as answer:
        assert answer.status == 200
    assert "Traceback" not in caplog.text


async def test_a_body_that_is_too_long_is_refused_by_its_length_alone(service):
    """413's sense in a 400: nothing of the body is waited for."""
    host, port = service.http_address.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST {CHAT} HTTP/1.1\r\nhost: a\r\ncontent-length: {1 << 40}\r\n\r\n".encode())
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    assert head.startswith(b"HTTP/1.1 400")
    writer.close()


async def test_keys_tenants_and_roles_are_those_of_grpc(serve):
    """Bearer, or x-api-key as Anthropic's clients send it; 401, 403 and 404 with OpenAI's codes."""
    made = {name: make_key(os.urandom) for name in ("caller", "teller")}
    sections = {
        name: {"id": key.id, "sha256": key.sha256, "tenant": "acme", "roles": roles}
        for (name, key), roles in zip(made.items(), (["call"], ["feedback"]), strict=True)
    }
    tenants = {"acme": {}, "other": {}}
    async with (
        serve(auth={"enabled": True}, keys=sections, tenants=tenants) as service,
        aiohttp.ClientSession(f"http://{service.http_address}") as http,
    ):

        async def status(**headers):
            headers = {name.replace("_", "-"): value for name, value in headers.items()}
            async with http.post(CHAT, json=PLAIN, headers=headers) as answer:
                return answer.status, (await answer.json()).get("error", {}).get("code")

        key = made["caller"].text
        assert await status() == (401, "invalid_api_key")
        assert await status(authorization="Bearer sk-guess") == (401, "invalid_api_key")
        assert await status(authorization=f"Bearer {key}") == (200, None)
        assert await status(x_api_key=key) == (200, None)
        assert await status(authorization=f"Bearer {key}", x_pointsman_tenant="other") == (403, "permission_denied")
        assert await status(authorization=f"Bearer {made['teller'].text}") == (403, "permission_denied")
        async with http.get("/readyz") as answer:
            assert answer.status == 200


async def test_a_limit_that_is_reached_says_when_to_come_back(serve):
    """429 with Retry-After, which the SDK obeys: its retry is served."""
    async with serve(tenants={"default": {"requests_per_second": 1.0}}) as service:
        base = f"http://{service.http_address}/v1"
        async with openai.AsyncOpenAI(base_url=base, api_key="none", max_retries=0) as client:
            await client.chat.completions.create(**PLAIN)
            with pytest.raises(openai.RateLimitError) as refused:
                await client.chat.completions.create(**PLAIN)
            assert refused.value.code == "rate_limit_exceeded"
            assert int(refused.value.response.headers["retry-after"]) == 1
            assert 0 < int(refused.value.response.headers["retry-after-ms"]) <= 1000
            await client.with_options(max_retries=2).chat.completions.create(**PLAIN)


async def test_a_spent_budget_is_insufficient_quota(serve):
    """429 that SDKs do not retry; nothing was called."""
    async with serve(tenants={"default": {"ceiling_usd": 1e-9}}) as service:
        base = f"http://{service.http_address}/v1"
        async with openai.AsyncOpenAI(base_url=base, api_key="none", max_retries=2) as client:
            with pytest.raises(openai.RateLimitError) as refused:
                await client.chat.completions.create(**PLAIN)
    assert (refused.value.code, refused.value.response.headers["x-should-retry"]) == ("insufficient_quota", "false")


@pytest.mark.parametrize("stream", [False, True])
async def test_models_that_all_fail_are_a_503_also_where_a_stream_was_asked_for(serve, stream):
    """Nothing was told yet, so the status can say it."""
    async with serve(replay={"failures": "unavailable=1.0"}) as service:
        base = f"http://{service.http_address}/v1"
        async with openai.AsyncOpenAI(base_url=base, api_key="none", max_retries=2) as client:
            with pytest.raises(openai.InternalServerError) as refused:
                await client.chat.completions.create(**PLAIN, stream=stream)
    assert (refused.value.status_code, refused.value.code) == (503, "every_model_failed")


async def test_a_caller_who_goes_ends_the_call_and_the_log_has_it(serve):
    """The episode was cancelled; nothing waits for the model any more."""
    async with serve(replay={"latency": 60_000.0}) as service:
        base = f"http://{service.http_address}"
        async with aiohttp.ClientSession(base) as http:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1.0), http.post(CHAT, json=PLAIN):
                    pass
        async with grpc.aio.insecure_channel(service.admin_address) as channel:
            operator, found = AdminServiceStub(channel), []
            async with asyncio.timeout(30):
                while not found:
                    found = (await operator.ListEpisodes(v1.ListEpisodesRequest())).episodes
                    await asyncio.sleep(0.05)
    assert found[0].stop_reason == v1.STOP_REASON_CANCELLED


async def test_two_workers_share_the_port(serve):
    """By SO_REUSEPORT, as they share gRPC's."""
    async with (
        serve(server={"workers": 2}) as service,
        aiohttp.ClientSession(f"http://{service.http_address}") as http,
    ):
        for _ in range(4):
            async with http.post(CHAT, json=PLAIN, headers={"connection": "close"}) as answer:
                assert answer.status == 200, json.dumps(await answer.json())
