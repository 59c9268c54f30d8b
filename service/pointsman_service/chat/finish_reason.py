"""Why a model stopped, in a closed set: providers have some fifty words.

The words are those of OpenAI, Anthropic, Gemini, Cohere, Mistral, DeepSeek, Bedrock, watsonx, Zhipu, TGI, vLLM and
SGLang, as their API references and servers have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FAILED: Final = "failed"
"""The provider says that the answer broke off. It is none, whatever of it has come."""

_SAID = {
    "stop": (
        *("stop", "end_turn", "stop_sequence", "stop_token", "eos", "eos_token", "endoftext", "end_of_text"),
        *("complete", "completed", "finished", "finish", "done", "normal", "pause_turn", "reason_stop"),
    ),
    "length": (
        *("length", "max_tokens", "max_token", "max_output_tokens", "max_length", "max_len", "model_length"),
        *("token_limit", "reason_max_len", "model_context_window_exceeded", "context_length_exceeded", "error_limit"),
    ),
    "tool_calls": ("tool_calls", "tool_call", "tool_use", "function_call", "function_calls"),
    "content_filter": (
        *("content_filter", "content_filtered", "guardrail_intervened", "refusal", "error_toxic", "sensitive"),
        *("safety", "image_safety", "recitation", "image_recitation", "blocklist", "prohibited_content"),
        *("image_prohibited_content", "spii", "moderation", "violation", "content_policy_violation"),
    ),
    FAILED: (
        *("error", "failed", "failure", "network_error", "server_error", "internal_error", "internal_server_error"),
        *("insufficient_system_resource", "overloaded", "overloaded_error", "api_error", "malformed_response"),
        *("abort", "aborted", "cancelled", "canceled", "user_cancel", "interrupted"),
        *("timeout", "time_limit", "timed_out"),
    ),
    "": ("null", "none", "not_finished", "finish_reason_unspecified", "in_progress", "unfinished"),
}
"""By what they mean; "" is that nothing was said, which some providers have words for."""

_MEANS = {word: reason for reason, words in _SAID.items() for word in words}


def finish_word(said: object) -> str | None:
    """What was said, as a word; None where nothing was.

    Some servers (SGLang) say it as an object with a type.

    >>> finish_word({"type": "length", "length": 5}), finish_word("null"), finish_word(7)
    ('length', None, None)
    """
    word = said.get("type") if isinstance(said, Mapping) else said
    if not isinstance(word, str) or not word.strip():
        return None
    return None if _meaning(word) == "" else word


def finish_reason_of(said: object, *, calls_tools: bool = False) -> str:
    """One of "stop", "length", "tool_calls", "content_filter", "other" and `FAILED`, whatever was said.

    calls_tools: whether the answer calls tools, which is the reason where nothing was said.

    >>> [finish_reason_of(said) for said in ("MAX_TOKENS", "end_turn", "SAFETY", "tired", None, "network_error")]
    ['length', 'stop', 'content_filter', 'other', 'stop', 'failed']
    """
    word = finish_word(said)
    if word is None:
        return "tool_calls" if calls_tools else "stop"
    return _meaning(word)


def _meaning(word: str) -> str:
    return _MEANS.get(word.strip().lower().replace("-", "_").replace(" ", "_"), "other")
