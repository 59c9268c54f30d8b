"""What providers were seen to send where a stream was asked for."""

from __future__ import annotations

import gzip
from typing import Any

from .plain_rows import BAD, CALLED, DEEP, ONE_CALL, TOOLS
from .upstream import (
    COUNTED,
    DONE,
    HOLD,
    PINGS,
    RESET,
    STOP,
    USAGE,
    Expected,
    Piece,
    Row,
    chunk,
    delta,
    event,
    fails,
    message,
    reads,
    sends,
    streams,
    text_of,
)

END = (STOP, COUNTED, DONE)
FOUR, TWO = event(delta(role="assistant", content="4")), event(delta(content="2"))
TEXT = FOUR + TWO


def row(name: str, *pieces: Piece, expected: Expected, **more: Any) -> Row:
    """A stream of these pieces."""
    return Row(name, streams(*pieces), expected, streamed=True, **more)


def deltas(name: str, *fields: dict[str, Any], expected: Expected, finish: object = "stop", **more: Any) -> Row:
    """A stream of these deltas, which ends well."""
    told = b"".join(event(delta(**f)) for f in fields)
    return row(name, told, event(delta(finish)), COUNTED, DONE, expected=expected, **more)


def texts(name: str, *pieces: str, expected: Expected, **more: Any) -> Row:
    """A text in pieces, which ends well."""
    return deltas(name, *({"content": piece} for piece in pieces), expected=expected, **more)


def calling(name: str, *chunks: list[Any], expected: Expected) -> Row:
    """Chunks of `tool_calls`."""
    return deltas(name, *({"tool_calls": c} for c in chunks), expected=expected, finish=CALLED, question=TOOLS)


def piece(index: object = 0, call_id: object = None, name: object = None, arguments: object = None) -> dict[str, Any]:
    """A piece of a tool call; what is None is left out."""
    function = {k: v for k, v in (("name", name), ("arguments", arguments)) if v is not None}
    fields = (("index", index), ("id", call_id), ("type", "function"), ("function", function))
    return {k: v for k, v in fields if v is not None}


LOOK, CAT = piece(0, "t1", "look", '{"at": '), piece(0, arguments='"cat"}')
TWO_CALLS = reads("", CALLED, calls=(*ONE_CALL, ("t2", "go", "{}")))
CALLS_ONE = reads("", CALLED, calls=ONE_CALL)

