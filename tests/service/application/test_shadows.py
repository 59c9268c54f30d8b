"""Calls in the shadow: nobody sees, waits for or pays them but the day's own dollars, and they teach."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from pointsman_learner.events import EpisodeRecorded, ModelPut, ShadowRecorded
from pointsman_learner.learner import Learner
from pointsman_learner.static import static_snapshot
from pointsman_service.adapters.callers.openai_caller import OpenAICaller
from pointsman_service.adapters.embedder_wordllama import shared_embedder
from pointsman_service.application.shadowing import ShadowPace
from pointsman_service.application.told_episodes import events_of, told_episodes
from pointsman_service.domain import JudgeConfig, TenantConfig
from pointsman_service.domain.names import EXPLORATION
from pointsman_service.domain.operations import EpisodeQuery, PageRequest, StatsQuery
from pointsman_service.errors import EveryModelFailed
from pointsman_service.judges.build import JudgeParts, build_judges
from pointsman_service.replay.failures import FailureRates
from pointsman_service.replay.provider import ReplayBehaviour, ReplayProvider
from pointsman_service.replay.sources import open_table

FREE = [JudgeConfig("format", "format"), JudgeConfig("agreement", "agreement")]


class Telling(OpenAICaller):
    """The direct adapter, which tells when its second call has begun."""

    def __init__(self, *args):
        super().__init__(*args)
        self.made, self.second = 0, asyncio.Event()

    async def call(self, model, question, timeout_s):
        self.made += 1
        if self.made == 2:
            self.second.set()
        return await super().call(model, question, timeout_s)


@pytest.fixture
async def replayed(build):
    """Makes the application on recorded answers, with every part real; `h.prompts` are the recording's."""
    closing = []

    async def make(usd=1.0, behaviour=None, **kwargs):
        table = open_table("starter")
        provider, caller = ReplayProvider(table, behaviour or ReplayBehaviour()), Telling(lambda _: None)
        await provider.__aenter__()
        models = provider.model_configs()
        judges = build_judges(FREE, JudgeParts({}, lambda _: caller, np.random.default_rng(0)))
        policy = static_snapshot([m.as_learner_model() for m in models])
        h = build(
            models=models, judges=list(judges.values()), caller=caller, policy=policy.without_exploration(),
            exploring=policy, embedder=shared_embedder(), shadow_usd=usd, **kwargs,
        )  # fmt: skip
        closing.append((h, caller, provider))
        h.prompts = table.prompts
        return h

    yield make
    for h, caller, provider in closing:
        await h.shadows.close()
        await caller.close()
        await provider.__aexit__(None, None, None)


def logged(h, kind):
    """The events of a kind."""
    return [r.event for r in h.storage.log.read(0, 10_000) if isinstance(r.event, kind)]


async def idle(h):
    """Return when nothing is under way in the shadow."""
    while h.shadows.under_way:
        await asyncio.wait(h.shadows.under_way)


async def ask_all(h, ask, count):
    """So many queries, each with what was called in its shadow."""
    done = []
    for prompt in h.prompts[:count]:
        done.append(await h.router.complete(ask(prompt, single_call=True), h.me))
        await idle(h)
    return done


async def test_beside_an_answer_another_model_answers_and_is_judged(replayed, ask):
    """With the chance by which it was drawn; what callers are given was certain, and is in the log as ever."""
    h = await replayed()
    done = await ask_all(h, ask, 12)
    shadows = logged(h, ShadowRecorded)
    assert [s.episode_id for s in shadows] == [d.episode_id for d in done]
    for shadow, given in zip(shadows, done, strict=True):
        assert (given.decision.propensity, len(given.steps)) == (1.0, 1)
        assert [s.model for s in shadow.steps[:-1]] == [given.steps[0].model]
        assert shadow.call.model != given.steps[0].model
        assert 0.0 < shadow.call.propensity <= 1.0
        assert {v.judge for v in shadow.call.verdicts} == {"format", "agreement"}
    assert len({s.call.model for s in shadows}) > 1
    stored = [(e.episode_id, e.steps) for e in logged(h, EpisodeRecorded)]
    assert stored == [(d.episode_id, d.steps) for d in done]


async def test_no_tenant_pays_for_it_and_statistics_tell_it_apart(replayed, ask):
    """Bill, ceiling and calls of the tenant are those of what it was given."""
    h = await replayed(ceilings={"acme": 5.0})
    done = await ask_all(h, ask, 6)
    given = sum(d.cost_usd for d in done)
    stats = h.storage.stats.stats(StatsQuery(EpisodeQuery(tenant="acme")), PageRequest())
    spent = sum(s.call.total_cost_usd for s in logged(h, ShadowRecorded))
    assert (stats.total.calls, stats.total.cost_usd) == (6, pytest.approx(given))
    assert h.storage.ledger.spent("acme", 1000.0) == pytest.approx(given)
    assert (stats.shadows.calls, stats.shadows.failed, stats.shadows.cost_usd) == (6, 0, pytest.approx(spent))
    assert h.storage.ledger.spent(EXPLORATION, 1000.0) == pytest.approx(spent)
    assert h.storage.stats.stats(StatsQuery(EpisodeQuery(tenant="other")), PageRequest()).shadows is None


