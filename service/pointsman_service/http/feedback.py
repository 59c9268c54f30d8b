"""POST /v1/feedback: what a user, or a measurement, says of an answer, or of a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.request_limits import MAX_END_USER, MAX_ID, Limits
from pointsman_service.domain.requests import FeedbackSource, GivenFeedback, GivenSessionOutcome
from pointsman_service.domain.violations import Violations
from pointsman_service.errors import Fault
from pointsman_service.http.answers import Answer, json_answer
from pointsman_service.http.endpoints import Asked, Feedback
from pointsman_service.http.fields import Fields
from pointsman_service.http.headers import request_id_of
from pointsman_service.http.ours import episode_of

_THUMBS = {"up": 1.0, "down": 0.0}
_ABOUT = ("episode_id", "id", "session_id")
_SIGNALS: tuple[FeedbackSource, ...] = ("thumb", "rating", "correction", "score")


@dataclass(frozen=True, slots=True)
class FeedbackEndpoint:
    """Read, call, write."""

    feedback: Feedback
    limits: Limits

    async def __call__(self, asked: Asked) -> Answer:
        """That it is in the log; the same id again gets the same answer, with `replayed`."""
        given = read_feedback(asked, self.limits)
        if isinstance(given, GivenSessionOutcome):
            done = await self.feedback.record_session(given, asked.caller)
            told: dict[str, Any] = {"session_id": given.session_id, "episodes": done.episodes}
            told |= {"value": done.value, "request_id": done.request_id, "replayed": done.replayed}
            return json_answer({"object": "feedback", **told})
        receipt = await self.feedback.record(given, asked.caller)
        return json_answer(
            {
                "object": "feedback",
                "episode_id": receipt.episode_id,
                "value": receipt.value,
                "request_id": receipt.request_id,
                "replayed": receipt.replayed,
            }
        )


def read_feedback(asked: Asked, limits: Limits) -> GivenFeedback | GivenSessionOutcome:
    """What is said, of whom. Raises InvalidRequest with every violation."""
    wrong = Violations()
    fields = Fields(asked.body, "", wrong)
    about = _one(fields, _ABOUT, "what it is about")
    identified = fields.identifier(about, MAX_ID) if about else None
    source = _one(fields, _SIGNALS, "what is said")
    correction = fields.text("correction", limits.text_chars) if source == "correction" else None
    value = None if source in {None, "correction"} else _value(source, fields)
    if source == "correction" and about == "session_id":
        wrong.add("correction", "is about one answer: say its episode_id", Fault.NOT_ALLOWED)
    elif source == "correction" and not (correction or "").strip():
        wrong.add("correction", "must be the text of the right answer", Fault.REQUIRED)
    comment = _comment(fields)
    if comment is not None and about == "session_id":
        wrong.add("comment", "is about one answer: say its episode_id", Fault.NOT_ALLOWED)
    model = fields.identifier("model", MAX_NAME)
    if model is not None and about == "session_id":
        wrong.add("model", "is about one answer: say its episode_id", Fault.NOT_ALLOWED)
    end_user_id = fields.identifier("end_user_id", MAX_END_USER) or fields.identifier("user", MAX_END_USER)
    request_id = fields.identifier("request_id") or request_id_of(asked.headers)
    fields.refuse_rest()
    wrong.raise_if_any()
    kind, said = _source(source), identified or ""
    if about == "session_id":
        return GivenSessionOutcome(said, kind, value or 0.0, end_user_id, request_id)
    return GivenFeedback(episode_of(said), kind, value, correction, model, end_user_id, request_id, comment)


def _one(fields: Fields, names: tuple[str, ...], what: str) -> str | None:
    """Which one of the fields is given."""
    given = [name for name in names if fields.has(name)]
    if len(given) == 1:
        return given[0]
    fault = Fault.CONFLICTING if given else Fault.REQUIRED
    for name in given:
        fields.take(name)
    fields.wrong.add(given[0] if given else names[0], f"{what}: must be one of {', '.join(names)}", fault)
    return None


def _value(source: str | None, fields: Fields) -> float | None:
    """0 or 1 of a thumb, 1 to 5 of a rating, 0 to 1 of a score."""
    if source == "thumb":
        thumb = fields.take("thumb")
        if not isinstance(thumb, str) or thumb not in _THUMBS:
            fields.wrong.add("thumb", 'must be "up" or "down"', Fault.UNKNOWN_VALUE)
        return _THUMBS.get(thumb) if isinstance(thumb, str) else None
    return fields.between("rating", 1.0, 5.0) if source == "rating" else fields.between("score", 0.0, 1.0)


def _comment(fields: Fields) -> str | None:
    said: str | None = fields.of("comment", str)
    return None if said is None else fields.wrong.comment("comment", said)


def _source(source: str | None) -> FeedbackSource:
    return next(word for word in _SIGNALS if word == source)