TOOL_CALLS = [
    calling("tool-call", [LOOK], [CAT], expected=CALLS_ONE),
    deltas(
        "tool-call-an-object",
        {"tool_calls": LOOK},
        {"tool_calls": CAT},
        expected=CALLS_ONE,
        finish=CALLED,
        question=TOOLS,
    ),
    deltas(
        "tool-call-finish-stop",
        {"tool_calls": [LOOK]},
        {"tool_calls": [CAT]},
        expected=reads("", "stop", calls=ONE_CALL),
        question=TOOLS,
    ),
    calling(
        "tool-name-repeated", [LOOK], [{**CAT, "function": {"name": "look", "arguments": '"cat"}'}}], expected=CALLS_ONE
    ),
    calling("tool-id-repeated", [LOOK], [{**CAT, "id": "t1"}], expected=CALLS_ONE),
    calling(
        "tool-no-index", [piece(None, "t1", "look", '{"at": ')], [piece(None, arguments='"cat"}')], expected=CALLS_ONE
    ),
    calling(
        "tool-index-word",
        [piece("first", "t1", "look", '{"at": ')],
        [piece("first", arguments='"cat"}')],
        expected=CALLS_ONE,
    ),
    calling(
        "tool-index-text", [piece("0", "t1", "look", '{"at": ')], [piece(0, arguments='"cat"}')], expected=CALLS_ONE
    ),
    calling(
        "tool-index-float", [piece(0.0, "t1", "look", '{"at": ')], [piece(0, arguments='"cat"}')], expected=CALLS_ONE
    ),
    calling(
        "tool-index-starts-at-7",
        [piece(7, "t1", "look", '{"at": ')],
        [piece(7, arguments='"cat"}')],
        expected=CALLS_ONE,
    ),
    calling("tool-nulls", [None, LOOK], [None], [CAT, None], expected=CALLS_ONE),
    calling("tool-arguments-object", [piece(0, "t1", "look", {"at": "cat"})], expected=CALLS_ONE),
    calling("tool-arguments-null", [piece(0, "t1", "look")], [piece(0, arguments='{"at": "cat"}')], expected=CALLS_ONE),
    calling("tool-id-number", [piece(0, 7, "look", "{}")], expected=reads("", CALLED, calls=(("7", "look", "{}"),))),
    calling(
        "tool-name-after-id", [piece(0, "t1", None, "")], [piece(0, None, "look", '{"at": "cat"}')], expected=CALLS_ONE
    ),
    calling("tool-function-null", [{"index": 0, "id": "t1", "function": None}, LOOK], [CAT], expected=CALLS_ONE),
    calling("tool-calls-parallel", [LOOK], [CAT], [piece(1, "t2", "go", "{}")], expected=TWO_CALLS),
    calling(
        "tool-calls-interleaved",
        [LOOK, piece(1, "t2", "go", "")],
        [piece(1, arguments="{}")],
        [CAT],
        expected=TWO_CALLS,
    ),
    calling(
        "tool-calls-parallel-no-index",
        [piece(None, "t1", "look", '{"at": ')],
        [piece(None, arguments='"cat"}')],
        [piece(None, "t2", "go", "{}")],
        expected=TWO_CALLS,
    ),
    calling(
        "tool-calls-parallel-no-index-at-once",
        [piece(None, "t1", "look", '{"at": "cat"}'), piece(None, "t2", "go", "{}")],
        expected=TWO_CALLS,
    ),
    calling(
        "tool-calls-parallel-all-index-0",
        [piece(0, "t1", "look", '{"at": "cat"}')],
        [piece(0, "t2", "go", "{}")],
        expected=TWO_CALLS,
    ),
    calling(
        "tool-calls-parallel-no-index-no-id",
        [piece(None, None, "look", '{"at": "cat"}'), piece(None, None, "go", "{}")],
        expected=reads("", CALLED, calls=((None, "look", '{"at": "cat"}'), (None, "go", "{}"))),
    ),
    calling(
        "tool-calls-one-name-no-index-no-id",
        [piece(None, None, "look", '{"at": 1}')],
        [piece(None, None, "look", '{"at": 2}')],
        expected=reads("", CALLED, calls=((None, "look", '{"at": 1}'), (None, "look", '{"at": 2}'))),
    ),
    calling(
        "tool-calls-index-word-parallel",
        [piece("a", "t1", "look", '{"at": "cat"}'), piece("b", "t2", "go", "{}")],
        expected=TWO_CALLS,
    ),
    calling(
        "tool-arguments-emoji-split",
        [piece(0, "t1", "look", '{"at": "\ud83d')],
        [piece(0, arguments='\ude00"}')],
        expected=reads("", CALLED, calls=(("t1", "look", '{"at": "\U0001f600"}'),)),
    ),
    calling(
        "tool-arguments-lone-surrogate",
        [piece(0, "t1", "look", '{"at": "\ud83d')],
        [piece(0, arguments='"}')],
        expected=reads("", CALLED, calls=(("t1", "look", '{"at": "\ufffd"}'),)),
    ),
    calling("tool-no-name", [piece(0, "t1", None, "{}")], expected=fails(*BAD)),
    deltas(
        "tool-call-beside-text",
        {"content": "Let me look."},
        {"tool_calls": [LOOK]},
        {"tool_calls": [CAT]},
        expected=reads("Let me look.", CALLED, calls=ONE_CALL),
        finish=CALLED,
        question=TOOLS,
    ),
]

