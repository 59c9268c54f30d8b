"""Counts of tokens as they are billed: what some providers count apart belongs to the prompt or to the answer.

| who | what is apart | how it is told |
| --- | --- | --- |
| Anthropic's format | tokens read from a cache and written to one | the names, or the total |
| xAI | what was thought | more than the answer has, or the total |
| Gemini behind gateways | what was thought, often uncounted | the total is more than prompt and answer |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pointsman_service.domain import Usage

Counting = Callable[[object], int | None]
"""A count of tokens from what stands in a response, None for nonsense."""


def as_billed(usage: Mapping[str, Any], counted: Usage, count: Counting) -> Usage:
    """The counts with all that is charged in them. counted: as the fields of the OpenAI format say.

    >>> xai = {"total_tokens": 450}
    >>> as_billed(xai, Usage(100, None, 50, 300), lambda value: value).output_tokens
    350
    """
    prompt_details = _mapping(usage.get("prompt_tokens_details"))
    answer_details = _mapping(usage.get("completion_tokens_details"))
    said_input = count(usage.get("input_tokens"))
    has_other_names = counted.input_tokens is None and said_input is not None
    prompt = said_input if has_other_names else counted.input_tokens
    answer = count(usage.get("output_tokens")) if counted.output_tokens is None else counted.output_tokens
    read, written = count(usage.get("cache_read_input_tokens")), count(usage.get("cache_creation_input_tokens"))
    cached = read if counted.cached_input_tokens is None else counted.cached_input_tokens
    written = count(prompt_details.get("cache_write_tokens")) if written is None else written
    found = replace(
        counted,
        input_tokens=prompt,
        cached_input_tokens=cached,
        output_tokens=answer,
        cache_write_tokens=written,
        audio_input_tokens=count(prompt_details.get("audio_tokens")),
        audio_output_tokens=count(answer_details.get("audio_tokens")),
    )
    total = count(usage.get("total_tokens"))
    # Anthropic's names come with Anthropic's way of counting.
    found = _with_cache(found, total, apart=has_other_names and read is not None)
    return _with_thoughts(found, total, count)


def _with_cache(found: Usage, total: int | None, *, apart: bool) -> Usage:
    prompt, kept = found.input_tokens, (found.cached_input_tokens or 0) + (found.cache_write_tokens or 0)
    if prompt is None or not kept:
        return found
    told = total is not None and total == prompt + kept + (found.output_tokens or 0)
    return replace(found, input_tokens=prompt + kept) if apart or told or kept > prompt else found


def _with_thoughts(found: Usage, total: int | None, count: Counting) -> Usage:
    prompt, answer, thought = found.input_tokens, found.output_tokens, found.reasoning_tokens or 0
    if prompt is None or answer is None:
        return found
    beyond = 0 if total is None else max(0, total - prompt - answer)
    apart = max(beyond, thought if thought > answer else 0)
    # A sum that no count can be is a mistake in the total.
    if not apart or count(answer + apart) is None:
        return found
    return replace(found, output_tokens=answer + apart, reasoning_tokens=max(thought, beyond))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
