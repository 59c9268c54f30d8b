"""What providers were seen to answer a whole request with."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

from .upstream import (
    COUNTED,
    DONE,
    PINGS,
    RESET,
    STOP,
    Expected,
    Row,
    completion,
    delta,
    event,
    fails,
    message,
    reads,
    sends,
    streams,
    text_of,
)

BAD = ("garbage", "unavailable")
TOOLS: dict[str, Any] = {
    "tools": ({"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}},)
}
CALLED = "tool_calls"
DEEP = 100_000


def row(name: str, body: object, expected: Expected, **more: Any) -> Row:
    """A body sent whole: bytes and texts as they are, anything else as JSON."""
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else text_of(body)).encode()
    return Row(name, sends(raw, length=len(raw)), expected, **more)


def calling(name: str, calls: object, expected: Expected, content: object = None, finish: object = CALLED) -> Row:
    """A message with these `tool_calls`."""
    return row(name, message(content, finish, tool_calls=calls), expected, question=TOOLS)


def counting(name: str, usage: object, expected: Expected) -> Row:
    """A message of 8 characters with this usage."""
    return row(name, {**message("12345678"), "usage": usage}, expected)


def call(
    name: object = "look", arguments: object = '{"at": "cat"}', call_id: object = "t1", **more: Any
) -> dict[str, Any]:
    """One tool call."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}, **more}


ONE_CALL = (("t1", "look", '{"at": "cat"}'),)

TOOL_CALLS = [
    calling("tool-call", [call()], reads(finish=CALLED, calls=ONE_CALL)),
    calling("tool-arguments-object", [call(arguments={"at": "cat"})], reads(finish=CALLED, calls=ONE_CALL)),
    calling("tool-arguments-list", [call(arguments=[1])], reads(finish=CALLED, calls=(("t1", "look", "[1]"),))),
    calling("tool-arguments-null", [call(arguments=None)], reads(finish=CALLED, calls=(("t1", "look", ""),))),
    calling("tool-arguments-number", [call(arguments=7)], reads(finish=CALLED, calls=(("t1", "look", "7"),))),
    calling(
        "tool-arguments-nan",
        [call(arguments={"a": float("nan")})],
        reads(finish=CALLED, calls=(("t1", "look", '{"a": null}'),)),
    ),
    calling(
        "tool-arguments-surrogate",
        [call(arguments='{"at": "\ud83d"}')],
        reads(finish=CALLED, calls=(("t1", "look", '{"at": "\ufffd"}'),)),
    ),
    calling(
        "tool-arguments-object-surrogate",
        [call(arguments={"at": "\ud83d"})],
        reads(finish=CALLED, calls=(("t1", "look", '{"at": "\ufffd"}'),)),
    ),
    calling("tool-calls-with-null", [None, call()], reads(finish=CALLED, calls=ONE_CALL)),
    calling("tool-calls-null-only", [None], reads("hello", calls=()), "hello", "stop"),
    calling("tool-calls-of-nothing", [None], fails("empty", "garbage")),
    calling("tool-calls-a-text", "look", reads("hello", calls=()), "hello", "stop"),
    calling("tool-calls-an-object", call(), reads(finish=CALLED, calls=ONE_CALL)),
    calling("tool-id-number", [call(call_id=7)], reads(finish=CALLED, calls=(("7", "look", '{"at": "cat"}'),))),
    calling("tool-id-object", [call(call_id={"a": 1})], reads(finish=CALLED, calls=((None, "look", '{"at": "cat"}'),))),
    calling("tool-id-null", [call(call_id=None)], reads(finish=CALLED)),
    calling(
        "tool-id-surrogate",
        [call(call_id="t\ud83d")],
        reads(finish=CALLED, calls=(("t\ufffd", "look", '{"at": "cat"}'),)),
    ),
    calling("tool-index-word", [call(index="first")], reads(finish=CALLED, calls=ONE_CALL)),
    calling("tool-name-null", [call(name=None)], fails(*BAD)),
    calling("tool-name-number", [call(name=7)], fails(*BAD)),
    calling(
        "tool-name-surrogate",
        [call(name="look\ud83d")],
        reads(finish=CALLED, calls=(("t1", "look\ufffd", '{"at": "cat"}'),)),
    ),
    calling(
        "tool-calls-parallel",
        [call(), call("go", "{}", "t2")],
        reads(finish=CALLED, calls=(*ONE_CALL, ("t2", "go", "{}"))),
    ),
    calling(
        "tool-calls-parallel-of-one-name",
        [call(), call(call_id="t2")],
        reads(finish=CALLED, calls=(*ONE_CALL, ("t2", "look", '{"at": "cat"}'))),
    ),
    calling("tool-calls-parallel-no-ids", [call(call_id=None), call(call_id=None)], reads(finish=CALLED)),
    calling("tool-calls-beside-empty-placeholder", [{"function": {}}], reads("hello", calls=()), "hello", "stop"),
    calling("tool-function-a-text", [{"id": "t1", "function": "look"}], fails("empty", "garbage")),
    calling(
        "tool-type-missing",
        [{"id": "t1", "function": {"name": "look", "arguments": "{}"}}],
        reads(finish=CALLED, calls=(("t1", "look", "{}"),)),
    ),
    calling("tool-finish-stop", [call()], reads(finish="stop", calls=ONE_CALL), None, "stop"),
    row(
        "legacy-function-call",
        message(None, "function_call", function_call={"name": "look", "arguments": "{}"}),
        fails("empty", "garbage"),
    ),
]

