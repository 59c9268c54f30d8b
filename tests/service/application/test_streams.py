"""Streams: what is told, when, and what is taken back."""

import asyncio

import pytest
from pointsman_learner.actions import Accept, AskJudge, CallModel
from pointsman_service.application.progress import with_signs
from pointsman_service.domain import Capabilities, ModelConfig
from pointsman_service.domain.chat import ReasoningDelta, TextDelta, ToolCallDelta
from pointsman_service.domain.requests import (
    AnswerAccepted,
    AnswerEnded,
    Caller,
    Completed,
    Progress,
    ReasoningPiece,
    Retraction,
    Routed,
    StepFinished,
    StepStarted,
    StreamBegun,
    TextPiece,
    ToolCallPiece,
    VerdictGiven,
)
from pointsman_service.errors import EveryModelFailed

SAID = (TextPiece, ReasoningPiece, ToolCallPiece, Retraction, AnswerEnded)
ESCALATES = [CallModel("small", 1.0), CallModel("large", 1.0), Accept(1, 0.8)]


async def items(h, query, caller=None, mode="settled"):
    """Everything that a stream brings."""
    return [item async for item in h.router.stream_complete(query, caller or h.me, mode)]


def kinds(got):
    """The types of the items."""
    return [type(i) for i in got]


def shown(got):
    """What a client shows in the end that obeys retractions, and what of it came before the first answer was whole."""
    text, index = "", None
    for item in got:
        if isinstance(item, Retraction):
            assert item.index == index, "only what is shown can be retracted"
            text, index = "", None
        if isinstance(item, TextPiece):
            assert index in {None, item.index}, "two answers were mixed"
            text, index = text + item.text, item.index
    return text


async def test_a_stream_tells_each_step_and_then_the_accepted_answer(build, ask, judge):
    """Order: that it has begun, decision, call, verdict, acceptance, pieces, their end, the whole."""
    h = build(judges=[judge("format", 1.0)])
    got = await items(h, ask())
    assert kinds(got) == [
        StreamBegun, Routed, StepStarted, StepFinished, VerdictGiven, AnswerAccepted, TextPiece, AnswerEnded, Completed
    ]  # fmt: skip
    assert got[0] == StreamBegun(got[-1].episode_id)
    assert (got[-2].finish_reason, got[-2].usage.input_tokens, got[-2].usage.reasoning_tokens) == ("stop", 10, None)


async def test_nothing_of_a_rejected_answer_is_streamed(build, ask):
    """Only the second model's text reaches the caller."""
    h = build()
    h.policy.actions = list(ESCALATES)
    got = [i for i in await items(h, ask()) if isinstance(i, SAID)]
    assert kinds(got) == [TextPiece, AnswerEnded]
    assert (got[0].text, got[0].index) == ("large says hello", 1)


async def test_a_final_calls_pieces_go_out_as_they_come(build, ask):
    """Before it is accepted, since it will be accepted unseen."""
    h = build()
    h.policy.actions = [CallModel("small", 1.0, final=True)]
    got = await items(h, ask())
    assert [i.text for i in got if isinstance(i, TextPiece)] == ["small", "says", "hello"]
    assert kinds(got)[3:] == [TextPiece] * 3 + [AnswerEnded, StepFinished, AnswerAccepted, Completed]
    assert got[-1].text == "small says hello"
    event = h.storage.log.read(0)[0].event
    assert [a.kind for a in event.actions] == ["call", "accept"]


async def test_the_only_model_of_a_query_is_streamed_live_without_the_policys_word(build, ask, judge):
    """Nothing can replace its answer, whatever a judge says of it."""
    h = build(judges=[judge("format", 0.0)])
    got = await items(h, ask(models=("large",)))
    assert kinds(got)[2:] == [
        StepStarted, *[TextPiece] * 3, AnswerEnded, StepFinished, VerdictGiven, AnswerAccepted, Completed
    ]  # fmt: skip


