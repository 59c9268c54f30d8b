"""An id that a caller was told exists, whatever becomes of the call: logged with what was called, open to feedback."""

import asyncio
import gc
from contextlib import aclosing

import pytest
from pointsman_learner.actions import Accept, AskJudge, CallModel
from pointsman_service.application.surviving import survived
from pointsman_service.domain.requests import (
    AnswerEnded,
    Caller,
    GivenFeedback,
    Progress,
    Routed,
    StepFinished,
    StepStarted,
    StreamBegun,
    TextPiece,
    VerdictGiven,
)
from pointsman_service.errors import BudgetExhausted, LogUnavailable


def logged(h):
    """The events of the log, without what was configured."""
    return [row.event for row in h.storage.log.read(0) if row.event.kind != "declared"]


async def close_at(h, query, kind, mode="settled"):
    """Read a stream up to the first item of this kind, then go; the episode's id."""
    async with aclosing(h.router.stream_complete(query, h.me, mode)) as items:
        begun = await anext(items)
        if isinstance(begun, kind):
            return begun.episode_id
        async for item in items:
            if isinstance(item, kind):
                return begun.episode_id
    raise AssertionError(f"no {kind}")


@pytest.mark.parametrize(
    ("kind", "called"),
    [(StreamBegun, 0), (Routed, 0), (StepStarted, 0), (TextPiece, 1), (AnswerEnded, 1), (StepFinished, 1)],
)
async def test_a_stream_that_is_closed_at_any_point_is_logged_with_what_was_called(build, ask, judge, kind, called):
    """As cancelled, without an answer; what came back whole is a step like any other."""
    h = build(judges=[judge("format", 1.0)])
    episode_id = await close_at(h, ask(), kind, "optimistic")
    (event,) = logged(h)
    assert (event.episode_id, event.stop, event.answer, len(event.steps)) == (episode_id, "cancelled", None, called)
    if called:
        assert event.steps[0].failure_kind == ("cancelled" if kind is TextPiece else None)


async def test_a_stream_that_is_closed_after_its_verdicts_keeps_them(build, ask, judge):
    """They may have cost something."""
    h = build(judges=[judge("format", 1.0)])
    await close_at(h, ask(), VerdictGiven)
    assert [v.score for v in logged(h)[0].steps[0].verdicts] == [1.0]


async def test_a_call_under_way_becomes_a_step_with_its_time_and_without_a_cost(build, ask, hanging):
    """What it will cost nobody knows; a ceiling counts all it could have cost."""
    h = build(silence_s=0.02, ceilings={"acme": 10.0})
    h.caller.answers["small"] = hanging
    async with aclosing(h.router.stream_complete(ask(), h.me)) as items:
        signs = 0
        while signs < 2:
            signs += isinstance(await anext(items), Progress)
    (step,) = logged(h)[0].steps
    assert (step.model, step.failure_kind, step.cost_usd, step.propensity) == ("small", "cancelled", 0.0, 0.5)
    assert step.latency_ms >= 10.0
    assert h.storage.ledger.spent("acme", 1000.0) > 0.04


async def test_a_call_that_was_never_made_spends_nothing_of_a_ceiling(build, ask):
    """The caller went between the decision and the call."""
    h = build(ceilings={"acme": 10.0})
    await close_at(h, ask(), StepStarted)
    assert h.storage.ledger.spent("acme", 1000.0) == 0.0


async def test_a_caller_who_goes_while_a_ceiling_is_asked_leaves_nothing_held(build, ask, monkeypatch):
    """Neither for ever nor for now: nothing was called."""
    h = build(ceilings={"acme": 10.0})
    asked, go = asyncio.Event(), asyncio.Event()
    reserve = h.storage.ledger.reserve

    async def slow(*of, **bid):
        asked.set()
        await go.wait()
        return await reserve(*of, **bid)

    monkeypatch.setattr(type(h.storage.ledger), "reserve", lambda _self, *of, **bid: slow(*of, **bid))
    task = asyncio.create_task(h.router.complete(ask(), h.me))
    await asked.wait()
    task.cancel()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    await survived()
    assert h.storage.ledger.spent("acme", 1000.0) == 0.0
    assert (logged(h)[0].stop, logged(h)[0].steps) == ("cancelled", ())


