"""Parameters that say how an answer is generated: the names that callers may send, and what their values can be.

A list of what is allowed, since what is not cannot be listed: litellm takes its own settings (addresses, keys,
callbacks, invented answers) as parameters of the same call, several hundred and more with each release, and a gateway
behind an OpenAI-compatible address may do the same. An operator allows a model more by name, in its `allow_params`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pointsman_service.domain.answer_limits import LIMIT_NAMES, is_limit
from pointsman_service.domain.near_miss import close_to

MOST_STOPS = 16
LONGEST_WORD = 200
LONGEST_TEXT = 20_000
"""Characters of a grammar or a pattern: the provider compiles it."""
MOST_BIASES = 1_024
"""Tokens in `logit_bias`: OpenAI takes 300 at most in practice."""
MOST_METADATA = 16
"""Pairs that OpenAI takes, with 64 and 512 characters."""

Wrong = str | None
"""What is wrong with a value, as "must be ...", None for nothing."""
Kind = Callable[[object], Wrong]


def _number(low: float, high: float) -> Kind:
    def wrong(value: object) -> Wrong:
        # Neither infinity nor what is no number lies between two numbers.
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return None
        return f"must be a number between {low:g} and {high:g}"

    return wrong


def _whole(low: int, high: int) -> Kind:
    def wrong(value: object) -> Wrong:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return None
        return f"must be a whole number between {low} and {high}"

    return wrong


def _flag(value: object) -> Wrong:
    return None if isinstance(value, bool) else "must be true or false"


def _word(value: object) -> Wrong:
    if isinstance(value, str) and len(value) <= LONGEST_WORD and value.isprintable():
        return None
    return f"must be a text of at most {LONGEST_WORD} printable characters"


def _text(value: object) -> Wrong:
    if isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return None
    return f"must be a text of at most {LONGEST_TEXT} characters"


def _object(value: object) -> Wrong:
    return None if isinstance(value, Mapping) else "must be an object"


def _either(*kinds: Kind) -> Kind:
    def wrong(value: object) -> Wrong:
        said = [kind(value) for kind in kinds]
        return None if None in said else " or ".join(why for why in said if why)

    return wrong


def _list_of(kind: Kind, most: int) -> Kind:
    def wrong(value: object) -> Wrong:
        if not isinstance(value, list) or len(value) > most:
            return f"must be a list of at most {most}"
        return next((f"each {why}" for each in value if (why := kind(each))), None)

    return wrong


def _biases(value: object) -> Wrong:
    if not isinstance(value, Mapping) or len(value) > MOST_BIASES:
        return f"must be an object of at most {MOST_BIASES} tokens"
    return next((f"each {why}" for each in value.values() if (why := _number(-100.0, 100.0)(each))), None)


def _metadata(value: object) -> Wrong:
    if not isinstance(value, Mapping) or len(value) > MOST_METADATA:
        return f"must be an object of at most {MOST_METADATA} texts"
    fits = all(len(k) <= 64 and isinstance(v, str) and len(v) <= 512 for k, v in value.items())
    return None if fits else "must hold texts of at most 512 characters, under names of at most 64"


_COUNT = _whole(-1, 2**31 - 1)
_AMOUNT = _number(-1e6, 1e6)
_OBJECT_OR_WORD = _either(_word, _object)
_ANY = _either(_word, _object, _flag, _AMOUNT)

OF_OPENAI: Mapping[str, Kind] = {
    # OpenAI's chat completions, but for what the service says itself.
    "temperature": _number(0.0, 100.0),
    "top_p": _number(0.0, 1.0),
    "stop": _either(_word, _list_of(_word, MOST_STOPS)),
    "seed": _whole(-(2**63), 2**63 - 1),
    "presence_penalty": _number(-100.0, 100.0),
    "frequency_penalty": _number(-100.0, 100.0),
    "logit_bias": _biases,
    "logprobs": _either(_flag, _whole(0, 100)),
    "top_logprobs": _whole(0, 100),
    "user": _word,
    "reasoning_effort": _word,
    "verbosity": _word,
    "modalities": _list_of(_word, 16),
    "audio": _object,
    "prediction": _object,
    "tool_choice": _OBJECT_OR_WORD,
    "parallel_tool_calls": _flag,
    "functions": _list_of(_object, 256),
    "function_call": _OBJECT_OR_WORD,
    "service_tier": _word,
    "store": _flag,
    "safety_identifier": _word,
    "prompt_cache_key": _word,
    "prompt_cache_retention": _word,
    "prompt_cache_options": _object,
    "web_search_options": _object,
}
OF_OTHERS: Mapping[str, Kind] = {
    # Anthropic's, Google's, Cohere's, vLLM's, Ollama's and OpenRouter's names for what OpenAI does not have.
    "thinking": _either(_object, _flag, _word),
    "top_k": _COUNT,
    "top_a": _AMOUNT,
    "min_p": _AMOUNT,
    "min_tokens": _COUNT,
    "typical_p": _AMOUNT,
    "tfs_z": _AMOUNT,
    "epsilon_cutoff": _AMOUNT,
    "eta_cutoff": _AMOUNT,
    "repetition_penalty": _AMOUNT,
    "length_penalty": _AMOUNT,
    "no_repeat_ngram_size": _COUNT,
    "mirostat": _COUNT,
    "mirostat_tau": _AMOUNT,
    "mirostat_eta": _AMOUNT,
    "num_ctx": _COUNT,
    "repeat_penalty": _AMOUNT,
    "repeat_last_n": _COUNT,
    "use_beam_search": _flag,
    "stop_token_ids": _list_of(_COUNT, 1_024),
    "ignore_eos": _flag,
    "skip_special_tokens": _flag,
    "guided_json": _either(_object, _text),
    "guided_regex": _text,
    "guided_choice": _list_of(_word, 1_024),
    "guided_grammar": _text,
    "structured_outputs": _object,
    "chat_template_kwargs": _object,
    "enable_thinking": _flag,
    "thinking_budget": _COUNT,
    "include_reasoning": _flag,
    "reasoning": _ANY,
    "reasoning_format": _word,
    "random_seed": _whole(-(2**63), 2**63 - 1),
    "safe_prompt": _flag,
}
IN_A_BODY: Mapping[str, Kind] = {"metadata": _metadata}
"""Which only the direct adapter sends: litellm reads what it holds."""

GENERATION: Mapping[str, Kind] = {**OF_OPENAI, **OF_OTHERS}
"""Taken by every adapter, beside the limits on an answer's length, whose names `answer_limits` knows."""
KNOWN: Mapping[str, Kind] = {**GENERATION, **IN_A_BODY}


