"""A right body of every path, which uses most of what it can hold: what tests of wrong ones begin with."""

PART = {"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "low"}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
COMMON = {
    "model": "pointsman:0.5", "stream": True, "temperature": 0.1, "top_p": 0.9, "user": "ann",
    "metadata": {"a": "b"}, "pointsman": {"max_cost_usd": 1.0, "models": ["tiny"], "labels": {"a": "b"}},
}  # fmt: skip
CHAT = COMMON | {
    "messages": [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": [{"type": "text", "text": "hi"}, PART]},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c", "content": "4"},
    ],
    "tools": [TOOL], "tool_choice": "auto", "response_format": {"type": "json_object"}, "stop": ["x"], "seed": 1,
    "max_completion_tokens": 9, "stream_options": {"include_usage": True}, "logit_bias": {"1": 1}, "n": 1,
}  # fmt: skip
RESPONSE = COMMON | {
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "hi"}, {"type": "input_file", "file_id": "f"}]},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "4"},
        {"type": "reasoning", "summary": []},
    ],
    "instructions": "Be short.", "text": {"format": {"type": "json_schema", "name": "a", "schema": {}}},
    "tools": [{"type": "function", "name": "f", "parameters": {}}], "reasoning": {"effort": "low"},
    "tool_choice": {"type": "function", "name": "f"}, "max_output_tokens": 9, "include": [],
}  # fmt: skip
MESSAGE = {**COMMON, "metadata": {"user_id": "ann"}} | {
    "max_tokens": 9, "system": [{"type": "text", "text": "Be short."}], "stop_sequences": ["x"], "top_k": 3,
    "messages": [
        {"role": "user", "content": [{"type": "image", "source": {"type": "base64", "media_type": "image/png",
                                                                 "data": "AAEC"}}, {"type": "text", "text": "hi"}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "f", "input": {"a": 1}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": "4"}]},
    ],
    "tools": [{"name": "f", "input_schema": {"type": "object"}}], "tool_choice": {"type": "tool", "name": "f"},
    "output_config": {"format": {"type": "json_schema", "schema": {}}},
}  # fmt: skip
FEEDBACK = {"id": "chatcmpl-1", "thumb": "up", "model": "tiny", "user": "ann", "request_id": "r"}
EMBEDDINGS = {"model": "tiny", "input": ["a", [1, 2]], "dimensions": 3}


def paths_of(value, path=()):
    """Every place in a JSON value."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from paths_of(each, (*path, key))


def put(value, path, other):
    """A copy with another value at a place."""
    if not path:
        return other
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = put(value[path[0]], path[1:], other)
    return copied
