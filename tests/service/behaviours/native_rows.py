"""Of providers that only litellm knows: with a format of their own, or with OpenAI's and ways of their own to call."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .plain_rows import BAD, DEEP, PLAIN, TOOLS
from .streamed_rows import STREAMED
from .upstream import HOLD, RESET, Expected, Piece, Row, fails, reads, sends, streams, text_of

CLAUDE = "anthropic/claude-3-haiku-20240307"


def said(name: str, **fields: Any) -> bytes:
    """One event of Anthropic's streams."""
    return f"event: {name}\ndata: {text_of({'type': name, **fields})}\n\n".encode()


def text(words: str, index: int = 0, **kind: str) -> bytes:
    """A piece of a block."""
    return said("content_block_delta", index=index, delta=kind or {"type": "text_delta", "text": words})


def ends(reason: str) -> bytes:
    """Why it ended."""
    return said("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage={"output_tokens": 3})


BEGUN = said(
    "message_start",
    message={"id": "m", "type": "message", "role": "assistant", "content": [], "model": "c", "stop_reason": None}
    | {"usage": {"input_tokens": 9, "output_tokens": 1}},
) + said("content_block_start", index=0, content_block={"type": "text", "text": ""})
ENDED = said("content_block_stop", index=0)
END = (ENDED, ends("end_turn"), said("message_stop"))
OVERLOADED = said("error", error={"type": "overloaded_error", "message": "Overloaded"})
THOUGHT = said("content_block_start", index=1, content_block={"type": "thinking", "thinking": ""}) + text(
    "", 1, type="thinking_delta", thinking="6 times 7"
)


def streamed(name: str, *pieces: Piece, expected: Expected, **more: Any) -> Row:
    """A stream of these events."""
    return Row(f"claude-{name}", streams(*pieces), expected, True, ("litellm",), provider_model=CLAUDE, **more)


def whole(name: str, body: object, expected: Expected, **more: Any) -> Row:
    """A body sent whole."""
    raw = body if isinstance(body, str) else text_of(body)
    return Row(f"claude-{name}", sends(raw), expected, adapters=("litellm",), provider_model=CLAUDE, **more)


def answer(*blocks: object, reason: object = "end_turn", usage: object = None) -> dict[str, Any]:
    """A message of Anthropic's."""
    counted = {"input_tokens": 9, "output_tokens": 3} if usage is None else usage
    head = {"id": "m", "type": "message", "role": "assistant", "model": "c"}
    return {**head, "content": [*blocks], "stop_reason": reason, "usage": counted}


TEXT = {"type": "text", "text": "42"}
HALF = text("The first half")

NATIVE_STREAMED = [
    streamed("text", BEGUN, text("4"), text("2"), *END, expected=reads("42", tokens=(9, 3))),
    streamed("emoji-split", BEGUN, text("a\ud83d"), text("\ude00"), *END, expected=reads("a\U0001f600")),
    streamed("thinking", BEGUN, THOUGHT, text("42"), *END, expected=reads("42", reasoning="6 times 7")),
    streamed(
        "think-block",
        BEGUN,
        text("<think>6 times"),
        text(" 7</think>42"),
        *END,
        expected=reads("42", reasoning="6 times 7"),
    ),
    streamed("max-tokens", BEGUN, text("42"), ENDED, ends("max_tokens"), expected=reads("42", "length")),
    streamed("refusal", BEGUN, text("I"), ENDED, ends("refusal"), expected=fails("refused")),
    streamed("no-message-stop", BEGUN, text("42"), ENDED, ends("end_turn"), expected=reads("42")),
    streamed("kept-open", BEGUN, text("42"), *END, HOLD, expected=reads("42", within_s=2.0)),
    streamed("cut", BEGUN, HALF, expected=fails(*BAD)),
    streamed("cut-after-block", BEGUN, HALF, ENDED, expected=fails(*BAD)),
    streamed("reset", BEGUN, HALF, RESET, expected=fails(*BAD)),
    streamed("error", BEGUN, HALF, OVERLOADED, expected=fails(*BAD, says=("Overloaded",))),
    streamed("error-first", OVERLOADED, expected=fails(*BAD, says=("Overloaded",))),
    streamed("stalls", BEGUN, HALF, HOLD, expected=fails("timeout"), seconds=2.0),
]

NATIVE_PLAIN = [
    whole("text", answer(TEXT), reads("42", tokens=(9, 3))),
    whole(
        "thinking",
        answer({"type": "thinking", "thinking": "6 times 7", "signature": "x"}, TEXT),
        reads("42", reasoning="6 times 7"),
    ),
    whole(
        "tool",
        answer({"type": "tool_use", "id": "t1", "name": "look", "input": {"at": "cat"}}, reason="tool_use"),
        reads(finish="tool_calls", calls=(("t1", "look", '{"at": "cat"}'),)),
        question=TOOLS,
    ),
    whole("surrogate", answer({"type": "text", "text": "a\ud83d"}), reads("a\ufffd")),
    whole("nothing", answer(), fails("empty")),
    whole("content-null", {**answer(), "content": None}, fails(*BAD)),
    whole("refusal", answer(TEXT, reason="refusal"), fails("refused")),
    whole("counts", answer(TEXT, usage={"input_tokens": "x", "output_tokens": 10**30}), reads("42")),
    whole("html", "<html>login</html>", fails("garbage")),
    whole("nested-deeply", "[" * DEEP, fails(*BAD)),
    whole(
        "error",
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        fails(*BAD, says=("Overloaded",)),
    ),
]

ELSEWHERE = ("groq/m-1", "azure/m-1")
"""litellm calls the first by its own code, the second by OpenAI's package; neither as it calls "openai/"."""

_KINDS = (
    *("text", "text-lone-surrogate", "refusal", "finish-error", "choice-error", "error-event", "cut", "no-done"),
    *("kept-open-with-pings", "events-kept-open", "json-where-a-stream-was-asked", "nested-deeply", "gzip"),
)


def _elsewhere(rows: list[Row]) -> list[Row]:
    """Some kinds of these rows, at each of those providers."""
    return [
        replace(row, name=f"{where.partition('/')[0]}-{row.name}", provider_model=where, adapters=("litellm",))
        for row in rows
        for where in ELSEWHERE
        if row.name in _KINDS
    ]


NATIVE_PLAIN += _elsewhere(PLAIN)
NATIVE_STREAMED += _elsewhere(STREAMED)
