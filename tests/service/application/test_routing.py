"""Routing: what a decision is made under, idempotent ids, sessions, ceilings, outcomes."""

import asyncio
from dataclasses import replace

import pytest
from pointsman_learner.actions import CallModel
from pointsman_learner.words import Verdict
from pointsman_service.adapters.sqlite_ledger import Ceiling
from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.preference import cost_weight_of_dial
from pointsman_service.domain import ChatMessage, Question
from pointsman_service.domain.requests import Caller, Outcome, Preference, Query
from pointsman_service.errors import (
    BudgetExhausted,
    DuplicateRequest,
    NoModelLeft,
    RequestConflict,
    UnknownEpisode,
    UnknownModel,
)


async def test_a_route_is_logged_before_it_is_answered(build, ask):
    """Decision, context and tenant are in the log under the episode's id."""
    h = build()
    routed = await h.router.route(ask(hints={"task": "math"}, metadata={"team": "x"}), h.me)
    stored = await h.router.get_episode(routed.episode_id, h.me)
    assert stored.episode.decision == routed.decision
    assert (stored.episode.stop, stored.episode.at, stored.episode.steps) == ("route_only", 1000.0, ())
    assert stored.episode.context.hints == {"task": "math"}
    assert stored.response["metadata"] == {"team": "x"}
    assert h.router.snapshot_version() == 7


async def test_another_tenants_episode_does_not_exist(build, ask):
    """NOT_FOUND, not a hint."""
    h = build()
    routed = await h.router.route(ask(), h.me)
    with pytest.raises(UnknownEpisode):
        await h.router.get_episode(routed.episode_id, Caller("rival"))


@pytest.mark.parametrize(
    ("preference", "budgets", "dials", "weight"),
    [
        (Preference(cost_weight=3.0), {"acme": 1.0}, {"acme": 0.5}, 3.0),
        (Preference(dial=1.0), {"acme": 1.0}, {}, 0.0),
        (Preference(), {"acme": 1.0}, {"acme": 0.5}, None),
        (Preference(), {}, {"acme": 0.5}, cost_weight_of_dial(0.5)),
        (Preference(), {}, {"default": 0.0}, 1e6),
        (Preference(), {}, {}, None),
    ],
)
async def test_lambda_is_the_requests_then_the_budgets_then_the_tenants(  # noqa: PLR0917 - the cases
    build, ask, preference, budgets, dials, weight
):
    """None leaves it to the learner: paced, or its default."""
    h = build(budgets=budgets, dials=dials)
    await h.router.route(ask(preference=preference), h.me)
    assert h.policy.constraints.cost_weight == weight


async def test_a_dial_outside_its_range_is_an_error():
    """The border refuses it before; the mapping does too."""
    with pytest.raises(ValueError, match="from 0 to 1"):
        cost_weight_of_dial(1.5)


async def test_limits_reach_the_policy(build, ask):
    """Ceiling, floor, allowed models, tenant."""
    h = build()
    await h.router.route(ask(preference=Preference(max_cost_usd=0.5, min_quality=0.7), models=("large",)), h.me)
    c = h.policy.constraints
    assert (c.max_cost_usd, c.min_quality, c.models, c.tenant) == (0.5, 0.7, ("large",), "acme")


async def test_a_caller_who_runs_one_model_gets_a_plan_of_one_call(build, ask):
    """Then the first model is the best single choice; otherwise it is the best beginning of a cascade."""
    h = build()
    await h.router.route(replace(ask(), single_call=True), h.me)
    assert h.policy.constraints.max_steps == 1
    await h.router.route(ask(), h.me)
    assert h.policy.constraints.max_steps == 4


async def test_no_model_left_names_the_constraint(build, ask):
    """So that the caller knows what to loosen."""
    h = build()
    h.policy.refuses = "min_quality"
    with pytest.raises(NoModelLeft) as e:
        await h.router.route(ask(), h.me)
    assert e.value.facts["constraint"] == "min_quality"


async def test_an_unknown_model_is_named_with_the_nearest_one(build, ask):
    """A misspelt name is the likely cause."""
    h = build()
    with pytest.raises(UnknownModel, match='"large"'):
        await h.router.route(ask(models=("lrge",)), h.me)