TEXTS = [
    texts("text", "4", "2", expected=reads("42", tokens=(9, 3))),
    texts("text-emoji-split", "a\ud83d", "\ude00b", expected=reads("a\U0001f600b")),
    texts("text-lone-surrogate", "a\ud83d", "b", expected=reads("a\ufffdb")),
    texts("text-lone-surrogate-last", "a", "b\ud83d", expected=reads("ab\ufffd")),
    texts("text-low-surrogate", "a\ude00", "b", expected=reads("a\ufffdb")),
    deltas(
        "text-lists",
        {"content": [{"type": "text", "text": "4"}]},
        {"content": [{"type": "text", "text": "2"}]},
        expected=reads("42"),
    ),
    deltas("text-nulls", {"content": None}, {"content": "42"}, {"content": None}, expected=reads("42")),
    deltas("text-a-number", {"content": 4}, {"content": "42"}, expected=reads("42")),
    deltas("refusal", {"refusal": "I will "}, {"refusal": "not."}, expected=fails("refused", says=("I will not.",))),
    deltas("nothing", {"role": "assistant"}, {"content": ""}, expected=fails("empty")),
    texts("line-separators", "4\u2028", "\u00852", expected=reads("4\u2028\u00852")),
    row("delta-null", event(chunk({"index": 0, "delta": None})), TEXT, *END, expected=reads("42")),
    row("delta-a-text", event(chunk({"index": 0, "delta": "x"})), TEXT, *END, expected=reads("42")),
    row("choices-empty-first", event(chunk(prompt_filter_results=[])), TEXT, *END, expected=reads("42")),
    row("choices-null", event({**chunk(), "choices": None}), TEXT, *END, expected=reads("42")),
    row(
        "finish-empty-in-each-chunk",
        event(delta("", content="4")),
        event(delta("", content="2")),
        *END,
        expected=reads("42"),
    ),
    row(
        "finish-null-as-a-word",
        event(delta("null", content="4")),
        event(delta("null", content="2")),
        *END,
        expected=reads("42"),
    ),
    row("finish-in-the-last-text", FOUR, event(delta("stop", content="2")), COUNTED, DONE, expected=reads("42")),
    row(
        "whole-message-at-the-end",
        TEXT,
        event(chunk({"index": 0, "delta": {}, "message": {"content": "42"}, "finish_reason": "stop"})),
        DONE,
        expected=reads("42"),
    ),
    row("whole-message-after-the-end", TEXT, STOP, event(message("42")), DONE, expected=reads("42")),
    row(
        "messages-as-pieces",
        *(
            event(chunk({"index": 0, "message": {"content": c}, "finish_reason": f}))
            for c, f in (("4", None), ("2", "stop"))
        ),
        DONE,
        expected=reads("42"),
    ),
    row(
        "choices-out-of-order",
        event(chunk({"index": 1, "delta": {"content": "7"}}, {"index": 0, "delta": {"content": "42"}})),
        *END,
        expected=reads("42"),
    ),
    row("content-after-finish", FOUR, STOP, TWO, COUNTED, DONE, expected=reads("42")),
]

