"""GetEpisode and ExplainEpisode over a socket: all that the log has, and nothing that it has not."""

import pytest
from pointsman import v1
from pointsman_learner.types import Step, Verdict
from pointsman_service.rpc.write_steps import step_message


@pytest.fixture
async def episode(served):
    """The episode as GetEpisode shows it."""
    return (await served.router.GetEpisode(v1.GetEpisodeRequest(episode_id="e-9"))).episode


async def test_an_episode_tells_whose_it_is_and_how_it_ended(served, episode):
    """Ids, times, texts, labels, the end; an id that was not told is absent."""
    assert served.application.asked[0][1] == "e-9"
    assert (episode.episode_id, episode.tenant, episode.request_id) == ("e-9", "team-a", "r-1")
    assert (episode.end_user_id, episode.prompt, dict(episode.labels)) == ("ann", "2 + 2?", {"team": "a"})
    assert not episode.HasField("session_id")
    assert episode.create_time.ToJsonString() == "2023-11-14T22:13:20.250Z"
    assert (episode.answer_step, episode.stop_reason, episode.believed_quality) == (2, v1.STOP_REASON_UTILITY, 0.8)
    assert (episode.latency_ms, episode.log_position) == (1250.0, 11)
    assert [s.answer_text if s.HasField("answer_text") else None for s in episode.steps] == [None, None, "Four."]


async def test_an_episode_tells_what_was_expected(episode):
    """Predictions need not be asked for here."""
    assert [p.model for p in episode.decision.predictions] == ["small", "large"]


async def test_an_episode_tells_what_bounded_it(episode):
    """With the models that were kept out, and why; a weight of 0 is told, a ceiling that was not set is absent."""
    bounds = episode.constraints
    assert list(bounds.models) == ["small", "large"]
    assert dict(bounds.excluded) == {"blind": "input_modalities:image"}
    assert (bounds.cost_weight, bounds.latency_weight, bounds.max_latency_ms) == (20.0, 0.0, 5000.0)
    assert bounds.HasField("latency_weight")
    assert not any(bounds.HasField(f) for f in ("max_cost_usd", "min_quality", "deadline_ms", "sticky_model"))
    assert (list(bounds.judges), bounds.max_steps) == (["format", "rubric"], 3)


async def test_an_episode_tells_each_action_beside_its_alternatives(episode):
    """With the beliefs before it, -1 for a step without an answer, and what took the choice away."""
    call, ask, accept = episode.actions
    assert call == v1.ActionTaken(taken=v1.Alternative(kind=v1.ACTION_KIND_CALL, model="small", probability=0.75))
    asked = v1.Alternative(kind=v1.ACTION_KIND_ASK, judge="rubric", step_index=1, probability=0.25)
    accepted = v1.Alternative(kind=v1.ACTION_KIND_ACCEPT, step_index=1, probability=0.75)
    assert ask == v1.ActionTaken(
        taken=asked, alternatives=[asked, accepted], beliefs=[v1.Belief(step_index=1, quality=0.6)]
    )
    assert accept == v1.ActionTaken(
        taken=v1.Alternative(kind=v1.ACTION_KIND_ACCEPT, step_index=2, probability=1.0),
        beliefs=[v1.Belief(step_index=1, quality=0.6), v1.Belief(step_index=2, quality=0.8)],
        forced_by=v1.STOP_REASON_DEADLINE,
    )


async def test_an_episode_tells_what_callers_reported(episode):
    """What they did not tell is absent, a count of 0 is not."""
    late, dear, failed = episode.outcomes
    assert (late.request_id, late.model, late.latency_ms) == ("o-1", "large", 250.0)
    assert not any(late.HasField(f) for f in ("usage", "cost_usd", "failure"))
    assert dear.usage == v1.Usage(input_tokens=0)
    assert (dear.cost_usd, dear.verdicts[0].judge) == (0.5, "format")
    assert not dear.HasField("latency_ms")
    assert failed.failure == v1.Failure(kind=v1.FAILURE_KIND_TIMEOUT, message="too late")
    assert failed.record_time.seconds == 1_700_000_004


async def test_an_episode_tells_its_costs_by_the_model_that_was_called(episode):
    """Verdicts and reported outcomes among them; of a model whose cost nobody told, it is absent."""
    small, large, other, third = episode.costs
    assert (small.model, small.call_count, small.cost_usd) == ("small", 2, pytest.approx(0.0011))
    assert (large.model, large.call_count, large.cost_usd) == ("large", 2, 0.02)
    assert (other.model, other.call_count, other.cost_usd) == ("other", 1, pytest.approx(0.5001))
    assert (third.model, third.call_count, third.HasField("cost_usd")) == ("third", 1, False)
    assert episode.cost_usd == pytest.approx(0.0011 + 0.02 + 0.5001)


async def test_an_episode_tells_the_feedback_that_came(episode):
    """With its id, kind and time."""
    (thumb,) = episode.feedback
    assert (thumb.request_id, thumb.source, thumb.value) == ("f-1", v1.FEEDBACK_SOURCE_THUMB, 1.0)
    assert (thumb.model, thumb.weight, thumb.record_time.seconds) == ("large", 1.0, 1_700_000_001)


async def test_an_explanation_is_the_episode_with_why(served, episode):
    """A summary, and what each verdict moved."""
    explained = await served.router.ExplainEpisode(v1.ExplainEpisodeRequest(episode_id="e-9"))
    assert explained.episode == episode
    assert (explained.summary, explained.moves_snapshot_version) == ("Little was known.", 6)
    assert list(explained.moves) == [
        v1.BeliefMove(step_index=1, judge="format", quality_before=0.7, quality_after=0.6),
        v1.BeliefMove(step_index=2, judge="rubric", quality_before=0.9, quality_after=0.9),
    ]


@pytest.mark.parametrize("whole", [True, False])
async def test_where_the_operators_models_are_is_told_to_operators(whole):
    """Of calls and of verdicts; who has not the role admin reads what failed and how."""
    said = "cannot connect to small at http://10.0.0.7:8000/v1"
    step = Step("small", 0.0, 1.0, verdicts=(Verdict("rubric", error=said),), failure_kind="unavailable", error=said)
    message = step_message(step, whole=whole)
    shown = said if whole else "cannot connect to small at [address]"
    assert (message.failure.message, message.verdicts[0].error) == (shown, shown)
