"""What was saved, against a truth that the test knows."""

from __future__ import annotations

import re

import numpy as np
import pytest
from pointsman_learner.evaluation.estimate import Always, compare
from pointsman_learner.evaluation.table import Told
from pointsman_learner.evaluation.target import Logged
from pointsman_service.application.savings import SavingsEstimator, saved, sentence
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.tenants import TenantBook
from pointsman_service.application.told_episodes import Outline, Selection, leaf_of
from pointsman_service.domain import TenantConfig
from pointsman_service.domain.operations import Bounds, EpisodeQuery, SavingsQuery
from pointsman_service.domain.requests import GivenFeedback
from pointsman_service.errors import InvalidRequest, UnknownModel, UnknownTenant
from pointsman_service.ports import NoObserver

from tests.service.evaluates_here import EvaluatesHere

from .test_what_if_estimates import COST, QUALITY, episode


@pytest.fixture
def told():
    """1,000 episodes of a policy that takes the large model three times of four, each with honest feedback."""
    rng = np.random.default_rng(0)
    found = []
    for k in range(1000):
        model = "large" if rng.random() < 0.75 else "small"
        found.append(Told(episode(k, model, {"small": 0.25, "large": 0.75}), float(rng.random() < QUALITY[model])))
    return selection_of(found)


def selection_of(told):
    """All of them, which are few enough to be the sample, too."""
    of = [Outline(t.episode.tenant, leaf_of(t.episode), t.spent_usd, t.reward is not None) for t in told]
    return Selection(of, told)


def test_what_was_saved_is_told_with_its_interval_and_in_words(told):
    """Against the large model alone: a quarter of the calls at a tenth of its price, at the quality that they lost."""
    found = saved("", told, Always("large"), "always large", 0.95)
    spent = sum(t.episode.cost_usd for t in told.sample)
    assert found.spent_usd == pytest.approx(spent)
    assert found.saved_usd.low <= 1000 * COST["large"] - spent <= found.saved_usd.high
    assert found.quality_gain.low <= 0.7 - 0.8 <= found.quality_gain.high
    alone = found.other_quality.high - found.other_quality.low
    assert found.quality_gain.high - found.quality_gain.low < alone + found.quality.high - found.quality.low
    assert found.summary.startswith("1,000 queries cost $7.")
    assert "always large would have cost $10.0" in found.summary
    assert "saved" in found.summary
    assert "a difference of -0." in found.summary


def test_what_was_dearer_is_said_to_be_lost(told):
    """Against the small model alone."""
    found = saved("", told, Always("small"), "always small", 0.95)
    assert found.saved_usd.mean < 0
    assert re.search(r"\$\d\.\d+ lost \(\d+%; from \$\d\.\d+ to \$\d", found.summary)


def test_a_loss_that_may_be_a_gain_is_told_with_the_signs_of_a_loss(told):
    """Its interval is one of losses, as its mean is: below zero is what may have been saved."""
    found = compare(told.sample, Logged(), Always("small"))
    words = sentence(1000, 7.0, "always small", Bounds(-0.5, -2.0, 1.0), None, found)
    assert "always small would have cost $6.50: $0.5 lost (8%; from -$1.00 to $2.00)" in words
    words = sentence(1000, 7.0, "always small", Bounds(0.5, -1.0, 2.0), None, found)
    assert "$0.5 saved (7%; from -$1.00 to $2.00)" in words


def test_without_feedback_money_is_told_and_quality_is_not(told):
    """And it is said why."""
    found = saved("", selection_of([Told(t.episode) for t in told.sample]), Always("large"), "always large", 0.95)
    assert found.saved_usd is not None
    assert (found.quality, found.other_quality, found.quality_gain) == (None, None, None)
    assert "cannot be told: too little feedback" in found.summary


def test_without_support_nothing_is_told_but_what_was_spent(told):
    """Nobody ever called it."""
    found = saved("", told, Always("huge"), "always huge", 0.95)
    assert (found.saved_usd, found.other_usd) == (None, None)
    assert "what always huge would have cost cannot be told: no support" in found.summary


def estimator_of(h, tenants):
    """Of the harness's log and models; without a snapshot the static policy is the one in force."""
    watch = SnapshotWatch(h.storage.snapshots, [m.as_learner_model() for m in h.models.values()], NoObserver())
    return SavingsEstimator(EvaluatesHere(h.storage.log), h.models, watch, tenants)


async def test_savings_are_told_of_the_log_by_tenant(build, ask):
    """Against the baseline, where nobody names a model."""
    h = build()
    first, other = list(h.models)[:2]
    book = TenantBook()
    book.put_in_force([TenantConfig("acme", baseline=other)], first)
    savings = estimator_of(h, book)
    assert "nothing to tell of" in (await savings.estimate(SavingsQuery())).total.summary
    for k in range(40):
        done = await h.router.complete(ask(), h.me)
        await h.feedback.record(GivenFeedback(done.episode_id, "thumb", float(k % 2)), h.me)
    found = await savings.estimate(SavingsQuery(group="tenant"))
    assert found.against == f"always {first}"
    assert (await savings.estimate(SavingsQuery(episodes=EpisodeQuery(tenant="acme")))).against == f"always {other}"
    assert (found.total.episodes, found.total.rated) == (40, 40)
    assert [g.episodes for g in found.groups] == [40]
    assert (await savings.estimate(SavingsQuery("snapshot:0"))).against == "snapshot 0"
    assert (await savings.estimate(SavingsQuery(f"always:{other}"))).against == f"always {other}"


async def test_a_tenant_that_nobody_knows_is_none_that_saved_nothing(build, ask):
    """It is an error that names what there is; one of which the log has something is known, configured or not."""
    h = build()
    book = TenantBook([TenantConfig("acme", baseline=next(iter(h.models)))])
    savings = estimator_of(h, book)
    await h.router.complete(ask(), h.me)
    against = next(iter(h.models))
    with pytest.raises(UnknownTenant, match=r"no tenant 'acne' is configured.*did you mean \"acme\""):
        await savings.estimate(SavingsQuery(against, EpisodeQuery(tenant="acne")))
    with pytest.raises(UnknownTenant, match="known: acme, default"):
        await savings.estimate(SavingsQuery(against, EpisodeQuery(tenant="zebra")))
    assert (await savings.estimate(SavingsQuery(against, EpisodeQuery(tenant=h.me.tenant)))).total.episodes == 1
    assert (await savings.estimate(SavingsQuery(against, EpisodeQuery(tenant="default")))).total.episodes == 0
    empty = estimator_of(h, TenantBook())
    assert (await empty.estimate(SavingsQuery(against, EpisodeQuery(tenant=h.me.tenant)))).total.episodes == 1


async def test_against_whom_must_be_there(build):
    """A model by its name, a snapshot by its number."""
    h = build()
    savings = estimator_of(h, TenantBook())
    with pytest.raises(InvalidRequest, match="none is configured"):
        await savings.estimate(SavingsQuery())
    with pytest.raises(UnknownModel):
        await savings.estimate(SavingsQuery("gpt-9"))
    with pytest.raises(InvalidRequest, match="snapshot:latest"):
        await savings.estimate(SavingsQuery("snapshot:latest"))
