"""A provider behind the door whose every request is kept, and whose answers a test chooses."""

import json

from pointsman_service.config import parse

from tests.service.adapters import raw_upstream as raw

USAGE = {
    "prompt_tokens": 20, "completion_tokens": 12, "total_tokens": 32, "prompt_tokens_details": {"cached_tokens": 8},
    "completion_tokens_details": {"reasoning_tokens": 5},
}  # fmt: skip


def settings_of(folder, base_url, **sections):
    """A service with the door, over one model `up` of a provider at base_url, that sees pictures and calls tools."""
    price = {"input_usd_per_million": 1.0, "output_usd_per_million": 2.0}
    can = {"input_modalities": ["text", "image"], "tools": True, "json_schema": True}
    model = {
        "name": "up",
        "provider_model": "m",
        "adapter": "openai",
        "base_url": base_url,
        "capabilities": can,
        **price,
    }
    given = {
        "storage": {"folder": str(folder / "data")},
        "server": {"port": 0, "grace_s": 2.0, "drain_s": 0.0},
        "http": {"port": 0},
        "models": [model],
        "observability": {"log_level": "error"},
    }
    return parse({**given, **sections})


def serving(message=None, finish="stop", logprobs=None):
    """What answers each request with this message, whole or streamed as it is asked."""
    message = {"role": "assistant", "content": "4", **(message or {})}

    def answer(asked):
        if json.loads(asked.body).get("stream"):
            return raw.response(streamed(message, finish, logprobs), content_type="text/event-stream")
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": logprobs}
        head = {"id": "c", "object": "chat.completion", "created": 0, "model": "m"}
        return raw.response({**head, "choices": [choice], "usage": USAGE})

    return answer


def streamed(message, finish, logprobs):
    """The same, in chunks."""
    calls = [{"index": i, **call} for i, call in enumerate(message.get("tool_calls") or [])]
    deltas = [{"role": "assistant"}]
    deltas += [{name: message[name]} for name in ("reasoning_content", "refusal", "content") if message.get(name)]
    deltas += [{"tool_calls": [call]} for call in calls]
    head = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": finish, "logprobs": logprobs})
    chunks = [{**head, "choices": [choice]} for choice in choices] + [{**head, "choices": [], "usage": USAGE}]
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks) + b"data: [DONE]\n\n"
