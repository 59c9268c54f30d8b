"""Events as rows, and back: compact JSON for the log, and the columns that something asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pointsman_learner.codec import NoJson, decode, encode
from pointsman_learner.events import EpisodeRecorded, Event
from pointsman_learner.types import waited_ms

from pointsman_service.errors import ConfigurationError, NewerSchema
from pointsman_service.ports import Logged, NewEpisode, Unreadable

_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)

INSERT_EPISODE = (
    "INSERT INTO episodes (position, episode_id, tenant, at, request_id, is_reply, session_id, end_user, model, node,"
    " strategy, stop, answer, calls, errors, answered, believed, cost_usd, latency_ms)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
INSERT_CALL = "INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def to_json(value: Mapping[str, Any] | list[Any], what: str) -> str:
    """Compact JSON. Raises ValueError naming what, where a number is not finite or a value is no JSON type.

    The border lets neither in: what fails here is the service's own defect, and is told as one.

    >>> to_json({"a": [1, 2.5]}, "x")
    '{"a":[1,2.5]}'
    """
    if not value:
        return "{}" if isinstance(value, Mapping) else "[]"  # most episodes: a route has no answers
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError) as e:
        raise ValueError(f"{what} cannot be logged as JSON: {e}") from e


def payload(event: Event) -> str:
    """The event as the log holds it."""
    return encode(event)


def event_of(text: str | bytes) -> Event:
    """Inverse of `payload`. Raises ConfigurationError where it is damaged, NewerSchema for a kind that is not known."""
    try:
        return decode(text)
    except (NoJson, UnicodeDecodeError, RecursionError) as e:
        raise ConfigurationError(f"storage: an event of the log is damaged ({e}); restore a backup") from e
    except ValueError as e:
        raise NewerSchema(f"an event of the log cannot be read ({e}); start the newer version that wrote it") from e


def episode_of(text: str | bytes) -> EpisodeRecorded:
    """As `event_of`, for what must be an episode."""
    event = event_of(text)
    if not isinstance(event, EpisodeRecorded):
        raise ConfigurationError(f"storage: an event of the log is a {event.kind}, and no episode; restore a backup")
    return event


def logged(position: int, text: bytes, about: bytes | None) -> Logged:
    """An event at its place, or word that it cannot be read. about: the episode that it is about, as the log has it.

    The bytes are as they lie in the file: SQLite reads no text that is not UTF-8, and fails all rows with it.
    """
    try:
        return Logged(position, event_of(text), None if about is None else episode_of(about))
    except (ConfigurationError, NewerSchema) as e:
        return Logged(position, Unreadable(str(e)))


def episode_row(new: NewEpisode) -> tuple[Any, ...]:
    """Values of INSERT_EPISODE after the position.

    latency_ms is what the caller waited; where nobody measured that, the calls and judges one after the other; None
    for a routed query, until its caller tells what its own calls took.
    """
    e = new.episode
    took = waited_ms(e.steps) if e.latency_ms is None else e.latency_ms
    return (
        e.episode_id,
        e.tenant,
        e.at,
        e.request_id,
        int(new.is_reply and e.request_id is not None),
        e.session_id,
        e.end_user,
        e.steps[e.answer].model if e.answer is not None else e.decision.model,
        e.decision.node_path[-1] if e.decision.node_path else None,
        e.decision.strategy,
        e.stop,
        e.answer,
        len(e.steps),
        sum(s.failed for s in e.steps),
        int(e.answer is not None),
        e.believed,
        e.cost_usd,
        took if e.steps else None,
    )


def call_rows(episode: EpisodeRecorded) -> tuple[tuple[Any, ...], ...]:
    """Values of INSERT_CALL after the episode's position, one row a step."""
    return tuple(
        (
            i,
            s.model,
            s.deployment,
            int(s.failed),
            s.failure_kind,
            s.cost_usd,
            s.judge_cost_usd,
            s.latency_ms,
            s.input_tokens,
            s.output_tokens,
            s.cached_input_tokens,
            s.reasoning_tokens,
        )
        for i, s in enumerate(episode.steps)
    )
