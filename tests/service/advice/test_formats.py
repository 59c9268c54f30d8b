"""What each format of a log tells of a call: hand-made lines in the shapes that people have."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_service.advice.formats import FORMATS, calls_of, format_of
from pointsman_service.advice.langfuse import langfuse_scores
from pointsman_service.advice.logged_call import LeftOut, LoggedCall, Score
from pointsman_service.domain import Usage

ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is 2 + 2?"}]
ANSWERED = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_700_000_000,
    "model": "gpt-4o-2024-08-06",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "4"}, "finish_reason": "stop"}],
    "usage": {
        "prompt_tokens": 20,
        "completion_tokens": 9,
        "prompt_tokens_details": {"cached_tokens": 8},
        "completion_tokens_details": {"reasoning_tokens": 5},
    },
}
REQUEST = {"model": "gpt-4o", "messages": ASKED}


def told(form, fields):
    """What a record tells, by the format that it is found to have."""
    found = format_of(fields)
    assert found is not None
    assert found.name == form
    return list(calls_of(found, fields))


def one(form, fields):
    """The only call."""
    (call,) = told(form, fields)
    assert isinstance(call, LoggedCall), call
    return call


OPENAI = {
    "request and response": {"request": REQUEST, "response": ANSWERED},
    "with bodies": {"request": {"body": REQUEST}, "response": {"status_code": 200, "body": ANSWERED}},
    "as texts": {"request": json.dumps(REQUEST), "response": json.dumps(ANSWERED)},
    "flat, with a response": {**REQUEST, "response": ANSWERED},
    "flat, with a completion": {**REQUEST, "completion": ANSWERED},
    "messages beside choices": {"messages": ASKED, **ANSWERED},
    "stored completion": {**ANSWERED, "input": ASKED, "metadata": {}},
}


@pytest.mark.parametrize("fields", OPENAI.values(), ids=OPENAI)
def test_pairs_of_request_and_response_are_read_in_every_shape(fields):
    """The prompt, the answer, who gave it, its tokens, and when."""
    call = one("openai", fields)
    assert (call.question.text, call.answer, call.model) == ("What is 2 + 2?", "4", "gpt-4o-2024-08-06")
    assert (call.usage.input_tokens, call.usage.cached_input_tokens) == (20, 8)
    assert (call.usage.output_tokens, call.usage.reasoning_tokens) == (9, 5)
    assert call.at == 1_700_000_000


def test_bare_texts_are_an_answer_and_a_prompt():
    """As scripts write them."""
    call = one("openai", {"model": "m", "prompt": "Why?", "completion": "Because.", "cost_usd": 0.5, "latency_ms": 12})
    assert (call.question.text, call.answer, call.model) == ("Why?", "Because.", "m")
    assert (call.cost_usd, call.latency_ms) == (0.5, 12)


def test_batch_output_has_no_prompt_and_may_have_failed():
    """What its requests said stands in another file."""
    line = {"id": "batch_req_1", "custom_id": "a", "error": None}
    call = one("openai", {**line, "response": {"status_code": 200, "request_id": "r", "body": ANSWERED}})
    assert (call.question, call.answer, call.usage.input_tokens) == (None, "4", 20)
    refused = {**line, "response": {"status_code": 429, "body": {"error": {"message": "slow down"}}}}
    assert told("openai", refused) == [LeftOut("failed")]
    assert told("openai", {**line, "response": None, "error": {"code": "expired"}}) == [LeftOut("failed")]


def test_the_responses_api_has_items_and_other_names_for_tokens():
    """`input` may be a text; the answer is among the output's items."""
    call = one(
        "openai",
        {
            "object": "response",
            "model": "gpt-5",
            "created_at": 1_700_000_000,
            "input": "Why?",
            "output": [
                {"type": "reasoning", "summary": []},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Because."}]},
            ],
            "usage": {
                "input_tokens": 7,
                "input_tokens_details": {"cached_tokens": 2},
                "output_tokens": 30,
                "output_tokens_details": {"reasoning_tokens": 20},
            },
        },
    )
    assert (call.question.text, call.answer) == ("Why?", "Because.")
    assert call.usage == Usage(7, 2, 30, 20)


def test_examples_for_training_end_with_the_answer():
    """Nobody says which model gave it."""
    call = one("openai", {"messages": [*ASKED, {"role": "assistant", "content": "4"}]})
    assert (call.question.text, call.answer, call.model) == ("What is 2 + 2?", "4", "")


