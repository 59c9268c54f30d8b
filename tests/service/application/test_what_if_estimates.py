"""What-if: estimates from logged propensities, against a truth that the test knows."""

import asyncio
import threading
from itertools import count

import numpy as np
import pytest
from msgspec.structs import replace
from pointsman_learner.evaluation.estimate import Always
from pointsman_learner.evaluation.table import Told
from pointsman_learner.evaluation.target import Logged as InForce
from pointsman_learner.events import EpisodeRecorded, FeedbackRecorded, OutcomeReported
from pointsman_learner.types import Context, Decision, ModelPrediction, Step
from pointsman_service.application.standing_back import SLICE_S, Slices, Stopped
from pointsman_service.application.what_if import InSlices, WhatIfEstimator, told_episodes, what_if
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


def test_the_estimate_finds_what_one_model_alone_is_worth(log):
    """Always the small model is worth 0.4 at 0.001 dollars; the seed is fixed, and every interval holds the truth."""
    found = what_if(told_episodes(log, EpisodeQuery()), Always("small"), WhatIfQuery())
    assert (found.episodes, found.rated, found.support, found.why) == (1000, 1000, 1.0, "")
    assert found.effective_episodes == pytest.approx(250, rel=0.2)
    named = by_name(found)
    quality = named["quality", "dr"]
    assert quality.low < 0.4 < quality.high
    assert quality.high - quality.low < 0.25
    assert named["cost_usd", "dr"].mean == pytest.approx(0.001, rel=0.05)
    assert named["quality", "logged"].mean == pytest.approx(0.7, abs=0.05)
    assert named["utility", "dr"].mean == pytest.approx(0.4 - 20 * 0.001, abs=0.1)


def test_a_policy_that_never_did_what_was_logged_has_no_estimate(log):
    """Nothing is invented where the log says nothing, and it is said why."""
    told = [t for t in told_episodes(log, EpisodeQuery()) if t.episode.decision.model == "large"]
    told = [replace_chances(t, {"small": 0.0, "large": 1.0}) for t in told]
    found = what_if(told, Always("small"), WhatIfQuery())
    assert {e.estimator for e in found.estimates} == {"logged"}
    assert "no support" in found.why


def replace_chances(told, propensities):
    """The same episode, decided with these chances."""
    k, model = int(told.episode.at), told.episode.decision.model
    return Told(episode(k, model, propensities), told.reward)


def test_only_the_selected_episodes_count(log):
    """By tenant, by time (the end is exclusive) and by whether anybody said anything."""
    assert len(told_episodes(log, EpisodeQuery(start=100.0, end=200.0))) == 100
    assert told_episodes(log, EpisodeQuery(tenant="rival")) == []
    unsaid = [e for e in log if isinstance(e.event, EpisodeRecorded)]
    assert (
        len(
            told_episodes(
                [*log, Logged(9_000, episode(9_000, "large", {"small": 0.5, "large": 0.5}))],
                EpisodeQuery(has_feedback=False),
            )
        )
        == 1
    )
    assert told_episodes(unsaid, EpisodeQuery(has_feedback=True)) == []


def test_a_word_about_another_step_says_nothing_of_the_answer(log):
    """It was the answer that the policy chose."""
    answered, said = log[0], log[1]
    other = replace(said.event, model="somebody else")
    (told,) = told_episodes([answered, Logged(2, other, answered.event)], EpisodeQuery())
    assert told.reward is None


def test_a_routed_query_costs_what_its_caller_told():
    """And where nobody told, what was expected."""
    routed = replace(episode(1, "large", {"small": 0.5, "large": 0.5}), steps=(), answer=None)
    outcome = OutcomeReported("e1", "acme", 2.0, "large", cost_usd=0.5)
    (told,) = told_episodes([Logged(1, routed), Logged(2, outcome, routed)], EpisodeQuery())
    assert told.spent_usd == 0.5
    (told,) = told_episodes([Logged(1, routed)], EpisodeQuery())
    assert told.spent_usd == COST["large"]


async def estimated(h, query=None):
    """Of the harness's log, under its policy."""
    return await WhatIfEstimator(h.storage.log, h.models, lambda _: h.policy).estimate(query or WhatIfQuery(), h.policy)


