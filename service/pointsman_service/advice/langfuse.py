"""Langfuse's exports: observations as JSON, JSON lines or CSV, of its UI, API or blob storage; traces with them.

Generations are calls of models; other observations are none. The UI and API write camel case, the blob storage snake
case. In the UI's exports each score is a column of its own, a list of values; a downloaded trace, and the API's, have
`scores`. The blob storage writes scores to files of their own, which `--scores` names: `observation_id` says of which
call one is; one of a whole trace counts where the trace has one call.

Sources: langfuse.com/docs/api-and-data-platform/features/blob-storage-export-fields (observations_v2, observations,
scores); langfuse, worker/src/features/database-read-stream (observation-stream.ts; getDatabaseReadStream.ts:
getChunkWithFlattenedScores); its API's Observation and Score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pointsman_service.advice.chats import answer_of, question_of
from pointsman_service.advice.foreign import (
    Figures,
    duration_ms,
    first,
    listed,
    mapping,
    moment,
    name,
    number,
    structure,
)
from pointsman_service.advice.logged_call import LeftOut, LoggedCall, Score, Told
from pointsman_service.advice.scores import named_score, score_of, scores_of
from pointsman_service.domain import Usage

_TYPES = frozenset(
    {"GENERATION", "SPAN", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EVALUATOR", "EMBEDDING", "GUARDRAIL"}
)
_COSTS = ("calculatedTotalCost", "calculated_total_cost", "totalCost", "total_cost")
_KNOWN = frozenset(
    (
        *("comments", "tags", "traceTags", "trace_tags", "toolCalls", "tool_calls", "toolCallNames", "tool_call_names"),
        *("input", "output", "metadata", "scores"),
    )
)
"""Columns of an observation that hold lists, or may be taken for such, and are no scores."""


def is_langfuse(fields: Mapping[str, Any]) -> bool:
    """Whether a record is an observation, or a trace with its observations."""
    if isinstance(fields.get("observations"), list):
        return True
    traced = "traceId" in fields or "trace_id" in fields
    return traced and str(fields.get("type", "")).upper() in _TYPES


def langfuse_calls(fields: Mapping[str, Any]) -> Iterator[Told]:
    """The calls of a record; of a trace, all in it."""
    observations = [o for o in listed(fields.get("observations")) if isinstance(o, Mapping)]
    if observations:
        yield from _of_trace(fields, observations)
    else:
        yield _told(fields, ())


def _of_trace(trace: Mapping[str, Any], observations: Sequence[Mapping[str, Any]]) -> Iterator[Told]:
    """With the scores that stand beside them: each at its call, the trace's where it has one call."""
    inner = mapping(trace.get("trace"))
    scores = [s for s in listed(first(trace, "scores") or first(inner, "scores")) if isinstance(s, Mapping)]
    alone = sum(_is_call(o) for o in observations) == 1
    for observation in observations:
        its_id = name(observation.get("id"))
        about = [
            s for s in scores if (name(first(s, "observationId", "observation_id")) or (alone and its_id)) == its_id
        ]
        yield _told(observation, [word for score in about for word in named_score(score)])


def _is_call(fields: Mapping[str, Any]) -> bool:
    return str(fields.get("type", "")).upper() == "GENERATION"


def _told(fields: Mapping[str, Any], beside: Sequence[Score]) -> Told:
    if not _is_call(fields):
        return LeftOut("other")
    answer = answer_of(first(fields, "output"))
    if str(fields.get("level", "")).upper() == "ERROR" and answer is None:
        return LeftOut("failed")
    figures = Figures()
    begin = moment(first(fields, "startTime", "start_time"))
    end = moment(first(fields, "endTime", "end_time"))
    parameters = mapping(first(fields, "modelParameters", "model_parameters"))
    asked = structure(first(fields, "input"))
    tools = first(asked, "tools") if isinstance(asked, Mapping) else None
    room = number(first(parameters, "max_completion_tokens", "max_tokens", "maxTokens"))
    return LoggedCall(
        model=name(first(fields, "model", "providedModelName", "provided_model_name")),
        question=question_of(asked, tools, parameters.get("response_format"), None if room is None else int(room)),
        answer=answer,
        usage=_usage(figures, fields),
        cost_usd=_cost(figures, fields),
        at=begin,
        latency_ms=duration_ms(begin, end),
        scores=(*beside, *_own_scores(fields)),
        call=name(fields.get("id")),
        trace=name(first(fields, "traceId", "trace_id")),
        odd=figures.odd,
    )


def _own_scores(fields: Mapping[str, Any]) -> Iterator[Score]:
    """Of `scores`, and of the columns that the UI's export makes of scores: a list of values each."""
    yield from scores_of(structure(fields.get("scores")))
    for key, value in fields.items():
        if key not in _KNOWN and isinstance(found := structure(value), list):
            yield from score_of(key, found)


def _usage(figures: Figures, fields: Mapping[str, Any]) -> Usage:
    """Of the details, whose kinds add up to prompt and answer, or of the older fields, which are these sums.

    Of details that are said beside a sum which they are part of (the total tells), the sum counts.
    """
    told = mapping(first(fields, "usageDetails", "usage_details") or first(fields, "usage"))
    each = {key: figures.tokens("usageDetails", value) for key, value in told.items() if key != "unit"}
    counts = {key: n for key, n in each.items() if n is not None}
    plain_in = counts.get("input", counts.get("promptTokens"))
    plain_out = counts.get("output", counts.get("completionTokens"))
    if plain_in is None and plain_out is None:
        flat_in = first(fields, "promptTokens", "inputUsage", "inputTokens", "prompt_tokens")
        flat_out = first(fields, "completionTokens", "outputUsage", "outputTokens", "completion_tokens")
        return Usage(figures.tokens("promptTokens", flat_in), None, figures.tokens("completionTokens", flat_out))
    within_in = sum(n for key, n in counts.items() if key.startswith(("input_", "cache_")))
    within_out = sum(n for key, n in counts.items() if key.startswith(("output_", "reasoning")))
    # Parts of the sums where input and output alone are the total.
    parts = counts.get("total") == (plain_in or 0) + (plain_out or 0)
    cached = sum(n for key, n in counts.items() if "cache" in key and "creation" not in key and "write" not in key)
    thought = sum(n for key, n in counts.items() if "reasoning" in key)
    return Usage(
        input_tokens=None if plain_in is None else plain_in + (0 if parts else within_in),
        cached_input_tokens=cached or None,
        output_tokens=None if plain_out is None else plain_out + (0 if parts else within_out),
        reasoning_tokens=thought or None,
    )


def _cost(figures: Figures, fields: Mapping[str, Any]) -> float | None:
    """What Langfuse took it to cost; a 0 without details is what it writes where it knows no price."""
    details = mapping(first(fields, "costDetails", "cost_details"))
    each = {str(key): figures.usd("costDetails", value) for key, value in details.items()}
    total = figures.usd("totalCost", first(fields, *_COSTS))
    if total is None:
        total = each.get("total", sum(v for v in each.values() if v is not None) if each else None)
    return None if total == 0.0 and not any(each.values()) else total


def langfuse_scores(fields: Mapping[str, Any]) -> Iterator[tuple[str, str, Score]]:
    """(observation id, trace id, word) of each score in a record of a scores file; ids are "" where none is told."""
    if "data" in fields and "name" not in fields:
        for each in listed(fields["data"]):
            if isinstance(each, Mapping):
                yield from langfuse_scores(each)
        return
    observation = name(first(fields, "observationId", "observation_id"))
    trace = name(first(fields, "traceId", "trace_id"))
    for word in named_score(fields):
        yield observation, trace, word