TEXTS = [
    row("text", message("42"), reads("42", tokens=(9, 3), estimated=False)),
    row("text-lone-surrogate", message("a\ud83db"), reads("a\ufffdb")),
    row("text-reversed-surrogates", message("\ude00\ud83d"), reads("\ufffd\ufffd")),
    row("text-escaped-emoji", message("a\U0001f600b"), reads("a\U0001f600b")),
    row("text-nul-rtl", message("a\x00b\u202ec"), reads("a\x00b\u202ec")),
    row("text-list", message([{"type": "text", "text": "4"}, {"type": "text", "text": "2"}]), reads("42")),
    row("text-list-of-texts", message(["4", "2"]), reads("42")),
    row("text-list-with-null", message([None, {"type": "text", "text": "42"}, 7]), reads("42")),
    row("text-an-object", message({"type": "text", "text": "42"}), reads("42")),
    row("text-list-surrogate", message([{"type": "text", "text": "\ud83d"}]), reads("\ufffd")),
    row("text-a-number", message(42), fails("empty", "garbage")),
    row("text-null", message(None), fails("empty")),
    row("text-spaces", message(" \n "), fails("empty")),
    row("message-missing", completion({"index": 0, "finish_reason": "stop"}), fails(*BAD)),
    row("message-null", completion({"index": 0, "message": None, "finish_reason": "stop"}), fails(*BAD)),
    row("message-a-text", completion({"index": 0, "message": "42", "finish_reason": "stop"}), fails(*BAD)),
    row("legacy-text", completion({"index": 0, "text": "42", "finish_reason": "stop"}), fails(*BAD)),
    row("refusal", {**message(None, refusal="I will not."), "usage": None}, fails("refused", says=("I will not.",))),
    row("refusal-surrogate", message(None, refusal="no \ud83d"), fails("refused", says=("no \ufffd",))),
    row("refusal-beside-text", message("42", refusal="but"), reads("42", refusal="but")),
    row(
        "refusal-in-parts",
        message([{"type": "refusal", "refusal": "I will not."}]),
        fails("refused", says=("I will not.",)),
    ),
]

