"""Reaching a provider: addresses, keys, proxies, connections that are gone, and what it says when it refuses."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator

import pytest
from pointsman_service.adapters.callers.addresses import chat_address, proxy_for
from pointsman_service.adapters.callers.keys import trouble_with, troubles
from pointsman_service.adapters.callers.litellm_caller import LiteLLMCaller
from pointsman_service.adapters.callers.openai_caller import OpenAICaller
from pointsman_service.adapters.prices.book import PriceBook
from pointsman_service.domain import ChatMessage, ModelConfig, Question
from pointsman_service.domain.redaction import Redactor
from pointsman_service.errors import ModelCallError
from pointsman_service.ports import ModelCaller
from pointsman_service.process.calling import caller_at_one_place

from . import raw_upstream as raw

HELLO = Question((ChatMessage("user", "Hello"),))
TIME_S = 20.0
ADAPTERS = ("openai", "litellm")


@pytest.fixture(scope="module", autouse=True)
def _no_proxy_of_this_machine():
    """Whatever the machine that tests run on has."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            patch.delenv(name, raising=False)
            patch.delenv(name.upper(), raising=False)
        yield


@pytest.fixture
async def caller(monkeypatch) -> AsyncIterator[ModelCaller]:
    """As the service calls at one place. The environment is the process's."""
    litellm = LiteLLMCaller(PriceBook())
    await litellm.preload()
    made = caller_at_one_place(PriceBook(), litellm, Redactor())
    yield made
    await made.close()


def model(base_url, adapter="openai", **more):
    """One that is called there."""
    name = "m" if adapter == "openai" else "openai/m"
    return ModelConfig(
        "m", adapter, name, base_url, **{"input_usd_per_million": 1.0, "output_usd_per_million": 1.0, **more}
    )


async def failure(caller, config, question=HELLO, time_s=TIME_S):
    """What a call fails with."""
    with pytest.raises(ModelCallError) as caught:
        await caller.call(config, question, time_s)
    return caught.value


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("http://h/v1", "http://h/v1/chat/completions"),
        ("http://h/v1//", "http://h/v1/chat/completions"),
        ("http://h", "http://h/chat/completions"),
        ("http://h/v1/chat/completions", "http://h/v1/chat/completions"),
        ("http://h/v1/chat/completions/", "http://h/v1/chat/completions"),
        ("http://h/d/x?api-version=2024-10-21", "http://h/d/x/chat/completions?api-version=2024-10-21"),
        ("http://h/d/x/chat/completions?api-version=1&a=b", "http://h/d/x/chat/completions?api-version=1&a=b"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1/chat/completions"),
        (" https://h/v1#part ", "https://h/v1/chat/completions"),
    ],
)
def test_the_path_is_put_where_it_belongs(base_url, address):
    """Before the query, behind the path, once."""
    assert chat_address(model(base_url)) == address


async def test_a_query_of_the_address_reaches_the_provider(caller):
    """As Azure wants it."""
    async with raw.upstream(lambda _: raw.response(raw.completion())) as up:
        await caller.call(model(f"{up.base_url}/?api-version=7"), HELLO, TIME_S)
    assert [asked.target for asked in up.asked] == ["/v1/chat/completions?api-version=7"]


async def test_a_password_in_an_address_is_refused_and_not_repeated(caller):
    """A configuration cannot hold one; a model made otherwise is told where it belongs."""
    error = await failure(caller, model("http://ann:hunter22@127.0.0.1:1/v1"))
    assert error.kind == "auth"
    assert "hunter22" not in str(error)


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {} ", "\t{}"])
async def test_blanks_around_a_key_are_left_off(caller, monkeypatch, adapter, around):
    """Files of secrets end in a line end, those of Windows in two."""
    monkeypatch.setenv("SOME_KEY", around.format("sk-live-0123456789"))
    async with raw.upstream(lambda _: raw.response(raw.completion())) as up:
        await caller.call(model(up.base_url, adapter, api_key_env="SOME_KEY"), HELLO, TIME_S)
    assert up.asked[0].header("authorization") == "Bearer sk-live-0123456789"


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("key", ["", " \n", "sk-\n-1", "sk-\x00-1", "sk-é-1", "sk-\u2028-1"])
async def test_a_key_that_cannot_be_sent_is_an_auth_failure(caller, monkeypatch, adapter, key):
    """Nothing is sent, the variable is named, the key is not."""
    if "\x00" in key:
        return  # no environment can hold it
    monkeypatch.setenv("SOME_KEY", key)
    async with raw.upstream(lambda _: raw.response(raw.completion())) as up:
        error = await failure(caller, model(up.base_url, adapter, api_key_env="SOME_KEY"))
    assert (error.kind, error.retryable, up.asked) == ("auth", False, [])
    assert "SOME_KEY" in str(error)


