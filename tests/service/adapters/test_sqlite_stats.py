"""Statistics for operators, and the views for analysts, on a log small enough to count by hand."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest
from msgspec.structs import replace
from pointsman_learner.actions import ActionTaken, Alternative
from pointsman_learner.events import OutcomeReported
from pointsman_service.adapters.sqlite_stats import LatencyQuantiles
from pointsman_service.adapters.sqlite_storage import open_storage
from pointsman_service.domain.operations import JudgeStats, JudgeTally, StatsQuery
from pointsman_service.ports import NewEpisode

DAY = 86_400.0


@pytest.fixture
async def storage(tmp_path, an_episode, a_feedback):
    """Four episodes: two by small, one escalated to large, one that failed and is another tenant's."""
    storage = open_storage(tmp_path)
    episodes = [
        an_episode("e0", at=10.0, cost_usd=0.001, latency_ms=100.0, score=0.9),
        an_episode("e1", at=20.0, cost_usd=0.001, latency_ms=300.0, score=0.2, node="code"),
        an_episode("e2", at=DAY + 5.0, models=("small", "large"), cost_usd=0.01, latency_ms=500.0, score=None),
        an_episode("e3", at=DAY + 6.0, tenant="other", answer=None, believed=None),
    ]
    for e in episodes:
        await storage.log.append_episode(NewEpisode(e, prompt="why?"))
    await storage.log.append_feedback(a_feedback("f0", "e0", value=1.0))
    await storage.log.append_feedback(a_feedback("f1", "e0", value=0.5))
    await storage.log.append_feedback(a_feedback("f2", "e1", value=1.0, weight=3.0))
    await storage.log.append_feedback(a_feedback("f3", "e2", value=0.0, model="small"))  # not what the caller got
    yield storage
    await storage.close()


def test_totals_count_episodes_cost_errors_and_escalations(storage):
    """Quality is weighted mean feedback on the answers that callers got; latency is of answered episodes."""
    total = storage.stats.stats(StatsQuery()).total
    assert (total.episodes, total.share, total.rewarded, total.errors, total.escalated) == (4, 1.0, 2, 1, 1)
    assert total.quality == pytest.approx((1.0 + 0.5 + 3.0) / 5.0)
    assert total.cost_usd == pytest.approx(0.001 * 3 + 0.02)
    assert total.latency_ms == pytest.approx((100 + 300 + 1000) / 3)


def test_models_and_nodes_have_their_share(storage):
    """Most frequent first; the model is the one whose answer was accepted."""
    stats = storage.stats.stats(StatsQuery())
    assert [(t.key, t.episodes, t.share) for t in stats.per_model] == [("small", 3, 0.75), ("large", 1, 0.25)]
    assert [(t.key, t.episodes) for t in stats.per_node] == [("math", 3), ("code", 1)]
    assert stats.per_model[1].quality is None
    assert stats.over_time == ()


def test_buckets_over_time_are_oldest_first(storage):
    """The key is the bucket's start in seconds since the epoch."""
    over_time = storage.stats.stats(StatsQuery(bucket_s=DAY)).over_time
    assert [(t.key, t.episodes, t.share) for t in over_time] == [("0", 2, 0.5), ("86400", 2, 0.5)]


def test_a_query_selects_by_tenant_and_time(storage):
    """`since` is inside, `until` is not."""
    assert storage.stats.stats(StatsQuery(tenant="other")).total.episodes == 1
    assert storage.stats.stats(StatsQuery(since=20.0, until=DAY + 5.0)).total.episodes == 1
    nothing = storage.stats.stats(StatsQuery(tenant="nobody", bucket_s=60.0))
    assert (nothing.total.episodes, nothing.total.quality, nothing.per_model, nothing.over_time) == (0, None, (), ())


def test_latency_quantiles_are_of_answers(storage):
    """The nearest rank: the smallest latency that at least half, or 95 %, do not exceed."""
    assert storage.stats.latencies(StatsQuery()) == [
        LatencyQuantiles("", 3, 300.0, 1000.0),
        LatencyQuantiles("large", 1, 1000.0, 1000.0),
        LatencyQuantiles("small", 2, 100.0, 300.0),
    ]
    assert storage.stats.latencies(StatsQuery(tenant="nobody")) == []


