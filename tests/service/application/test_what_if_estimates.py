"""What-if: estimates from logged propensities, against a truth that the test knows."""

import asyncio

import numpy as np
import pytest
from msgspec.structs import replace
from pointsman_learner.evaluation.estimate import Always
from pointsman_learner.evaluation.table import Told
from pointsman_learner.evaluation.target import Deciding
from pointsman_learner.events import EpisodeRecorded, FeedbackRecorded, OutcomeReported
from pointsman_learner.types import Context, Decision, ModelPrediction, Step
from pointsman_service.application.savings import savings
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.told_episodes import events_of, told_episodes
from pointsman_service.application.what_if import WhatIfEstimator, what_if
from pointsman_service.domain.operations import EpisodeQuery, SavingsQuery, WhatIfQuery
from pointsman_service.domain.requests import GivenFeedback
from pointsman_service.errors import InvalidRequest, OverLimit, UnknownModel, UnknownSnapshot, UnusableSnapshot
from pointsman_service.ports import Logged, NoObserver, OfSnapshot

from tests.service.evaluates_here import EvaluatesHere

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
    found = what_if(told_episodes(log, EpisodeQuery()).sample, Always("small"), WhatIfQuery())
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
    told = [t for t in told_episodes(log, EpisodeQuery()).sample if t.episode.decision.model == "large"]
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
    assert len(told_episodes(log, EpisodeQuery(start=100.0, end=200.0)).sample) == 100
    assert told_episodes(log, EpisodeQuery(tenant="rival")) == ([], [])
    unsaid = [e for e in log if isinstance(e.event, EpisodeRecorded)]
    silent = Logged(9_000, episode(9_000, "large", {"small": 0.5, "large": 0.5}))
    assert len(told_episodes([*log, silent], EpisodeQuery(has_feedback=False)).sample) == 1
    assert told_episodes(unsaid, EpisodeQuery(has_feedback=True)) == ([], [])


def test_a_word_about_another_step_says_nothing_of_the_answer(log):
    """It was the answer that the policy chose."""
    answered, said = log[0], log[1]
    other = replace(said.event, model="somebody else")
    (told,) = told_episodes([answered, Logged(2, other, answered.event)], EpisodeQuery()).sample
    assert told.reward is None


def test_a_routed_query_costs_what_its_caller_told():
    """And where nobody told, what was expected."""
    routed = replace(episode(1, "large", {"small": 0.5, "large": 0.5}), steps=(), answer=None)
    outcome = OutcomeReported("e1", "acme", 2.0, "large", cost_usd=0.5)
    (told,) = told_episodes([Logged(1, routed), Logged(2, outcome, routed)], EpisodeQuery()).sample
    assert told.spent_usd == 0.5
    (told,) = told_episodes([Logged(1, routed)], EpisodeQuery()).sample
    assert told.spent_usd == COST["large"]


def estimator_of(h, evaluator=None):
    """Of the harness's log and models; without a snapshot the static policy is the one in force."""
    watch = SnapshotWatch(h.storage.snapshots, [m.as_learner_model() for m in h.models.values()], NoObserver())
    return WhatIfEstimator(evaluator or EvaluatesHere(h.storage.log), h.models, watch)


async def estimated(h, query=None):
    """What it estimates."""
    return await estimator_of(h).estimate(query or WhatIfQuery())


async def test_it_is_estimated_from_the_log(build, ask):
    """By the policy in force, which is the static one; a log of too few episodes gives no number, and says so."""
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
    assert now["quality", "dr"].low < now["quality", "logged"].mean < now["quality", "dr"].high
    assert by_name(await estimated(h, WhatIfQuery(policy="snapshot:0"))) == now
    other = by_name(await estimated(h, WhatIfQuery(cost_weight=0.0)))
    assert other["utility", "logged"].mean == pytest.approx(other["quality", "logged"].mean)
    told = told_episodes(events_of(h.storage.log), EpisodeQuery()).sample
    same = by_name(what_if(told, Deciding(h.policy), WhatIfQuery()))
    assert same["quality", "dr"].mean == pytest.approx(same["quality", "logged"].mean) == pytest.approx(0.5, abs=0.1)
    h.policy.refuses = "models"
    assert what_if(told, Deciding(h.policy), WhatIfQuery()).effective_episodes == 0.0


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


