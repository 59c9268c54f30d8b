"""Views for analysts, on a log small enough to count by hand."""

from __future__ import annotations

import sqlite3

import pytest
from msgspec.structs import replace
from pointsman_learner.actions import ActionTaken, Alternative
from pointsman_service.ports import NewEpisode


@pytest.fixture
def storage(four_episodes):
    """Four episodes: two by small, one escalated to large, one that failed and is another tenant's."""
    return four_episodes


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
