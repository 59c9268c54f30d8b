"""Feedback and outcomes, checked and as values."""

from __future__ import annotations

from pointsman import v1
from pointsman_learner.words import Verdict

from pointsman_service.domain.requests import FeedbackSource, GivenFeedback, Outcome
from pointsman_service.errors import InvalidRequest
from pointsman_service.rpc.validation import DEAREST_USD, MAX_NAME, MOST, Limits, Violations

_THUMBS = {v1.Thumb.THUMB_UP: 1.0, v1.Thumb.THUMB_DOWN: 0.0}
_MAX_VERDICTS = 64
_MAX_ERROR = 2_000


def read_feedback(given: v1.Feedback, limits: Limits, path: str = "feedback.") -> GivenFeedback:
    """One piece of feedback. Raises InvalidRequest with every violation; fields are named below `path`."""
    wrong = Violations()
    wrong.identifier(f"{path}episode_id", given.episode_id)
    source, value = _signal(given, limits, wrong, path)
    read = GivenFeedback(
        episode_id=given.episode_id,
        source=source,
        value=value,
        correction=given.correction if source == "correction" else None,
        request_id=wrong.optional_identifier(f"{path}feedback_id", given.feedback_id, given.HasField("feedback_id")),
        model=wrong.optional_identifier(f"{path}model", given.model, given.HasField("model"), MAX_NAME),
    )
    wrong.raise_if_any()
    return read


def read_batch(request: v1.RecordFeedbackBatchRequest, limits: Limits) -> list[GivenFeedback | InvalidRequest]:
    """Each item, or what is wrong with it. Raises InvalidRequest where the batch is empty or too long."""
    wrong = Violations()
    if not request.feedback:
        wrong.add("feedback", "must hold at least one item")
    wrong.at_most("feedback", len(request.feedback), limits.batch)
    wrong.raise_if_any()
    return [_item(given, limits) for given in request.feedback]


def read_outcome(request: v1.ReportOutcomeRequest) -> Outcome:
    """What the caller's own call brought. Raises InvalidRequest with every violation."""
    wrong = Violations()
    wrong.identifier("episode_id", request.episode_id)
    for field in ("input_tokens", "output_tokens", "latency_ms"):
        wrong.between(field, getattr(request, field), 0, MOST)
    has_cost = request.HasField("cost_usd")
    if has_cost:
        wrong.between("cost_usd", request.cost_usd, 0.0, DEAREST_USD)
    wrong.at_most("verdicts", len(request.verdicts), _MAX_VERDICTS)
    read = Outcome(
        episode_id=request.episode_id,
        model=wrong.optional_identifier("model", request.model, request.HasField("model"), MAX_NAME),
        # Without presence on the wire, 0 is taken for not told: no call has no tokens, or takes no time.
        input_tokens=request.input_tokens or None,
        output_tokens=request.output_tokens or None,
        latency_ms=request.latency_ms or None,
        cost_usd=request.cost_usd if has_cost else None,
        error=wrong.text("error", request.error, _MAX_ERROR) if request.HasField("error") else None,
        verdicts=tuple(_verdict(f"verdicts[{i}]", v, wrong) for i, v in enumerate(request.verdicts)),
    )
    wrong.raise_if_any()
    return read


def _item(given: v1.Feedback, limits: Limits) -> GivenFeedback | InvalidRequest:
    try:
        return read_feedback(given, limits, path="")
    except InvalidRequest as error:
        return error


def _signal(given: v1.Feedback, limits: Limits, wrong: Violations, path: str) -> tuple[FeedbackSource, float | None]:
    match given.WhichOneof("signal"):
        case "thumb":
            if given.thumb not in _THUMBS:
                wrong.add(f"{path}thumb", f"must be THUMB_UP or THUMB_DOWN; it is {given.thumb}")
            return "thumb", _THUMBS.get(given.thumb)
        case "rating":
            wrong.between(f"{path}rating", given.rating, 1.0, 5.0)
            return "rating", given.rating
        case "correction":
            if not given.correction or given.correction.isspace():
                wrong.add(f"{path}correction", "must be the text of the right answer")
            wrong.text(f"{path}correction", given.correction, limits.text_chars)
            return "correction", None
        case "score":
            wrong.between(f"{path}score", given.score, 0.0, 1.0)
        case _:
            wrong.add(f"{path}signal", "must be one of thumb, rating, correction, score")
    return "score", given.score


def _verdict(path: str, verdict: v1.Verdict, wrong: Violations) -> Verdict:
    wrong.identifier(f"{path}.judge", verdict.judge, MAX_NAME)
    has_score = verdict.HasField("score")
    if has_score:
        wrong.between(f"{path}.score", verdict.score, 0.0, 1.0)
    wrong.between(f"{path}.cost_usd", verdict.cost_usd, 0.0, DEAREST_USD)
    wrong.between(f"{path}.latency_ms", verdict.latency_ms, 0.0, MOST)
    return Verdict(
        judge=verdict.judge,
        score=verdict.score if has_score else None,
        cost_usd=verdict.cost_usd,
        latency_ms=verdict.latency_ms,
        key=wrong.optional_identifier(f"{path}.key", verdict.key, verdict.HasField("key"), MAX_NAME),
        error=wrong.text(f"{path}.error", verdict.error, _MAX_ERROR) if verdict.HasField("error") else None,
    )