@pytest.mark.parametrize("stream", [True, False])
async def test_a_cancelled_caller_leaves_a_logged_episode(build, ask, stream):
    """The first call was paid for, the second was under way."""
    h = build()
    second = asyncio.Event()

    async def hang():
        second.set()
        await asyncio.Event().wait()

    h.caller.answers["large"] = hang
    h.policy.actions = [CallModel("small", 0.5), CallModel("large", 0.25)]

    async def drain():
        async for _ in h.router.stream_complete(ask(), h.me):
            pass

    task = asyncio.create_task(drain() if stream else h.router.complete(ask(), h.me))
    await second.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (event,) = logged(h)
    assert (event.stop, event.answer) == ("cancelled", None)
    assert [(s.model, s.failure_kind, s.propensity) for s in event.steps] == [
        ("small", None, 0.5),
        ("large", "cancelled", 0.25),
    ]
    assert [a.kind for a in event.actions] == ["call", "call"]
    assert [(m, c.tenant, e.stop) for m, c, e in h.observer.episodes] == [
        ("stream_complete" if stream else "complete", "acme", "cancelled")
    ]


async def test_a_judge_under_way_is_a_verdict_without_a_score(build, ask, judge):
    """It was asked, and may cost."""
    rubric = judge("rubric", 0.7, cost_usd=0.001)
    asked = asyncio.Event()

    async def never(_subject, _timeout_s):
        asked.set()
        await asyncio.Event().wait()

    rubric.judge = never
    h = build(judges=[rubric])
    h.policy.actions = [CallModel("small", 1.0), AskJudge("rubric", 0)]
    task = asyncio.create_task(h.router.complete(ask(), h.me))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (verdict,) = logged(h)[0].steps[0].verdicts
    assert (verdict.judge, verdict.score, verdict.error is None) == ("rubric", None, False)


async def test_a_caller_who_is_cancelled_twice_is_logged_nevertheless(build, ask, hanging):
    """The log's write outlives whoever waited for it."""
    h = build()
    h.caller.answers["small"] = hanging
    task = asyncio.create_task(h.router.complete(ask(), h.me))
    await h.caller.started.wait()
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await survived()
    assert logged(h)[0].stop == "cancelled"


async def test_a_caller_who_goes_while_the_answer_is_logged_has_an_answered_episode(build, ask, monkeypatch):
    """The answer was there, and the write is not torn."""
    h = build()
    writing, go = asyncio.Event(), asyncio.Event()
    append = h.storage.log.append_episode

    async def slow(new):
        writing.set()
        await go.wait()
        return await append(new)

    monkeypatch.setattr(type(h.storage.log), "append_episode", lambda _self, new: slow(new))
    task = asyncio.create_task(h.router.complete(ask(), h.me))
    await writing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go.set()
    await survived()
    assert (logged(h)[0].stop, logged(h)[0].answer) == ("utility", 0)


async def test_a_ceiling_that_forbids_the_first_call_leaves_a_logged_episode(build, ask):
    """The caller of a stream was told its id."""
    h = build(ceilings={"acme": 0.001})
    stream = h.router.stream_complete(ask(), h.me)
    begun, _ = await anext(stream), await anext(stream)
    with pytest.raises(BudgetExhausted):
        await anext(stream)
    (event,) = logged(h)
    assert (event.episode_id, event.stop, event.steps) == (begun.episode_id, "cost_ceiling", ())
    assert [type(e) for _, _, e in h.observer.refusals] == [BudgetExhausted]


async def test_a_defect_leaves_a_logged_episode(build, ask):
    """Whatever it was, the caller has the id."""
    h = build()
    h.policy.actions = [CallModel("small", 1.0), RuntimeError("a defect")]
    with pytest.raises(RuntimeError, match="a defect"):
        await h.router.complete(ask(), h.me)
    (event,) = logged(h)
    assert (event.stop, [s.model for s in event.steps]) == ("failed", ["small"])


async def test_a_call_cut_off_by_the_callers_own_deadline_is_logged_so(build, ask, hanging):
    """The transport cancels when the deadline has passed; that is not a caller who changed his mind."""
    h = build()
    h.caller.answers |= dict.fromkeys(("small", "medium", "large"), hanging)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(h.router.complete(ask(), Caller("acme", deadline_s=0.4)), 0.4)
    assert logged(h)[0].stop == "deadline"


async def test_a_log_that_cannot_take_a_cancelled_episode_does_not_hide_the_cancellation(
    build, ask, hanging, monkeypatch
):
    """Whoever watches hears of it."""
    h = build()
    h.caller.answers["small"] = hanging

    async def full(_self, _new):
        raise LogUnavailable("the disk is full")

    monkeypatch.setattr(type(h.storage.log), "append_episode", full)
    task = asyncio.create_task(h.router.complete(ask(), h.me))
    await h.caller.started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [type(e) for _, _, e in h.observer.refusals] == [LogUnavailable]


