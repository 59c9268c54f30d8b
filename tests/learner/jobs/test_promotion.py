"""Promotion on real estimates: what is better goes live, decisions follow, and what has fallen is taken back."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from msgspec.structs import replace
from pointsman_learner.evaluation.trials import Record
from pointsman_learner.events import EpisodeRecorded, FeedbackRecorded, JobApplied
from pointsman_learner.hyperparameters import H
from pointsman_learner.jobs.promotion import error_of
from pointsman_learner.learner import Learner
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import Model, Step

from tests.learner.conftest import KINDS, MODELS, World


class Specialists(World):
    """Each model is good at one kind of query and at no other: whoever knows models' means alone knows nothing."""

    def answer(self, model, kind):
        right = bool(self.rng.random() < (0.95 if MODELS[KINDS.index(kind)].name == model else 0.2))
        return Step(model, 0.001, 800.0, 30, 300), right


def specialists(opinion, queries, seed=0):
    """A world of them, every answer rated, no judges; first calls by this opinion."""
    models = [Model(m.name, 1.0, 1.0) for m in MODELS]
    settings = LearnerSettings(opinion=opinion, exploration=0.1)
    return Specialists(seed, models, settings, feedback_rate=1.0, judges=()).run(queries)


@pytest.fixture(scope="module")
def misled():
    """First calls by models' means, where the query decides; not to be changed."""
    return specialists("pooled", 550)


@pytest.fixture
def learner(misled):
    """A copy of its learner."""
    return Learner.from_bytes(misled.learner.to_bytes())


def test_a_truly_better_opinion_is_promoted_says_why_and_decisions_follow(misled, learner):
    """From .4 of utility to above .8, with the fused opinion's first calls."""
    job = learner.propose("promote", 1.0)
    assert job is not None
    assert job.change["kind"] == "promote"
    assert job.change["opinion"] == "fused"
    assert 0.0 < job.change["evidence"]["low"] < job.change["evidence"]["mean"]
    assert "first calls by 'fused' instead of 'pooled'" in job.change["why"]
    assert "95% sure" in job.change["why"]
    world = specialists("pooled", 0, seed=5)
    world.learner = learner
    world.learn(job)
    world.run(100)
    assert np.mean(misled.utilities[-100:]) < 0.6
    assert np.mean(world.utilities) > 0.8
    assert learner.snapshot().estimates.settings.opinion == "fused"


def test_what_is_in_force_stays_where_nothing_is_better():
    """The fused opinion in the same world."""
    assert specialists("fused", 550).learner.propose("promote", 1.0) is None


def test_a_fold_that_went_over_a_checkpoint_is_the_fold_that_did_not(misled):
    """In the middle of a trial, with two copies of the estimates, and to the end of it."""
    middle, events = Learner(misled.settings), misled.events
    for n, (event, episode) in enumerate(events):
        middle.apply_one(event, episode)
        if n == len(events) * 2 // 3:
            assert middle.record.copies
            middle = Learner.from_bytes(middle.to_bytes())
    assert middle.digest() == misled.learner.digest()
    assert middle.propose("promote", 1.0) == misled.learner.propose("promote", 1.0)


def newest(learner, misled):
    """The newest episode of the world with another id and time, not learnt from yet."""
    episode = next(e for e, _ in reversed(misled.events) if isinstance(e, EpisodeRecorded))
    return replace(episode, episode_id="new", at=learner.record.newest + 1.0)


def said(episode, value, **how):
    """A word on it."""
    return FeedbackRecorded("f", episode.episode_id, "acme", 9e9, "score", value, **how)


def counted(learner):
    """Decisions that the trials have seen."""
    return learner.record.earned.n


def test_candidates_choose_by_estimates_that_had_not_seen_the_decision(misled, learner):
    """Neither its verdicts nor what it cost nor its reward: the copy they choose by was frozen before it."""
    episode = newest(learner, misled)
    before = learner.record.copies[-1]
    wanted = before.wanted(episode)
    learner.apply_one(episode)
    learner.apply_one(said(episode, 1.0), episode)
    again = type(before)(before.since, before.payload).wanted(episode)
    assert all((wanted[name] == again[name]).all() for name in wanted)
    assert counted(learner) == counted(misled.learner) + 1