REASONING = [
    row("reasoning-content", message("42", reasoning_content="6 times 7"), reads("42", reasoning="6 times 7")),
    row("reasoning-field", message("42", reasoning="6 times 7"), reads("42", reasoning="6 times 7")),
    row(
        "reasoning-twice",
        message("42", reasoning="6 times 7", reasoning_content="6 times 7"),
        reads("42", reasoning="6 times 7"),
    ),
    row(
        "reasoning-details",
        message("42", reasoning_details=[{"type": "reasoning.text", "text": "6 times 7"}]),
        reads("42", reasoning="6 times 7"),
    ),
    row("reasoning-null", message("42", reasoning_content=None, reasoning=None), reads("42", reasoning="")),
    row("reasoning-a-number", message("42", reasoning_content=7), reads("42", reasoning="")),
    row("reasoning-surrogate", message("42", reasoning_content="a\ud83d"), reads("42", reasoning="a\ufffd")),
    row("reasoning-alone", message(None, reasoning_content="6 times 7"), fails("empty")),
    row("reasoning-alone-cut", message("", "length", reasoning_content="6 times 7"), fails("empty")),
    row(
        "thinking-parts",
        message([{"type": "thinking", "thinking": "6 times 7"}, {"type": "text", "text": "42"}]),
        reads("42", reasoning="6 times 7"),
    ),
    row(
        "thinking-parts-nested",
        message(
            [{"type": "thinking", "thinking": [{"type": "text", "text": "6 times 7"}]}, {"type": "text", "text": "42"}]
        ),
        reads("42", reasoning="6 times 7"),
    ),
    row(
        "reasoning-parts",
        message([{"type": "reasoning", "text": "6 times 7"}, {"type": "text", "text": "42"}]),
        reads("42", reasoning="6 times 7"),
    ),
    row(
        "redacted-thinking",
        message([{"type": "redacted_thinking", "data": "xyz"}, {"type": "text", "text": "42"}]),
        reads("42", reasoning=""),
    ),
    row("think-block", message("<think>6 times 7</think>42"), reads("42", reasoning="6 times 7")),
    row("think-block-lines", message("<think>\n6 times 7\n</think>\n\n42\n"), reads("42\n", reasoning="6 times 7")),
    row("think-block-after-space", message("\n\n<think>6 times 7</think>42"), reads("42", reasoning="6 times 7")),
    row("think-block-empty", message("<think>\n\n</think>\n\n42"), reads("42", reasoning="")),
    row("thinking-block", message("<thinking>6 times 7</thinking>\n42"), reads("42", reasoning="6 times 7")),
    row("thought-block", message("<thought>6 times 7</thought>42"), reads("42", reasoning="6 times 7")),
    row("think-block-brackets", message("[THINK]6 times 7[/THINK]42"), reads("42", reasoning="6 times 7")),
    row(
        "think-block-kimi",
        message("\u25c1think\u25b76 times 7\u25c1/think\u25b742"),
        reads("42", reasoning="6 times 7"),
    ),
    row("think-block-not-opened", message("6 times 7\n</think>\n\n42"), reads("42", reasoning="6 times 7")),
    row("think-block-not-closed", message("<think>6 times 7 is", "length"), fails("empty")),
    row(
        "think-block-beside-reasoning",
        message("<think>6 times 7</think>42", reasoning_content="6 times 7"),
        reads("42", reasoning="6 times 7"),
    ),
    row(
        "think-block-in-parts",
        message([{"type": "text", "text": "<think>6 times 7</think>42"}]),
        reads("42", reasoning="6 times 7"),
    ),
    row(
        "think-block-harmony-with-its-messages",
        message(
            "<|start|>assistant<|channel|>analysis<|message|>6 times 7<|end|>"
            "<|start|>assistant<|channel|>final<|message|>42<|return|>"
        ),
        reads("42", reasoning="6 times 7"),
    ),
    row(
        "think-block-harmony",
        message("<|channel|>analysis<|message|>6 times 7<|channel|>final<|message|>42"),
        reads("42", reasoning="6 times 7"),
    ),
    row("think-block-not-opened-in-line", message("6 times 7.</think>42"), reads("42", reasoning="6 times 7.")),
    row("think-blocks-two", message("<think>6 times</think>\n<think>7</think>42"), reads("42", reasoning="6 times7")),
    row("reasoning-of-ollama", message("42", thinking="6 times 7"), reads("42", reasoning="6 times 7")),
    row("reasoning-an-object", message("42", reasoning={"content": "6 times 7"}), reads("42", reasoning="6 times 7")),
    row(
        "think-told-of",
        message("Put <think> first, and </think> last."),
        reads("Put <think> first, and </think> last.", reasoning=""),
    ),
    row(
        "think-closing-told-of",
        message("Each ends with `</think>` on a line."),
        reads("Each ends with `</think>` on a line.", reasoning=""),
    ),
    row("think-in-the-middle", message("Yes. <think>no</think> 42"), reads("Yes. <think>no</think> 42", reasoning="")),
    row("thinker-is-no-tag", message("<thinker>42</thinker>"), reads("<thinker>42</thinker>", reasoning="")),
]


