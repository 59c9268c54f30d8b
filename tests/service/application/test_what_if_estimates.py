"""What-if: estimates from logged propensities, against a truth that the test knows."""

import numpy as np
import pytest
from pointsman_learner.events import EpisodeRecorded, FeedbackRecorded
from pointsman_learner.words import Context, Decision, ModelPrediction, Step
from pointsman_service.application.what_if import WhatIfEstimator, estimates, rewarded_episodes
from pointsman_service.domain.operations import EpisodeQuery, WhatIfQuery
from pointsman_service.domain.requests import GivenFeedback
from pointsman_service.errors import InvalidRequest, UnknownModel
from pointsman_service.ports import Logged

QUALITY = {"small": 0.4, "large": 0.8}
COST = {"small": 0.001, "large": 0.01}


def episode(k, model, propensities):
    """An episode that called one model."""
    predictions = tuple(ModelPrediction(m, q, 0.1, COST[m], 1.0, propensities[m]) for m, q in QUALITY.items())
    decision = Decision(model, propensities[model], predictions, (model,), "learned", (), 0.0, 20.0, 1, "f", "p")
    context = Context("f", np.zeros(2, np.float32), np.zeros(2, np.float32), 1)
    step = Step(model, COST[model], 1.0)
    return EpisodeRecorded(f"e{k}", "acme", float(k), context, decision, (step,), 0, "utility")


@pytest.fixture
def log():
    """1,000 episodes of a policy that takes the large model three times of four, each with honest feedback."""
    rng = np.random.default_rng(0)
    propensities = {"small": 0.25, "large": 0.75}
    events = []
    for k in range(1000):
        model = "large" if rng.random() < 0.75 else "small"
        e = episode(k, model, propensities)
        value = float(rng.random() < QUALITY[model])
        events += [
            Logged(2 * k + 1, e),
            Logged(2 * k + 2, FeedbackRecorded(f"f{k}", e.episode_id, "acme", k, "thumb", value), e),
        ]
    return events


def by_name(result):
    """Estimates by quantity and estimator."""
    return {(e.quantity, e.estimator): e for e in result.estimates}


def test_each_estimator_finds_what_the_other_policy_is_worth(log):
    """Always the small model is worth 0.4 at 0.001 dollars; the seed is fixed, and every interval holds the truth."""
    rewarded = rewarded_episodes(log, WhatIfQuery())
    found = estimates(rewarded, [np.array([1.0, 0.0])] * len(rewarded), WhatIfQuery())
    assert found.episodes == 1000
    assert found.effective_episodes == pytest.approx(250, rel=0.2)
    named = by_name(found)
    for estimator in ("ips", "snips", "dr"):
        quality = named["quality", estimator]
        assert quality.low < 0.4 < quality.high
        assert quality.high - quality.low < 0.25
        assert named["cost_usd", estimator].low <= 0.001 * 1.0001
    assert named["quality", "logged"].mean == pytest.approx(0.7, abs=0.05)
    assert named["utility", "dr"].mean == pytest.approx(0.4 - 20 * 0.001, abs=0.1)


def test_a_policy_that_never_did_what_was_logged_has_no_self_normalised_estimate(log):
    """Nothing is invented where the log says nothing."""
    rewarded = [r for r in rewarded_episodes(log, WhatIfQuery()) if r.episode.decision.model == "large"]
    found = estimates(rewarded, [np.array([1.0, 0.0])] * len(rewarded), WhatIfQuery())
    assert found.effective_episodes == 0.0
    assert ("quality", "snips") not in by_name(found)


def test_only_the_selected_episodes_count(log):
    """By tenant and by time, the end is exclusive."""
    assert len(rewarded_episodes(log, WhatIfQuery(episodes=EpisodeQuery(start=100.0, end=200.0)))) == 100
    assert rewarded_episodes(log, WhatIfQuery(episodes=EpisodeQuery(tenant="rival"))) == []


async def what_if(h, query=None):
    """Of the harness's log, under its policy."""
    return await WhatIfEstimator(h.storage.log, h.models, np.random.default_rng(0)).estimate(
        query or WhatIfQuery(), h.policy
    )


async def test_it_is_estimated_from_the_log(build, ask):
    """The current policy, another lambda, and one model always."""
    h = build()
    assert (await what_if(h)).episodes == 0
    for value in (1.0, 0.0, 1.0):
        done = await h.router.complete(ask(), h.me)
        await h.feedback.record(GivenFeedback(done.episode_id, "thumb", value), h.me)
    now = by_name(await what_if(h, WhatIfQuery()))
    assert now["quality", "ips"].mean == pytest.approx(2 / 3)
    always = by_name(await what_if(h, WhatIfQuery(policy="always:small")))
    assert always["quality", "ips"].mean == pytest.approx(2.0)
    other = by_name(await what_if(h, WhatIfQuery(cost_weight=0.0)))
    assert other["utility", "logged"].mean == pytest.approx(2 / 3)
    h.policy.refuses = "models"
    assert (await what_if(h)).effective_episodes == 0.0


async def test_an_unknown_policy_or_model_is_refused(build):
    """The known ones are named."""
    h = build()
    with pytest.raises(InvalidRequest, match="always:MODEL"):
        await what_if(h, WhatIfQuery(policy="magic"))
    with pytest.raises(UnknownModel):
        await what_if(h, WhatIfQuery(policy="always:gpt-9"))
