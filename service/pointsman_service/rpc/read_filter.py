"""Which episodes an operator asks about, checked and as a value."""

from __future__ import annotations

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from pointsman import v1

from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.operations import EpisodeQuery
from pointsman_service.errors import Fault
from pointsman_service.rpc.enums import STOP_REASONS, STRATEGIES
from pointsman_service.rpc.presence import Told, told
from pointsman_service.rpc.validation import Violations
from pointsman_service.rpc.write_time import seconds

_EVERYTHING = EpisodeQuery()
# The bounds of google.protobuf.Timestamp.
_FIRST_S, _LAST_S = -62_135_596_800, 253_402_300_799
_MAX_NANOS = 999_999_999


def read_filter(
    request: v1.ListEpisodesRequest
    | v1.GetStatsRequest
    | v1.GetJudgeStatsRequest
    | v1.WhatIfRequest
    | v1.GetSavingsRequest,
    wrong: Violations,
) -> EpisodeQuery:
    """Every condition of the request's `filter` that is given."""
    if not request.HasField("filter"):
        return _EVERYTHING
    path, given = "filter.", request.filter
    of = Told(given, path, wrong)
    start, end = (read_time(given, path, field, wrong) for field in ("start_time", "end_time"))
    if start is not None and end is not None and start >= end:
        wrong.add(f"{path}end_time", "must be later than filter.start_time", Fault.CONFLICTING)
    return EpisodeQuery(
        tenant=wrong.tenant(f"{path}tenant", given.tenant) if given.HasField("tenant") else None,
        start=start,
        end=end,
        model_called=of.identifier("model_called", MAX_NAME),
        model_answered=of.identifier("model_answered", MAX_NAME),
        node=of.identifier("node_id", MAX_NAME),
        strategy=wrong.choice(f"{path}strategy", STRATEGIES, given.strategy),
        stop=wrong.choice(f"{path}stop_reason", STOP_REASONS, given.stop_reason),
        has_feedback=told(given, "has_feedback"),
        request_id=of.identifier("request_id"),
        session_id=of.identifier("session_id"),
    )


def read_time(given: Message, path: str, field: str, wrong: Violations) -> float | None:
    """Seconds since the epoch of a time that may be absent."""
    stamp: Timestamp | None = told(given, field)
    if stamp is None:
        return None
    if not _FIRST_S <= stamp.seconds <= _LAST_S or not 0 <= stamp.nanos <= _MAX_NANOS:
        wrong.add(
            f"{path}{field}", "must lie in the years 1 to 9999, with nanos between 0 and 999999999", Fault.OUT_OF_RANGE
        )
        return None
    return seconds(stamp)
