"""Whole cascades drawn from recorded outcomes, and what off-policy estimates make of their logs."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pointsman_bench import cascade_world
from pointsman_bench.conduct import _source
from pointsman_bench.episodes import run_episode
from pointsman_bench.plan import Plan
from pointsman_bench.replay import new_learner
from pointsman_bench.rollouts import Recalled, Rollouts
from pointsman_learner.evaluation.choices import choices_of
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import Constraints
from pointsman_service.cli.commands import run


@pytest.fixture(scope="module")
def plan(made: Path) -> Plan:
    """Of a bench with a judge."""
    return Plan(str(made), judges="judge-1", judge_cost=0.01, budgets=(4.0,), feedback_rate=0.5, feedback_delay=10)


@pytest.mark.parametrize("weight", [None, 0.01], ids=["in turn", "two at once"])
def test_episodes_drawn_from_the_tree_are_those_that_the_policy_runs(plan: Plan, weight: float | None) -> None:
    """The same ways through a query, each as often; what was logged tells its chance exactly.

    Where seconds have a price and answers keys, two models are called at once.
    """
    source = _source(plan if weight is None else replace(plan, judges="agreement"))
    stream, policy = source.stream, new_learner(source.stream, LearnerSettings(), source.nodes, 0.004).snapshot()
    constraints = Constraints(judges=stream.judges, tenant="bench", max_steps=4, latency_weight=weight)
    drawn, rng = Rollouts(stream, Recalled(policy), constraints), np.random.default_rng(1)
    found = Counter(_way(drawn.draw(0, rng)) for _ in range(3000))
    lived = Counter(_way(run_episode(stream, policy, constraints, 0, rng)) for _ in range(1000))
    for way in found | lived:
        expected = found[way] / 3000
        assert abs(lived[way] / 1000 - expected) < 5 * np.sqrt(expected * (1 - expected) / 1000) + 0.004
    for _ in range(50):
        episode = drawn.draw(0, rng)
        choices = choices_of(episode)
        assert any(s.at_once for s in episode.steps) is (weight is not None and len(episode.steps) > 1)
        assert [c.taken[0] for c in choices] == [a.kind for a in episode.actions]
        assert all(sum(c.chances.values()) == pytest.approx(1.0) for c in choices)


def test_intervals_for_whole_cascades_cover_the_known_answer(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 12 logs at 95 %, fewer than 9 hits have a chance below 1 in 400; what has no number is told."""
    monkeypatch.setattr(cascade_world, "LOGGED", 300)
    assert (
        run([
            "bench", str(made), "--off-policy", "12", "--judges", "judge-1", "--judge-cost", "0.01", "--budget", "4",
            "--feedback-rate", "0.8", "--feedback-delay", "2", "--out", str(tmp_path),
        ])
        == 0
    )  # fmt: skip
    report = json.loads((tmp_path / "report.json").read_text())
    policies = report["cascades"]["policies"]
    assert {"in force", "learnt since", "always:small", "always:large"} <= set(policies)
    assert policies["in force"]["given"] == 1.0
    for found in policies.values():
        if found["given"] == 1.0:
            assert found["quality"]["coverage"] >= 9 / 12
            assert found["cost_usd"]["coverage"] >= 9 / 12
    own = report["cascades"]["own_log"]
    assert set(own) == {"what it did", "always:small", "always:middle", "always:large"}
    low, high = own["what it did"]["quality"][1:]
    assert low <= own["what it did"]["truth"]["quality"] <= high
    assert "covers quality" in (tmp_path / "report.md").read_text()


def _way(episode):
    """What was called, what each answer was asked about, and which was accepted."""
    return tuple((s.model, tuple(v.judge for v in s.verdicts)) for s in episode.steps), episode.answer