async def test_a_snapshot_is_asked_for_by_its_version(build):
    """One that the store has; what is no number is no policy, and what cannot be read is said to be."""
    h = build()
    first = estimator_of(h)
    payload = first._watch.current.to_bytes()
    h.storage.snapshots.put(payload, 0, 1.0)
    assert first._other(WhatIfQuery(policy="snapshot:1")) == OfSnapshot(1, payload)
    with pytest.raises(UnknownSnapshot):
        await estimated(h, WhatIfQuery(policy="snapshot:99"))
    with pytest.raises(InvalidRequest):
        await estimated(h, WhatIfQuery(policy="snapshot:latest"))
    h.storage.snapshots.put(b"of another version", 0, 1.0)
    with pytest.raises(UnusableSnapshot, match="snapshot 2 is of a format"):
        await estimated(h, WhatIfQuery(policy="snapshot:2"))


async def test_a_second_is_refused_while_one_is_under_way(build):
    """At once, with when to come back; when the first has ended, however it did, there is room."""
    h = build()

    class Held(EvaluatesHere):
        async def what_if(self, asked):
            began.set()
            await asyncio.Event().wait()

    began = asyncio.Event()
    estimator = estimator_of(h, Held(h.storage.log))
    first = asyncio.create_task(estimator.estimate(WhatIfQuery()))
    await began.wait()
    with pytest.raises(OverLimit, match="another is under way") as e:
        await estimator.estimate(WhatIfQuery())
    assert (e.value.facts["limit"], e.value.facts["retry_after_s"]) == ("what_if", "1.0")
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    estimator._evaluator = EvaluatesHere(h.storage.log)
    assert (await estimator.estimate(WhatIfQuery())).episodes == 0


def test_of_one_authors_words_the_last_counts(log):
    """As in the statistics."""
    answered, said = log[0], log[1]
    up = replace(said.event, value=1.0)
    down = replace(said.event, value=0.0, said=1, replaces=1.0)
    words = [Logged(2, up, answered.event), Logged(3, down, answered.event)]
    (told,) = told_episodes([answered, *words], EpisodeQuery()).sample
    assert told.reward == 0.0


@pytest.fixture
def small_samples(monkeypatch):
    """Of 100 episodes, from among 400."""
    monkeypatch.setattr("pointsman_service.application.told_episodes.SAMPLED", 100)
    monkeypatch.setattr("pointsman_service.application.told_episodes.KEPT", 400)


@pytest.mark.usefixtures("small_samples")
def test_a_sample_is_of_the_whole_period_and_what_was_spent_is_exact(log):
    """However long the log is; twice the same, and with the words on each."""
    found = told_episodes(log, EpisodeQuery())
    assert len(found.all) == 1000
    assert [t.episode.episode_id for t in found.sample] == sorted(
        (t.episode.episode_id for t in found.sample), key=lambda about: int(about[1:])
    )
    places = [int(t.episode.episode_id[1:]) for t in found.sample]
    assert len(places) == 100
    assert all(10 <= sum(lo <= n < lo + 250 for n in places) <= 40 for lo in range(0, 1000, 250))
    assert [t.reward for t in found.sample] == [t.reward for t in told_episodes(log, EpisodeQuery()).sample]
    assert sum(o.cost_usd for o in found.all) == pytest.approx(
        sum(row.event.cost_usd for row in log if isinstance(row.event, EpisodeRecorded))
    )


@pytest.mark.usefixtures("small_samples")
def test_a_sample_of_rated_episodes_is_of_all_that_are_rated(log):
    """Which becomes known after they were decided."""
    log = [row for row in log if isinstance(row.event, EpisodeRecorded) or row.position % 10 == 0]
    found = told_episodes(log, EpisodeQuery(has_feedback=True))
    assert 60 < len(found.sample) <= 100  # of the 80 that are to be expected among those that are kept
    assert all(t.reward is not None for t in found.sample)
    assert all(o.rated for o in found.all)
    assert len(found.all) == sum(o.rated for o in told_episodes(log, EpisodeQuery()).all) == 200


@pytest.mark.usefixtures("small_samples")
def test_savings_of_a_sample_are_those_of_all(log):
    """Within the interval of what all of them say, and it says that it is a sample."""
    of_sample = savings(told_episodes(log, EpisodeQuery()), Always("large"), "always large", SavingsQuery()).total
    assert "1,000 queries cost" in of_sample.summary
    assert "(100 of them, drawn evenly, stand for all)" in of_sample.summary
    spent = sum(row.event.cost_usd for row in log if isinstance(row.event, EpisodeRecorded))
    assert of_sample.spent_usd == pytest.approx(spent)
    assert of_sample.saved_usd.low <= 1000 * COST["large"] - spent <= of_sample.saved_usd.high