async def test_the_last_model_is_not_streamed_live_while_an_earlier_answer_may_be_the_better_one(build, ask):
    """Of two models, the second's answer is sent when it is accepted, and not before."""
    h = build()
    h.policy.actions = list(ESCALATES)
    got = await items(h, ask(models=("small", "large")))
    assert kinds([i for i in got if isinstance(i, (AnswerAccepted, TextPiece))]) == [AnswerAccepted, TextPiece]


async def test_the_last_model_left_is_streamed_live_when_all_before_it_failed(build, ask, failing):
    """There is no earlier answer."""
    h = build()
    h.caller.answers["small"] = h.caller.answers["medium"] = failing()
    got = await items(h, ask())
    assert [i.text for i in got if isinstance(i, TextPiece)] == ["large", "says", "hello"]


async def test_a_final_call_of_complete_is_not_streamed_but_accepted(build, ask):
    """The same policy, answered in one piece."""
    h = build()
    h.policy.actions = [CallModel("small", 1.0, final=True)]
    assert (await h.router.complete(ask(), h.me)).text == "small says hello"


async def test_a_final_stream_that_breaks_midway_is_an_error_not_another_answer(build, ask):
    """Where what was sent stands, it must not be followed by another model's."""
    h = build()
    h.caller.answers["small"] = "half BREAK never"
    h.policy.actions = [CallModel("small", 1.0, final=True)]
    with pytest.raises(EveryModelFailed):
        await items(h, ask())
    assert [name for name, *_ in h.caller.calls] == ["small"]
    event = h.storage.log.read(0)[0].event
    assert (event.answer, event.stop, event.steps[0].failure_kind) == (None, "failed", "unavailable")


async def test_a_final_stream_that_fails_before_its_first_piece_falls_back(build, ask, failing):
    """Nothing went out, so another model may answer."""
    h = build()
    h.caller.answers["small"] = failing()
    h.policy.actions = [CallModel("small", 1.0, final=True)]
    got = await items(h, ask())
    assert got[-1].model == "medium"
    assert not [i for i in got if isinstance(i, Retraction)]


async def test_a_final_stream_that_hangs_is_cut_off_at_its_limit(build, ask, hanging):
    """A stream has a time limit like a call."""
    h = build()
    h.caller.answers["small"] = hanging
    h.policy.actions = [CallModel("small", 1.0, final=True)]
    got = await items(h, ask(), Caller("acme", deadline_s=0.5))
    assert got[-1].steps[0].failure_kind == "timeout"


async def test_a_long_answer_comes_in_pieces(build, ask):
    """No message is larger than a few thousand characters."""
    h = build()
    h.caller.answers["small"] = "x" * 10_000
    texts = [i.text for i in await items(h, ask()) if isinstance(i, TextPiece)]
    assert [len(t) for t in texts] == [4096, 4096, 1808]


async def test_reasoning_and_tool_calls_come_in_pieces_of_their_own(build, ask):
    """Before and after the text; never part of it."""
    h = build()
    call = {"id": "c-1", "type": "function", "function": {"name": "weather", "arguments": '{"in": "Oslo"}'}}
    h.caller.answers["small"] = h.caller.answer("Let me see.", reasoning="Which town?", tool_calls=(call,))
    got = await items(h, ask())
    assert [i for i in got if isinstance(i, (ReasoningPiece, TextPiece, ToolCallPiece))] == [
        ReasoningPiece("Which town?", 0),
        TextPiece("Let me see.", 0),
        ToolCallPiece(0, '{"in": "Oslo"}', 0, "c-1", "weather"),
    ]
    assert (got[-1].reasoning, got[-1].tool_calls) == ("Which town?", (call,))


