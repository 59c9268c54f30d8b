"""Routing: what a decision is made under, idempotent ids, sessions, ceilings."""

import asyncio
from dataclasses import replace

import pytest
from msgspec import structs
from pointsman_learner.actions import AskJudge, CallModel
from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.preference import cost_weight_of_dial
from pointsman_service.domain import ChatMessage, Question, TenantConfig
from pointsman_service.domain.preference import Preference
from pointsman_service.domain.requests import Caller, Query
from pointsman_service.errors import (
    BudgetExhausted,
    DeadlineTooShort,
    DuplicateRequest,
    NoModelLeft,
    RequestConflict,
    UnknownEpisode,
    UnknownModel,
)

from tests.service.application.conftest import MODELS, ScriptedJudge


async def test_a_route_is_logged_before_it_is_answered(build, ask):
    """Decision, context and tenant are in the log under the episode's id."""
    h = build()
    routed = await h.router.route(ask(hints={"task": "math"}, labels={"team": "x"}), h.me)
    stored = await h.router.get_episode(routed.episode_id, h.me)
    assert stored.episode.decision == routed.decision
    assert (stored.episode.stop, stored.episode.at, stored.episode.steps) == ("route_only", 1000.0, ())
    assert stored.episode.context.hints == {"task": "math"}
    assert stored.response["labels"] == {"team": "x"}
    assert h.router.snapshot_version() == 7


async def test_another_tenants_episode_does_not_exist(build, ask):
    """NOT_FOUND, not a hint."""
    h = build()
    routed = await h.router.route(ask(), h.me)
    with pytest.raises(UnknownEpisode):
        await h.router.get_episode(routed.episode_id, Caller("rival"))


@pytest.mark.parametrize(
    ("asked", "own", "weight"),
    [
        (Preference(cost_weight=3.0), TenantConfig("acme", usd_per_thousand=1.0, preference=Preference(dial=0.5)), 3.0),
        (Preference(dial=1.0), TenantConfig("acme", usd_per_thousand=1.0), 0.0),
        (Preference(), TenantConfig("acme", usd_per_thousand=1.0, preference=Preference(dial=0.5)), None),
        (Preference(), TenantConfig("acme", preference=Preference(dial=0.5)), cost_weight_of_dial(0.5)),
        (Preference(), TenantConfig("acme", preference=Preference(cost_weight=8.0)), 8.0),
        (Preference(min_quality=0.5), TenantConfig("acme", preference=Preference(dial=0.0)), 1e6),
        (Preference(), TenantConfig("default", preference=Preference(dial=0.0)), 1e6),
        (Preference(), TenantConfig("default", usd_per_thousand=1.0), None),
        (Preference(), TenantConfig("other", preference=Preference(dial=0.0)), None),
    ],
)
async def test_lambda_is_the_requests_then_the_budgets_then_the_tenants(build, ask, asked, own, weight):
    """None leaves it to the learner: paced, or its default."""
    h = build(tenants=[own])
    await h.router.route(ask(preference=asked), h.me)
    assert h.policy.constraints.cost_weight == weight


async def test_each_limit_is_the_requests_else_the_tenants_by_itself(build, ask):
    """One that a request names leaves the others as the tenant has them."""
    own = Preference(latency_weight=0.1, max_cost_usd=1.0, max_latency_ms=900.0, min_quality=0.5)
    h = build(tenants=[TenantConfig("acme", preference=own)])
    await h.router.route(ask(preference=Preference(max_latency_ms=100.0, min_quality=0.0)), h.me)
    c = h.policy.constraints
    assert (c.latency_weight, c.max_cost_usd, c.max_latency_ms, c.min_quality) == (0.1, 1.0, 100.0, 0.0)


async def test_a_dial_outside_its_range_is_an_error():
    """The border refuses it before; the mapping does too."""
    with pytest.raises(ValueError, match="from 0 to 1"):
        cost_weight_of_dial(1.5)


async def test_limits_reach_the_policy(build, ask):
    """Ceiling, floor, speed, allowed models, tenant; and the log has them."""
    h = build()
    wanted = Preference(max_cost_usd=0.5, min_quality=0.7, latency_weight=0.2, max_latency_ms=800.0)
    await h.router.route(ask(preference=wanted, models=("large",)), h.me)
    c = h.policy.constraints
    assert (c.max_cost_usd, c.min_quality, c.models, c.tenant) == (0.5, 0.7, ("large",), "acme")
    assert (c.latency_weight, c.max_latency_ms) == (0.2, 800.0)
    assert h.storage.log.read(0)[0].event.constraints == c


async def test_to_whom_seconds_have_a_price_a_judge_takes_what_it_took_of_late(build, ask):
    """As this process saw it; to others, and before any verdict, it is as it is listed."""

    class Slow(ScriptedJudge):
        async def judge(self, subject, timeout_s):
            return structs.replace(await super().judge(subject, timeout_s), latency_ms=400.0)

    h = build(judges=[Slow("rubric")])
    priced = Preference(latency_weight=0.1)

    async def told(preference):
        await h.router.complete(ask(preference=preference), h.me)
        return [j.latency_ms for j in h.policy.constraints.judges]

    assert await told(priced) == [0.0]
    assert await told(priced) == [400.0]
    assert await told(Preference()) == [0.0]