_LIMITS = frozenset((*LIMIT_NAMES, "num_predict"))
"""Which litellm takes: of others it makes fields that its providers do not know."""

_WORDS_OF_SETTINGS = (
    "api", "key", "url", "host", "endpoint", "proxy", "proxies", "header", "secret", "credential", "password", "auth",
    "identity", "username", "mock", "fallback", "callback", "litellm", "provider", "client", "session", "ssl", "cert",
    "region", "project", "timeout", "retr", "cach", "model", "deployment", "aws", "azure", "vertex", "s3_", "gcs",
    "sagemaker", "bedrock", "watsonx", "extra", "metadata", "cost", "base", "log", "router", "routing", "tenant",
    "optional_params", "budget", "anthropic_", "openai", "agentic", "interception", "langfuse", "langsmith", "arize",
    "datadog", "dd_", "signoz", "newrelic", "posthog", "wandb", "weave", "guardrail", "prompt_", "webhook", "file",
    "token_provider", "pricing", "uplift", "async", "completion", "passthrough", "pass_through", "handler", "hook",
)  # fmt: skip
_SETTINGS = frozenset(
    {
        "id", "tags", "tag_regex", "rpm", "tpm", "itpm", "otpm", "order", "weight", "ttl", "self", "rust", "roles", "n",
        "verbose", "max_parallel_requests", "aembedding", "aimg_generation", "attempted_targets", "complete_response",
        "kwargs", "cooldown_time", "data_residency", "keepalive_seconds", "stream_response", "search_tool_name",
    }
)  # fmt: skip
"""Names of litellm's that hold none of the words."""


def is_known(name: str) -> bool:
    """Whether some adapter sends a caller's parameter of this name.

    >>> is_known("temperature"), is_known("maxOutputTokens"), is_known("api_base")
    (True, True, False)
    """
    return name in KNOWN or is_limit(name)


def wrong_value(name: str, value: object) -> Wrong:
    """What is wrong with a caller's value; null is none, and a limit that makes no sense is none either.

    >>> wrong_value("top_p", 1.5), wrong_value("stop", ["a"]), wrong_value("max_tokens", "many")
    ('must be a number between 0 and 1', None, None)
    """
    kind = KNOWN.get(name)
    return None if value is None or kind is None else kind(value)


def of_caller(params: Mapping[str, Any], *, adapter: str, allowed: tuple[str, ...] = ()) -> dict[str, Any]:
    """Those that a model takes of a caller. allowed: names that its operator added.

    >>> of_caller({"temperature": 0, "metadata": {}, "api_base": "http://elsewhere.example"}, adapter="litellm")
    {'temperature': 0}
    """
    return {name: value for name, value in params.items() if _is_taken(name, adapter, allowed)}


def _is_taken(name: str, adapter: str, allowed: tuple[str, ...]) -> bool:
    if name in GENERATION or name in allowed or name in _LIMITS:
        return True
    return adapter == "openai" and (name in IN_A_BODY or is_limit(name))


def unknown_param(name: str) -> str:
    """What to say of a parameter that no model takes of a caller.

    >>> unknown_param("temprature")
    'must not hold "temprature", which no model takes; did you mean "temperature"?'
    """
    near = close_to(name[:LONGEST_WORD], [*KNOWN, *LIMIT_NAMES], similarity=0.75)
    meant = f'did you mean "{near}"?' if near else "a model's allow_params can name it"
    return f'must not hold "{name[:80]}", which no model takes; {meant}'


def is_setting(name: str) -> bool:
    """Whether litellm would take a parameter of this name for a setting of its own: an address, a key, a callback.

    By what such names are made of, so that those of later releases are known as well.

    >>> is_setting("api_base"), is_setting("extra_headers"), is_setting("guided_json")
    (True, True, False)
    """
    low = name.lower()
    return low.startswith("_") or low in _SETTINGS or any(word in low for word in _WORDS_OF_SETTINGS)