def test_what_is_wrong_with_a_key_is_told_apart():
    """Blanks are a note, the rest stops every call."""
    environ = {"GOOD": "sk-1", "LINE": "sk-1\n", "EMPTY": "", "WITHIN": "sk\n1"}
    found = {name: trouble_with(name, environ) for name in (*environ, "NONE")}
    assert found["GOOD"] is None
    assert {name for name, trouble in found.items() if trouble and trouble.fatal} == {"EMPTY", "WITHIN", "NONE"}


async def test_a_key_may_say_how_it_is_sent(caller, monkeypatch):
    """Basic credentials, or one that was copied with its scheme."""
    seen = []
    async with raw.upstream(
        lambda asked: seen.append(asked.header("authorization")) or raw.response(raw.completion())
    ) as up:
        for key in ("Basic YW5uOmh1bnRlcjIy", "Bearer sk-live-1", "sk-live-1"):
            monkeypatch.setenv("SOME_KEY", key)
            await caller.call(model(up.base_url, api_key_env="SOME_KEY"), HELLO, TIME_S)
    assert seen == ["Basic YW5uOmh1bnRlcjIy", "Bearer sk-live-1", "Bearer sk-live-1"]


@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_a_header_of_more_than_8_kb_is_read(caller, adapter):
    """Gateways put policies and traces there."""
    async with raw.upstream(lambda _: raw.response(raw.completion(), headers=[f"X-Policy: {'a' * 20_000}"])) as up:
        assert (await caller.call(model(up.base_url, adapter), HELLO, TIME_S)).text == "hi"


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("status", [301, 302, 303, 404, 405, 410])
async def test_a_wrong_address_is_the_operators_fault(caller, adapter, status):
    """Not "invalid", which would blame the query; a redirect is not followed, since the key would go with it."""
    location = ["Location: http://127.0.0.1:9/v1/chat/completions"]
    async with raw.upstream(lambda _: raw.response({"error": "no"}, status, location)) as up:
        error = await failure(caller, model(up.base_url, adapter))
    assert (error.kind, error.retryable, len(up.asked)) == ("unknown_model", False, 1)


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("status", [307, 308])
async def test_a_redirect_says_where_the_address_should_be(caller, adapter, status):
    """In the words of an operator's next step."""
    async with raw.upstream(lambda _: raw.response(b"", status, ["Location: https://new.example/v1"])) as up:
        error = await failure(caller, model(up.base_url, adapter))
    assert error.kind == "unknown_model"
    assert "https://new.example/v1" in str(error)
    assert "base_url" in str(error)


@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_a_pooled_connection_that_was_closed_is_tried_again_on_a_new_one(caller, adapter):
    """At once and without a failure, also where all that are pooled are gone. A new one that is closed is a failure."""

    def once_a_connection(asked):
        return raw.response(raw.completion(str(asked.connection))) if asked.request == 0 else None

    async with raw.upstream(once_a_connection) as up:
        texts = [(await caller.call(model(up.base_url, adapter), HELLO, TIME_S)).text for _ in range(3)]
    assert texts == ["0", "1", "2"]
    async with raw.upstream(lambda _: None) as up:
        error = await failure(caller, model(up.base_url, adapter))
    assert (error.kind, error.retryable, len(up.asked)) == ("unavailable", True, 1)