async def test_who_asks_is_logged_as_a_pseudonym(build, ask):
    """The same for the same person of the same tenant; the clear id stands beside the texts, and in no event."""
    h = build()
    for caller, user in ((h.me, "ann"), (h.me, "ann"), (Caller("rival"), "ann"), (h.me, None)):
        await h.router.route(ask(end_user_id=user, session_id="s"), caller)
    first, again, rivals, nobody = (row.event for row in h.storage.log.read(0))
    assert first.end_user == again.end_user != rivals.end_user
    assert (len(first.end_user), nobody.end_user, first.session_id) == (16, None, "s")
    assert "ann" not in str(first)
    assert (await h.router.get_episode(first.episode_id, h.me)).end_user_id == "ann"


async def test_where_no_texts_are_kept_who_asks_is_not_kept_either(build, ask):
    """The pseudonym alone."""
    h = build(store_prompts="none")
    routed = await h.router.route(ask(end_user_id="ann"), h.me)
    stored = await h.router.get_episode(routed.episode_id, h.me)
    assert (stored.end_user_id, len(stored.episode.end_user)) == (None, 16)


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
    h = build(models=(replace(MODELS[0], enabled=False), *MODELS[1:]))
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
    assert streamed[-1] == again  # Complete and StreamComplete are the same request in this respect


@pytest.mark.parametrize(
    "other",
    [
        {"labels": {"team": "x"}},
        {"hints": {"task": "math"}},
        {"end_user_id": "ann"},
        {"session_id": "s"},
        {"require_tags": ()},
        {"models": ("small",)},
        {"preference": Preference(max_latency_ms=1e6)},
    ],
)
async def test_all_of_a_query_is_its_content(build, ask, other):
    """Labels, too; what was not said is the same as what was said to be nothing."""
    h = build()
    await h.router.complete(ask(request_id="r"), h.me)
    if other == {"require_tags": ()}:
        assert (await h.router.complete(ask(request_id="r", **other), h.me)).replayed
        return
    with pytest.raises(RequestConflict):
        await h.router.complete(ask(request_id="r", **other), h.me)


async def test_the_deadline_is_no_part_of_the_content(build, ask):
    """A retry has less time left."""
    h = build()
    await h.router.complete(ask(request_id="r"), Caller("acme", deadline_s=9.0))
    assert (await h.router.complete(ask(request_id="r"), Caller("acme", deadline_s=3.0))).replayed


async def test_a_plan_of_one_call_is_another_request(build, ask):
    """single_call is content."""
    h = build()
    await h.router.route(ask(request_id="r"), h.me)
    with pytest.raises(RequestConflict):
        await h.router.route(replace(ask(request_id="r"), single_call=True), h.me)