async def test_reasoning_and_tool_calls_go_out_as_they_come_too(build, ask, monkeypatch):
    """Each piece of the model's is a piece of the stream's."""
    h = build()
    whole = h.caller.answer("hi")

    async def stream(_model, _question, _timeout_s):
        for piece in (ReasoningDelta("hm"), TextDelta("hi"), ToolCallDelta(0, "{", "c", "f"), ToolCallDelta(0, "}")):
            yield piece
        yield whole

    monkeypatch.setattr(h.caller, "stream", stream)
    got = await items(h, ask(models=("small",)))
    assert [i for i in got if isinstance(i, SAID)][:-1] == [
        ReasoningPiece("hm", 0),
        TextPiece("hi", 0),
        ToolCallPiece(0, "{", 0, "c", "f"),
        ToolCallPiece(0, "}", 0),
    ]


async def test_a_model_that_cannot_stream_is_called_and_its_answer_sent_when_it_is_there(build, ask):
    """The caller sees the same items."""
    dumb = ModelConfig("dumb", "openai", "dumb", "http://unused/v1", capabilities=Capabilities(streaming=False))
    h = build(models=(dumb,))
    got = await items(h, ask(), mode="optimistic")
    assert [i.text for i in got if isinstance(i, TextPiece)] == ["dumb says hello"]
    assert kinds(got).index(AnswerEnded) < kinds(got).index(StepFinished)


async def test_optimistic_text_flows_from_the_first_models_first_token(build, ask, judge):
    """And where its answer is accepted, nothing is sent again."""
    h = build(judges=[judge("format", 1.0)])
    got = await items(h, ask(), mode="optimistic")
    assert kinds(got) == [
        StreamBegun, Routed, StepStarted, *[TextPiece] * 3, AnswerEnded, StepFinished, VerdictGiven, AnswerAccepted,
        Completed,
    ]  # fmt: skip


async def test_optimistic_text_is_retracted_before_the_first_piece_of_the_answer_that_takes_its_place(build, ask):
    """And not when the other model is called: until then the first may still be the answer."""
    h = build()
    h.policy.actions = list(ESCALATES)
    got = await items(h, ask(), mode="optimistic")
    assert kinds(got)[9:] == [StepFinished, AnswerAccepted, Retraction, TextPiece, AnswerEnded, Completed]
    retraction = got[kinds(got).index(Retraction)]
    assert (retraction.index, "large" in retraction.reason) == (0, True)
    assert shown(got) == got[-1].text == "large says hello"


async def test_an_optimistic_answer_that_another_could_not_beat_is_not_retracted(build, ask):
    """A second opinion is asked, and the first answer stays."""
    h = build()
    h.policy.actions = [CallModel("small", 1.0), CallModel("large", 1.0), Accept(0, 0.8)]
    got = await items(h, ask(), mode="optimistic")
    assert not [i for i in got if isinstance(i, Retraction)]
    assert shown(got) == "smallsayshello"
    assert got[-1].model == "small"


async def test_an_optimistic_stream_that_breaks_midway_goes_on_with_the_next_model_live(build, ask):
    """What was sent is retracted with the next one's first piece; nothing better was shown."""
    h = build()
    h.caller.answers["small"] = "half BREAK never"
    got = await items(h, ask(), mode="optimistic")
    said = [i for i in got if isinstance(i, SAID)]
    assert kinds(said) == [TextPiece, Retraction, *[TextPiece] * 3, AnswerEnded]
    assert "broke off" in said[1].reason
    assert (shown(got), got[-1].model) == ("mediumsayshello", "medium")


async def test_an_optimistic_final_call_that_breaks_midway_may_still_be_replaced(build, ask):
    """Unlike a settled one."""
    h = build()
    h.caller.answers["small"] = "half BREAK never"
    h.policy.actions = [CallModel("small", 1.0, final=True)]
    got = await items(h, ask(), mode="optimistic")
    assert (shown(got), got[-1].model) == ("mediumsayshello", "medium")