REASONING = [
    deltas(
        "reasoning-content",
        {"reasoning_content": "6 times "},
        {"reasoning_content": "7"},
        {"content": "42"},
        expected=reads("42", reasoning="6 times 7"),
    ),
    deltas(
        "reasoning-field",
        {"reasoning": "6 times "},
        {"reasoning": "7"},
        {"content": "42"},
        expected=reads("42", reasoning="6 times 7"),
    ),
    deltas(
        "reasoning-twice",
        {"reasoning": "6 times 7", "reasoning_details": [{"type": "reasoning.text", "text": "6 times 7"}]},
        {"content": "42"},
        expected=reads("42", reasoning="6 times 7"),
    ),
    deltas(
        "reasoning-emoji-split",
        {"reasoning_content": "a\ud83d"},
        {"reasoning_content": "\ude00"},
        {"content": "42"},
        expected=reads("42", reasoning="a\U0001f600"),
    ),
    deltas(
        "reasoning-lone-surrogate",
        {"reasoning_content": "a\ud83d"},
        {"content": "42"},
        expected=reads("42", reasoning="a\ufffd"),
    ),
    deltas(
        "thinking-parts",
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "6 times 7"}]}]},
        {"content": "42"},
        expected=reads("42", reasoning="6 times 7"),
    ),
    texts("think-block", "<think>6 times 7</think>", "42", expected=reads("42", reasoning="6 times 7")),
    texts(
        "think-block-split",
        "<th",
        "ink>6 ti",
        "mes 7</th",
        "in",
        "k>\n\n4",
        "2",
        expected=reads("42", reasoning="6 times 7"),
    ),
    texts("think-block-by-letters", *"\n<think>6 times 7\n</think>\n\n42", expected=reads("42", reasoning="6 times 7")),
    texts(
        "thinking-block-split", "<thinking", ">6 times 7</thin", "king>42", expected=reads("42", reasoning="6 times 7")
    ),
    texts(
        "think-block-not-opened", "6 times ", "7\n</thi", "nk>\n\n4", "2", expected=reads("42", reasoning="6 times 7")
    ),
    texts("think-block-not-closed", "<think>", "6 times 7", expected=fails("empty"), finish="length"),
    texts("think-block-empty", "<think>", "\n\n", "</think>", "\n\n", "42", expected=reads("42", reasoning="")),
    texts(
        "think-block-harmony-with-its-messages",
        *("<|start|>assis", "tant<|channel|>analysis<|message|>6 times", " 7<|en", "d|><|start|>assistant<|chan"),
        *("nel|>final<|message|>4", "2<|ret", "urn|>"),
        expected=reads("42", reasoning="6 times 7"),
    ),
    texts(
        "think-told-of",
        "Put <thi",
        "nk> first, and </th",
        "ink> last.",
        expected=reads("Put <think> first, and </think> last.", reasoning=""),
    ),
    texts("angle-bracket-first", "<", "42", ">", expected=reads("<42>", reasoning="")),
    texts("angle-bracket-alone", "<", expected=reads("<", reasoning="")),
    deltas("reasoning-alone", {"reasoning_content": "6 times 7"}, expected=fails("empty")),
]

