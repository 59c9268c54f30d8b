"""What operators ask of the log, checked and as values. Each reader raises InvalidRequest with every violation."""

from __future__ import annotations

from typing import NamedTuple

from pointsman import v1

from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.operations import EpisodeQuery, Group, PageRequest, SavingsQuery, StatsQuery, WhatIfQuery
from pointsman_service.domain.preference import MAX_WEIGHT
from pointsman_service.domain.request_limits import Limits
from pointsman_service.errors import Fault
from pointsman_service.rpc.enums import STATS_GROUPS
from pointsman_service.rpc.pages import read_page
from pointsman_service.rpc.presence import Told
from pointsman_service.rpc.read_filter import read_filter
from pointsman_service.rpc.validation import Violations

_EPISODES_A_PAGE = 50
_LEAST_BUCKET_S = 1.0
_LONGEST_BUCKET_S = 36_500 * 86_400.0
"""A century."""
_GROUPS: dict[str | None, Group] = {"model": "model", "node": "node", "tenant": "tenant", "time": "time"}


class Listed(NamedTuple):
    """A page of something about some episodes."""

    episodes: EpisodeQuery
    page: PageRequest


def read_list_episodes(request: v1.ListEpisodesRequest) -> Listed:
    """Which episodes to list."""
    wrong = Violations()
    read = Listed(read_filter(request, wrong), read_page(request, wrong, _EPISODES_A_PAGE))
    wrong.raise_if_any()
    return read


def read_judge_stats(request: v1.GetJudgeStatsRequest) -> Listed:
    """Which episodes' verdicts to count."""
    wrong = Violations()
    read = Listed(read_filter(request, wrong), read_page(request, wrong))
    wrong.raise_if_any()
    return read


def read_stats(request: v1.GetStatsRequest) -> tuple[StatsQuery, PageRequest]:
    """What to count, and by what."""
    wrong = Violations()
    group = _GROUPS.get(wrong.choice("group", STATS_GROUPS, request.group), "none")
    bucket_s = Told(request, "", wrong).between("bucket_s", _LEAST_BUCKET_S, _LONGEST_BUCKET_S)
    if (group == "time") != (bucket_s is not None):
        wrong.add(
            "bucket_s",
            "must be given for STATS_GROUP_TIME" if bucket_s is None else "is for STATS_GROUP_TIME only",
            Fault.REQUIRED if bucket_s is None else Fault.CONFLICTING,
        )
    read = StatsQuery(read_filter(request, wrong), group, bucket_s), read_page(request, wrong)
    wrong.raise_if_any()
    return read


def read_savings(request: v1.GetSavingsRequest) -> SavingsQuery:
    """What was saved, against whom."""
    wrong = Violations()
    given, confidence = Told(request, "", wrong), _read_confidence(request, wrong)
    group = _GROUPS.get(wrong.choice("group", STATS_GROUPS, request.group), "none")
    if group not in {"none", "tenant", "node"}:
        wrong.add("group", "must be tenant or node: who answered is what is compared", Fault.UNKNOWN_VALUE)
    read = SavingsQuery(given.identifier("against", MAX_NAME), read_filter(request, wrong), group, confidence)
    wrong.raise_if_any()
    return read


def read_what_if(request: v1.WhatIfRequest) -> WhatIfQuery:
    """What to estimate."""
    wrong = Violations()
    given = Told(request, "", wrong)
    if request.WhichOneof("change") is None:
        wrong.add("change", "must be one of cost_weight, policy", Fault.REQUIRED)
    confidence = _read_confidence(request, wrong)
    read = WhatIfQuery(
        cost_weight=given.between("cost_weight", 0.0, MAX_WEIGHT),
        policy=given.identifier("policy", MAX_NAME),
        models=tuple(wrong.names("models", request.models, Limits().models)),
        episodes=read_filter(request, wrong),
        confidence=confidence,
    )
    wrong.raise_if_any()
    return read


def _read_confidence(request: v1.GetSavingsRequest | v1.WhatIfRequest, wrong: Violations) -> float:
    confidence = request.confidence if request.HasField("confidence") else 0.95
    if not 0.0 < confidence < 1.0:
        wrong.add("confidence", f"must be between 0 and 1, both excluded; it is {confidence:g}", Fault.OUT_OF_RANGE)
    return confidence
