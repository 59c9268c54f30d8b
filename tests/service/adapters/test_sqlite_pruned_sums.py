"""Statistics over a pruned period add up as they did before."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from pointsman_learner.events import OutcomeReported
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.domain.operations import EpisodeQuery, PageRequest, StatsQuery
from pointsman_service.ports import NewEpisode

DAY = 86_400.0
PAGE = PageRequest(1_000)


@pytest.fixture
async def storage(tmp_path, an_episode, a_feedback):
    """Four days of two tenants: answers, escalations, failures, feedback, routed queries with and without a report."""
    storage = open_storage(tmp_path, StorageSettings(synchronous="normal"))
    for i in range(48):
        at, tenant = i * DAY / 12 + 5.0, "acme" if i % 3 else "other"
        models = ("small", "large") if i % 4 == 0 else ("small",)
        answer = None if i % 7 == 0 else -1
        routed = i % 5 == 0
        episode = an_episode(
            f"e{i}", at=at, tenant=tenant, models=models, node=("math", "code")[i % 2], cost_usd=0.001 * i,
            latency_ms=100.0 + i, answer=answer, stop="utility" if not routed else "route_only",
        )  # fmt: skip
        if routed:
            episode = replace(episode, steps=(), answer=None)
        await storage.log.append_episode(NewEpisode(episode, f"prompt {i}"))
        if i % 2:
            await storage.log.append_feedback(a_feedback(f"f{i}", f"e{i}", tenant=tenant, value=i / 48, at=at))
        if i % 10 == 0:
            failed = "timeout" if i % 20 else None
            await storage.log.append(OutcomeReported(f"e{i}", tenant, at, "medium", 0.5, 7.0, failure_kind=failed))
    storage.checkpoints.put(b"state", await storage.log.end(), 9.0)
    yield storage
    await storage.close()


QUERIES = [
    StatsQuery(EpisodeQuery(tenant=tenant, start=start, end=end), group=group, bucket_s=DAY)
    for tenant in (None, "acme")
    for start, end in ((None, None), (DAY, 3 * DAY))
    for group in ("none", "model", "node", "tenant", "time")
]


def told(stats):
    """All figures, to 9 digits."""
    tallies = [stats.total, *stats.groups.items]
    figures = ("quality", "cost_usd", "latency_ms", "share")
    rows = []
    for t in sorted(tallies, key=lambda t: t.key):
        known = [None if getattr(t, f) is None else f"{getattr(t, f):.9g}" for f in figures]
        rows.append((t.key, t.episodes, t.rewarded, t.calls, t.failed_calls, t.escalated, *known))
    return rows


@pytest.mark.parametrize("before", [2.5 * DAY, 100 * DAY], ids=["half of it", "all of it"])
async def test_stats_over_a_pruned_period_add_up_as_before(storage, before):
    """In all, by model, kind of query, tenant and day, of one tenant and of some days: whole days were asked for."""
    expected = [told(storage.stats.stats(query, PAGE)) for query in QUERIES]
    pruned = storage.prune(before, now=100 * DAY)
    assert pruned.episodes == (30 if before < 4 * DAY else 48)
    for query, figures in zip(QUERIES, expected, strict=True):
        assert told(storage.stats.stats(query, PAGE)) == figures, query


async def test_pruning_bit_by_bit_is_pruning_at_once(storage):
    """Sums are added to; nothing counts twice."""
    expected = [told(storage.stats.stats(query, PAGE)) for query in QUERIES]
    for days in (0.2, 0.7, 1.9, 1.9, 4.0):
        storage.prune(days * DAY, now=100 * DAY)
    assert [told(storage.stats.stats(query, PAGE)) for query in QUERIES] == expected


async def test_a_query_for_what_sums_do_not_know_finds_what_is_left(storage):
    """Sums have no strategy and no session: better none than wrong ones."""
    query = StatsQuery(EpisodeQuery(strategy="fused"))
    assert storage.stats.stats(query, PAGE).total.episodes == 48
    storage.prune(2 * DAY, now=100 * DAY)
    assert storage.stats.stats(query, PAGE).total.episodes == 24


async def test_a_plan_says_what_would_go_and_removes_nothing(storage):
    """As many as the run then removes; those that no checkpoint covers wait."""
    plan = storage.prune_plan(2 * DAY)
    assert (plan.episodes, plan.oldest, plan.waiting) == (24, 5.0, 0)
    assert plan.newest < 2 * DAY
    assert 24 * 500 < plan.size_bytes < 24 * 5_000
    assert storage.retention.plan(2 * DAY, 0).waiting == 24
    assert len(storage.log.read(0)) == await storage.log.end()
    assert storage.prune(2 * DAY, now=100 * DAY).episodes == plan.episodes
    assert storage.prune_plan(2 * DAY).episodes == 0
    assert storage.prune_plan(2 * DAY).oldest is None


async def test_sums_hold_nobody(storage, tmp_path):
    """Neither ids, nor texts, nor end users."""
    storage.prune(100 * DAY, now=100 * DAY)
    await storage.close()
    left = b"".join(p.read_bytes() for p in tmp_path.glob("pointsman.db*"))
    assert b"prompt 1" not in left
    assert b"e17" not in left