async def test_it_is_estimated_from_the_log(build, ask):
    """The current policy is what happened; a log of too few episodes gives no number, and says so."""
    h = build()
    assert (await estimated(h)).episodes == 0
    for k in range(40):
        done = await h.router.complete(ask(), h.me)
        await h.feedback.record(GivenFeedback(done.episode_id, "thumb", float(k % 2)), h.me)
        if k == 3:
            few = await estimated(h)
            assert (few.episodes, few.rated, few.estimates) == (4, 4, ())
            assert "too little support" in few.why
    now = by_name(await estimated(h))
    assert now["quality", "dr"].mean == pytest.approx(now["quality", "logged"].mean) == pytest.approx(0.5, abs=0.1)
    assert by_name(await estimated(h, WhatIfQuery(policy="snapshot:1"))) == now
    other = by_name(await estimated(h, WhatIfQuery(cost_weight=0.0)))
    assert other["utility", "logged"].mean == pytest.approx(other["quality", "logged"].mean)
    h.policy.refuses = "models"
    assert (await estimated(h)).effective_episodes == 0.0


async def test_an_unknown_policy_or_model_is_refused(build):
    """The known ones are named."""
    h = build()
    with pytest.raises(InvalidRequest, match="always:MODEL"):
        await estimated(h, WhatIfQuery(policy="magic"))
    with pytest.raises(UnknownModel):
        await estimated(h, WhatIfQuery(policy="always:gpt-9"))
    first = next(iter(h.models))
    with pytest.raises(InvalidRequest, match="must be left out"):
        await estimated(h, WhatIfQuery(policy=f"always:{first}", models=(first,)))


async def test_an_estimate_whose_caller_has_gone_reads_no_further(build, ask):
    """It stops amid the log; the next may begin."""
    h = build()
    await h.router.complete(ask(), h.me)
    estimator = WhatIfEstimator(h.storage.log, h.models, lambda _: h.policy)
    pages, first = [], threading.Event()
    page = h.storage.log.read(0)

    class Endless:
        def read(self, after, limit):
            pages.append(after)
            first.set()
            return [Logged(after + 1, page[0].event)]

    estimator._log = Endless()
    task = asyncio.create_task(estimator.estimate(WhatIfQuery(), h.watch.current))
    await asyncio.to_thread(first.wait, 10)
    task.cancel()
    async with asyncio.timeout(10):
        while estimator.work.running:  # noqa: ASYNC110 - the thread tells nobody
            await asyncio.sleep(0.001)
    read = len(pages)
    await asyncio.sleep(0.02)
    assert len(pages) == read


@pytest.mark.parametrize("target", [Always("large"), InForce()], ids=["always", "logged"])
def test_the_estimate_itself_rests_and_ends_with_its_caller(target):
    """Reading is not all of the work: every episode is gone through again and again."""
    told = [Told(episode(k, "large", {"small": 0.5, "large": 0.5}), 1.0) for k in range(30)]
    ticks, rests = count(0.0, SLICE_S), []
    what_if(InSlices(told, Slices(rests.append, lambda: next(ticks))), target, WhatIfQuery())
    assert len(rests) > 3 * len(told)
    slices = Slices()
    slices.stop.set()
    with pytest.raises(Stopped):
        what_if(InSlices(told, slices), target, WhatIfQuery())


def test_of_one_authors_words_the_last_counts(log):
    """As in the statistics."""
    answered, said = log[0], log[1]
    up = replace(said.event, value=1.0)
    down = replace(said.event, value=0.0, said=1, replaces=1.0)
    words = [Logged(2, up, answered.event), Logged(3, down, answered.event)]
    (told,) = told_episodes([answered, *words], EpisodeQuery())
    assert told.reward == 0.0


def test_memory_holds_the_newest_episodes_only(log, monkeypatch):
    """However long the log is."""
    monkeypatch.setattr("pointsman_service.application.what_if.MOST_EPISODES", 10)
    rewarded = told_episodes(log, EpisodeQuery())
    assert [r.episode.episode_id for r in rewarded] == [f"e{k}" for k in range(990, 1000)]