async def test_all_of_an_answer_is_given_again(build, ask, tmp_path):
    """Parts, reasoning, refusal, tool calls; after a restart as well."""
    h = build()
    h.caller.answers["small"] = h.caller.answer(
        "text",
        parts=({"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},),
        reasoning="thought",
        refusal="but not that",
        tool_calls=({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}},),
        cached_input_tokens=4,
        reasoning_tokens=5,
        deployment="eu-1",
    )
    first = await h.router.complete(ask(request_id="r"), h.me)
    assert (first.reasoning, first.refusal, len(first.parts), len(first.tool_calls)) == (
        "thought",
        "but not that",
        1,
        1,
    )
    step = first.steps[0]
    assert (step.cached_input_tokens, step.reasoning_tokens, step.deployment, step.finish_reason) == (
        4,
        5,
        "eu-1",
        "stop",
    )
    restarted = build(folder=tmp_path)
    again = await restarted.router.complete(ask(request_id="r"), h.me)
    assert replace(again, replayed=False, latency_ms=0.0) == replace(first, latency_ms=0.0)
    assert again.latency_ms == pytest.approx(first.latency_ms, abs=0.001)


async def test_a_request_id_with_other_content_is_a_conflict(build, ask):
    """Also between Route and Complete; another tenant's ids are its own."""
    h = build()
    await h.router.complete(ask(request_id="r"), h.me)
    with pytest.raises(RequestConflict, match="'r'") as conflict:
        await h.router.complete(ask("What is 3+3?", request_id="r"), h.me)
    assert conflict.value.facts == {"request_id": "r"}, "whoever guesses an id learns of no episode"
    assert "id-1" not in str(conflict.value)
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


async def test_the_wait_for_a_twin_is_part_of_the_deadline(build, ask, hanging):
    """It began when the request came in."""
    h = build()
    h.caller.answers["small"] = hanging
    first = asyncio.create_task(h.router.complete(ask(request_id="r"), h.me))
    await h.caller.started.wait()
    second = asyncio.create_task(h.router.complete(ask(request_id="r"), Caller("acme", deadline_s=0.05)))
    await asyncio.sleep(0.1)
    first.cancel()
    with pytest.raises(DeadlineTooShort):
        await second
    assert len(h.caller.calls) == 1


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
    """Two processes on one log: the log has one answer for the id, and both callers get it."""
    h, other = build(), build(folder=tmp_path, ids="other")
    ran = []

    async def slow():
        ran.append(await other.router.complete(ask(request_id="r"), h.me))
        return "too late"

    h.caller.answers["small"] = slow
    mine = await h.router.complete(ask(request_id="r"), h.me)
    assert mine.episode_id == ran[0].episode_id == "other-1"
    assert (mine.text, mine.replayed) == ("small says hello", True)


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
    h = build(ceilings={"acme": 0.001})
    with pytest.raises(BudgetExhausted):
        await h.router.complete(ask(), h.me)
    assert h.caller.calls == []


async def test_a_hard_ceiling_ends_a_cascade_with_the_best_answer_so_far(build, ask):
    """The second model's most expensive answer would break it."""
    h = build(ceilings={"acme": 0.1})
    h.policy.actions = [CallModel("small", 1.0), CallModel("large", 1.0)]
    done = await h.router.complete(ask(), h.me)
    assert (done.model, done.stop, done.cut_short) == ("small", "cost_ceiling", True)
    assert h.storage.ledger.spent("acme", 1000.0) == pytest.approx(0.001)


async def test_a_ceiling_bounds_the_answers_length(build, ask):
    """Otherwise no price is an upper bound; a limit of the request's own stays."""
    h = build(ceilings={"acme": 10.0})
    await h.router.complete(ask(), h.me)
    assert h.caller.calls[-1][1].params == {"max_tokens": 4096}
    limited = Query(Question((ChatMessage("user", "hi"),), params={"max_completion_tokens": 5}))
    await h.router.complete(limited, h.me)
    assert h.caller.calls[-1][1].params == {"max_completion_tokens": 5}


async def test_a_ceiling_holds_under_concurrency(build, ask):
    """A model that was not seen to keep limits is called by one at a time; whoever has the money is served."""
    h = build(ceilings={"acme": 0.1})
    under_way, most = 0, 0

    async def slow():
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001)
        under_way -= 1
        return h.caller.answer("done", cost_usd=0.01)

    h.caller.answers["small"] = slow
    results = await asyncio.gather(
        *(h.router.complete(ask(models=("small",)), h.me) for _ in range(12)), return_exceptions=True
    )
    assert sum(not isinstance(r, Exception) for r in results) == 6  # the seventh might cost .041 of .04
    assert {type(r) for r in results if isinstance(r, Exception)} == {BudgetExhausted}
    assert h.storage.ledger.spent("acme", 1000.0) == pytest.approx(0.06)
    assert most == 1


async def test_a_call_whose_bill_is_unknown_counts_as_all_it_could_have_cost(build, ask, failing):
    """After a timeout the provider may still charge; after a refusal it does not."""
    h = build(ceilings={"acme": 10.0})
    h.caller.answers["small"] = failing("refused")
    await h.router.complete(ask(), h.me)
    assert h.storage.ledger.spent("acme", 1000.0) == pytest.approx(0.001)
    h.caller.answers["small"] = failing("timeout")
    await h.router.complete(ask(), h.me)
    assert h.storage.ledger.spent("acme", 1000.0) > 0.04


async def test_a_cancelled_call_settles_its_hold(build, ask, hanging):
    """No hold stays open for ever; it counts as spent."""
    h = build(ceilings={"acme": 10.0})
    h.caller.answers["small"] = hanging
    task = asyncio.create_task(h.router.complete(ask(), h.me))
    await h.caller.started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert h.storage.ledger.spent("acme", 1000.0) > 0.04


async def test_a_priced_verdict_is_held_and_settled(build, ask, judge):
    """And a ceiling that has no room for it ends the cascade."""
    h = build(judges=[judge("rubric", 0.5, cost_usd=0.03)], ceilings={"acme": 0.09})
    h.policy.actions = [CallModel("small", 1.0), AskJudge("rubric", 0)]
    await h.router.complete(ask(), h.me)
    assert h.storage.ledger.spent("acme", 1000.0) == pytest.approx(0.031)
    h.policy.actions = [CallModel("small", 1.0), AskJudge("rubric", 0)]
    done = await h.router.complete(ask(), h.me)
    assert done.stop == "cost_ceiling"


@pytest.mark.parametrize(
    ("alpha", "told"),
    [(None, ("large", 0.05)), (0.1, ("large", 0.1)), (0.0, ("large", 0.0)), (1.0, (None, 0.0))],
)
async def test_what_a_tenant_is_guaranteed_stands_in_its_episodes(build, ask, alpha, told):
    """The baseline that a decision was held to, and how far it might depart; nothing where nothing is guaranteed."""
    h = build(tenants=[TenantConfig("acme", baseline="large", alpha=alpha)])
    await h.router.route(ask(), h.me)
    constraints = h.storage.log.read(0)[-1].event.constraints
    assert (constraints.baseline, constraints.alpha) == told
