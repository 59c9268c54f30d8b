"""Events as rows, and back: compact JSON for the log, and the columns that something asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pointsman_learner.codec import NoJson, decode, encode
from pointsman_learner.events import Event, FeedbackRecorded

from pointsman_service.errors import ConfigurationError, NewerSchema
from pointsman_service.ports import NewEpisode

_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)

EPISODE_COLUMNS = (
    "position, episode_id, tenant, at, request_id, session_id, model, node, strategy, stop, calls, errors, answered,"
    " believed, cost_usd, latency_ms"
)


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


def event_of(text: str) -> Event:
    """Inverse of `payload`. Raises NewerSchema for a kind that this version does not know."""
    try:
        return decode(text)
    except NoJson as e:
        raise ConfigurationError(f"storage: an event of the log is damaged ({e}); restore a backup") from e
    except ValueError as e:
        raise NewerSchema(f"an event of the log cannot be read ({e}); start the newer version that wrote it") from e


def episode_columns(new: NewEpisode) -> tuple[Any, ...]:
    """Values of EPISODE_COLUMNS after the position."""
    e = new.episode
    answered = e.answer is not None
    return (
        e.episode_id,
        e.tenant,
        e.at,
        new.request_id,
        new.session_id,
        e.steps[e.answer].model if e.answer is not None else e.decision.model,
        e.decision.node_path[-1] if e.decision.node_path else None,
        e.decision.strategy,
        e.stop,
        len(e.steps),
        sum(s.failed for s in e.steps),
        int(answered),
        e.believed,
        e.cost_usd,
        sum(s.total_latency_ms for s in e.steps) if e.steps else None,
    )


def same_feedback(a: FeedbackRecorded, b: FeedbackRecorded) -> bool:
    """Whether both say the same of the same episode; when they were sent does not count."""
    return (a.episode_id, a.source, a.value, a.model, a.weight) == (b.episode_id, b.source, b.value, b.model, b.weight)