async def test_a_disabled_model_leaves_every_decision_at_once(build, ask):
    """Before any snapshot knows of it, and also where a request names it."""
    h = build()
    await h.admin.disable_model("small")
    await h.router.route(ask(), h.me)
    assert h.policy.constraints.models == ("medium", "large")
    await h.router.route(ask(models=("small", "large")), h.me)
    assert h.policy.constraints.models == ("large",)


def test_a_registry_is_a_mapping_that_names_near_misses():
    """Unknown names raise UnknownModel; `get` and `in` do not."""
    registry = ModelRegistry([])
    assert "x" not in registry
    assert registry.get("x") is None
    assert len(registry) == 0
    with pytest.raises(UnknownModel):
        registry["x"]


async def test_the_same_request_id_gets_the_same_answer_again(build, ask):
    """Nothing is called twice; the answer says that it is a repetition."""
    h = build()
    first = await h.router.complete(ask(request_id="r"), h.me)
    h.caller.answers["small"] = "something else"
    again = await h.router.complete(ask(request_id="r"), h.me)
    assert len(h.caller.calls) == 1
    assert again.replayed
    assert (again.episode_id, again.text, again.steps) == (first.episode_id, first.text, first.steps)
    streamed = [i async for i in h.router.stream_complete(ask(request_id="r"), h.me)]
    assert streamed[-1] == again


async def test_a_request_id_with_other_content_is_a_conflict(build, ask):
    """Also between Route and Complete; another tenant's ids are its own."""
    h = build()
    await h.router.complete(ask(request_id="r"), h.me)
    with pytest.raises(RequestConflict, match="'r'"):
        await h.router.complete(ask("What is 3+3?", request_id="r"), h.me)
    with pytest.raises(RequestConflict):
        await h.router.route(ask(request_id="r"), h.me)
    assert (await h.router.route(ask(request_id="r"), Caller("other"))).episode_id != "id-1"


async def test_a_routed_request_id_gets_the_same_decision(build, ask):
    """Marked as repeated."""
    h = build()
    first = await h.router.route(ask(request_id="r"), h.me)
    again = await h.router.route(ask(request_id="r"), h.me)
    assert (again.episode_id, again.replayed, first.replayed) == (first.episode_id, True, False)


async def test_twins_at_once_make_one_call(build, ask):
    """The second waits for the first and gets its answer."""
    h = build()
    one, two = await asyncio.gather(*(h.router.complete(ask(request_id="r"), h.me) for _ in range(2)))
    assert len(h.caller.calls) == 1
    assert one.episode_id == two.episode_id


async def test_a_twin_takes_over_when_the_first_caller_hangs_up(build, ask, hanging):
    """A cancelled request leaves its id free."""
    h = build()
    h.caller.answers["small"] = hanging
    first = asyncio.create_task(h.router.complete(ask(request_id="r"), h.me))
    await h.caller.started.wait()
    second = asyncio.create_task(h.router.complete(ask(request_id="r"), h.me))
    h.caller.answers["small"] = "now it answers"
    first.cancel()
    assert (await second).text == "now it answers"


async def test_another_workers_answer_wins_a_race_for_the_same_request_id(build, ask, tmp_path):
    """Two processes on one log: the log has one episode for the id, and both callers get it."""
    h, other = build(), build(folder=tmp_path)
    ran = []

    async def slow():
        ran.append(await other.router.complete(ask(request_id="r"), h.me))
        return "too late"

    h.caller.answers["small"] = slow
    other.router._p = other.router._p.__class__(
        **{f: getattr(other.router._p, f) for f in other.router._p.__slots__} | {"new_id": lambda: "other-1"}
    )
    mine = await h.router.complete(ask(request_id="r"), h.me)
    assert mine.episode_id == ran[0].episode_id == "other-1"
    assert mine.text == "small says hello"


