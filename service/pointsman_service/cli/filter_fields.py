"""Which episodes a command looks at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.fields import Field, Given, put
from pointsman_service.cli.messages import value_of
from pointsman_service.cli.names import model_names, node_ids, tenant_names, words_of
from pointsman_service.cli.times import moment

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp
    from pointsman.v1 import EpisodeFilter

TIMES = "a time (2026-01-31T12:00Z, 12:00), a day (2026-01-31, yesterday) or an age (90s, 15m, 6h, 7d)"


def since_of(text: str) -> Timestamp:
    """What --since says. Raises Misuse."""
    return _timestamp(moment(text, datetime.now(UTC)))


def until_of(text: str) -> Timestamp:
    """What --until says. Raises Misuse."""
    return _timestamp(moment(text, datetime.now(UTC), end=True))


def _timestamp(at: datetime) -> Timestamp:
    from google.protobuf.timestamp_pb2 import Timestamp

    found = Timestamp()
    found.FromDatetime(at)
    return found


def _strategy(word: str) -> int:
    from pointsman import v1

    return value_of(v1.Strategy.DESCRIPTOR, word, "--strategy")


def _stop(word: str) -> int:
    from pointsman import v1

    return value_of(v1.StopReason.DESCRIPTOR, word, "--stop")


FILTER_FIELDS = (
    Field("tenant", "--tenant", str, "Whose episodes. [default: everybody's]", names=tenant_names),
    Field("start_time", "--since", str, f"From when on: {TIMES}; in UTC.", parse=since_of, metavar="TIME"),
    Field(
        "end_time", "--until", str, "Until when; a day means its end. [default: now]", parse=until_of, metavar="TIME"
    ),
    Field(
        "model_called", "--called", str, "Those that called this model, in vain or not.", metavar="MODEL",
        names=model_names,
    ),
    Field("model_answered", "--answered", str, "Those that this model answered.", metavar="MODEL", names=model_names),
    Field("node_id", "--node", str, "Those of this kind of query, or of one below it.", names=node_ids),
    Field(
        "strategy", "--strategy", str,
        "Where this spoke: taxonomy, learned, fused, control, sticky, static, baseline or observed.",
        parse=_strategy, metavar="WORD", names=words_of("Strategy"),
    ),
    Field(
        "stop_reason", "--stop", str,
        "Those that ended so: utility, deadline, cost-ceiling, max-steps, route-only, failed, cancelled.",
        parse=_stop, metavar="WORD", names=words_of("StopReason"),
    ),
    Field("has_feedback", "--feedback/--no-feedback", bool, "Those with feedback, or those without."),
    Field("request_id", "--request-id", str, "The one of this request id."),
    Field("session_id", "--session", str, "Those of this session."),
)  # fmt: skip


def filter_of(given: Given) -> EpisodeFilter:
    """The filter. Raises Misuse where it is empty because --until is not after --since."""
    from pointsman import v1

    wanted = v1.EpisodeFilter()
    put(wanted, given)
    if {
        "start_time",
        "end_time",
    } <= given.keys() and wanted.end_time.ToNanoseconds() <= wanted.start_time.ToNanoseconds():
        raise Misuse("--until is not after --since: no time lies between them")
    return wanted
