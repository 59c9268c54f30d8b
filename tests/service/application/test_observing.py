"""A tenant that only observes: its own model answers, and the log has what the policy would have done."""

from contextlib import aclosing

import numpy as np
import pytest
from pointsman_learner.actions import Accept, AskJudge, CallModel
from pointsman_learner.evaluation.estimate import Always, evaluate
from pointsman_learner.evaluation.target import Deciding
from pointsman_learner.static import static_snapshot
from pointsman_service.adapters.callers.openai_caller import OpenAICaller
from pointsman_service.adapters.embedder_wordllama import shared_embedder
from pointsman_service.application.told_episodes import events_of, told_episodes
from pointsman_service.domain import JudgeConfig, TenantConfig
from pointsman_service.domain.operations import EpisodeQuery, PageRequest, StatsQuery
from pointsman_service.domain.preference import Preference
from pointsman_service.domain.requests import TextPiece
from pointsman_service.errors import BudgetExhausted, EveryModelFailed, NoModelLeft
from pointsman_service.judges.build import JudgeParts, build_judges
from pointsman_service.replay.failures import FailureRates
from pointsman_service.replay.provider import ReplayBehaviour, ReplayProvider
from pointsman_service.replay.sources import open_table

FREE = [JudgeConfig("format", "format"), JudgeConfig("agreement", "agreement")]
OWN = TenantConfig("acme", mode="observe", baseline="starter-large", preference=Preference(dial=0.2))


@pytest.fixture
async def replayed(build):
    """Makes the application on recorded answers, with every part real; `h.prompts` are the recording's."""
    closing = []

    async def make(own=OWN, failures="0", **kwargs):
        table = open_table("starter")
        provider = ReplayProvider(table, ReplayBehaviour(failures=FailureRates.parse(failures)))
        await provider.__aenter__()
        caller = OpenAICaller(lambda _: None)
        closing.append((provider, caller))
        models = provider.model_configs()
        judges = build_judges(FREE, JudgeParts({}, lambda _: caller, np.random.default_rng(0)))
        policy = static_snapshot([m.as_learner_model() for m in models])
        h = build(
            models=models, judges=list(judges.values()), caller=caller, policy=policy,
            embedder=shared_embedder(), tenants=[own], **kwargs,
        )  # fmt: skip
        h.prompts = table.prompts
        return h

    yield make
    for provider, caller in closing:
        await caller.close()
        await provider.__aexit__(None, None, None)


async def logged(h, episode_id):
    """The episode as the log has it."""
    return (await h.router.get_episode(episode_id, h.me)).episode


async def test_the_baseline_answers_alone_and_the_policys_plan_stands_beside_it(replayed, ask):
    """Certain, judged, never escalated, whatever judges say; expected is the same as if the policy had decided."""
    h = await replayed()
    free = await replayed(TenantConfig("acme", preference=OWN.preference), folder=h.storage.path.parent / "other")
    others = set()
    for prompt in h.prompts[:12]:
        done = await h.router.complete(ask(prompt), h.me)
        episode = await logged(h, done.episode_id)
        decision = episode.decision
        assert [s.model for s in episode.steps] == ["starter-large"]
        assert {v.judge for v in episode.steps[0].verdicts} == {"format", "agreement"}
        assert (decision.model, decision.propensity, decision.plan) == ("starter-large", 1.0, ("starter-large",))
        assert (decision.strategy, episode.constraints.models) == ("observed", None)
        assert {p.model: p.propensity for p in decision.predictions} == {
            "starter-large": 1.0, "starter-small": 0.0, "starter-medium": 0.0
        }  # fmt: skip
        theirs = (await free.router.route(ask(prompt), free.me)).decision
        assert {p.model: p.quality for p in decision.predictions} == {p.model: p.quality for p in theirs.predictions}
        others.add(decision.would[0])
    assert others - {"starter-large"}


async def test_the_model_that_a_caller_names_is_its_own(replayed, ask):
    """At every door; what the policy would have done is no less free for it. Of several, the baseline or the first."""
    h = await replayed()
    pinned = await h.router.complete(ask(h.prompts[0], models=("starter-medium",), single_call=True), h.me)
    episode = await logged(h, pinned.episode_id)
    assert (pinned.model, episode.constraints.models, episode.constraints.max_steps) == ("starter-medium", None, 4)
    assert len(episode.decision.predictions) == 3
    for named, own in (
        (("starter-small", "starter-large"), "starter-large"),
        (("starter-small", "starter-medium"),) * 2,
    ):
        routed = await h.router.route(ask(h.prompts[0], models=named), h.me)
        assert routed.decision.model == (own if isinstance(own, str) else own[0])
        assert {p.model for p in routed.decision.predictions} == set(named)


async def test_a_stream_is_the_own_models_answer_and_judges_speak_of_it(replayed, ask):
    """Nothing is held back, and nothing retracted."""
    h = await replayed()
    async with aclosing(h.router.stream_complete(ask(h.prompts[0]), h.me)) as items:
        got = [item async for item in items]
    done = got[-1]
    assert "".join(i.text for i in got if isinstance(i, TextPiece)) == done.text
    assert [s.model for s in done.steps] == ["starter-large"]
    assert {v.judge for v in done.steps[0].verdicts} == {"format", "agreement"}


