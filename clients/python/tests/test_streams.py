"""Both clients: answers that come in pieces."""

import pytest
from grpc import StatusCode

import pointsman
from pointsman import AsyncClient, Client, v1

RETRACTION = v1.StreamCompleteResponse(retraction=v1.Retraction(step_index=0, reason="a better answer"))


async def test_a_stream_hands_on_every_item(call, running):
    """From `begun` to the summary."""
    items = await call("stream_complete", "2 + 2?")
    assert [i.WhichOneof("item") for i in items] == ["begun", "progress", "text", "text", "summary"]
    (request,) = running.service.requests
    assert (request.stream_mode, request.include_trace) == (v1.STREAM_MODE_SETTLED, False)


async def test_pieces_before_they_are_settled_and_traces_come_only_where_asked_for(call, running):
    """Optimistic and trace; a retraction is an item like others."""
    running.service.items.insert(3, RETRACTION)
    items = await call("stream_complete", "2 + 2?", optimistic=True, trace=True, include_predictions=True)
    assert "retraction" in [i.WhichOneof("item") for i in items]
    (request,) = running.service.requests
    assert request.stream_mode == v1.STREAM_MODE_OPTIMISTIC
    assert (request.include_trace, request.include_predictions) == (True, True)


async def test_texts_are_the_pieces_of_the_answer_and_the_rest_is_kept(running):
    """The episode from the first item on, the summary at the end, and the id under which it was asked."""
    with Client(running.address) as client, client.stream_complete("2 + 2?") as stream:
        assert (stream.episode_id, stream.summary) == (None, None)
        assert list(stream.texts()) == ["Fo", "ur."]
        assert (stream.episode_id, stream.summary.episode_id) == ("e-1", "e-1")
        assert stream.request_id == running.service.requests[0].request_id != ""
    async with AsyncClient(running.address) as client, client.stream_complete("2 + 2?") as stream:
        assert (stream.episode_id, stream.summary) == (None, None)
        assert [text async for text in stream.texts()] == ["Fo", "ur."]
        assert (stream.episode_id, stream.summary.episode_id) == ("e-1", "e-1")
        assert stream.request_id == running.service.requests[1].request_id != ""


async def test_texts_of_a_stream_that_takes_them_back_are_refused(running):
    """Whoever printed them would have the wrong answer on the screen."""
    with Client(running.address) as client, pytest.raises(pointsman.InvalidRequest, match="at a `retraction`"):
        client.stream_complete("2 + 2?", optimistic=True).texts()
    async with AsyncClient(running.address) as client:
        with pytest.raises(pointsman.InvalidRequest, match="at a `retraction`"):
            client.stream_complete("2 + 2?", optimistic=True).texts()


async def test_a_retraction_of_what_was_to_stand_is_not_lost(running):
    """A service should never do it."""
    running.service.items.insert(3, RETRACTION)
    with Client(running.address) as client, pytest.raises(pointsman.ServiceDefect, match="a better answer"):
        list(client.stream_complete("2 + 2?").texts())
    async with AsyncClient(running.address) as client:
        with pytest.raises(pointsman.ServiceDefect, match="a better answer"):
            _ = [text async for text in client.stream_complete("2 + 2?").texts()]


async def test_a_stream_without_its_summary_is_not_taken_for_whole(call, running):
    """A proxy may cut it as if it had ended well."""
    del running.service.items[-1]
    with pytest.raises(pointsman.ServiceDefect, match="ended without its summary"):
        await call("stream_complete", "2 + 2?")


async def test_misuse_is_told_where_the_stream_is_made(running):
    """Not where the first item is read, which may be far away."""
    with Client(running.address) as client, pytest.raises(pointsman.InvalidRequest):
        client.stream_complete("a", dail=1)
    with pytest.raises(pointsman.InvalidRequest):
        AsyncClient(running.address).stream_complete("a", dail=1)


async def test_a_stream_is_tried_again_while_nothing_has_come(call, running):
    """With the same id."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE)]
    assert len(await call("stream_complete", "a")) == 5
    first, second = running.service.requests
    assert first.request_id == second.request_id != ""


async def test_a_stream_that_breaks_amid_is_an_error(call, running):
    """What was handed on cannot be taken back, so it is not begun again."""
    running.service.script = [running.fails(StatusCode.UNAVAILABLE, after=2)]
    with pytest.raises(pointsman.Unavailable):
        await call("stream_complete", "a")
    assert len(running.service.requests) == 1


async def test_a_stream_left_early_is_cancelled(running):
    """Its model call need not run on."""
    with Client(running.address) as client:
        with client.stream_complete("a") as stream:
            next(stream)
        assert running.service.stream_cancelled.wait(10)
        assert list(stream) == []
    running.service.stream_cancelled.clear()
    async with AsyncClient(running.address) as client:
        async with client.stream_complete("a") as stream:
            await anext(stream)
        assert running.service.stream_cancelled.wait(10)
        assert [item async for item in stream] == []
