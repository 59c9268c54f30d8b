"""Why a model stopped, in five words: providers have some thirty."""

from __future__ import annotations

_SAID = {
    "stop": ("stop", "end_turn", "stop_sequence", "eos", "eos_token", "complete", "completed", "finished"),
    "length": ("length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded"),
    "tool_calls": ("tool_calls", "tool_call", "tool_use", "function_call"),
    "content_filter": (
        *("content_filter", "content_filtered", "guardrail_intervened", "refusal", "error_toxic"),
        *("safety", "image_safety", "recitation", "blocklist", "prohibited_content", "spii"),
    ),
}
_MEANS = {word: reason for reason, words in _SAID.items() for word in words}


def finish_reason_of(said: str | None, *, calls_tools: bool = False) -> str:
    """One of "stop", "length", "tool_calls", "content_filter", "other", whatever the case of what was said.

    calls_tools: whether the answer calls tools, which is the reason where nothing was said.

    >>> [finish_reason_of(said) for said in ("MAX_TOKENS", "end_turn", "SAFETY", "tired", None)]
    ['length', 'stop', 'content_filter', 'other', 'stop']
    """
    if not said:
        return "tool_calls" if calls_tools else "stop"
    return _MEANS.get(said.lower(), "other")
