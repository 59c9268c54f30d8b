"""Answers as a `response` object, and its output items."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from pointsman_learner.types import Step

from pointsman_service.domain.requests import Completed
from pointsman_service.http.ours import RESPONSE, ours_of

_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


def response_object(done: Completed, said: Mapping[str, Any], *, predictions: bool) -> dict[str, Any]:
    """The whole of it. said: what the request said that its response repeats."""
    why = _INCOMPLETE.get(done.finish_reason)
    return {
        **begun_object(done.episode_id, done.model, said),
        "status": "completed" if why is None else "incomplete",
        "incomplete_details": None if why is None else {"reason": why},
        "output": output_items(done),
        "usage": usage_of(done.steps[done.answer]),
        "pointsman": ours_of(done, predictions=predictions),
    }


def begun_object(episode_id: str, model: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """A response that has no output yet."""
    return {
        "id": RESPONSE + episode_id,
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "model": model,
        "output": [],
        "previous_response_id": None,
        "store": False,
        "truncation": "disabled",
        "usage": None,
        **said,
    }


def output_items(done: Completed) -> list[dict[str, Any]]:
    """What was thought, the message, the calls."""
    items: list[dict[str, Any]] = []
    if done.reasoning:
        items.append(reasoning_item(done.episode_id, done.reasoning))
    if done.text or done.refusal or not done.tool_calls:
        items.append(message_item(done.episode_id, message_parts(done), "completed"))
    items += [
        call_item(done.episode_id, i, str(call.get("id") or ""), call.get("function") or {}, "completed")
        for i, call in enumerate(done.tool_calls)
    ]
    return items


def message_parts(done: Completed) -> list[dict[str, Any]]:
    """The parts of the message: its text, and what the model would not do."""
    parts = [text_part(done.text, done)] if done.text or not done.refusal else []
    if done.refusal:
        parts.append({"type": "refusal", "refusal": done.refusal})
    return parts


def text_part(text: str, done: Completed | None = None) -> dict[str, Any]:
    """A text, with its tokens where they were asked for."""
    tokens = [] if done is None else [dict(token) for token in done.tokens]
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": tokens}


def message_item(episode_id: str, parts: list[dict[str, Any]], status: str) -> dict[str, Any]:
    """A message of the assistant."""
    return {"type": "message", "id": f"msg_{episode_id}", "status": status, "role": "assistant", "content": parts}


def reasoning_item(episode_id: str, text: str) -> dict[str, Any]:
    """What was thought, in the one form that clients show."""
    summary = [{"type": "summary_text", "text": text}] if text else []
    return {"type": "reasoning", "id": f"rs_{episode_id}", "summary": summary}


def call_item(episode_id: str, index: int, call_id: str, function: Mapping[str, Any], status: str) -> dict[str, Any]:
    """A call of a function."""
    return {
        "type": "function_call",
        "id": f"fc_{episode_id}_{index}",
        "call_id": call_id,
        "name": str(function.get("name") or ""),
        "arguments": str(function.get("arguments") or ""),
        "status": status,
    }


def usage_of(step: Step) -> dict[str, Any]:
    """Tokens of the answer that was taken."""
    return {
        "input_tokens": step.input_tokens,
        "input_tokens_details": {"cached_tokens": step.cached_input_tokens or 0},
        "output_tokens": step.output_tokens,
        "output_tokens_details": {"reasoning_tokens": step.reasoning_tokens or 0},
        "total_tokens": step.input_tokens + step.output_tokens,
    }
