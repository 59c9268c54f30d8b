"""An answer is the message that it always was, and takes feedback itself."""

import copy
import inspect
import pickle

import pytest
from google.protobuf.json_format import MessageToDict

from pointsman import AsyncClient, Client, InvalidRequest, v1


async def test_an_answer_is_still_its_message(call, running):
    """Whoever read fields, compared, printed, copied, pickled or converted one goes on doing so."""
    answer = await call("complete", "Hi")
    raw = v1.CompleteResponse(episode_id="e-1", answer=v1.Answer(model="small", text="Four."))
    assert isinstance(answer, v1.CompleteResponse)
    assert answer == raw
    assert raw == answer
    assert answer != v1.CompleteResponse()
    assert (answer.answer.text, answer.episode_id, answer.HasField("cost_usd")) == ("Four.", "e-1", False)
    assert MessageToDict(answer) == MessageToDict(raw)
    assert (str(answer), repr(answer), answer.SerializeToString()) == (str(raw), repr(raw), raw.SerializeToString())
    assert copy.deepcopy(answer) == pickle.loads(pickle.dumps(answer)) == raw
    assert {"text", "thumbs_up", "episode_id", "SerializeToString"} <= set(dir(answer))
    answer.cost_usd = 0.5
    assert answer.raw.cost_usd == 0.5
    with pytest.raises(AttributeError):
        answer.no_such_thing  # noqa: B018
    with pytest.raises(TypeError):
        hash(answer)


async def test_an_answer_has_its_text_model_and_request_id(call, running):
    """The id is the one that was sent, made up or not."""
    answer = await call("complete", "Hi")
    assert (answer.text, answer.model) == ("Four.", "small")
    assert answer.request_id == running.service.requests[0].request_id != ""
    assert (await call("complete", "Hi", request_id="r-1")).request_id == "r-1"


WORDS = [
    (lambda a: a.thumbs_up(), v1.Feedback(episode_id="e-1", thumb=v1.THUMB_UP)),
    (lambda a: a.thumbs_down(), v1.Feedback(episode_id="e-1", thumb=v1.THUMB_DOWN)),
    (lambda a: a.rate(4.5), v1.Feedback(episode_id="e-1", rating=4.5)),
    (lambda a: a.correct("Five."), v1.Feedback(episode_id="e-1", correction="Five.")),
    (lambda a: a.score(0.25, model="m"), v1.Feedback(episode_id="e-1", score=0.25, model="m")),
    (lambda a: a.thumbs_up("fast"), v1.Feedback(episode_id="e-1", thumb=v1.THUMB_UP, comment="fast")),
    (lambda a: a.thumbs_down(comment="no"), v1.Feedback(episode_id="e-1", thumb=v1.THUMB_DOWN, comment="no")),
    (lambda a: a.rate(4, comment="nearly"), v1.Feedback(episode_id="e-1", rating=4, comment="nearly")),
    (lambda a: a.thumbs_up(end_user_id="u-1"), v1.Feedback(episode_id="e-1", thumb=v1.THUMB_UP, end_user_id="u-1")),
]


@pytest.mark.parametrize("streams", [False, True], ids=["complete", "stream"])
@pytest.mark.parametrize(
    ("say", "expected"),
    WORDS,
    ids=["up", "down", "rate", "correct", "score", "up with words", "down with words", "rate with words", "end user"],
)
@pytest.mark.parametrize("kind", [Client, AsyncClient])
async def test_an_answer_takes_every_kind_of_feedback(running, kind, say, expected, streams):
    """For the tenant of its own call, and with its metadata: another tenant's episode is nobody's."""
    client = kind(running.address, tenant="first")
    answer = await _answer(client, streams, tenant="second", metadata=[("x-proxy", "p")])
    receipt = say(answer)
    receipt = await receipt if inspect.isawaitable(receipt) else receipt
    assert running.service.requests[-1].feedback == expected
    assert receipt.request_id == running.service.requests[-1].request_id != answer.request_id
    assert {("x-pointsman-tenant", "second"), ("x-proxy", "p")} <= set(running.service.metadata[-1])
    closed = client.close()
    if inspect.isawaitable(closed):
        await closed


async def test_what_is_no_feedback_is_refused(running):
    """Before anything is sent, as by `feedback`."""
    with Client(running.address) as client:
        answer = client.complete("Hi")
        with pytest.raises(InvalidRequest, match="rating must be a number"):
            answer.rate("five")
        with pytest.raises(InvalidRequest, match="remark is unknown to feedback"):
            answer.thumbs_up(remark="fast")
        with pytest.raises(InvalidRequest, match="comment must be a text"):
            answer.thumbs_up(5)
        with pytest.raises(InvalidRequest, match="comment is said twice"):
            answer.thumbs_up("fast", comment="slow")
    assert len(running.service.requests) == 1


async def _answer(client, streams, **options):
    if not streams:
        answered = client.complete("Hi", **options)
        return await answered if inspect.isawaitable(answered) else answered
    stream = client.stream_complete("Hi", **options)
    assert stream.answer is None
    if isinstance(client, Client):
        assert list(stream)
    else:
        assert [item async for item in stream]
    return stream.answer