async def test_where_the_own_model_fails_no_other_is_called(replayed, ask):
    """As it would have been without this service."""
    h = await replayed(failures="unavailable=1")
    with pytest.raises(EveryModelFailed):
        await h.router.complete(ask(h.prompts[0]), h.me)
    (episode,) = (r.event for r in h.storage.log.read(0) if r.event.kind == "episode")
    assert {s.model for s in episode.steps} == {"starter-large"}
    assert episode.stop == "failed"


async def test_a_ceiling_holds_as_ever(replayed, ask):
    """The own model is not exchanged for one that is cheaper."""
    h = await replayed(ceilings={"acme": 1e-9})
    with pytest.raises(BudgetExhausted):
        await h.router.complete(ask(h.prompts[0]), h.me)


async def test_what_a_policy_would_choose_another_model_for_keeps_no_caller_from_its_own(replayed, ask):
    """A floor that no model reaches leaves the policy without a plan, and the explanation says so."""
    h = await replayed()
    done = await h.router.complete(ask(h.prompts[0], preference=Preference(min_quality=1.0)), h.me)
    episode = await logged(h, done.episode_id)
    assert (done.model, episode.decision.would) == ("starter-large", ())
    summary = (await h.router.explain_episode(done.episode_id, h.me)).summary
    assert "The tenant only observes, and its own model was called" in summary
    assert "The policy could have called no model in place of starter-large." in summary


async def test_an_explanation_tells_what_the_policy_would_have_called(replayed, ask):
    """With what both were expected to bring."""
    h = await replayed()
    for prompt in h.prompts[:12]:
        done = await h.router.complete(ask(prompt), h.me)
        decision = (await logged(h, done.episode_id)).decision
        summary = (await h.router.explain_episode(done.episode_id, h.me)).summary
        assert f"The policy would have called {decision.would[0]}" in summary
        own = decision.expected("starter-large")
        instead = f"instead of {own.quality:.2f}, for ${own.cost_usd:.6f}, of starter-large."
        assert (instead in summary) == (decision.would[0] != "starter-large")


async def test_statistics_add_up_what_would_have_been(replayed, ask):
    """Of the episodes that the query selects; of a tenant that does not observe there is nothing to tell."""
    h = await replayed()
    decisions = []
    for prompt in h.prompts[:12]:
        done = await h.router.complete(ask(prompt), h.me)
        decisions.append((await logged(h, done.episode_id)).decision)
    seen = h.storage.stats.stats(StatsQuery(EpisodeQuery(tenant="acme")), PageRequest()).observed
    first = [d.expected(d.would[0]) for d in decisions]
    own = [d.expected("starter-large") for d in decisions]
    then = [d.expected(d.would[1]).cost_usd for d in decisions if len(d.would) > 1]
    assert seen.episodes == 12
    assert (seen.would.cost_usd, seen.own.cost_usd) == pytest.approx(
        tuple(sum(p.cost_usd for p in e) for e in (first, own))
    )
    assert (seen.would.quality, seen.own.quality) == pytest.approx(
        tuple(np.mean([p.quality for p in e]) for e in (first, own))
    )
    assert seen.most_usd == pytest.approx(seen.would.cost_usd + sum(then))
    assert sum(n for _, _, n in seen.calls) == 12
    assert {own for own, _, _ in seen.calls} == {"starter-large"}
    assert h.storage.stats.stats(StatsQuery(EpisodeQuery(tenant="other")), PageRequest()).observed is None


async def test_such_a_log_says_nothing_of_other_models_and_says_so(replayed, ask):
    """What was certain supports no other policy."""
    h = await replayed()
    for prompt in h.prompts[:30]:
        await h.router.complete(ask(prompt), h.me)
    told = told_episodes(events_of(h.storage.log), EpisodeQuery()).sample
    for other in (Always("starter-small"), Deciding(h.policy)):
        found = evaluate(told, other)
        assert (found.cost_usd, found.quality) == (None, None)
        assert found.why.startswith("no support" if isinstance(other, Always) else ("no support", "too little support"))
    assert evaluate(told, Always("starter-large")).support == 1.0


async def test_a_judge_that_costs_is_asked_where_the_policy_would_and_calls_are_none(build, ask, judge):
    """Also of what was streamed; the chance of another call is one of accepting."""
    for stream in (False, True):
        rubric = judge("rubric", 0.2, cost_usd=0.002)
        h = build(judges=[rubric], tenants=[TenantConfig("acme", mode="observe", baseline="large")], ids=f"id{stream}")
        call = CallModel("small", 0.7, believed=(0.4,))
        h.policy.actions = [CallModel("large", 1.0), AskJudge("rubric", 0, 1.0), call, Accept(0, 0.4)]
        if stream:
            items = [i async for i in h.router.stream_complete(ask(), h.me)]
            done = items[-1]
        else:
            done = await h.router.complete(ask(), h.me)
        assert [s.model for s in done.steps] == ["large"]
        assert [v.score for v in done.steps[0].verdicts] == [0.2]
        assert len(rubric.subjects) == 1


@pytest.mark.parametrize(
    ("own", "constraint"),
    [
        (TenantConfig("acme", mode="observe", baseline="starter-large", models=("starter-small",)), "models"),
        (TenantConfig("acme", mode="observe"), "models"),
    ],
)
async def test_an_own_model_that_may_not_be_called_is_told_by_what_forbids_it(replayed, ask, own, constraint):
    """Nor is another called in its place."""
    h = await replayed(own)
    with pytest.raises(NoModelLeft) as caught:
        await h.router.route(ask(h.prompts[0]), h.me)
    assert caught.value.facts["constraint"] == constraint
