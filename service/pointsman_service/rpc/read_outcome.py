"""What a caller reports of a model that it ran itself, checked and as a value. What is not told is None."""

from __future__ import annotations

from collections.abc import Sequence

from pointsman import v1
from pointsman_learner.types import Verdict

from pointsman_service.domain import Usage
from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.request_limits import DEAREST_USD, MOST_MS, MOST_TOKENS
from pointsman_service.domain.requests import Outcome
from pointsman_service.errors import Fault
from pointsman_service.rpc.enums import FAILURE_KINDS
from pointsman_service.rpc.presence import Told
from pointsman_service.rpc.validation import Violations

_MAX_VERDICTS = 32
"""Of one answer: each judge speaks once, and a team that has more of them has not been seen."""
_MAX_ERROR = 2_000


def read_outcome(request: v1.ReportOutcomeRequest) -> Outcome:
    """What the caller's own call brought. Raises InvalidRequest with every violation."""
    wrong = Violations()
    given = Told(request, "", wrong)
    wrong.identifier("episode_id", request.episode_id)
    verdicts = _verdicts(request.verdicts, wrong)
    failure_kind, failure = _failure(request.failure, wrong) if request.HasField("failure") else (None, None)
    read = Outcome(
        episode_id=request.episode_id,
        model=given.identifier("model", MAX_NAME),
        usage=_usage(request.usage, wrong),
        latency_ms=given.between("latency_ms", 0.0, MOST_MS),
        cost_usd=given.between("cost_usd", 0.0, DEAREST_USD),
        failure_kind=failure_kind,
        failure=failure,
        verdicts=verdicts,
        request_id=given.identifier("request_id"),
    )
    wrong.raise_if_any()
    return read


def _usage(usage: v1.Usage, wrong: Violations) -> Usage:
    given = Told(usage, "usage.", wrong)
    read = Usage(
        input_tokens=given.between("input_tokens", 0, MOST_TOKENS),
        cached_input_tokens=given.between("cached_input_tokens", 0, MOST_TOKENS),
        output_tokens=given.between("output_tokens", 0, MOST_TOKENS),
        reasoning_tokens=given.between("reasoning_tokens", 0, MOST_TOKENS),
    )
    _check_share("usage.cached_input_tokens", read.cached_input_tokens, read.input_tokens, wrong)
    _check_share("usage.reasoning_tokens", read.reasoning_tokens, read.output_tokens, wrong)
    return read


def _check_share(field: str, part: int | None, whole: int | None, wrong: Violations) -> None:
    if part is not None and whole is not None and part > whole:
        wrong.add(field, f"must not be more than the {whole} that they are part of; it is {part}", Fault.CONFLICTING)


def _failure(failure: v1.Failure, wrong: Violations) -> tuple[str, str | None]:
    kind = wrong.required_choice("failure.kind", FAILURE_KINDS, failure.kind)
    return kind, wrong.text("failure.message", failure.message, _MAX_ERROR) or None


def _verdicts(verdicts: Sequence[v1.Verdict], wrong: Violations) -> tuple[Verdict, ...]:
    wrong.at_most("verdicts", len(verdicts), _MAX_VERDICTS)
    kept = verdicts[:_MAX_VERDICTS]
    if len(verdicts) <= _MAX_VERDICTS and len({v.judge for v in kept}) < len(kept):
        wrong.add(
            "verdicts",
            "must hold one of each judge; name the judges apart, or tell the later word alone",
            Fault.REPEATED,
        )
    return tuple(_verdict(f"verdicts[{i}].", v, wrong) for i, v in enumerate(kept))


def _verdict(path: str, verdict: v1.Verdict, wrong: Violations) -> Verdict:
    given = Told(verdict, path, wrong)
    wrong.identifier(f"{path}judge", verdict.judge, MAX_NAME)
    return Verdict(
        judge=verdict.judge,
        score=given.between("score", 0.0, 1.0),
        cost_usd=given.between("cost_usd", 0.0, DEAREST_USD),
        latency_ms=given.between("latency_ms", 0.0, MOST_MS),
        key=given.identifier("key", MAX_NAME),
        error=given.text("error", _MAX_ERROR),
    )
