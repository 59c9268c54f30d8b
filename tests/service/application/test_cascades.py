"""Cascades: what is called, judged, accepted, and what ends them."""

import pytest
from pointsman_learner.actions import Accept, AskJudge, CallModel
from pointsman_service.domain.preference import Preference
from pointsman_service.domain.requests import Caller
from pointsman_service.errors import (
    DeadlineTooShort,
    EveryModelFailed,
    EveryModelRefused,
    InvalidRequest,
    ModelCallError,
    ModelsBusy,
)


async def test_the_first_answer_is_accepted_when_the_policy_says_so(build, ask, judge):
    """One call, the free judge's verdict, one logged episode that says the same."""
    h = build(judges=[judge("format", 1.0)])
    done = await h.router.complete(ask(), h.me)
    assert (done.model, done.text, done.stop, done.believed) == ("small", "small says hello", "utility", 0.9)
    assert done.steps[0].verdicts[0].score == 1.0
    assert done.cost_usd == pytest.approx(0.001)
    stored = await h.storage.log.episode(done.episode_id, "acme")
    assert stored.episode.steps == done.steps
    assert stored.answer_texts == ("small says hello",)
    assert stored.prompt == "What is 2+2?"


async def test_an_escalation_shows_the_judge_the_earlier_answers(build, ask, judge):
    """A second model's answer is judged beside the first's."""
    h = build(judges=[judge("agreement", 0.0)])
    h.policy.actions = [CallModel("small", 0.5), CallModel("large", 0.25), Accept(1, 0.8, "utility")]
    done = await h.router.complete(ask(), h.me)
    assert [s.model for s in done.steps] == ["small", "large"]
    assert [s.propensity for s in done.steps] == [0.5, 0.25]
    assert done.answer == 1
    (_, first), (_, second) = [(s, s[0].others) for s in h.judges["agreement"].subjects]
    assert first == ()
    assert [a.text for a in second] == ["small says hello"]


async def test_a_paid_judge_is_asked_only_when_the_policy_says_so(build, ask, judge):
    """It costs, and its cost is the episode's."""
    h = build(judges=[judge("format", 1.0), judge("rubric", 0.7, cost_usd=0.002)])
    done = await h.router.complete(ask(), h.me)
    assert h.judges["rubric"].subjects == []
    h.policy.actions = [CallModel("small", 1.0), AskJudge("rubric", 0), Accept(0, 0.7)]
    done = await h.router.complete(ask(), h.me)
    assert [v.judge for v in done.steps[0].verdicts] == ["format", "rubric"]
    assert done.cost_usd == pytest.approx(0.003)


async def test_a_judge_is_told_whose_episode_it_is(build, ask, judge):
    """A free one and a paid one: what one tenant's users liked must not be shown to another's."""
    h = build(judges=[judge("format", 1.0), judge("rubric", 0.7, cost_usd=0.002)])
    h.policy.actions = [CallModel("small", 1.0), AskJudge("rubric", 0), Accept(0, 0.7)]
    await h.router.complete(ask(), h.me)
    told = [subject.tenant for name in ("format", "rubric") for subject, _ in h.judges[name].subjects]
    assert told == [h.me.tenant] * 2
    assert h.me.tenant


async def test_a_judge_that_is_configured_no_more_gives_no_score(build, ask):
    """A snapshot may still plan with it."""
    h = build()
    h.policy.actions = [CallModel("small", 1.0), AskJudge("gone", 0), Accept(0, 0.7)]
    done = await h.router.complete(ask(), h.me)
    assert done.steps[0].verdicts[0].error == "unknown_judge: no judge is named 'gone'"


async def test_asking_the_same_judge_again_ends_the_cascade(build, ask, judge):
    """A policy that cannot stop is stopped."""
    h = build(judges=[judge("rubric", 0.7, cost_usd=0.002)])
    h.policy.actions = [CallModel("small", 1.0), *[AskJudge("rubric", 0)] * 5]
    done = await h.router.complete(ask(), h.me)
    assert len(h.judges["rubric"].subjects) == 1
    assert done.stop == "utility"


@pytest.mark.parametrize("kind", ["timeout", "refused", "garbage", "empty", "unavailable", "rate_limited", "auth"])
async def test_a_failed_call_is_a_step_with_an_error_and_the_next_model_answers(build, ask, failing, kind):
    """Whatever a provider does, the caller gets an answer while another model can give one."""
    h = build()
    h.caller.answers["small"] = failing(kind, cost_usd=0.005)
    done = await h.router.complete(ask(), h.me)
    assert (done.steps[0].failure_kind, done.steps[0].error) == (kind, f"provider said {kind}")
    assert done.model == "medium"
    assert done.cost_usd == pytest.approx(0.006)


async def test_when_every_model_fails_the_error_names_each_and_the_episode_is_logged(build, ask, failing):
    """The log has what was tried; the request_id is free for a retry."""
    h = build()
    for name in ("small", "medium", "large"):
        h.caller.answers[name] = failing("unavailable")
    with pytest.raises(EveryModelFailed) as e:
        await h.router.complete(ask(request_id="r"), h.me)
    assert all(name in str(e.value) for name in ("small", "medium", "large"))
    logged = h.storage.log.read(0)[0].event
    assert (logged.stop, logged.answer, len(logged.steps)) == ("failed", None, 3)
    h.caller.answers.clear()
    assert (await h.router.complete(ask(request_id="r"), h.me)).text == "small says hello"