@pytest.mark.parametrize(
    ("address", "environ", "proxy"),
    [
        ("http://api.example/v1", {"HTTP_PROXY": "http://p:1"}, "http://p:1"),
        ("http://api.example/v1", {"http_proxy": "p:1", "HTTP_PROXY": "http://q:1"}, "http://p:1"),
        ("https://api.example/v1", {"HTTP_PROXY": "http://p:1"}, None),
        ("https://api.example/v1", {"ALL_PROXY": "http://p:1"}, "http://p:1"),
        ("https://api.example/v1", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "x.example, .example"}, None),
        ("https://api.example/v1", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "ample"}, "http://p:1"),
        ("https://api.example/v1", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "api.example:8443"}, "http://p:1"),
        ("https://api.example/v1", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "api.example:443"}, None),
        ("https://api.example/v1", {"HTTPS_PROXY": "http://p:1", "no_proxy": "*"}, None),
        ("http://10.1.2.3/v1", {"HTTP_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8"}, None),
        ("http://11.1.2.3/v1", {"HTTP_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8"}, "http://p:1"),
        ("http://127.0.0.1:8000/v1", {"HTTP_PROXY": "http://proxy.example:1"}, None),
        ("http://[::1]:8000/v1", {"HTTP_PROXY": "http://proxy.example:1"}, None),
        ("http://127.0.0.1:8000/v1", {"HTTP_PROXY": "http://localhost:1"}, "http://localhost:1"),
        ("https://api.example/v1", {}, None),
    ],
)
def test_proxies_of_the_environment(address, environ, proxy):
    """As curl reads them; but no other machine's proxy is asked for an address of this one."""
    assert proxy_for(address, environ) == proxy


async def test_a_socks_proxy_is_said_not_to_be_supported(caller, monkeypatch):
    """Rather than gone around."""
    monkeypatch.setenv("ALL_PROXY", "socks5://proxy.example:1080")
    error = await failure(caller, model("http://api.example/v1"))
    assert error.kind == "unknown_model"
    assert "socks5" in str(error)


@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_a_call_goes_through_the_proxy(caller, monkeypatch, adapter):
    """The proxy is asked for the whole address; no name is looked up here."""
    async with raw.upstream(lambda _: raw.response(raw.completion())) as up:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{up.port}")
        answer = await caller.call(model(f"http://{adapter}.provider.example/v1", adapter), HELLO, TIME_S)
    assert answer.text == "hi"
    assert up.asked[0].target == f"http://{adapter}.provider.example/v1/chat/completions"


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize(
    ("status", "error", "headers", "told_as"),
    [
        (429, {"message": "slow", "code": "rate_limit_exceeded"}, ["Retry-After: 7"], ("rate_limited", 7.0)),
        (429, {"message": "slow"}, ["retry-after-ms: 250"], ("rate_limited", 0.25)),
        (429, {"message": "Rate limit reached. Please try again in 1.5s."}, [], ("rate_limited", 1.5)),
        (529, {"message": "Overloaded", "type": "overloaded_error"}, [], ("unavailable", None)),
        (500, {"message": "oops", "type": "server_error"}, [], ("unavailable", None)),
    ],
)
async def test_what_may_be_tried_again_says_so_and_when(caller, adapter, status, error, headers, told_as):  # noqa: PLR0917
    """Both adapters tell the provider's own status, pause and words."""
    async with raw.upstream(lambda _: raw.response({"error": error}, status, headers)) as up:
        told = await failure(caller, model(up.base_url, adapter))
    assert (told.retryable, (told.kind, told.retry_after_s)) == (True, told_as)
    assert error["message"][:20] in str(told)
    assert f"answered {status}" in str(told)


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (429, {"message": "You exceeded your current quota", "code": "insufficient_quota"}, "rate_limited"),
        (400, {"message": "This model's maximum context length is 10", "code": "context_length_exceeded"}, "invalid"),
        (400, {"message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT"}, "auth"),
        (400, {"message": "no such model", "code": "model_not_found"}, "unknown_model"),
        (401, {"message": "bad key"}, "auth"),
        (400, {"message": "bad input near '\ud83d'"}, "invalid"),
    ],
)
async def test_what_no_waiting_cures_is_not_tried_again(caller, adapter, status, error, kind):
    """Whatever characters its words are made of."""
    async with raw.upstream(lambda _: raw.response({"error": error}, status)) as up:
        told = await failure(caller, model(up.base_url, adapter))
    assert (told.kind, told.retryable) == (kind, False)
    str(told).encode()
    assert "Traceback" not in str(told)
    assert ".py" not in str(told)
    assert "litellm" not in str(told)