async def test_a_route_race_between_workers_ends_in_one_decision(build, ask, tmp_path, monkeypatch):
    """The slower one answers with what the log has."""
    h = build()
    await h.router.route(ask(request_id="r"), h.me)
    real = h.storage.log.episode_of_request
    looks = []

    async def blind_once(tenant, request_id):
        looks.append(request_id)
        return None if len(looks) == 1 else await real(tenant, request_id)

    monkeypatch.setattr(type(h.storage.log), "episode_of_request", lambda _self, t, r: blind_once(t, r))
    again = await h.router.route(ask(request_id="r"), h.me)
    assert (again.episode_id, again.replayed) == ("id-1", True)


@pytest.mark.parametrize("store_prompts", ["hash", "none"])
async def test_without_stored_texts_a_retry_is_answered_from_memory_and_else_refused(
    build, ask, store_prompts, tmp_path
):
    """The answer may not be written down; the same process still has it, another one says which episode it was."""
    h = build(store_prompts=store_prompts)
    done = await h.router.complete(ask(request_id="r"), h.me)
    again = await h.router.complete(ask(request_id="r"), h.me)
    assert (again.text, again.replayed) == (done.text, True)
    restarted = build(store_prompts=store_prompts, folder=tmp_path)
    with pytest.raises(DuplicateRequest, match=done.episode_id):
        await restarted.router.complete(ask(request_id="r"), h.me)
    stored = await h.storage.log.episode(done.episode_id, "acme")
    assert "hello" not in str(stored)
    assert "2+2" not in str(stored)


async def test_the_memory_of_answers_forgets_the_oldest(build, ask):
    """It is bounded."""
    h = build(store_prompts="none")
    h.writer.recent._size = 1
    await h.router.complete(ask(request_id="a"), h.me)
    await h.router.complete(ask(request_id="b"), h.me)
    with pytest.raises(DuplicateRequest):
        await h.router.complete(ask(request_id="a"), h.me)


async def test_a_session_keeps_its_model(build, ask):
    """The next decision of the session hears which model answered; another session does not."""
    h = build()
    h.policy.actions = [CallModel("large", 1.0)]
    await h.router.complete(ask(session_id="s"), h.me)
    await h.router.route(ask(session_id="s"), h.me)
    assert h.policy.constraints.sticky_model == "large"
    await h.router.route(ask(session_id="t"), h.me)
    assert h.policy.constraints.sticky_model is None


async def test_a_hard_ceiling_refuses_the_first_call_before_it_is_made(build, ask):
    """What could be spent at most does not fit, so nothing is called."""
    h = build(ceilings={"acme": Ceiling(0.001)})
    with pytest.raises(BudgetExhausted):
        await h.router.complete(ask(), h.me)
    assert h.caller.calls == []


async def test_a_hard_ceiling_ends_a_cascade_with_the_best_answer_so_far(build, ask):
    """The second model's most expensive answer would break it."""
    h = build(ceilings={"acme": Ceiling(0.1)})
    h.policy.actions = [CallModel("small", 1.0), CallModel("large", 1.0)]
    done = await h.router.complete(ask(), h.me)
    assert (done.model, done.stop, done.cut_short) == ("small", "cost_ceiling", True)
    assert h.storage.ledger.spent("acme", 1000.0) == pytest.approx(0.001)


async def test_a_ceiling_bounds_the_answers_length(build, ask):
    """Otherwise no price is an upper bound; a limit of the request's own stays."""
    h = build(ceilings={"acme": Ceiling(10.0)})
    await h.router.complete(ask(), h.me)
    assert h.caller.calls[-1][1].params == {"max_tokens": 4096}
    limited = Query(Question((ChatMessage("user", "hi"),), params={"max_completion_tokens": 5}))
    await h.router.complete(limited, h.me)
    assert h.caller.calls[-1][1].params == {"max_completion_tokens": 5}


async def test_a_ceiling_holds_under_concurrency(build, ask):
    """Each call could cost 0.041; with 0.1 to spend, two at a time are let through, whatever they cost in the end."""
    h = build(ceilings={"acme": Ceiling(0.1)})
    gate = asyncio.Event()

    async def slow():
        await gate.wait()
        return "done"

    h.caller.answers["small"] = slow
    tasks = [asyncio.create_task(h.router.complete(ask(models=("small",)), h.me)) for _ in range(6)]
    refused, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    while len(refused) < 4:
        refused, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=0.05)
    gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(r, BudgetExhausted) for r in results) == 4
    assert h.storage.ledger.spent("acme", 1000.0) <= 0.1


