"""What an episode holds of its decisions: constraints, every action with its chances, who asked, how long it took."""

import asyncio

import pytest
from pointsman_learner.actions import Accept, Alternative, AskJudge, CallModel
from pointsman_learner.static import static_snapshot
from pointsman_learner.types import Judge
from pointsman_service.application.end_users import pseudonym
from pointsman_service.domain.requests import Caller, GivenFeedback, Preference

AMONG = (
    Alternative("accept", None, None, 0, 0.25),
    Alternative("ask", None, "rubric", 0, 0.5),
    Alternative("call", "large", None, None, 0.25),
)


def logged(h, n=-1):
    """The last event of the log, or another."""
    return h.storage.log.read(0)[n].event


def did(episode):
    """Its actions in short."""
    return [(a.kind, a.model or a.judge or a.step, a.probability, a.forced) for a in episode.actions]


async def test_every_action_is_logged_with_the_chances_of_each_alternative(build, ask, judge):
    """The first call's are the decision's predictions; the others carry their own, with what was believed."""
    h = build(judges=[judge("rubric", 0.7, cost_usd=0.002)])
    h.policy.actions = [
        CallModel("small", 0.5),
        AskJudge("rubric", 0, 0.5, AMONG, (0.6,)),
        CallModel("large", 0.25, alternatives=AMONG, believed=(0.4,)),
        Accept(1, 0.9, "utility", 1.0, (), (0.3, 0.9)),
    ]
    await h.router.complete(ask(), h.me)
    episode = logged(h)
    assert did(episode) == [
        ("call", "small", 0.5, None),
        ("ask", "rubric", 0.5, None),
        ("call", "large", 0.25, None),
        ("accept", 1, 1.0, None),
    ]
    assert [a.alternatives for a in episode.actions[:3]] == [(), AMONG, AMONG]
    assert episode.actions[3].alternatives == (Alternative("accept", None, None, 1, 1.0),)
    assert [a.believed for a in episode.actions] == [(), (0.6,), (0.4,), (0.3, 0.9)]


async def test_what_time_or_money_decided_is_not_taken_for_the_policys_choice(build, ask, hanging):
    """The call that was forbidden is not there; accepting was certain, and says what forced it."""
    h = build()
    h.policy.actions = [CallModel("small", 1.0), CallModel("large", 0.25, alternatives=AMONG)]
    await h.router.complete(ask(preference=Preference(max_cost_usd=0.0015)), h.me)
    assert did(logged(h)) == [("call", "small", 1.0, None), ("accept", 0, 1.0, "cost_ceiling")]
    assert logged(h).actions[1].alternatives == (Alternative("accept", None, None, 0, 1.0),)
    h.policy.actions = [CallModel("small", 1.0), Accept(0, 0.7, "max_steps")]
    await h.router.complete(ask(), h.me)
    assert did(logged(h))[-1] == ("accept", 0, 1.0, "max_steps")
    h.caller.answers |= {"medium": hanging, "large": hanging}
    h.policy.actions = [CallModel("small", 1.0), CallModel("medium", 0.5), CallModel("large", 0.5)]
    await h.router.complete(ask(), Caller("acme", deadline_s=0.4))
    assert did(logged(h))[-1][-1] == "deadline"


async def test_a_real_policys_cascades_are_logged_whole(build, ask, judge):
    """One call action a step, then the accepted answer; the chances of each sum to 1, its own among them."""
    h = build(judges=[judge("agreement", None), judge("rubric", 0.5, cost_usd=1e-6)])
    h.watch.current = static_snapshot([m.as_learner_model() for m in h.models.values()])
    h.caller.answers["medium"] = "another answer"
    for _ in range(20):
        await h.router.complete(ask(preference=Preference(dial=0.9)), h.me)
    episodes = [x.event for x in h.storage.log.read(0)]
    for e in episodes:
        calls = [a for a in e.actions if a.kind == "call"]
        assert [(a.model, a.probability) for a in calls] == [(s.model, s.propensity) for s in e.steps]
        assert (e.actions[0].model, e.actions[0].probability) == (e.decision.model, e.decision.propensity)
        assert (e.actions[-1].kind, e.actions[-1].step) == ("accept", e.answer)
        for a in e.actions[1:]:
            assert sum(x.probability for x in a.alternatives) == pytest.approx(1.0)
            own = Alternative(a.kind, a.model, a.judge, a.step, a.probability)
            assert a.alternatives.count(own) == 1
            assert all(b is not None for b in a.believed)
    assert len({a.kind for e in episodes for a in e.actions}) >= 2


async def test_the_constraints_of_the_decision_are_logged(build, ask, judge):
    """As they were when it was made: limits, judges with their prices, the time that was left."""
    h = build(judges=[judge("format", 1.0), judge("rubric", 0.5, cost_usd=0.01)])
    preference = Preference(max_cost_usd=0.5, latency_weight=0.125, max_latency_ms=60_000.0)
    for method in (h.router.route, h.router.complete):
        await method(ask(preference=preference, models=("small", "large")), h.me)
        c = logged(h).constraints
        assert (c.models, c.max_cost_usd, c.tenant) == (("small", "large"), 0.5, "acme")
        assert (c.latency_weight, c.max_latency_ms, c.excluded) == (0.125, 60_000.0, {})
        assert c.judges == (Judge("format"), Judge("rubric", 0.01))
        assert 0 < c.deadline_ms <= 30_000.0


async def test_who_asked_is_logged_under_a_pseudonym(build, ask):
    """On the query and on the feedback; the id itself is in no event."""
    h = build()
    query = ask(request_id="r-1", session_id="s-1", end_user_id="ann@example.org")
    done = await h.router.complete(query, h.me)
    episode = logged(h)
    assert (episode.request_id, episode.session_id) == ("r-1", "s-1")
    assert episode.end_user == pseudonym("acme", "ann@example.org")
    assert len(episode.end_user) == 16
    await h.feedback.record(GivenFeedback(done.episode_id, "thumb", 1.0, end_user_id="ann@example.org"), h.me)
    assert logged(h).end_user == episode.end_user
    await h.router.route(ask(), h.me)
    assert logged(h).end_user is None
    assert not any("ann@" in str(x) for x in h.storage.log.read(0))


async def test_an_episode_says_how_long_its_caller_waited(build, ask):
    """From the request's arrival, judges and all; as the caller was told."""
    h = build()

    async def slow():
        await asyncio.sleep(0.02)
        return "late"

    h.caller.answers["small"] = slow
    done = await h.router.complete(ask(), h.me)
    assert logged(h).latency_ms == done.latency_ms >= 20.0
    await h.router.route(ask(), h.me)
    assert logged(h).latency_ms > 0.0
