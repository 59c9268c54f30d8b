"""Why an episode went as it did."""

import asyncio

import pytest
from pointsman_learner.actions import Accept, ActionTaken, Alternative, AskJudge, CallModel
from pointsman_service.domain import Capabilities, ModelConfig
from pointsman_service.domain.requests import BeliefMove, Caller, Outcome
from pointsman_service.errors import EveryModelFailed, UnknownEpisode


async def explained(h, episode_id):
    """The explanation."""
    return await h.router.explain_episode(episode_id, h.me)


async def test_it_says_who_spoke_what_was_expected_why_it_went_on_and_stopped_and_what_it_cost(build, ask, judge):
    """In a few plain sentences."""
    h = build(judges=[judge("format", 1.0), judge("rubric", 0.2, cost_usd=0.002)])
    h.policy.actions = [
        CallModel("small", 0.5),
        AskJudge("rubric", 0, 0.6, believed=(0.55,)),
        CallModel("large", 0.7, believed=(0.4,)),
        Accept(1, 0.9, believed=(0.2, 0.9)),
    ]
    done = await h.router.complete(ask(), h.me)
    summary = (await explained(h, done.episode_id)).summary
    for said in (
        "The learned router decided",
        "(root)",
        "small went first, with probability 0.33: expected to be right with 0.50, for $0.010000",
        "With the best answer believed right with 0.55, rubric was asked about the answer of small.",
        "With the best answer believed right with 0.40, large was called.",
        "It stopped there since no further call or verdict was worth its cost; the answer of large was accepted,"
        " believed right with 0.90.",
        "It cost $0.004000, for 2 calls and 3 verdicts, and took",
    ):
        assert said in summary


async def test_it_says_what_each_verdict_moved_in_the_order_in_which_they_came(build, ask, judge):
    """A judge that was asked later moves the belief later, whatever answer it is about."""
    h = build(judges=[judge("format", 1.0), judge("rubric", 0.0, cost_usd=0.002)])
    h.policy.actions = [
        CallModel("small", 0.5), CallModel("large", 0.5), AskJudge("rubric", 0), Accept(1, 0.9)
    ]  # fmt: skip
    done = await h.router.complete(ask(), h.me)
    explanation = await explained(h, done.episode_id)
    assert explanation.moves == (
        BeliefMove(0, "format", 0.5, 0.6),
        BeliefMove(1, "format", 0.5, 0.6),
        BeliefMove(0, "rubric", 0.6, 0.5),
    )
    assert explanation.moves_snapshot_version == 7
    assert explanation.stored.episode.steps == done.steps


async def test_it_says_who_was_kept_out(build, ask):
    """With the reason."""
    dumb = ModelConfig("dumb", "openai", "dumb", context_window=1)
    h = build(models=(dumb, ModelConfig("able", "openai", "able", capabilities=Capabilities(tools=True))))
    done = await h.router.complete(ask(), h.me)
    summary = (await explained(h, done.episode_id)).summary
    assert "Kept out: dumb (context_window)." in summary
    assert "the only one in the choice" in summary


async def test_of_two_models_it_names_the_other(build, ask):
    """Instead of the best of one."""
    h = build(models=tuple(ModelConfig(name, "openai", name) for name in ("small", "large")))
    done = await h.router.complete(ask(), h.me)
    assert "; the other was large, with" in (await explained(h, done.episode_id)).summary


async def test_it_says_what_failed(build, ask, failing):
    """Each model with the kind of its failure."""
    h = build()
    h.caller.answers = dict.fromkeys(("small", "medium", "large"), failing("timeout"))
    with pytest.raises(EveryModelFailed):
        await h.router.complete(ask(), h.me)
    summary = (await explained(h, "id-1")).summary
    assert "no model was left that could answer (small: timeout, medium: timeout, large: timeout)" in summary
    assert "Without an answer yet, medium was called." in summary


async def test_it_says_that_the_caller_went_away(build, ask, hanging):
    """As the log has it."""
    h = build()
    h.caller.answers["small"] = hanging
    task = asyncio.create_task(h.router.complete(ask(), h.me))
    await h.caller.started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    summary = (await explained(h, "id-1")).summary
    assert "The caller went away before there was an answer (small: cancelled)." in summary
    assert "for 1 call and 0 verdicts, without what the provider charges for the call that was given up" in summary


async def test_it_says_what_was_reported_of_a_routed_query(build, ask):
    """Or that nothing was yet."""
    h = build()
    routed = await h.router.route(ask(), h.me)
    assert "No outcome reported yet." in (await explained(h, routed.episode_id)).summary
    await h.router.report_outcome(Outcome(routed.episode_id, cost_usd=0.5), h.me)
    explanation = await explained(h, routed.episode_id)
    assert "1 outcome reported, at $0.500000." in explanation.summary
    assert explanation.moves == ()


async def test_another_tenants_episode_is_not_explained(build, ask):
    """It does not exist."""
    h = build()
    routed = await h.router.route(ask(), h.me)
    with pytest.raises(UnknownEpisode):
        await h.router.explain_episode(routed.episode_id, Caller("rival"))


def test_an_action_names_its_alternatives():
    """What the summary reads of an episode is what the policy had before it."""
    call = CallModel("a", 0.25, alternatives=(Alternative("call", "a", None, None, 0.25),), believed=(0.5,))
    assert ActionTaken.of(call).believed == (0.5,)