@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_stream_options_that_are_refused_are_left_off_from_then_on(caller, adapter):
    """Asked once more at the first call, and never again at that place."""

    def picky(asked):
        if "stream_options" in asked.json:
            return raw.response({"error": {"message": "Unrecognized request argument: stream_options"}}, 400)
        return raw.response(raw.events("hi"), content_type="text/event-stream")

    async with raw.upstream(picky) as up:
        for _ in range(2):
            *_, last = [piece async for piece in caller.stream(model(up.base_url, adapter), HELLO, TIME_S)]
            assert last.text == "hi"
    assert ["stream_options" in asked.json for asked in up.asked] == [True, False, False]


async def test_a_stream_that_is_refused_for_another_reason_is_not_asked_again(caller):
    """Only what the service added by itself can be left off."""
    async with raw.upstream(lambda _: raw.response({"error": {"message": "temperature: too warm"}}, 400)) as up:
        with pytest.raises(ModelCallError, match="too warm"):
            _ = [piece async for piece in caller.stream(model(up.base_url), HELLO, TIME_S)]
    assert len(up.asked) == 1


HOSTILE = {
    "api_base": "http://127.0.0.1:9/stolen",
    "base_url": "http://127.0.0.1:9/stolen",
    "api_key": "other",
    "mock_response": "forged",
    "mock_timeout": True,
    "extra_headers": {"X-Stolen": "1"},
    "extra_body": {"model": "other"},
    "custom_llm_provider": "anthropic",
    "timeout": 1e-9,
    "request_timeout": 1e-9,
    "metadata": {"a": 1},
    "fallbacks": ["gpt-4o"],
    "num_retries": 9,
    "max_retries": 9,
    "input_cost_per_token": 0,
    "headers": {"X-Stolen": "1"},
    "proxy": "http://127.0.0.1:9",
    "client": None,
    "caching": True,
    "success_callback": ["langfuse"],
    "api_version": "x",
    "organization": "x",
    "model_list": [],
    "user_continue_message": {"role": "user", "content": "other"},
}


@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_nothing_of_a_caller_says_where_or_how_it_is_called(caller, monkeypatch, adapter):
    """Neither one by one nor together; what says how to generate does arrive."""
    monkeypatch.setenv("SOME_KEY", "sk-live-0123456789")
    async with raw.upstream(lambda _: raw.response(raw.completion("real"))) as up:
        config = model(up.base_url, adapter, api_key_env="SOME_KEY")
        tries = [{name: value} for name, value in HOSTILE.items()] + [HOSTILE]
        for params in tries:
            asked = Question(HELLO.messages, params={**params, "temperature": 0.5})
            assert (await caller.call(config, asked, TIME_S)).text == "real"
    assert len(up.asked) == len(tries)
    assert {asked.header("authorization") for asked in up.asked} == {"Bearer sk-live-0123456789"}
    assert not any(asked.header("x-stolen") for asked in up.asked)
    assert {asked.json["temperature"] for asked in up.asked} == {0.5}
    assert {asked.json["model"] for asked in up.asked} == {"m"}


async def test_the_first_piece_and_the_whole_have_their_times(caller):
    """Limits of the model within what the call may take."""

    async def never(_):
        await asyncio.sleep(30)

    async with raw.upstream(never) as up:
        slow = model(up.base_url, answer_timeout_s=0.05)
        assert (await failure(caller, slow)).kind == "timeout"
        silent = model(up.base_url, first_token_timeout_s=0.05)
        with pytest.raises(ModelCallError, match=r"nothing within 0\.05 s") as caught:
            _ = [piece async for piece in caller.stream(silent, HELLO, TIME_S)]
    assert caught.value.kind == "timeout"


async def test_a_model_has_its_own_time_for_a_connection():
    """In place of the adapter's."""
    direct = OpenAICaller(PriceBook())
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        base_url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        error = await failure(direct, model(base_url, connect_timeout_s=0.05), time_s=60.0)
    await direct.close()
    assert (error.kind, "cannot connect" in str(error)) == ("unavailable", True)