async def test_a_silent_answer_retracts_what_was_shown_too(build, ask):
    """One of tool calls alone, or of nothing but a refusal, has no text that could say so."""
    h = build()
    h.caller.answers["small"] = "half BREAK never"
    h.caller.answers["medium"] = h.caller.answer("", refusal="I would rather not.")
    got = await items(h, ask(), mode="optimistic")
    said = [i for i in got if isinstance(i, SAID)]
    assert kinds(said)[:2] == [TextPiece, Retraction]
    assert kinds(said)[-1] == AnswerEnded
    assert (said[-1].index, got[-1].refusal) == (1, "I would rather not.")


async def until_signs(h, query, count, gate):
    """Read a stream; open the gate after so many signs of life, and return these."""
    signs = []
    async for item in h.router.stream_complete(query, h.me):
        if isinstance(item, Progress):
            signs.append(item)
            if len(signs) == count:
                gate.set()
    return signs[:count]


async def test_a_stream_says_that_it_is_alive_while_a_model_thinks(build, ask):
    """With the step, the model, and the time since the request came."""
    h, gate = build(silence_s=0.02), asyncio.Event()

    async def slow():
        await gate.wait()
        return "done"

    h.caller.answers["small"] = slow
    first, second = await until_signs(h, ask(), 2, gate)
    assert (first.index, first.model, second.index, second.model) == (0, "small", 0, "small")
    assert 20.0 <= first.elapsed_ms < second.elapsed_ms


async def test_a_stream_says_that_it_is_alive_while_judges_are_asked(build, ask, judge):
    """Then no model is named."""
    slow, gate = judge("rubric", 0.7, cost_usd=0.001), asyncio.Event()

    async def think(subject, timeout_s, give=slow.judge):
        await gate.wait()
        return await give(subject, timeout_s)

    slow.judge = think
    h = build(judges=[slow], silence_s=0.02)
    h.policy.actions = [CallModel("small", 1.0), AskJudge("rubric", 0), Accept(0, 0.7)]
    signs = await until_signs(h, ask(), 2, gate)
    assert {(s.index, s.model) for s in signs} == {(0, None)}


async def test_what_only_traces_show_ends_no_silence():
    """A caller without a trace would hear nothing between the steps."""

    async def traced():
        for number in range(40):
            await asyncio.sleep(0.005)
            yield number

    got = [i async for i in with_signs(traced(), lambda: "alive", lambda _: False, 0.05)]
    assert got.count("alive") >= 2
    assert [i for i in got if i != "alive"] == list(range(40))


async def test_what_is_said_puts_the_next_sign_off():
    """Signs are for silence alone."""

    async def chatty():
        for number in range(20):
            await asyncio.sleep(0.001)
            yield number

    assert "alive" not in [i async for i in with_signs(chatty(), lambda: "alive", lambda _: True, 5.0)]


async def test_the_trouble_of_what_is_waited_for_is_told():
    """And nothing after it."""

    async def broken():
        yield 1
        raise ValueError("trouble")

    stream = with_signs(broken(), lambda: "alive", lambda _: True, 5.0)
    assert await anext(stream) == 1
    with pytest.raises(ValueError, match="trouble"):
        await anext(stream)


async def test_an_answer_in_one_piece_needs_no_signs_of_life(build, ask):
    """Complete tells nothing before its end."""
    h = build(silence_s=0.0)
    assert (await h.router.complete(ask(), h.me)).text == "small says hello"


@pytest.mark.parametrize("mode", ["settled", "optimistic"])
async def test_a_repeated_stream_tells_the_first_answer_again(build, ask, mode):
    """Marked so from its first item on, with the pieces and the whole."""
    h = build()
    first = await items(h, ask(request_id="r"))
    again = await items(h, ask(request_id="r"), mode=mode)
    assert kinds(again) == [StreamBegun, Routed, AnswerAccepted, TextPiece, AnswerEnded, Completed]
    assert again[0] == StreamBegun(first[0].episode_id, replayed=True)
    assert (again[-1].text, again[-1].replayed, len(h.caller.calls)) == (first[-1].text, True, 1)