ENDS = [
    row("cut", event(delta(content="The first half of")), expected=fails(*BAD)),
    row("cut-after-done-without-finish", event(delta(content="The first half of")), DONE, expected=fails(*BAD)),
    row("cut-within-an-event", TEXT, STOP[:20], expected=fails(*BAD)),
    row("reset", event(delta(content="The first half of")), RESET, expected=fails(*BAD)),
    row("nothing-at-all", expected=fails(*BAD)),
    row("done-alone", DONE, expected=fails(*BAD)),
    row("pings-alone", b": ping\n\n: ping\n\n", expected=fails(*BAD)),
    row("no-done", TEXT, STOP, COUNTED, expected=reads("42", tokens=(9, 3))),
    row("no-done-no-usage", TEXT, STOP, expected=reads("42", estimated=True)),
    row("no-done-no-last-newline", TEXT, STOP.rstrip(), expected=reads("42")),
    row("done-without-newline", TEXT, STOP, COUNTED, DONE.rstrip(), expected=reads("42", tokens=(9, 3))),
    row("kept-open-with-pings", TEXT, STOP, COUNTED, PINGS, expected=reads("42", tokens=(9, 3), within_s=2.0)),
    row("kept-open-without-usage", TEXT, STOP, PINGS, expected=reads("42", within_s=2.5)),
    row("kept-open-in-silence", TEXT, STOP, COUNTED, HOLD, expected=reads("42", tokens=(9, 3), within_s=2.0)),
    row("kept-open-after-done", TEXT, *END, PINGS, expected=reads("42", tokens=(9, 3), within_s=2.0)),
    row("ping-after-done", TEXT, *END, b": ping\n\n", expected=reads("42", tokens=(9, 3))),
    row("usage-late", TEXT, STOP, 0.3, COUNTED, DONE, expected=reads("42", tokens=(9, 3))),
    row("reset-after-the-last-chunk", TEXT, STOP, COUNTED, RESET, expected=reads("42", tokens=(9, 3))),
    row("reset-after-the-finish", TEXT, STOP, RESET, expected=reads("42")),
    row("stalls-midway", TEXT, HOLD, expected=fails("timeout"), seconds=2.0),
    row("pings-midway", FOUR, PINGS, expected=fails("timeout"), seconds=2.0),
    row(
        "error-event",
        event(delta(content="The first ha")),
        b'event: error\ndata: {"message": "overloaded"}\n\n',
        expected=fails(*BAD, says=("overloaded",)),
    ),
    row(
        "error-event-then-done",
        event(delta(content="The first ha")),
        b'event: error\ndata: {"message": "overloaded"}\n\n',
        DONE,
        expected=fails(*BAD, says=("overloaded",)),
    ),
    row(
        "error-event-a-text",
        event(delta(content="The first ha")),
        b"event: error\ndata: overloaded\n\n",
        DONE,
        expected=fails(*BAD, says=("overloaded",)),
    ),
    row(
        "error-event-first",
        b'event: error\ndata: {"message": "overloaded"}\n\n',
        expected=fails(*BAD, says=("overloaded",)),
    ),
    row(
        "error-event-openai",
        event(delta(content="The first ha")),
        b'event: error\ndata: {"error": {"message": "overloaded"}}\n\n',
        DONE,
        expected=fails(*BAD, says=("overloaded",)),
    ),
    row(
        "error-in-a-chunk",
        event(delta(content="The first ha")),
        event({"error": {"message": "overloaded", "code": 502}}),
        DONE,
        expected=fails(*BAD, says=("overloaded",)),
    ),
    row(
        "error-in-a-chunk-a-text",
        event(delta(content="The first ha")),
        event({"error": "overloaded"}),
        DONE,
        expected=fails(*BAD, says=("overloaded",)),
    ),
    row(
        "error-in-a-chunk-surrogate",
        event({"error": {"message": "bad \ud83d"}}),
        DONE,
        expected=fails(*BAD, says=("bad \ufffd",)),
    ),
    row(
        "error-object",
        event(delta(content="The first ha")),
        event({"object": "error", "message": "overloaded", "code": 500}),
        DONE,
        expected=fails(*BAD, says=("overloaded",)),
    ),
    row(
        "choice-error",
        event(
            chunk(
                {
                    "index": 0,
                    "delta": {"content": "The first ha"},
                    "finish_reason": "error",
                    "error": {"code": 502, "message": "upstream died"},
                }
            )
        ),
        DONE,
        expected=fails(*BAD, says=("upstream died",)),
    ),
    row("done-in-small-letters", TEXT, STOP, COUNTED, b"data: [done]\n\n", expected=reads("42", tokens=(9, 3))),
    row("done-as-json", TEXT, STOP, b'data: "[DONE]"\n\n', PINGS, expected=reads("42", within_s=2.0)),
    row("nonsense-after-the-finish", TEXT, STOP, b"data: [bye]\n\n", expected=reads("42")),
    row("error-after-the-finish", TEXT, STOP, event({"error": {"message": "late"}}), DONE, expected=reads("42")),
    row(
        "error-amid-words-after-a-finish",
        event(delta("stop", content="")),
        event(delta(content="The first ha")),
        event({"error": {"message": "overloaded"}}),
        DONE,
        expected=fails(*BAD, says=("overloaded",)),
    ),
    row("finish-error", TEXT, event(delta("error")), DONE, expected=fails(*BAD)),
    row("finish-error-word-network", TEXT, event(delta("network_error")), DONE, expected=fails(*BAD)),
    row("finish-abort", TEXT, event(delta("abort")), DONE, expected=fails(*BAD)),
    row("finish-max-tokens", TEXT, event(delta("MAX_TOKENS")), DONE, expected=reads("42", "length")),
    row("finish-safety", TEXT, event(delta("SAFETY")), DONE, expected=fails("refused")),
    row("finish-unknown-word", TEXT, event(delta("tired")), DONE, expected=reads("42", "other")),
    row("no-finish-but-usage-and-done", TEXT, COUNTED, DONE, expected=reads("42", tokens=(9, 3))),
]