def finishing(said: object, expected: Expected, name: str) -> Row:
    """A text that ended for this reason."""
    return row(f"finish-{name}", message("42", said), expected)


FINISH = [
    *(
        finishing(s, reads("42"), str(s))
        for s in ("stop", "STOP", "end_turn", "eos_token", "COMPLETE", "stop_sequence", "normal")
    ),
    *(
        finishing(s, reads("42", "length"), str(s))
        for s in ("length", "max_tokens", "MAX_TOKENS", "model_length", "token_limit")
    ),
    *(
        finishing(s, fails("refused"), str(s))
        for s in ("content_filter", "SAFETY", "refusal", "RECITATION", "sensitive", "ERROR_TOXIC")
    ),
    *(
        finishing(s, fails("unavailable", "garbage", "timeout"), str(s))
        for s in ("error", "ERROR", "network_error", "insufficient_system_resource", "abort", "cancelled", "time_limit")
    ),
    finishing(None, reads("42"), "null"),
    finishing("", reads("42"), "empty"),
    finishing(7, reads("42", None), "number"),
    finishing({"type": "length", "length": 3}, reads("42", "length"), "object"),
    finishing("tired", reads("42", "other"), "unknown-word"),
    row("finish-missing", completion({"index": 0, "message": {"content": "42"}}), reads("42")),
    row(
        "finish-error-partial",
        completion(
            {
                "index": 0,
                "message": {"content": "The first ha"},
                "finish_reason": "error",
                "error": {"code": 502, "message": "upstream died"},
            }
        ),
        fails(*BAD, says=("upstream died",)),
    ),
    row(
        "choice-error",
        completion(
            {
                "index": 0,
                "message": {"content": "The first ha"},
                "finish_reason": "stop",
                "error": {"code": 502, "message": "upstream died"},
            }
        ),
        fails(*BAD, says=("upstream died",)),
    ),
    row(
        "choice-error-text",
        completion(
            {"index": 0, "message": {"content": "The first ha"}, "finish_reason": None, "error": "upstream died"}
        ),
        fails(*BAD, says=("upstream died",)),
    ),
    row(
        "choice-error-surrogate",
        completion({"index": 0, "message": {"content": "a"}, "error": {"message": "died \ud83d"}}),
        fails(*BAD, says=("died \ufffd",)),
    ),
    row(
        "choice-error-null",
        completion({"index": 0, "message": {"content": "42"}, "finish_reason": "stop", "error": None}),
        reads("42"),
    ),
]

COUNTS = [
    counting(
        "usage", {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}, reads("12345678", tokens=(9, 3))
    ),
    counting("usage-null", None, reads("12345678", tokens=(4, 2), estimated=True)),
    counting("usage-empty", {}, reads("12345678", tokens=(4, 2), estimated=True)),
    counting("usage-a-text", "9", reads("12345678", tokens=(4, 2), estimated=True)),
    counting("usage-a-list", [9, 3], reads("12345678", tokens=(4, 2), estimated=True)),
    counting(
        "usage-zeros", {"prompt_tokens": 0, "completion_tokens": 0}, reads("12345678", tokens=(4, 2), estimated=True)
    ),
    counting(
        "usage-negative",
        {"prompt_tokens": -9, "completion_tokens": -3},
        reads("12345678", tokens=(4, 2), estimated=True),
    ),
    counting("usage-texts", {"prompt_tokens": "9", "completion_tokens": "many"}, reads("12345678", estimated=True)),
    counting("usage-floats", {"prompt_tokens": 9.0, "completion_tokens": 3.0}, reads("12345678", tokens=(9, 3))),
    counting(
        "usage-booleans",
        {"prompt_tokens": True, "completion_tokens": True},
        reads("12345678", tokens=(4, 2), estimated=True),
    ),
    counting("usage-enormous", {"prompt_tokens": 10**30, "completion_tokens": 3}, reads("12345678")),
    counting("usage-float-enormous", {"prompt_tokens": 1e300, "completion_tokens": 3}, reads("12345678")),
    counting("usage-beyond-int32", {"prompt_tokens": 9, "completion_tokens": 2**40}, reads("12345678")),
    counting(
        "usage-nan",
        {"prompt_tokens": float("nan"), "completion_tokens": float("inf")},
        reads("12345678", estimated=True),
    ),
    counting(
        "usage-cached",
        {"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}},
        reads("12345678", tokens=(9, 3), cached=4),
    ),
    counting(
        "usage-details-odd",
        {"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": [4], "completion_tokens_details": "x"},
        reads("12345678", tokens=(9, 3)),
    ),
    counting(
        "usage-cached-text",
        {"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": "4"}},
        reads("12345678", tokens=(9, 3)),
    ),
    row(
        "usage-thousands-of-digits",
        text_of(message("42")).replace('"prompt_tokens": 9', '"prompt_tokens": ' + "9" * 5000),
        reads("42"),
    ),
]

