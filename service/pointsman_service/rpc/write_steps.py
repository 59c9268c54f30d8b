"""Calls, verdicts and failures as messages; what is not known stays absent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pointsman import v1
from pointsman_learner.types import Step, Verdict

from pointsman_service.domain import Usage
from pointsman_service.domain.operator_words import for_callers
from pointsman_service.rpc.enums import FAILURE_KINDS, FINISH_REASONS
from pointsman_service.rpc.write_chat import usage_message


def verdict_message(verdict: Verdict, *, whole: bool = False) -> v1.Verdict:
    """None stays absent. whole: with the operator's words, as to one with the role admin."""
    error = verdict.error if whole or verdict.error is None else for_callers(verdict.error)
    return v1.Verdict(
        judge=verdict.judge,
        score=verdict.score,
        cost_usd=verdict.cost_usd,
        latency_ms=verdict.latency_ms,
        key=verdict.key,
        error=error,
    )


def failure_message(kind: str | None, text: str | None, *, whole: bool = False) -> v1.Failure | None:
    """None where there was an answer. whole: as in `verdict_message`."""
    if kind is None and text is None:
        return None
    said = text or ""
    return v1.Failure(kind=FAILURE_KINDS.value(kind), message=said if whole else for_callers(said))


def step_message(step: Step, answer_text: str | None = None, *, whole: bool = False) -> v1.Step:
    """With its verdicts; answer_text where it was stored. whole: as in `verdict_message`."""
    return v1.Step(
        model=step.model,
        deployment=step.deployment,
        propensity=step.propensity,
        usage=usage_message(usage_of(step)),
        cost_usd=step.cost_usd if step.cost_known else None,
        latency_ms=step.latency_ms,
        verdicts=[verdict_message(v, whole=whole) for v in step.verdicts],
        failure=failure_message(step.failure_kind, step.error, whole=whole),
        finish_reason=FINISH_REASONS.value(step.finish_reason),
        answer_text=answer_text,
    )


def usage_of(step: Step) -> Usage:
    """Tokens of one call. A call that failed before anybody counted has none to tell."""
    if step.failed and not step.input_tokens and not step.output_tokens:
        return Usage()
    return Usage(step.input_tokens, step.cached_input_tokens, step.output_tokens, step.reasoning_tokens)


def usage_of_all(steps: Sequence[Step]) -> Usage:
    """Tokens of all calls that counted any; what one of them does not tell is not known of the sum."""
    told = [usage for usage in map(usage_of, steps) if usage != Usage()]
    return Usage(
        _sum(u.input_tokens for u in told),
        _sum(u.cached_input_tokens for u in told),
        _sum(u.output_tokens for u in told),
        _sum(u.reasoning_tokens for u in told),
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    listed = list(counts)
    told = [count for count in listed if count is not None]
    return sum(told) if told and len(told) == len(listed) else None