def test_a_page_is_all_its_calls():
    """As APIs give stored completions, spend logs and observations."""
    assert len(told("openai", {"object": "list", "data": [{**ANSWERED, "messages": ASKED}] * 3})) == 3
    assert len(told("litellm", {"data": [SPEND, SPEND], "total": 2, "page": 1})) == 2
    assert told("langfuse", {"data": [OBSERVATION, 5], "meta": {}})[1] == LeftOut("other")


@pytest.mark.parametrize(
    ("beside", "score"),
    [
        ({"feedback": "up"}, Score("feedback", "up")),
        ({"thumbs_up": False}, Score("thumbs_up", False)),
        ({"metadata": {"rating": 4}}, Score("rating", 4)),
        ({"scores": [{"name": "tone", "value": 0.5}]}, Score("tone", 0.5)),
        ({"userFeedback": {"score": 1}}, Score("userFeedback", 1)),
    ],
)
def test_words_on_an_answer_stand_beside_it(beside, score):
    """In the line, or in its metadata."""
    assert one("openai", {"request": REQUEST, "response": ANSWERED, **beside}).scores == (score,)


def test_what_needs_pictures_or_tools_is_known_to():
    """By the kinds of parts; their content is not kept."""
    asked = [
        {"role": "user", "content": [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {}}]}
    ]
    call = one("openai", {"request": {"messages": asked, "tools": [{"type": "function"}]}, "response": ANSWERED})
    assert (call.question.text, call.question.modalities) == ("What is it?", {"image"})
    assert len(call.question.tools) == 1


SPEND = {
    "request_id": "chatcmpl-9",
    "call_type": "acompletion",
    "spend": 0.00125,
    "total_tokens": 120,
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "startTime": "2025-03-01T10:00:00.000Z",
    "endTime": "2025-03-01T10:00:01.500Z",
    "model": "azure/gpt-4o",
    "model_group": "smart",
    "metadata": {"user_api_key": "x", "status": "success"},
    "cache_hit": "False",
    "messages": {},
    "response": {"choices": [{"message": {"role": "assistant", "content": "4"}}]},
    "proxy_server_request": {"model": "smart", "messages": ASKED},
}


@pytest.mark.parametrize("as_text", [False, True], ids=["json", "csv"])
def test_a_row_of_litellms_spend_logs_is_a_call(as_text):
    """As CSV everything is a text, JSON columns too."""
    row = {k: v if isinstance(v, str) or not as_text else json.dumps(v) for k, v in SPEND.items()}
    call = one("litellm", row)
    assert (call.model, call.asked, call.cost_usd) == ("azure/gpt-4o", "smart", 0.00125)
    assert (call.question.text, call.answer, call.latency_ms) == ("What is 2 + 2?", "4", 1500.0)
    assert (call.usage.input_tokens, call.usage.output_tokens) == (100, 20)


def test_older_spend_logs_have_the_prompt_in_messages():
    """And some have none at all."""
    assert one("litellm", {**SPEND, "proxy_server_request": "{}", "messages": ASKED}).question.text == "What is 2 + 2?"
    assert one("litellm", {**SPEND, "proxy_server_request": "{}"}).question is None


@pytest.mark.parametrize(
    ("changed", "cost"),
    [({"spend": 0.0}, None), ({"spend": 0, "cache_hit": "True"}, 0.0), ({"spend": -1}, None), ({"spend": "1e9"}, None)],
)
def test_no_spend_is_no_price_unless_a_cache_answered(changed, cost):
    """LiteLLM writes 0 for a model that it has no price of."""
    assert one("litellm", {**SPEND, **changed}).cost_usd == cost


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"call_type": "aembedding"}, "other"),
        ({"status": "failure"}, "failed"),
        ({"metadata": {"status": "failure"}}, "failed"),
    ],
)
def test_rows_that_are_no_answered_call_are_left_out(changed, why):
    """Embeddings, and failures."""
    assert told("litellm", {**SPEND, **changed}) == [LeftOut(why)]