CHOICES = [
    {"index": index, "message": {"content": said}, "finish_reason": "stop"} for index, said in ((1, "41"), (0, "42"))
]

BODIES = [
    row("nested-deeply", text_of(message("42"))[:-1] + ', "x": ' + "[" * DEEP + "]" * DEEP + "}", fails("garbage")),
    row(
        "nested-deeply-content",
        text_of(message("@")).replace('"@"', '{"a":' * DEEP + "1" + "}" * DEEP),
        fails("garbage"),
    ),
    row(
        "nested-arguments",
        text_of(message(None, "tool_calls", tool_calls=[call(arguments="@")])).replace('"@"', "[" * 150 + "]" * 150),
        reads(finish="tool_calls", calls=(("t1", "look", "[" * 150 + "]" * 150),)),
        question=TOOLS,
    ),
    row("html", "<html><body>login</body></html>", fails("garbage")),
    row("empty", "", fails("garbage")),
    row("blank", "\n\n  ", fails("garbage")),
    row("not-json", "{'choices': 1}", fails("garbage")),
    row("cut-json", text_of(message("42"))[:-20], fails("garbage", "unavailable")),
    row("null", "null", fails("garbage")),
    row("a-list", [message("42")], fails("garbage")),
    row("a-number", "42", fails("garbage")),
    row(
        "choices-out-of-order",
        {**message(), "choices": CHOICES},
        reads("42"),
    ),
    row("choices-empty", {**message(), "choices": []}, fails("garbage")),
    row("choices-null", {**message(), "choices": None}, fails("garbage")),
    row("choices-missing", {"id": "c1"}, fails("garbage")),
    row("choices-of-null", {**message(), "choices": [None]}, fails("garbage")),
    row("choices-a-text", {**message(), "choices": "42"}, fails("garbage")),
    row("leading-blank-lines", "\n\n\n" + text_of(message("42")), reads("42")),
    row("utf-16", text_of(message("42")).encode("utf-16"), reads("42")),
    row("two-documents", text_of(message("42")) * 2, fails("garbage")),
    row(
        "lines-of-ollama",
        '{"message": {"content": "4"}, "done": false}\n{"message": {"content": "2"}, "done": true}',
        fails("garbage"),
    ),
    Row("status-201", sends(text_of(message("42")), status="201 Created"), reads("42")),
    Row("headers-of-60-kb", sends(text_of(message("42")), headers=(f"X-Policy: {'x' * 60_000}",)), reads("42")),
    row("byte-order-mark", b"\xef\xbb\xbf" + text_of(message("42")).encode(), reads("42")),
    row("invalid-utf8", text_of(message("caf@")).encode().replace(b"@", b"\xe9"), reads("caf\ufffd")),
    row("utf8-cut-off", text_of(message("caf@")).encode().replace(b"@", b"\xe2\x82"), reads("caf\ufffd")),
    row("error-in-200", {"error": {"message": "overloaded", "code": 502}}, fails("unavailable", says=("overloaded",))),
    row("error-in-200-a-text", {"error": "overloaded"}, fails("unavailable", says=("overloaded",))),
    row(
        "error-in-200-beside-choices",
        {**message("42"), "error": {"message": "overloaded"}},
        fails("unavailable", says=("overloaded",)),
    ),
    row(
        "error-in-200-surrogate",
        {"error": {"message": "bad near \ud83d", "code": 502}},
        fails("unavailable", says=("bad near \ufffd",)),
    ),
    row("error-null", {**message("42"), "error": None}, reads("42")),
    Row(
        "error-400-surrogate",
        sends(text_of({"error": {"message": "bad near \ud83d"}}), status="400 Bad Request"),
        fails("invalid", says=("bad near \ufffd",)),
    ),
    Row(
        "error-500-surrogate",
        sends(text_of({"error": {"message": "bad near \ud83d"}}), status="500 Oops"),
        fails("unavailable"),
    ),
    Row(
        "error-500-html", sends("<html>oops</html>", status="500 Oops", content_type="text/html"), fails("unavailable")
    ),
    Row("error-400-nested-deeply", sends("[" * DEEP + "]" * DEEP, status="400 Bad Request"), fails("invalid")),
    Row(
        "error-400-invalid-utf8",
        sends(b'{"error": {"message": "caf\xe9"}}', status="400 Bad Request"),
        fails("invalid"),
    ),
    Row(
        "gzip", sends(gzip.compress(text_of(message("42")).encode()), headers=("Content-Encoding: gzip",)), reads("42")
    ),
    Row(
        "deflate",
        sends(zlib.compress(text_of(message("42")).encode()), headers=("Content-Encoding: deflate",)),
        reads("42"),
    ),
    Row(
        "brotli-that-nobody-asked-for",
        sends(b"\x0b\x02\x80hello\x03", headers=("Content-Encoding: br",)),
        fails("garbage", "unavailable"),
    ),
    Row(
        "gzip-that-is-none",
        sends(text_of(message("42")), headers=("Content-Encoding: gzip",)),
        fails("garbage", "unavailable"),
    ),
    Row("cut-content-length", sends(text_of(message("42"))[:30], length=1000), fails("unavailable", "garbage")),
    Row("reset-midway", sends(text_of(message("42"))[:30], RESET, length=1000), fails("unavailable")),
    Row(
        "byte-by-byte",
        sends(*(bytes([b]) for b in text_of(message("caf\u00e9 \U0001f600")).encode())),
        reads("caf\u00e9 \U0001f600"),
    ),
    Row("no-content-type", sends(text_of(message("42")), content_type=""), reads("42")),
    Row("wrong-content-type", sends(text_of(message("42")), content_type="text/html"), reads("42")),
]