COUNTS = [
    row(
        "usage-in-every-chunk",
        event({**delta(content="4"), "usage": {"prompt_tokens": 9, "completion_tokens": 1}}),
        event({**delta("stop", content="2"), "usage": USAGE}),
        DONE,
        expected=reads("42", tokens=(9, 3)),
    ),
    row(
        "usage-null-in-every-chunk",
        event({**delta(content="42"), "usage": None}),
        event({**delta("stop"), "usage": None}),
        COUNTED,
        DONE,
        expected=reads("42", tokens=(9, 3)),
    ),
    row(
        "usage-then-zeros",
        TEXT,
        event({**delta("stop"), "usage": {"prompt_tokens": 1000, "completion_tokens": 500}}),
        event(chunk(usage={"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0})),
        DONE,
        expected=reads("42", tokens=(1000, 500)),
    ),
    row(
        "usage-zeros",
        TEXT,
        STOP,
        event(chunk(usage={"prompt_tokens": 0, "completion_tokens": 0})),
        DONE,
        expected=reads("42", estimated=True),
    ),
    row(
        "usage-odd",
        TEXT,
        STOP,
        event(chunk(usage={"prompt_tokens": "9", "completion_tokens": -3})),
        DONE,
        expected=reads("42", estimated=True),
    ),
    row(
        "usage-enormous",
        TEXT,
        STOP,
        event(chunk(usage={"prompt_tokens": 10**30, "completion_tokens": 3})),
        DONE,
        expected=reads("42"),
    ),
    row(
        "usage-of-groq",
        TEXT,
        event({**delta("stop"), "x_groq": {"id": "r", "usage": USAGE}}),
        DONE,
        expected=reads("42", tokens=(9, 3)),
    ),
    row("usage-missing", TEXT, STOP, DONE, expected=reads("42", estimated=True)),
    row(
        "usage-at-the-choice",
        TEXT,
        event(chunk({"index": 0, "delta": {}, "finish_reason": "stop", "usage": USAGE})),
        DONE,
        expected=reads("42", tokens=(9, 3)),
    ),
]


def _lines(*values: object) -> str:
    return "".join(f"data: {text_of(v)}\n\n" for v in values)


WHOLE = (
    _lines(delta(role="assistant", content="4"), delta(content="2"), delta("stop"), chunk(usage=USAGE))
    + "data: [DONE]\n\n"
)
READ = reads("42", tokens=(9, 3))
INDENTED = 'data: {"choices": [{"index": 0,\ndata: "delta": {"content": "42"},\ndata: "finish_reason": null}]}\n\n'

FRAMES = [
    row("crlf", WHOLE.replace("\n", "\r\n").encode(), expected=READ),
    row("cr", WHOLE.replace("\n", "\r").encode(), expected=READ),
    row(
        "crlf-split",
        *(p.encode() for p in WHOLE.replace("\n", "\r\n").split("\r")[:1]),
        *(("\r" + p).encode() for p in WHOLE.replace("\n", "\r\n").split("\r")[1:]),
        expected=READ,
    ),
    row("byte-order-mark", b"\xef\xbb\xbf" + WHOLE.encode(), expected=READ),
    row("byte-order-mark-split", b"\xef", b"\xbb\xbf" + WHOLE.encode(), expected=READ),
    row("data-over-several-lines", INDENTED.encode(), *END, expected=reads("42")),
    row("no-space-after-data", WHOLE.replace("data: ", "data:").encode(), expected=READ),
    row("spaces-around-done", TEXT, STOP, COUNTED, b"data:  [DONE] \n\n", expected=READ),
    row("comments", b": OPENROUTER PROCESSING\n\n" + WHOLE.replace("\n\n", "\n\n: x\n\n").encode(), expected=READ),
    row(
        "ids-and-retries", WHOLE.replace("data: {", "id: 7\nretry: 10\nevent: message\ndata: {").encode(), expected=READ
    ),
    row("named-events", WHOLE.replace("data: {", "event: completion.chunk\ndata: {").encode(), expected=READ),
    row("one-newline-between-events", WHOLE.replace("\n\n", "\n").encode(), expected=READ),
    row("empty-data", b"data:\n\n", TEXT, b"data: \n\n", *END, expected=READ),
    row("keep-alive-data", b"data: keep-alive\n\n", TEXT, b"data: keep-alive\n\n", *END, expected=READ),
    row(
        "ping-event",
        b"event: ping\ndata: {}\n\n",
        TEXT,
        b'event: ping\ndata: {"type": "ping"}\n\n',
        *END,
        expected=READ,
    ),
    row("null-data", b"data: null\n\n", TEXT, *END, expected=READ),
    row("broken-json-midway", FOUR, b'data: {"choices": [{"de\n\n', *END, expected=fails(*BAD)),
    row("nested-deeply", FOUR, ("data: " + "[" * DEEP + "]" * DEEP + "\n\n").encode(), *END, expected=fails(*BAD)),
    row("a-list-as-chunk", FOUR, event([1, 2]), *END, expected=fails(*BAD)),
    row("invalid-utf8", event(delta(content="caf@")).replace(b"@", b"\xe9"), *END, expected=reads("caf\ufffd")),
    row(
        "utf8-split",
        *(bytes([b]) for b in 'data: {"choices": [{"delta": {"content": "caf\u00e9 \U0001f600"}}]}\n\n'.encode()),
        *END,
        expected=reads("caf\u00e9 \U0001f600"),
    ),
    row("whole-stream-byte-by-byte", *(bytes([b]) for b in WHOLE.encode()), expected=READ),
    row("long-line", event(delta(content="x" * 1_000_000)), *END, expected=reads("x" * 1_000_000)),
    Row("gzip", streams(gzip.compress(WHOLE.encode()), headers=("Content-Encoding: gzip",)), READ, streamed=True),
    Row("no-content-type", sends(WHOLE.encode(), content_type=""), READ, streamed=True),
    Row("json-content-type", sends(WHOLE.encode()), READ, streamed=True),
]


def _chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in pieces) + end


def transferred(name: str, body: bytes, expected: Expected) -> Row:
    """A stream in HTTP's own chunks."""
    return Row(name, streams(body, headers=("Transfer-Encoding: chunked",)), expected, streamed=True)


TRANSFERS = [
    transferred("chunked", _chunked(TEXT, *END), READ),
    transferred("chunked-cut-after-finish", _chunked(TEXT, STOP, COUNTED, end=b""), READ),
    transferred("chunked-cut-midway", _chunked(FOUR, end=b"20\r\nda"), fails(*BAD)),
    transferred("chunked-nonsense", _chunked(FOUR, end=b"zz\r\n"), fails(*BAD)),
]

AS_JSON = [
    Row("json-where-a-stream-was-asked", sends(text_of(message("42"))), READ, streamed=True),
    Row("json-as-events-content-type", streams(text_of(message("42"))), READ, streamed=True),
    Row(
        "json-of-several-lines",
        sends('{\n "choices": [\n  {"message": {"content": "42"}, "finish_reason": "stop"}\n ]\n}\n'),
        reads("42"),
        streamed=True,
    ),
    Row(
        "json-that-thinks",
        sends(text_of(message("<think>6 times 7</think>42"))),
        reads("42", reasoning="6 times 7"),
        streamed=True,
    ),
    Row(
        "json-error",
        sends(text_of({"error": {"message": "overloaded", "code": 502}})),
        fails("unavailable", says=("overloaded",)),
        streamed=True,
    ),
    Row(
        "json-tool-call",
        sends(
            text_of(
                message(
                    None, CALLED, tool_calls=[{"id": "t1", "function": {"name": "look", "arguments": {"at": "cat"}}}]
                )
            )
        ),
        CALLS_ONE,
        streamed=True,
        question=TOOLS,
    ),
    Row("html", sends("<html>login</html>", content_type="text/html"), fails("garbage"), streamed=True),
    Row("whole-message-as-chunk", streams(event(message("42")), DONE), READ, streamed=True),
    Row(
        "error-429",
        sends(text_of({"error": {"message": "slow down"}}), status="429 Too Many Requests"),
        fails("rate_limited"),
        streamed=True,
    ),
]

LIKELY = [{"content": [{"token": t, "logprob": -p}]} for t, p in (("4", 0.5), ("2", 1.5))]

LOGPROBS = [
    row(
        "logprobs",
        *(
            event(chunk({"index": 0, "delta": {"content": t}, "logprobs": p}))
            for t, p in zip("42", LIKELY, strict=True)
        ),
        *END,
        expected=reads("42", mean_logprob=-1.0),
    ),
]

STREAMED: list[Row] = [*LOGPROBS, *TOOL_CALLS, *TEXTS, *REASONING, *ENDS, *COUNTS, *FRAMES, *TRANSFERS, *AS_JSON]