async def test_a_cancelled_request_id_is_free_for_a_retry(build, ask):
    """It has no answer yet."""
    h = build()
    await close_at(h, ask(request_id="r"), StepStarted)
    done = await h.router.complete(ask(request_id="r"), h.me)
    assert (done.text, done.replayed) == ("small says hello", False)
    assert [(e.request_id, e.stop) for e in logged(h)] == [("r", "cancelled"), ("r", "utility")]


@pytest.mark.parametrize(("kind", "about"), [(Routed, "small"), (TextPiece, "small")])
async def test_a_stopped_stream_takes_a_thumb_down(build, ask, kind, about):
    """It is about the model called last, or decided on."""
    h = build()
    episode_id = await close_at(h, ask(), kind, "optimistic")
    receipt = await h.feedback.record(GivenFeedback(episode_id, "thumb", 0.0), h.me)
    assert (receipt.value, logged(h)[1].model) == (0.0, about)


async def test_an_episode_whose_second_call_was_cut_off_takes_feedback_about_that_model(build, ask):
    """Called last."""
    h = build()
    h.policy.actions = [CallModel("small", 1.0), CallModel("large", 1.0), Accept(1, 0.8)]
    seen = 0
    async with aclosing(h.router.stream_complete(ask(), h.me)) as items:
        episode_id = (await anext(items)).episode_id
        async for item in items:
            seen += isinstance(item, StepFinished)
            if seen == 2:
                break
    await h.feedback.record(GivenFeedback(episode_id, "thumb", 0.0), h.me)
    assert logged(h)[1].model == "large"


async def test_a_model_that_left_since_the_decision_is_a_failed_step_and_another_answers(build, ask):
    """An operator deleted it in between."""
    h = build()
    h.policy.actions = [CallModel("gone", 1.0)]
    done = await h.router.complete(ask(), h.me)
    assert (done.steps[0].failure_kind, done.model) == ("unknown_model", "small")


async def test_the_loser_of_a_race_for_a_request_id_logs_what_it_paid_for(build, ask, tmp_path):
    """Two processes on one log: one answer for the id, and both episodes exist."""
    h, other = build(), build(folder=tmp_path, ids="other")
    ran = []

    async def slow():
        ran.append(await other.router.complete(ask(request_id="r"), h.me))
        return "too late"

    h.caller.answers["small"] = slow
    got = [i async for i in h.router.stream_complete(ask(request_id="r"), h.me)]
    assert got[-1].episode_id == ran[0].episode_id == "other-1"
    assert (got[-1].text, got[-1].replayed) == ("small says hello", True)
    assert [(e.episode_id, e.stop, len(e.steps)) for e in logged(h)] == [
        ("other-1", "utility", 1),
        (got[0].episode_id, "cancelled", 1),
    ]


@pytest.mark.parametrize("mode", ["settled", "optimistic"])
async def test_whenever_a_caller_goes_the_told_episode_is_logged_once_and_whole(build, ask, judge, mode):
    """At each of the first turns of the event loop: every call is a step, nothing stays held, no task complains."""
    judges = [judge("format", 1.0), judge("rubric", 0.5, cost_usd=0.001)]
    h = build(judges=judges, ceilings={"acme": 1000.0})
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    told = []

    async def read():
        async with aclosing(h.router.stream_complete(ask(), h.me, mode)) as items:
            async for item in items:
                if isinstance(item, StreamBegun):
                    told.append(item.episode_id)
                await asyncio.sleep(0)

    for turns in range(120):
        h.policy.actions = [CallModel("small", 1.0), AskJudge("rubric", 0), CallModel("large", 1.0), Accept(1, 0.8)]
        task = asyncio.create_task(read())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        await survived()
    events = logged(h)
    assert [e.episode_id for e in events] == told
    assert {e.stop for e in events} >= {"cancelled"}
    for event in events:
        assert sum(a.kind == "call" for a in event.actions) == len(event.steps)
        paid = [v for s in event.steps for v in s.verdicts if v.judge == "rubric"]
        assert sum(a.kind == "ask" for a in event.actions) == len(paid)
        assert (event.answer is None) == (event.stop == "cancelled")
    given_up = sum(s.failure_kind == "cancelled" for e in events for s in e.steps)
    silent = sum(v.error is not None for e in events for s in e.steps for v in s.verdicts)
    most = sum(e.cost_usd for e in events) + 0.5 * given_up + 0.002 * silent
    assert h.storage.ledger.spent("acme", 1000.0) <= most + 1e-9
    gc.collect()
    assert complaints == []