def test_judges_are_compared_with_feedback(storage):
    """One of two scored and rewarded answers is on the same side of one half as its feedback."""
    (judge,) = storage.stats.judges(StatsQuery()).total
    assert judge == JudgeTally(
        judge="format",
        node=None,
        verdicts=3,
        scored=2,
        mean_score=pytest.approx(0.55),
        cost_usd=0.0,
        compared=2,
        agreement=0.5,
        error=pytest.approx((abs(0.9 - 0.75) + abs(0.2 - 1.0)) / 2),
        calibration_error=pytest.approx((abs(0.9 - 0.75) + abs(0.2 - 1.0)) / 2),  # each in a tenth of its own
        correlation=pytest.approx(-1.0),
    )


def test_judges_are_compared_with_feedback_at_each_node(storage):
    """A judge may be good at one kind of query and wrong at another; one answer has no correlation."""
    math, code = storage.stats.judges(StatsQuery()).per_node
    assert [(t.node, t.verdicts, t.compared, t.agreement) for t in (math, code)] == [
        ("math", 2, 1, 1.0),
        ("code", 1, 1, 0.0),
    ]
    assert (math.correlation, code.correlation) == (None, None)
    assert storage.stats.judges(StatsQuery(tenant="nobody")) == JudgeStats((), ())


async def test_calibration_and_correlation_of_a_judge_are_those_of_its_verdicts(tmp_path, an_episode, a_feedback):
    """Against numpy on verdicts whose scores share tenths, over several nodes."""
    rng = np.random.default_rng(0)
    scores = rng.uniform(size=60).round(3)
    thumbs = (rng.uniform(size=60) < scores).astype(float)
    storage = open_storage(tmp_path)
    for i, (score, thumb) in enumerate(zip(scores, thumbs, strict=True)):
        await storage.log.append_episode(NewEpisode(an_episode(f"e{i}", score=float(score), node=f"n{i % 3}")))
        await storage.log.append_feedback(a_feedback(f"f{i}", f"e{i}", value=float(thumb)))
    (judge,) = storage.stats.judges(StatsQuery()).total
    await storage.close()
    tenth = (scores * 10).astype(int)
    gaps = [abs((scores - thumbs)[tenth == t].sum()) for t in range(10)]
    assert judge.correlation == pytest.approx(np.corrcoef(scores, thumbs)[0, 1])
    assert judge.calibration_error == pytest.approx(sum(gaps) / 60)
    assert judge.error == pytest.approx(np.abs(scores - thumbs).mean())
    assert judge.agreement == pytest.approx(((scores >= 0.5) == (thumbs >= 0.5)).mean())


async def test_an_outcome_becomes_the_episodes_answer(storage):
    """A caller's own call adds its cost and latency, and is the model that answered, unless it failed."""
    await storage.log.append(OutcomeReported("e3", "other", 9.0, "huge", 0.5, 50.0, failure_kind="refused"))
    assert [t.key for t in storage.stats.stats(StatsQuery(tenant="other")).per_model] == ["small"]
    await storage.log.append(OutcomeReported("e3", "other", 9.0, "large", 0.25, 70.0))
    (tally,) = storage.stats.stats(StatsQuery(tenant="other")).per_model
    assert (tally.key, tally.cost_usd, tally.errors) == ("large", pytest.approx(0.751), 2)
    assert tally.latency_ms == pytest.approx(300.0 + 50.0 + 70.0)


def view(storage, sql):
    """Rows of a query, as dicts."""
    connection = sqlite3.connect(storage.path)
    connection.row_factory = sqlite3.Row
    rows = [dict(row) for row in connection.execute(sql)]
    connection.close()
    return rows


def test_analysts_see_episodes_with_their_feedback_and_prompt(storage):
    """One row an episode, times in ISO 8601."""
    row = view(storage, "SELECT * FROM episode_summary")[0]
    assert (row["episode_id"], row["time"], row["model"]) == ("e0", "1970-01-01T00:00:10.000Z", "small")
    assert (row["feedback"], row["believed"], row["cost_usd"], row["prompt"]) == (0.75, 0.8, 0.001, "why?")