async def test_a_call_whose_bill_is_unknown_counts_as_all_it_could_have_cost(build, ask, failing):
    """After a timeout the provider may still charge; after a refusal it does not."""
    h = build(ceilings={"acme": Ceiling(10.0)})
    h.caller.answers["small"] = failing("refused")
    await h.router.complete(ask(), h.me)
    assert h.storage.ledger.spent("acme", 1000.0) == pytest.approx(0.001)
    h.caller.answers["small"] = failing("timeout")
    await h.router.complete(ask(), h.me)
    assert h.storage.ledger.spent("acme", 1000.0) > 0.04


async def test_a_cancelled_call_settles_its_hold(build, ask, hanging):
    """No hold stays open for ever; it counts as spent."""
    h = build(ceilings={"acme": Ceiling(10.0)})
    h.caller.answers["small"] = hanging
    task = asyncio.create_task(h.router.complete(ask(), h.me))
    await h.caller.started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert h.storage.ledger.spent("acme", 1000.0) > 0.04


async def test_a_priced_verdict_is_held_and_settled(build, ask, judge):
    """And a ceiling that has no room for it ends the cascade."""
    from pointsman_learner.actions import AskJudge

    h = build(judges=[judge("rubric", 0.5, cost_usd=0.03)], ceilings={"acme": Ceiling(0.09)})
    h.policy.actions = [CallModel("small", 1.0), AskJudge("rubric", 0)]
    await h.router.complete(ask(), h.me)
    assert h.storage.ledger.spent("acme", 1000.0) == pytest.approx(0.031)
    h.policy.actions = [CallModel("small", 1.0), AskJudge("rubric", 0)]
    done = await h.router.complete(ask(), h.me)
    assert done.stop == "cost_ceiling"


async def test_an_outcome_of_the_callers_own_call_is_logged(build, ask):
    """Cost from the tokens and the prices in force, the propensity of the decision."""
    h = build()
    routed = await h.router.route(ask(), h.me)
    verdict = Verdict("mine", 0.5)
    outcome = Outcome(routed.episode_id, input_tokens=1000, output_tokens=100, latency_ms=9.0, verdicts=(verdict,))
    receipt = await h.router.report_outcome(outcome, h.me)
    assert (receipt.model, receipt.cost_usd, receipt.position) == ("small", pytest.approx(0.002), 2)
    event = h.storage.log.read(1)[0].event
    assert (event.propensity, event.verdicts, event.latency_ms) == (routed.decision.propensity, (verdict,), 9.0)
    other = await h.router.report_outcome(Outcome(routed.episode_id, model="large", cost_usd=0.5, error="boom"), h.me)
    assert (other.model, other.cost_usd) == ("large", 0.5)


@pytest.mark.parametrize("told", [{"latency_ms": 9.0}, {"input_tokens": 10}, {"output_tokens": 10}, {}])
async def test_what_an_outcome_does_not_tell_is_not_taken_for_0(build, ask, told):
    """No cost without both counts of tokens, and nothing else that was not told."""
    h = build()
    routed = await h.router.route(ask(), h.me)
    receipt = await h.router.report_outcome(Outcome(routed.episode_id, **told), h.me)
    assert receipt.cost_usd is None
    event = h.storage.log.read(1)[0].event
    measured = ("cost_usd", "latency_ms", "input_tokens", "output_tokens", "cached_input_tokens", "reasoning_tokens")
    assert {name: value for name in measured if (value := getattr(event, name)) is not None} == told


async def test_an_outcome_needs_a_known_episode_and_model(build, ask):
    """NOT_FOUND for both."""
    h = build()
    with pytest.raises(UnknownEpisode):
        await h.router.report_outcome(Outcome("nobody"), h.me)
    routed = await h.router.route(ask(), h.me)
    with pytest.raises(UnknownModel):
        await h.router.report_outcome(Outcome(routed.episode_id, model="gpt-9"), h.me)