OBSERVATION = {
    "id": "o1",
    "traceId": "t1",
    "type": "GENERATION",
    "model": "gpt-4o",
    "startTime": "2025-03-01T10:00:00.000Z",
    "endTime": "2025-03-01T10:00:02.000Z",
    "level": "DEFAULT",
    "input": ASKED,
    "output": {"role": "assistant", "content": "4"},
    "usageDetails": {"input": 12, "input_cached_tokens": 8, "output": 4, "output_reasoning_tokens": 5, "total": 29},
    "costDetails": {"input": 0.001, "output": 0.002, "total": 0.003},
    "calculatedTotalCost": 0.003,
}
SNAKE = {
    "id": "o1",
    "trace_id": "t1",
    "type": "GENERATION",
    "provided_model_name": "gpt-4o",
    "start_time": "2025-03-01 10:00:00.000000",
    "end_time": "2025-03-01 10:00:02.000000",
    "input": json.dumps(ASKED),
    "output": json.dumps({"role": "assistant", "content": "4"}),
    "usage_details": {"input": 12, "input_cached_tokens": 8, "output": 4, "output_reasoning_tokens": 5, "total": 29},
    "cost_details": {"input": 0.001, "output": 0.002},
    "total_cost": 0.003,
}


@pytest.mark.parametrize("fields", [OBSERVATION, SNAKE], ids=["API and UI", "blob storage"])
def test_a_langfuse_generation_is_a_call(fields):
    """Kinds of tokens that it counts apart are put together."""
    call = one("langfuse", fields)
    assert (call.question.text, call.answer, call.model) == ("What is 2 + 2?", "4", "gpt-4o")
    assert (call.usage, call.cost_usd, call.latency_ms) == (Usage(20, 8, 9, 5), 0.003, 2000.0)


def test_older_langfuse_usage_is_the_sums():
    """And details that the total shows to be parts of the sums are not added."""
    old = {**OBSERVATION, "usageDetails": None, "usage": {"input": 20, "output": 9, "total": 29, "unit": "TOKENS"}}
    assert one("langfuse", old).usage == Usage(20, None, 9, None)
    assert one("langfuse", old).odd == ()
    within = {"input": 20, "input_cached_tokens": 8, "output": 9, "total": 29}
    assert one("langfuse", {**OBSERVATION, "usageDetails": within}).usage == Usage(20, 8, 9, None)


def test_a_score_is_a_column_of_the_uis_export():
    """A list of values under the score's name, in CSV as a text; other lists are none."""
    call = one("langfuse", {**OBSERVATION, "helpfulness": [0.75], "tags": ["a"], "comments": [{"content": "secret"}]})
    assert call.scores == (Score("helpfulness", 0.75),)
    assert one("langfuse", {**OBSERVATION, "helpfulness": "[0.75]"}).scores == (Score("helpfulness", 0.75),)


def test_a_downloaded_trace_has_its_scores_beside_its_calls():
    """One of the whole trace counts where it has one call."""
    span = {"id": "s", "traceId": "t1", "type": "SPAN"}
    scores = [
        {"name": "quality", "value": 0.5, "dataType": "NUMERIC", "observationId": "o1"},
        {"name": "feedback", "value": 0, "dataType": "CATEGORICAL", "stringValue": "good", "observationId": None},
        {"name": "correct", "value": 1, "dataType": "BOOLEAN", "observationId": "other"},
    ]
    found = told("langfuse", {"trace": {"id": "t1"}, "observations": [span, OBSERVATION], "scores": scores})
    assert found[0] == LeftOut("other")
    assert found[1].scores == (Score("quality", 0.5), Score("feedback", "good"))
    twice = told(
        "langfuse", {"trace": {}, "observations": [OBSERVATION, {**OBSERVATION, "id": "o2"}], "scores": scores}
    )
    assert [c.scores for c in twice] == [(Score("quality", 0.5),), ()]


def test_rows_of_langfuses_scores_say_which_call_they_are_about():
    """Of its blob storage, or a page of the API."""
    row = {"id": "s1", "trace_id": "t1", "observation_id": "o1", "name": "correct", "value": 0, "data_type": "BOOLEAN"}
    assert list(langfuse_scores(row)) == [("o1", "t1", Score("correct", False))]
    assert list(langfuse_scores({"data": [row, {**row, "observation_id": None}]}))[1][0] == ""


@pytest.mark.parametrize("changed", [{"type": "SPAN"}, {"type": "EMBEDDING"}])
def test_other_observations_are_no_calls(changed):
    """Spans, tools, embeddings."""
    assert told("langfuse", {**OBSERVATION, **changed}) == [LeftOut("other")]


def test_a_generation_that_ended_in_an_error_has_failed():
    """Where it has no output."""
    assert told("langfuse", {**OBSERVATION, "level": "ERROR", "output": None}) == [LeftOut("failed")]


def test_a_cost_of_nothing_without_details_is_not_told():
    """What Langfuse writes where no price of its matches."""
    assert one("langfuse", {**OBSERVATION, "costDetails": {}, "calculatedTotalCost": 0}).cost_usd is None