def test_analysts_see_steps_and_verdicts_one_row_each(storage):
    """The cascade is exploded from the event's JSON; the accepted step is marked."""
    steps = view(storage, "SELECT episode_id, step, model, accepted, error FROM episode_steps WHERE tenant = 'acme'")
    assert [tuple(s.values()) for s in steps[2:]] == [("e2", 0, "small", 0, None), ("e2", 1, "large", 1, None)]
    failed = view(storage, "SELECT failure_kind FROM episode_steps WHERE episode_id = 'e3'")
    assert failed == [{"failure_kind": "timeout"}]
    verdicts = view(storage, "SELECT episode_id, judge, score, accepted FROM episode_verdicts")
    assert [tuple(v.values()) for v in verdicts[:2]] == [("e0", "format", 0.9, 1), ("e1", "format", 0.2, 1)]
    assert len(verdicts) == 5


def test_analysts_see_what_was_called_and_what_it_cost(storage):
    """By the model that was called, whoever answered in the end."""
    rows = view(storage, "SELECT model, calls, failed, cost_usd, mean_latency_ms FROM model_calls ORDER BY model")
    assert [tuple(r.values())[:3] for r in rows] == [("large", 1, 0), ("small", 4, 1)]
    assert [r["cost_usd"] for r in rows] == pytest.approx([0.01, 0.013])
    assert rows[1]["mean_latency_ms"] == pytest.approx((100.0 + 300.0 + 500.0) / 3)


async def test_analysts_see_predictions_and_actions_with_names(storage, an_episode):
    """They are arrays in the event."""
    among = (Alternative("accept", None, None, 0, 0.75), Alternative("call", "large", None, None, 0.25))
    actions = (
        ActionTaken("call", 0.5, "small"),
        ActionTaken("accept", 1.0, step=0, alternatives=among, believed=(0.9,), forced="deadline"),
    )
    await storage.log.append_episode(NewEpisode(replace(an_episode("e9", models=("small", "large")), actions=actions)))
    did = view(storage, "SELECT action, kind, probability, model, judge, step, forced FROM episode_actions")
    assert [tuple(r.values()) for r in did] == [
        (0, "call", 0.5, "small", None, None, None),
        (1, "accept", 1.0, None, None, 0, "deadline"),
    ]
    predicted = view(storage, "SELECT model, quality, propensity FROM episode_predictions WHERE episode_id = 'e9'")
    assert [tuple(r.values()) for r in predicted] == [("small", 0.7, 0.5), ("large", 0.7, 0.5)]


def test_analysts_see_feedback_beside_what_it_is_about(storage):
    """One row a feedback; the model is the accepted answer's unless the feedback names another."""
    rows = view(storage, "SELECT request_id, model, value, node, given FROM episode_feedback")
    assert [tuple(r.values())[:4] for r in rows] == [
        ("f0", "small", 1.0, "math"),
        ("f1", "small", 0.5, "math"),
        ("f2", "small", 1.0, "code"),
        ("f3", "small", 0.0, "math"),
    ]
    assert rows[0]["given"] == "1970-01-01T00:16:50.000Z"


@pytest.mark.parametrize(
    ("name", "key", "values"),
    [
        ("model_stats", "model", {"small": 3, "large": 1}),
        ("node_stats", "node", {"math": 3, "code": 1}),
        ("daily_stats", "day", {"1970-01-01": 2, "1970-01-02": 2}),
    ],
)
def test_analysts_see_totals_by_model_node_and_day(storage, name, key, values):
    """The same counts as the service's own statistics."""
    rows = view(storage, f"SELECT * FROM {name}")
    assert {r[key]: r["episodes"] for r in rows} == values
    assert sum(r["share"] for r in rows) == pytest.approx(1.0)
    assert sum(r["cost_usd"] for r in rows) == pytest.approx(0.023)
    assert sum(r["rewarded"] for r in rows) == 2
