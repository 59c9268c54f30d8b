"""What a caller reports of a model that it ran itself, checked and as a value. What is not told is None."""

from __future__ import annotations

from pointsman import v1
from pointsman_learner.words import Verdict

from pointsman_service.domain import Usage
from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.requests import Outcome
from pointsman_service.rpc.enums import FAILURE_KINDS
from pointsman_service.rpc.presence import Told
from pointsman_service.rpc.validation import DEAREST_USD, MOST, Violations

_MAX_VERDICTS = 64
_MAX_ERROR = 2_000


def read_outcome(request: v1.ReportOutcomeRequest) -> Outcome:
    """What the caller's own call brought. Raises InvalidRequest with every violation."""
    wrong = Violations()
    given = Told(request, "", wrong)
    wrong.identifier("episode_id", request.episode_id)
    wrong.at_most("verdicts", len(request.verdicts), _MAX_VERDICTS)
    failure_kind, failure = _failure(request.failure, wrong) if request.HasField("failure") else (None, None)
    read = Outcome(
        episode_id=request.episode_id,
        model=given.identifier("model", MAX_NAME),
        usage=_usage(request.usage, wrong),
        latency_ms=given.between("latency_ms", 0.0, MOST),
        cost_usd=given.between("cost_usd", 0.0, DEAREST_USD),
        failure_kind=failure_kind,
        failure=failure,
        verdicts=tuple(_verdict(f"verdicts[{i}].", v, wrong) for i, v in enumerate(request.verdicts)),
        request_id=given.identifier("request_id"),
    )
    wrong.raise_if_any()
    return read


def _usage(usage: v1.Usage, wrong: Violations) -> Usage:
    given = Told(usage, "usage.", wrong)
    read = Usage(
        input_tokens=given.between("input_tokens", 0, MOST),
        cached_input_tokens=given.between("cached_input_tokens", 0, MOST),
        output_tokens=given.between("output_tokens", 0, MOST),
        reasoning_tokens=given.between("reasoning_tokens", 0, MOST),
    )
    _check_share("usage.cached_input_tokens", read.cached_input_tokens, read.input_tokens, wrong)
    _check_share("usage.reasoning_tokens", read.reasoning_tokens, read.output_tokens, wrong)
    return read


def _check_share(field: str, part: int | None, whole: int | None, wrong: Violations) -> None:
    if part is not None and whole is not None and part > whole:
        wrong.add(field, f"must not be more than the {whole} that they are part of; it is {part}")


def _failure(failure: v1.Failure, wrong: Violations) -> tuple[str, str | None]:
    kind = wrong.required_choice("failure.kind", FAILURE_KINDS, failure.kind)
    return kind, wrong.text("failure.message", failure.message, _MAX_ERROR) or None


def _verdict(path: str, verdict: v1.Verdict, wrong: Violations) -> Verdict:
    given = Told(verdict, path, wrong)
    wrong.identifier(f"{path}judge", verdict.judge, MAX_NAME)
    return Verdict(
        judge=verdict.judge,
        score=given.between("score", 0.0, 1.0),
        cost_usd=given.between("cost_usd", 0.0, DEAREST_USD),
        latency_ms=given.between("latency_ms", 0.0, MOST),
        key=given.identifier("key", MAX_NAME),
        error=given.text("error", _MAX_ERROR),
    )