async def test_who_only_observes_has_none(replayed, ask):
    """No model but its own has the query, whatever it names."""
    h = await replayed(tenants=[TenantConfig("acme", mode="observe", baseline="starter-large")])
    for names in (None, ("starter-small",)):
        done = await h.router.complete(ask(h.prompts[0], models=names), h.me)
        assert done.text
        await idle(h)
    assert (logged(h, ShadowRecorded), h.caller.made) == ([], 2)


async def test_a_day_costs_no_more_than_it_may(replayed, ask):
    """What cannot be held is not called; the next day has dollars again."""
    h = await replayed(usd=0.001)
    h.pace.usd_per_day = 1e9  # only what is held bounds it here
    h.pace.spend(-1e6)
    short = [_short(ask(p, single_call=True)) for p in h.prompts[:30]]
    for query in short:
        await h.router.complete(query, h.me)
        await idle(h)
    today = len(logged(h, ShadowRecorded))
    assert 0 < today < 30
    assert 0.0 < h.storage.ledger.spent(EXPLORATION, h.clock.now) <= 0.001
    h.clock.now += 86_400.0
    assert h.storage.ledger.spent(EXPLORATION, h.clock.now) == 0.0
    for query in short[:3]:
        await h.router.complete(query, h.me)
        await idle(h)
    assert len(logged(h, ShadowRecorded)) > today


def _short(query):
    """With a limit on the answer, so that little is held."""
    return replace(query, question=replace(query.question, params={"max_tokens": 50}))


async def test_its_failures_reach_nobody(replayed, ask):
    """They are in the log, and nobody judges them."""
    h = await replayed(behaviour=ReplayBehaviour(failures=FailureRates.parse("unavailable=0.4")))
    answered = 0
    for prompt in h.prompts[:20]:
        try:
            await h.router.complete(ask(prompt, single_call=True), h.me)
        except EveryModelFailed:
            continue
        answered += 1
        await idle(h)
    calls = [s.call for s in logged(h, ShadowRecorded)]
    assert len(calls) == answered
    assert 0 < sum(c.failed for c in calls) < answered
    assert all(bool(c.verdicts) != c.failed for c in calls)


async def test_a_stop_cancels_what_is_under_way_and_half_of_it_is_nowhere(replayed, ask):
    """No line in the log; what was held stays held, since a provider may charge for it."""
    h = await replayed(behaviour=ReplayBehaviour(latency=300.0))
    done = await h.router.complete(ask(h.prompts[0], single_call=True), h.me)
    await h.caller.second.wait()
    await h.shadows.close()
    assert done.text
    assert logged(h, ShadowRecorded) == []
    assert h.storage.ledger.spent(EXPLORATION, h.clock.now) > 0.0


async def test_it_teaches_and_is_no_decision(replayed, ask):
    """What is learnt of models that nobody was given; off-policy estimates see the answers that were given alone."""
    h = await replayed()
    await ask_all(h, ask, 12)
    learner, without = Learner(), Learner()
    for model in h.models.values():
        for each in (learner, without):
            each.apply_one(ModelPut(0.0, model.as_learner_model()))
    for row in h.storage.log.read(0, 10_000):
        learner.apply_one(row.event, row.episode)
        if not isinstance(row.event, ShadowRecorded):
            without.apply_one(row.event, row.episode)
    called = {s.call.model for s in logged(h, ShadowRecorded)}
    rows = [learner.estimates.row(m) for m in called]
    assert all(learner.estimates.effects.evidence[0, r] > without.estimates.effects.evidence[0, r] for r in rows)
    assert (learner.record.rewarded, learner.estimates.episodes) == (0, without.estimates.episodes)
    told = told_episodes(events_of(h.storage.log), EpisodeQuery())
    assert (len(told.all), len(told.sample)) == (12, 12)
    assert {len(t.episode.steps) for t in told.sample} == {1}


def test_a_days_dollars_come_evenly():
    """An hour's are there at the start; what a call cost beyond them is waited for."""
    now = [0.0]
    pace = ShadowPace(24.0, lambda: now[0])
    pace.spend(1.5)
    assert not pace.has_any
    now[0] += 1800.0
    assert not pace.has_any
    now[0] += 1.0
    assert pace.has_any
    now[0] += 1e6
    pace.spend(1.0)
    assert not pace.has_any