def test_a_decision_from_before_every_copy_is_not_counted(misled, learner):
    """However late its reward: the estimates have learnt from it."""
    old = replace(newest(learner, misled), at=learner.record.copies[0].since)
    learner.apply_one(said(old, 1.0), old)
    assert counted(learner) == counted(misled.learner)


def test_a_late_reward_is_valued_by_the_copy_from_before_its_decision(misled, learner):
    """Of two copies the newer one has learnt from the episode's steps."""
    episode = newest(learner, misled)
    learner.apply_one(episode)
    used = learner.record.copies[-1]
    learner.record.copies = [used, type(used)(episode.at, used.payload)]
    valued = used.valued
    learner.apply_one(said(episode, 0.0), episode)
    assert used.valued == valued + 1


def test_the_first_word_on_a_decision_counts_and_no_other(misled, learner):
    """Neither a change of mind nor another author's word is another decision."""
    episode = newest(learner, misled)
    learner.apply_one(episode)
    for word in (said(episode, 1.0), said(episode, 0.0, said=1, replaces=1.0), said(episode, 0.0, end_user="other")):
        learner.apply_one(word, episode)
    assert counted(learner) == counted(misled.learner) + 1


def test_a_promotion_is_taken_back_when_live_reward_falls(misled, learner):
    """All at once nothing is right any more: the opinion of before is in force again, and the change says why."""
    learner.apply_one(learner.propose("promote", 1.0))
    floor = learner.record.fallen.floor
    assert 0.0 < floor < np.mean(misled.utilities)
    template = newest(learner, misled)
    for n in range(400):
        episode = replace(template, episode_id=f"n{n}", at=template.at + n)
        learner.apply_one(episode)
        learner.apply_one(said(episode, 0.0), episode)
        if (job := learner.propose("promote", 2.0)) is not None and "floor" in job.change["evidence"]:
            break
    assert job is not None
    assert (job.change["kind"], job.change["opinion"]) == ("roll_back", "pooled")
    assert "short by at least" in job.change["why"]
    learner.apply_one(job)
    assert learner.estimates.settings.opinion == "pooled"
    assert (learner.record.before, learner.record.round) == (None, 3)
    assert learner.propose("promote", 3.0) is None


@pytest.mark.parametrize(
    ("off", "opinion"), [("learned", "taxonomy"), ("taxonomy", "learned"), (None, "fused")]
)  # fmt: skip
def test_changes_of_release_0_2_0_are_applied(off, opinion):
    """They named parts, for promotions and roll-backs alike."""
    learner = Learner(LearnerSettings(opinion="pooled"))
    parts = {**asdict(learner.estimates.settings.parts), **({off: False} if off else {})}
    evidence = {"low": 0.95, "mean": 0.97, "incumbent": 0.9, "decisions": 200}
    learner.apply_one(
        JobApplied(1.0, "promote", {"kind": "promote", "policy": "p", "parts": parts, "evidence": evidence})
    )
    assert learner.estimates.settings.opinion == opinion
    evidence = {"live_upper": 0.5, "before": 0.9}
    back = asdict(learner.estimates.settings.parts)
    learner.apply_one(JobApplied(2.0, "promote", {"kind": "roll_back", "parts": back, "evidence": evidence}))
    assert learner.estimates.settings.opinion == "fused"


def test_a_record_of_checkpoint_format_5_is_read_as_an_empty_one():
    """It remembered decisions that the estimates had learnt from: nothing can be tried on those."""
    record = Record.__new__(Record)
    record.__setstate__((None, {"decisions": [], "before": None, "since": 7}))
    assert record.digest() == Record().digest()


def test_other_settings_begin_the_trials_anew(learner):
    """What was promoted under those before does not stay, and is not taken back for what it earned."""
    learner.apply_one(learner.propose("promote", 1.0))
    learner.follow(LearnerSettings(exploration=0.2))
    assert learner.estimates.settings.opinion == "fused"
    assert (learner.record.advantages, learner.record.before, learner.record.fallen) == ({}, None, None)


def test_all_rounds_and_candidates_together_have_the_error_that_is_told():
    """However often something is promoted."""
    assert sum(3 * error_of(k, among=3) for k in range(1, 5000)) == pytest.approx(H.promote_error, rel=1e-3)


def test_an_unheard_of_opinion_is_named():
    """With those that there are."""
    with pytest.raises(ValueError, match="opinion: one of fused, taxonomy, learned, pooled"):
        LearnerSettings(opinion="loud")
