"""FeedbackService's application: what users and measurements say later, mapped to [0, 1] and appended.

The rules, each tested:
- late: feedback counts however late it comes, while its episode is kept; after the retention it is refused
  (EpisodeExpired), since there is no decision left to tie it to.
- duplicate: a request_id counts once; without one, the very same feedback of the same end user does. The same content
  again gets the first receipt again; other content is a RequestConflict, which the log itself raises.
- contradictory: what one author says later of the same answer replaces what that author said before; both are logged.
  An author is an end user, where one is told, else the client, else the tenant. Of several authors all count. The
  learner, which cannot unlearn, takes one change of mind of each (`FeedbackRecorded.said`).
- how much: an episode takes 100 words; and what limits a key, its tenant and the service a minute (`admission`).
- about whom: the model that is named; else the accepted answer's; else, where nothing was accepted, the model that was
  called last or, if none was, decided on.
- a comment is for people who read: it counts as content, and teaches nothing.
- a correction says that the answer was wrong (0), unless it is the answer's own text but for case and space (1).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence

from pointsman_learner.events import EpisodeRecorded, FeedbackRecorded, SessionOutcomeRecorded
from pointsman_learner.hyperparameters import H

from pointsman_service.application.end_users import pseudonym
from pointsman_service.application.idempotency import id_of_content
from pointsman_service.domain.requests import (
    Caller,
    FeedbackReceipt,
    GivenFeedback,
    GivenSessionOutcome,
    SessionReceipt,
)
from pointsman_service.errors import Fault, InvalidRequest, PointsmanError, UnknownModel
from pointsman_service.ports import EventLog, Observer, StoredEpisode

RATING_STEPS = 4.0  # from 1 to 5


def feedback_value(source: str, value: float) -> float:
    """What a thumb, rating or score counts as, in [0, 1].

    >>> feedback_value("thumb", 1.0), feedback_value("rating", 4.0), feedback_value("score", 0.3)
    (1.0, 0.75, 0.3)
    """
    return (value - 1.0) / RATING_STEPS if source == "rating" else value


def correction_value(correction: str, answer: str | None) -> float:
    """1 where the correction repeats the answer but for case and space, else 0; 0 where the answer was not kept.

    >>> correction_value("Paris ", "paris"), correction_value("Rome", "Paris"), correction_value("Rome", None)
    (1.0, 0.0, 0.0)
    """
    if answer is None:
        return 0.0
    return float(" ".join(correction.split()).casefold() == " ".join(answer.split()).casefold())


class FeedbackTaker:
    """Implements `rpc.application.Feedback`."""

    def __init__(
        self,
        log: EventLog,
        observer: Observer,
        now: Callable[[], float],
        may_speak: Callable[[Caller], None] = lambda _caller: None,
    ) -> None:
        """may_speak: takes one word of the caller's limits. Raises OverLimit."""
        self._may_speak = may_speak
        self._log = log
        self._observer = observer
        self._now = now

    async def record(self, feedback: GivenFeedback, caller: Caller) -> FeedbackReceipt:
        """Log it.

        Raises UnknownEpisode, EpisodeExpired, UnknownModel, RequestConflict, OverLimit, LogUnavailable.
        """
        self._may_speak(caller)
        stored = await self._log.episode(feedback.episode_id, caller.tenant, told=False)
        event = FeedbackRecorded(
            request_id=feedback.request_id or id_of_content("feedback", feedback),
            episode_id=feedback.episode_id,
            tenant=caller.tenant,
            at=self._now(),
            source=feedback.source,
            value=_value(feedback, stored),
            model=_model(feedback, stored.episode),
            weight=H.correction_weight if feedback.source == "correction" else 1.0,
            end_user=pseudonym(caller.tenant, feedback.end_user_id),
            digest=_digest(feedback),
            client=caller.client,
            comment=feedback.comment,
        )
        position, is_new = await self._log.append_feedback(event)
        if is_new:
            self._observer.feedback(event.source, event.value, event.model or _answered(stored.episode), caller.tenant)
        return FeedbackReceipt(event.request_id, event.episode_id, event.value, position, replayed=not is_new)

    async def record_batch(
        self, batch: Sequence[GivenFeedback], caller: Caller
    ) -> Sequence[FeedbackReceipt | PointsmanError]:
        """Log each; one result an item, in order: an item's error does not stop the others."""
        results: list[FeedbackReceipt | PointsmanError] = []
        for feedback in batch:  # in order, so that a batch with twins has one first of them
            try:
                results.append(await self.record(feedback, caller))
            except PointsmanError as e:
                results.append(e)
        return results

    async def record_session(self, outcome: GivenSessionOutcome, caller: Caller) -> SessionReceipt:
        """Log what came of a session, known or not: its queries may still come.

        Raises RequestConflict, OverLimit, LogUnavailable, InvalidRequest for a correction, which is of one answer.
        """
        if outcome.source == "correction":
            raise InvalidRequest(
                [("signal", "a correction is about one answer: RecordFeedback takes it")], Fault.NOT_ALLOWED
            )
        self._may_speak(caller)
        event = SessionOutcomeRecorded(
            request_id=outcome.request_id or id_of_content("session", outcome),
            session_id=outcome.session_id,
            tenant=caller.tenant,
            at=self._now(),
            value=feedback_value(outcome.source, outcome.value),
            source=outcome.source,
            end_user=pseudonym(caller.tenant, outcome.end_user_id),
            client=caller.client,
        )
        position, is_new = await self._log.append_session_outcome(event)
        episodes = await self._log.session_episodes(caller.tenant, outcome.session_id)
        return SessionReceipt(event.request_id, event.value, episodes, position, replayed=not is_new)


def _digest(feedback: GivenFeedback) -> str | None:
    """Of a correction, which the log does not keep, and a comment, which it may not: others are a conflict."""
    said = feedback.correction
    if feedback.comment is not None:
        said = json.dumps([feedback.correction, feedback.comment])
    return None if said is None else hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


def _value(feedback: GivenFeedback, stored: StoredEpisode) -> float:
    if feedback.source == "correction":
        return correction_value(feedback.correction or "", _text(feedback, stored))
    if feedback.value is None:
        raise InvalidRequest([("value", f"a {feedback.source} needs a value")], Fault.REQUIRED)
    return feedback_value(feedback.source, feedback.value)


def _answered(episode: EpisodeRecorded) -> str | None:
    """Whose answer was accepted; for a decision alone, who was decided on."""
    if episode.answer is not None:
        return episode.steps[episode.answer].model
    return None if episode.steps else episode.decision.model


def _text(feedback: GivenFeedback, stored: StoredEpisode) -> str | None:
    """The text that a correction is about, where it was kept."""
    steps, about = stored.episode.steps, stored.episode.answer
    model = _model(feedback, stored.episode)
    if model is not None:
        about = next((i for i, s in enumerate(steps) if s.model == model), None)
    return stored.answer_texts[about] if about is not None and about < len(stored.answer_texts) else None


def _model(feedback: GivenFeedback, episode: EpisodeRecorded) -> str | None:
    """Whose answer it is about: None for the accepted one. Raises UnknownModel for one that had no part in it."""
    if feedback.model is None:
        if episode.answer is not None:
            return None
        return episode.steps[-1].model if episode.steps else episode.decision.model
    known = {s.model for s in episode.steps} | {p.model for p in episode.decision.predictions}
    if feedback.model not in known:
        raise UnknownModel(f"{feedback.model!r} had no part in episode {episode.episode_id}", model=feedback.model)
    return feedback.model
