"""StreamComplete over a socket: each item as its own message, and a stream that ends early."""

import asyncio

import grpc
import pytest
from pointsman import v1
from pointsman_service.errors import UnknownEpisode

QUERY = v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")])


async def _items(served, **fields):
    return [item async for item in served.router.StreamComplete(v1.StreamCompleteRequest(query=QUERY, **fields))]


async def test_the_episode_is_told_first_and_the_summary_last(served):
    """Once each, and the summary is what Complete returns."""
    items = await _items(served, request_id="again")
    assert items[0] == v1.StreamCompleteResponse(begun=v1.StreamBegun(episode_id="e-1", replayed=True))
    assert items[-1].summary == await served.router.Complete(v1.CompleteRequest(query=QUERY))
    assert [i.WhichOneof("item") for i in items].count("begun") == 1
    assert served.calls[0] == ("StreamComplete", "OK")


async def test_every_piece_and_mark_has_its_message(served):
    """In order; what is not known is absent, an index or a count of 0 is told."""
    items = await _items(served)
    kinds = [i.WhichOneof("item") for i in items]
    assert kinds == [
        "begun", "progress", "reasoning", "text", "ended", "progress", "retraction",
        "text", "text", "tool_call", "tool_call", "ended", "summary",
    ]  # fmt: skip
    _, calling, thought, wrong, cut, judging, retracted, _, _, call, piece, ended, _ = items
    assert calling.progress == v1.Progress(elapsed_ms=2000.0, step_index=0, model="small")
    assert judging.progress == v1.Progress(elapsed_ms=4000.0, step_index=0)
    assert thought.reasoning == v1.ReasoningPiece(text="2 and 2", step_index=0)
    assert wrong.text == v1.TextPiece(text="Five", step_index=0)
    assert cut.ended == v1.AnswerEnded(
        step_index=0, finish_reason=v1.FINISH_REASON_LENGTH, usage=v1.Usage(output_tokens=0)
    )
    assert retracted.retraction == v1.Retraction(step_index=0, reason="a better answer takes its place")
    assert call.tool_call == v1.ToolCallPiece(index=0, tool_call_id="c-1", function="add", step_index=1)
    assert piece.tool_call == v1.ToolCallPiece(index=0, arguments_json="{}", step_index=1)
    assert ended.ended.usage == v1.Usage(input_tokens=12, cached_input_tokens=0, output_tokens=56, reasoning_tokens=40)


async def test_trace_events_come_where_they_are_asked_for(served):
    """Every kind of event as its own message, between the others."""
    events = [i.trace for i in await _items(served, include_trace=True) if i.WhichOneof("item") == "trace"]
    assert [e.WhichOneof("event") for e in events] == [
        "decided", "step_started", "step_finished", "verdict_given", "answer_accepted",
    ]  # fmt: skip
    decided, started, finished, given, accepted = events
    assert decided.decided.decision.model == "small"
    assert started.step_started == v1.StepStarted(step_index=0, model="small", propensity=0.75)
    assert (finished.step_finished.step_index, finished.step_finished.step.cost_usd) == (0, 0.001)
    assert (given.verdict_given.step_index, given.verdict_given.verdict.judge) == (0, "format")
    assert accepted.answer_accepted == v1.AnswerAccepted(
        step_index=1, stop_reason=v1.STOP_REASON_UTILITY, believed_quality=0.8
    )


@pytest.mark.parametrize(
    ("mode", "word"),
    [
        (v1.STREAM_MODE_UNSPECIFIED, "settled"),
        (v1.STREAM_MODE_SETTLED, "settled"),
        (v1.STREAM_MODE_OPTIMISTIC, "optimistic"),
    ],
)
async def test_the_mode_reaches_the_application(served, mode, word):
    """Not said is settled."""
    await _items(served, stream_mode=mode)
    assert served.application.asked[0][3] == word


async def test_a_mode_that_nobody_knows_is_refused(served, refused):
    """Rather than taken for another."""
    stream = served.router.StreamComplete(v1.StreamCompleteRequest(query=QUERY, stream_mode=9))
    assert await refused(stream.read()) == {
        "stream_mode": "must be one of STREAM_MODE_SETTLED, STREAM_MODE_OPTIMISTIC; it is 9"
    }
    assert served.application.asked == []


async def test_an_error_amid_a_stream_ends_it_with_details(served, failure):
    """What came before stays; the status carries the reason."""
    served.application.error = UnknownEpisode("gone", episode_id="e-1")
    stream = served.router.StreamComplete(v1.StreamCompleteRequest(query=QUERY))
    assert (await stream.read()).begun.episode_id == "e-1"
    code, message, info, *_ = await failure(stream.read())
    assert (code, message, info.reason) == (grpc.StatusCode.NOT_FOUND, "gone", "UNKNOWN_EPISODE")


async def test_a_stream_is_closed_at_once_when_its_caller_goes(served):
    """Cancelling frees what the application holds, and is counted as cancelled."""
    served.application.hold = asyncio.Event()
    stream = served.router.StreamComplete(v1.StreamCompleteRequest(query=QUERY))
    await stream.read()
    await served.application.entered.wait()
    stream.cancel()
    await served.application.stream_closed.wait()
    await served.heard.wait()
    assert served.calls == [("StreamComplete", "CANCELLED")]
