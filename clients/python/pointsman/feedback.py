"""Feedback on answers and outcomes of sessions, from plain Python values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from google.protobuf.message import Message

from pointsman import v1
from pointsman.arguments import invalid, items, put, put_given, refuse_unknown, shown
from pointsman.settings import CallOptions

ThumbWord = bool | Literal["up", "down"] | v1.Thumb
"""True, "up" or v1.THUMB_UP; False, "down" or v1.THUMB_DOWN. The values of an enum are ints: 1 is up, 2 is down."""


class SessionOutcomeFields(CallOptions, total=False):
    """What came of a session, exactly one of thumb, rating (1 to 5) and score (0 to 1); end_user_id: who says so.

    request_id: the same again counts once; made up where it is left out.
    """

    thumb: ThumbWord
    rating: float
    score: float
    end_user_id: str
    request_id: str


class FeedbackFields(SessionOutcomeFields, total=False):
    """What an answer was worth: one of thumb, rating, score and correction (the text that would have been right).

    model: whose answer it is about, where that is not the accepted one. comment: what is said beside it, for people who
    read: nothing is learnt from it.
    """

    correction: str
    model: str
    comment: str


def thumb_of(thumb: object) -> v1.Thumb:
    """The thumb that is meant. Raises InvalidRequest for all that is not plainly one.

    >>> v1.Thumb.Name(thumb_of(False)), v1.Thumb.Name(thumb_of(v1.THUMB_DOWN))
    ('THUMB_DOWN', 'THUMB_DOWN')
    """
    # By type as well: False equals 0, which is THUMB_UNSPECIFIED.
    if thumb is True or thumb == "up" or (type(thumb) is int and thumb == v1.THUMB_UP):
        return v1.THUMB_UP
    if thumb is False or thumb == "down" or (type(thumb) is int and thumb == v1.THUMB_DOWN):
        return v1.THUMB_DOWN
    raise invalid("thumb", f"must be True, 'up' or v1.THUMB_UP, or False, 'down' or v1.THUMB_DOWN, not {shown(thumb)}")


def feedback_request(episode_id: str, fields: FeedbackFields) -> v1.RecordFeedbackRequest:
    """The request of `feedback`."""
    refuse_unknown("feedback", fields, FeedbackFields.__annotations__)
    feedback = v1.Feedback()
    put(feedback, "episode_id", episode_id)
    put_given(feedback, fields, ("model", "end_user_id", "comment"))
    _put_signal(feedback, fields, ("thumb", "rating", "correction", "score"))
    request = v1.RecordFeedbackRequest(feedback=feedback)
    put_given(request, fields, ("request_id",))
    return request


def batch_request(
    feedback: Iterable[v1.Feedback | v1.RecordFeedbackRequest], options: CallOptions
) -> v1.RecordFeedbackBatchRequest:
    """The request of `feedback_batch`."""
    refuse_unknown("feedback_batch", options, CallOptions.__annotations__)
    request = v1.RecordFeedbackBatchRequest()
    for i, item in enumerate(items(feedback, "feedback", "v1.Feedback or v1.RecordFeedbackRequest")):
        match item:
            case v1.Feedback():
                request.requests.add(feedback=item)
            case v1.RecordFeedbackRequest():
                request.requests.append(item)
            case _:
                wanted = "must be a v1.Feedback, or a v1.RecordFeedbackRequest where it has a request_id"
                raise invalid(f"feedback[{i}]", f"{wanted}, not {shown(item)}")
    return request


def session_outcome_request(session_id: str, fields: SessionOutcomeFields) -> v1.RecordSessionOutcomeRequest:
    """The request of `record_session_outcome`."""
    refuse_unknown("record_session_outcome", fields, SessionOutcomeFields.__annotations__)
    request = v1.RecordSessionOutcomeRequest()
    put(request, "session_id", session_id)
    put_given(request, fields, ("end_user_id", "request_id"))
    _put_signal(request, fields, ("thumb", "rating", "score"))
    return request


def _put_signal(message: Message, fields: Mapping[str, object], signals: Sequence[str]) -> None:
    given = [name for name in signals if name in fields]
    if len(given) != 1:
        raise invalid("signal", f"is missing or said twice: give exactly one of {list(signals)}, not {given}")
    (signal,) = given
    if signal == "thumb":
        message.thumb = thumb_of(fields["thumb"])
    else:
        put(message, signal, fields[signal])