KEY = "sk-live-0123456789+/abcdef"
ECHOES = {
    "plain": lambda: raw.response({"error": {"message": f"Invalid token: Bearer {KEY}"}}, 401),
    "cut": lambda: raw.response(f"{'x' * 185}{KEY}".encode(), 500, content_type="text/plain"),
    "url": lambda: raw.response({"error": {"message": "at /v1?key=sk-live-0123456789%2B%2Fabcdef"}}, 400),
    "header": lambda: raw.response(b"", 308, [f"Location: http://elsewhere/?key={KEY}"]),
    "json": lambda: raw.response(b'{"error": {"message": "' + KEY.replace("/", "\\/").encode() + b'"}}', 500),
    "answer": lambda: raw.response(raw.completion(f"Your key is {KEY}, keep it.")),
    "error in 200": lambda: raw.response({"error": {"message": KEY, "code": "odd"}}),
}


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("echo", ECHOES)
async def test_a_key_that_is_echoed_is_taken_out(caller, monkeypatch, adapter, echo):
    """Wherever it stands, however it is written."""
    monkeypatch.setenv("SOME_KEY", KEY)
    async with raw.upstream(lambda _: ECHOES[echo]()) as up:
        config = model(up.base_url, adapter, api_key_env="SOME_KEY")
        try:
            told = (await caller.call(config, HELLO, TIME_S)).text
        except ModelCallError as error:
            told = f"{error} {error.facts}"
    assert "sk-live" not in told
    assert "0123456789" not in told


async def test_a_key_in_pieces_of_a_stream_is_taken_out(caller, monkeypatch):
    """Split anywhere; the text around it stays, in its order."""
    monkeypatch.setenv("SOME_KEY", KEY)
    for first, second in itertools.pairwise(range(0, len(KEY) + 1, 5)):
        pieces = ("It is s", KEY[:first], KEY[first:second], KEY[second:], ", keep it.")
        async with raw.upstream(
            lambda _, p=pieces: raw.response(raw.events(*p), content_type="text/event-stream")
        ) as up:
            config = model(up.base_url, api_key_env="SOME_KEY")
            *shown, last = [piece async for piece in caller.stream(config, HELLO, TIME_S)]
        assert "".join(piece.text for piece in shown) == last.text == "It is s[key], keep it."


async def test_litellm_sends_to_the_same_addresses(caller):
    """To its end or not; a query is refused in words rather than sent to a wrong place."""
    async with raw.upstream(lambda _: raw.response(raw.completion())) as up:
        for form in (f"{up.base_url}/", f"{up.base_url}/chat/completions"):
            await caller.call(model(form, "litellm"), HELLO, TIME_S)
        error = await failure(caller, model(f"{up.base_url}?api-version=7", "litellm"))
    assert [asked.target for asked in up.asked] == ["/v1/chat/completions"] * 2
    assert (error.kind, "query" in str(error)) == ("unknown_model", True)


async def test_a_proxy_wants_its_password(caller, monkeypatch):
    """Which is in its address."""
    async with raw.upstream(lambda asked: raw.response(asked.header("proxy-authorization").encode(), 500)) as up:
        monkeypatch.setenv("HTTP_PROXY", f"http://ann:hunter2222@127.0.0.1:{up.port}")
        error = await failure(caller, model("http://p.provider.example/v1"))
    assert up.asked[0].header("proxy-authorization") == "Basic YW5uOmh1bnRlcjIyMjI="
    assert "answered 500" in str(error)


def test_a_key_that_litellm_would_look_for_is_missed():
    """As a note: it may find one elsewhere. A model at an address of its own needs none."""
    models = [
        ModelConfig("a", "litellm", "anthropic/claude-sonnet-4-5"),
        ModelConfig("b", "litellm", "openai/m", "http://h/v1"),
        ModelConfig("c", "litellm", "bedrock/m"),
        ModelConfig("d", "litellm", "groq/m", enabled=False),
    ]
    [trouble] = troubles(models, {})
    assert (trouble.variable, trouble.fatal) == ("ANTHROPIC_API_KEY", False)
    assert troubles(models, {"ANTHROPIC_API_KEY": "sk-1"}) == []