def likely(name: str, logprobs: object, expected: Expected) -> Row:
    """A choice with these `logprobs`."""
    said = {"role": "assistant", "content": "42"}
    return row(name, completion({"index": 0, "message": said, "finish_reason": "stop", "logprobs": logprobs}), expected)


TOKENS = {
    "content": [{"token": "4", "logprob": -0.5, "bytes": [52], "top_logprobs": []}, {"token": "2", "logprob": -1.5}]
}

LOGPROBS = [
    likely("logprobs", TOKENS, reads("42", mean_logprob=-1.0)),
    likely(
        "logprobs-older-form", {"tokens": ["4", "2"], "token_logprobs": [None, -1.0]}, reads("42", mean_logprob=-1.0)
    ),
    likely("logprobs-null", None, reads("42")),
    likely("logprobs-odd", {"content": [None, 7, {"logprob": "x"}, {"logprob": 1e400}]}, reads("42")),
    likely("logprobs-a-list", [-0.5], reads("42")),
]

EVENTS = event(delta(role="assistant", content="4")) + event(delta(content="2")) + STOP

AS_EVENTS = [
    Row("events-where-json-was-asked", streams(EVENTS, COUNTED, DONE), reads("42", tokens=(9, 3))),
    Row("events-without-their-content-type", sends(EVENTS, COUNTED, DONE), reads("42", tokens=(9, 3))),
    Row("events-cut", streams(event(delta(content="The first half of"))), fails(*BAD)),
    Row(
        "events-with-an-error",
        streams(event(delta(content="4")), b'event: error\ndata: {"message": "overloaded"}\n\n'),
        fails(*BAD, says=("overloaded",)),
    ),
    Row("events-kept-open", streams(EVENTS, COUNTED, PINGS), reads("42", within_s=2.0)),
    Row("events-of-one-whole-message", streams(event(message("42")), DONE), reads("42", tokens=(9, 3))),
]

PLAIN: list[Row] = [*TOOL_CALLS, *TEXTS, *REASONING, *FINISH, *COUNTS, *LOGPROBS, *BODIES, *AS_EVENTS]