def attribute(key, value):
    """As OTLP has it."""
    kind = {str: "stringValue", int: "intValue", float: "doubleValue", bool: "boolValue"}[type(value)]
    return {"key": key, "value": {kind: str(value) if kind == "intValue" else value}}


def otlp(attributes, *, events=(), **span):
    """One span in a file of a collector."""
    of = {
        "traceId": "0af7", "spanId": "b7ad", "name": "chat gpt-4o", "kind": 3,
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001500000000",
        "attributes": [attribute(k, v) for k, v in attributes.items()],
        "events": [{"name": n, "attributes": [attribute(k, v) for k, v in a.items()]} for n, a in events], **span,
    }  # fmt: skip
    return {"resourceSpans": [{"scopeSpans": [{"scope": {}, "spans": [of]}]}]}


CALL = {"gen_ai.request.model": "gpt-4o", "gen_ai.response.model": "gpt-4o-2024-08-06", "gen_ai.operation.name": "chat"}
NEW = {"gen_ai.usage.input_tokens": 20, "gen_ai.usage.output_tokens": 9}
OLD = {"gen_ai.usage.prompt_tokens": 20, "gen_ai.usage.completion_tokens": 9}
PARTS = [{"role": "user", "parts": [{"type": "text", "content": "What is 2 + 2?"}]}]
SAID = [{"role": "assistant", "parts": [{"type": "text", "content": "4"}], "finish_reason": "stop"}]
OTEL = {
    "attributes of today": otlp(
        {**CALL, **NEW, "gen_ai.input.messages": json.dumps(PARTS), "gen_ai.output.messages": json.dumps(SAID)}
    ),
    "content events": otlp(
        {**CALL, **OLD},
        events=[
            ("gen_ai.content.prompt", {"gen_ai.prompt": json.dumps(ASKED)}),
            ("gen_ai.content.completion", {"gen_ai.completion": json.dumps([{"role": "assistant", "content": "4"}])}),
        ],
    ),
    "message events": otlp(
        {**CALL, **OLD},
        events=[
            ("gen_ai.system.message", {"content": "Be brief."}),
            ("gen_ai.user.message", {"content": "What is 2 + 2?"}),
            ("gen_ai.choice", {"index": 0, "message": json.dumps({"role": "assistant", "content": "4"})}),
        ],
    ),
    "numbered attributes": otlp(
        {
            "gen_ai.request.model": "gpt-4o", "gen_ai.response.model": "gpt-4o-2024-08-06", "llm.request.type": "chat",
            **OLD, "gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "Be brief.",
            "gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": "What is 2 + 2?",
            "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "4",
        }
    ),
    "a console exporter's span": {
        "name": "chat", "context": {"trace_id": "0x0af7", "span_id": "0xb7ad"},
        "start_time": "2023-11-14T22:13:20.000000Z", "end_time": "2023-11-14T22:13:21.500000Z",
        "attributes": {**CALL, **NEW, "gen_ai.input.messages": PARTS, "gen_ai.output.messages": SAID},
    },
}  # fmt: skip


@pytest.mark.parametrize("fields", OTEL.values(), ids=OTEL)
def test_a_span_is_a_call_by_the_conventions_of_any_year(fields):
    """Messages in attributes, in events, in numbered attributes; tokens by both names."""
    call = one("otel", fields)
    assert (call.question.text, call.answer) == ("What is 2 + 2?", "4")
    assert (call.model, call.asked) == ("gpt-4o-2024-08-06", "gpt-4o")
    assert (call.usage.input_tokens, call.usage.output_tokens) == (20, 9)
    assert (call.at, call.latency_ms) == (1_700_000_000.0, 1500.0)