async def test_a_request_that_no_provider_accepts_is_the_callers_to_mend(build, ask, failing):
    """Retrying it would be no use; one model that fails otherwise makes it worth a retry."""
    h = build()
    for name in ("small", "medium", "large"):
        h.caller.answers[name] = failing("invalid")
    with pytest.raises(InvalidRequest) as e:
        await h.router.complete(ask(), h.me)
    assert [field for field, _ in e.value.violations] == ["query"] * 3
    h.caller.answers["large"] = failing("unavailable")
    with pytest.raises(EveryModelFailed):
        await h.router.complete(ask(), h.me)


async def test_a_query_that_every_model_refuses_is_not_worth_a_retry(build, ask, failing):
    """Waiting does not cure it."""
    h = build()
    h.caller.answers |= {"small": failing("refused"), "medium": failing("refused"), "large": failing("invalid")}
    with pytest.raises(EveryModelRefused, match="small: refused"):
        await h.router.complete(ask(), h.me)


async def test_where_every_model_is_busy_the_caller_hears_for_how_long(build, ask):
    """The shortest pause that a provider named, where the deadline does not allow to wait for it."""
    h = build(deadline_s=5.0)
    for name, pause_s in (("small", 40.0), ("medium", 20.0), ("large", 30.0)):
        h.caller.answers[name] = ModelCallError("slow", kind="rate_limited", retryable=True, retry_after_s=pause_s)
    with pytest.raises(ModelsBusy) as e:
        await h.router.complete(ask(), h.me)
    assert 19.0 < float(e.value.facts["retry_after_s"]) <= 20.0
    assert len(h.caller.calls) == 3


async def test_a_hanging_provider_costs_a_share_of_the_deadline_and_the_next_one_answers(build, ask, hanging):
    """0.6 of what is left; then another model is called beside it, which may have the rest, as it has itself."""
    h = build()
    h.caller.answers["small"] = hanging
    done = await h.router.complete(ask(), Caller("acme", deadline_s=0.5))
    assert done.steps[0].failure_kind == "timeout"
    assert done.model == "medium"
    assert h.caller.calls[0][2] == pytest.approx(0.475, abs=0.05)
    assert h.caller.calls[1][2] == pytest.approx(0.4 * 0.475, abs=0.05)


async def test_the_deadline_ends_a_cascade_with_the_best_answer_so_far(build, ask, hanging):
    """Marked so: cut short, stop "deadline"."""
    h = build()
    h.caller.answers["medium"] = hanging
    h.caller.answers["large"] = hanging
    h.policy.actions = [CallModel("small", 1.0), CallModel("medium", 1.0), CallModel("large", 1.0)]
    done = await h.router.complete(ask(), Caller("acme", deadline_s=0.25))
    assert (done.model, done.stop, done.cut_short) == ("small", "deadline", True)
    assert done.believed == 0.6


async def test_a_deadline_without_any_answer_is_an_error(build, ask, hanging):
    """The caller hears that the time was too short, and the log has the tries."""
    h = build()
    for name in ("small", "medium", "large"):
        h.caller.answers[name] = hanging
    with pytest.raises(DeadlineTooShort, match="small: timeout"):
        await h.router.complete(ask(), Caller("acme", deadline_s=0.1))
    assert h.storage.log.read(0)[0].event.stop == "deadline"


async def test_a_cost_ceiling_ends_a_cascade_with_the_best_answer_so_far(build, ask):
    """The next call is expected to cost 0.01, and only 0.005 may be spent."""
    h = build()
    h.policy.actions = [CallModel("small", 1.0), CallModel("large", 1.0)]
    done = await h.router.complete(ask(preference=Preference(max_cost_usd=0.005)), h.me)
    assert (done.model, done.stop, done.cut_short) == ("small", "cost_ceiling", True)
    assert [name for name, *_ in h.caller.calls] == ["small"]


async def test_a_priced_verdict_respects_the_ceiling_too(build, ask, judge):
    """A judge that would break it is not asked."""
    h = build(judges=[judge("rubric", 0.7, cost_usd=0.5)])
    h.policy.actions = [CallModel("small", 1.0), AskJudge("rubric", 0)]
    done = await h.router.complete(ask(preference=Preference(max_cost_usd=0.1)), h.me)
    assert done.stop == "cost_ceiling"
    assert h.judges["rubric"].subjects == []


async def test_a_policy_that_never_stops_is_stopped_by_the_number_of_steps(build, ask):
    """Four calls at most."""
    h = build()
    h.policy.actions = [CallModel("small", 1.0)] * 9
    h.policy.stubborn = True
    done = await h.router.complete(ask(), h.me)
    assert len(done.steps) == 4
    assert (done.stop, done.answer) == ("max_steps", 3)


async def test_the_policy_hears_how_much_time_is_left(build, ask):
    """Milliseconds, of the deadline less what is kept back."""
    h = build()
    await h.router.complete(ask(), Caller("acme", deadline_s=10.0))
    steps, constraints = h.policy.asked[0]
    assert steps == 0
    assert 9_000 < constraints.deadline_ms <= 9_750
