"""GET /v1/savings: what was spent and how good it was, against what another policy would have cost and been."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TypeVar

from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.operations import EpisodeQuery, Group, Saved, Savings, SavingsQuery
from pointsman_service.domain.violations import Violations
from pointsman_service.errors import Fault
from pointsman_service.http.answers import Answer, json_answer
from pointsman_service.http.endpoints import Asked
from pointsman_service.http.fields import Fields

T = TypeVar("T")
Estimate = Callable[[SavingsQuery], Awaitable[Savings]]
"""The application's `AdminDesk.get_savings`."""

PARAMETERS = {
    "against": 'a model alone, or "snapshot:VERSION"; the tenant\'s baseline where it is left out',
    "by": "tenant or node: each group by itself, too",
    "confidence": "of the intervals, between 0 and 1; 0.95 where it is left out",
    "tenant": "whose episodes; everybody's where it is left out",
    "start_time": "from when on, as 2026-01-31T12:00:00Z",
    "end_time": "until when, likewise",
    "node_id": "those of this kind of query, or of one below it",
    "model_called": "those that called this model",
    "model_answered": "those that this model answered",
    "has_feedback": "true: those with feedback; false: those without",
    "session_id": "those of this session",
}
"""Of the query string, by name; the filter's are those of gRPC's `EpisodeFilter`."""
_GROUPS: dict[str, Group] = {"tenant": "tenant", "node": "node"}
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class SavingsEndpoint:
    """For operators, as `GetSavings` is: it tells of every tenant."""

    estimate: Estimate

    async def __call__(self, asked: Asked) -> Answer:
        """The whole first, in words, too. Raises what `GetSavings` raises."""
        found = await self.estimate(read_savings(asked))
        groups = [_told(group) for group in found.groups]
        return json_answer({"object": "savings", "against": found.against, **_told(found.total), "groups": groups})


def read_savings(asked: Asked) -> SavingsQuery:
    """What was saved, against whom. Raises InvalidRequest with every violation."""
    wrong = Violations()
    fields = Fields(asked.parameters, "", wrong)
    against = fields.identifier("against", MAX_NAME)
    group, confidence = _one_of("by", _GROUPS, fields), _confidence(fields)
    episodes = _episodes(fields)
    fields.refuse_rest()
    wrong.raise_if_any()
    return SavingsQuery(against, episodes, group or "none", confidence)


def _episodes(fields: Fields) -> EpisodeQuery:
    start, end = (_time(name, fields) for name in ("start_time", "end_time"))
    if start is not None and end is not None and start >= end:
        fields.wrong.add("end_time", "must be later than start_time", Fault.CONFLICTING)
    tenant: str | None = fields.take("tenant")
    return EpisodeQuery(
        tenant=None if tenant is None else fields.wrong.tenant("tenant", tenant),
        start=start,
        end=end,
        model_called=fields.identifier("model_called", MAX_NAME),
        model_answered=fields.identifier("model_answered", MAX_NAME),
        node=fields.identifier("node_id", MAX_NAME),
        has_feedback=_one_of("has_feedback", _FLAGS, fields),
        session_id=fields.identifier("session_id"),
    )


def _one_of(name: str, words: dict[str, T], fields: Fields) -> T | None:
    word = fields.take(name)
    if word is not None and word not in words:
        fields.wrong.add(name, f"must be one of {', '.join(words)}", Fault.UNKNOWN_VALUE)
    return words.get(word)


def _confidence(fields: Fields) -> float:
    text = fields.take("confidence")
    try:
        value = 0.95 if text is None else float(text)
    except ValueError:
        fields.wrong.add("confidence", "must be a number", Fault.MALFORMED)
        return 0.95
    if not 0.0 < value < 1.0:
        why = f"must be between 0 and 1, both excluded; it is {value:g}"
        fields.wrong.add("confidence", why, Fault.OUT_OF_RANGE)
    return value


def _time(name: str, fields: Fields) -> float | None:
    """Seconds since the epoch."""
    text = fields.take(name)
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.timestamp()
    except (ValueError, OverflowError):
        pass
    fields.wrong.add(name, "must be a time with its zone, as 2026-01-31T12:00:00Z", Fault.MALFORMED)
    return None


def _told(saved: Saved) -> dict[str, object]:
    """By the contract's names; what the log cannot say is null, and `missing` says why."""
    told = asdict(saved)
    renamed = {"episodes": "episode_count", "rated": "rated_count", "why": "missing"}
    return {renamed.get(name, name): value for name, value in told.items()}