def test_values_of_every_type_of_otlp_are_read():
    """Structured messages, where an exporter does not write them as a text."""
    text = {"kvlistValue": {"values": [attribute("type", "text"), attribute("content", "Why?")]}}
    message = {
        "kvlistValue": {
            "values": [attribute("role", "user"), {"key": "parts", "value": {"arrayValue": {"values": [text]}}}]
        }
    }
    fields = otlp({**CALL, **NEW})
    span = fields["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    span["attributes"].append({"key": "gen_ai.input.messages", "value": {"arrayValue": {"values": [message]}}})
    assert one("otel", fields).question.text == "Why?"


def test_an_evaluation_is_a_word_on_its_span():
    """Its value, or its label."""
    events = [
        ("gen_ai.evaluation.result", {"gen_ai.evaluation.name": "Correctness", "gen_ai.evaluation.score.value": 0.5}),
        ("gen_ai.evaluation.result", {"gen_ai.evaluation.name": "quality", "gen_ai.evaluation.score.label": "pass"}),
    ]
    call = one("otel", otlp({**CALL, **NEW}, events=events))
    assert call.scores == (Score("Correctness", 0.5), Score("quality", "pass"))


def test_other_spans_are_no_calls_and_failed_ones_have_no_answer():
    """Tools, embeddings, the web server's own."""
    assert told("otel", otlp({"http.method": "GET"})) == [LeftOut("other")]
    assert told("otel", otlp({**CALL, "gen_ai.operation.name": "embeddings"})) == [LeftOut("other")]
    assert told("otel", otlp({**CALL, **NEW}, status={"code": 2})) == [LeftOut("failed")]


_KEYS = st.sampled_from(
    (
        *("request", "response", "body", "messages", "message", "choices", "content", "parts", "role", "type", "text"),
        *("input", "output", "prompt", "completion", "usage", "usageDetails", "costDetails", "cost", "model", "object"),
        *("data", "created", "metadata", "feedback", "scores", "rating", "name", "value", "dataType", "stringValue"),
        *("request_id", "spend", "call_type", "proxy_server_request", "status", "cache_hit", "startTime", "endTime"),
        *("observations", "trace", "traceId", "id", "level", "modelParameters", "max_tokens", "tools", "error"),
        *("resourceSpans", "scopeSpans", "spans", "attributes", "key", "events", "context", "gen_ai.request.model"),
        *("gen_ai.input.messages", "gen_ai.usage.input_tokens", "prompt_tokens", "input_tokens_details", "stringValue"),
    )
)
HOSTILE = (
    {"a": 1},
    {"messages": 7, "response": [[[]]], "usage": "x", "model": {"a": 1}},
    {
        "messages": [None, 1, [], {"role": 5, "content": [None, {"type": []}, {"type": "text", "text": 3}]}],
        "choices": [1],
    },
    {
        "request_id": 1,
        "spend": [],
        "metadata": "[[",
        "messages": "{",
        "response": 5,
        "call_type": 3,
        "startTime": 1e300,
    },
    {"type": "GENERATION", "traceId": None, "input": {"messages": {"messages": []}}, "usageDetails": {"input": -1}},
    {"observations": [1, None, {"type": 3}, {"type": "GENERATION"}], "scores": [5, {"name": []}]},
    {
        "resourceSpans": [
            {"scopeSpans": [{"spans": [{"attributes": [{"key": 1}, {"key": "gen_ai.request.model"}, 3]}]}]}
        ]
    },
    {"attributes": {"gen_ai.request.model": 5, "gen_ai.input.messages": "{{"}, "context": 5, "events": 3, "status": []},
    {"object": "list", "data": [1, {}, {"choices": {}}]},
    {"request": "\ud800", "response": {"choices": [{"message": {"content": "\ud83d"}}], "model": "\udc00"}},
)


@pytest.mark.parametrize("form", FORMATS, ids=lambda f: f.name)
@pytest.mark.parametrize("fields", HOSTILE, ids=range(len(HOSTILE)))
def test_no_record_breaks_a_reader(form, fields):
    """Whatever stands where something else should: it is told, or it is not."""
    for call in form.calls(fields):
        if isinstance(call, LoggedCall):
            assert "\ud800" not in call.model
            assert all(n is None or n >= 0 for n in (call.usage.input_tokens, call.usage.output_tokens, call.cost_usd))


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "user", "GENERATION", "chat", "{", "[1]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_KEYS, _VALUES, max_size=8))
def test_no_record_at_all_breaks_a_reader(fields):
    """Known names with anything behind them."""
    format_of(fields)
    for form in FORMATS:
        list(calls_of(form, fields))
    list(langfuse_scores(fields))


@pytest.mark.parametrize("value", [-5, 1e18, 10**400, float("nan"), float("inf"), "x", "-3", True, [1]])
def test_figures_that_cannot_be_are_not_told_and_named(value):
    """Negative, enormous, no number."""
    usage = {"prompt_tokens": value, "completion_tokens": 9}
    call = one("openai", {"request": REQUEST, "response": {**ANSWERED, "usage": usage}, "cost": value})
    assert (call.usage.input_tokens, call.usage.output_tokens, call.cost_usd) == (None, 9, None)
    assert set(call.odd) == {"prompt_tokens", "cost"}


def test_an_unknown_record_is_of_no_format():
    """Nor is an empty page."""
    assert format_of({"a": 1}) is None
    assert format_of({"data": []}) is None
