"""Fields are counted as they lie in the bytes, before anything is made of them, and no further than is allowed."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman import v1
from pointsman_service.domain.request_limits import Limits
from pointsman_service.errors import InvalidRequest
from pointsman_service.rpc import router_servicer
from pointsman_service.rpc.read_bytes import LARGE_BYTES, SHORT_BYTES, read_apart, reader_of
from pointsman_service.rpc.wire_fields import MOST_FIELDS, fields_of

BYTES = Limits().request_bytes
QUERY = v1.RouteRequest.DESCRIPTOR.fields_by_name["query"].number
MESSAGES = v1.Query.DESCRIPTOR.fields_by_name["messages"].number


class CountedBytes(bytes):
    """Bytes that count how many of them were looked at."""

    looks = 0

    def __getitem__(self, at):
        CountedBytes.looks += 1
        return super().__getitem__(at)


def within(number, data):
    """A field of bytes."""
    size, length = len(data), b""
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + data


def empty_messages(count):
    """A request of so many messages with nothing in them: two bytes each."""
    return within(QUERY, bytes([MESSAGES << 3 | 2, 0]) * count)


def test_the_fields_of_all_depths_count():
    """Messages, parts, maps, numbers: each once."""
    query = v1.Query(
        messages=[v1.ChatMessage(role=v1.ROLE_USER, parts=[v1.ContentPart(text="a"), v1.ContentPart(text="b")])],
        hints=v1.Hints(task="t", labels={"a": "b"}),
        params=v1.GenerationParams(temperature=1.0, seed=5, stop=["x", "y"]),
    )
    data = v1.RouteRequest(query=query, include_predictions=True).SerializeToString()
    # query, flag; message, role, 2 parts, 2 texts; hints, task, label, key, value; params, temperature, seed, 2 stops
    assert fields_of(data, v1.RouteRequest.DESCRIPTOR, 1_000) == 2 + 6 + 5 + 5


def test_sixteen_million_empty_messages_are_looked_at_no_further_than_is_allowed():
    """They would take a gigabyte and a second; the work is that of the limit, whatever the request has."""
    looked = []
    for count in (100_000, 200_000):
        CountedBytes.looks = 0
        assert fields_of(CountedBytes(empty_messages(count)), v1.RouteRequest.DESCRIPTOR, 1_000) == 1_001
        looked.append(CountedBytes.looks)
    assert looked[0] == looked[1] < 10_000
    read = reader_of("Route", v1.RouteRequest.FromString, BYTES)
    with pytest.raises(InvalidRequest, match=f"more than {MOST_FIELDS} fields"):
        read(empty_messages(1_000_000))


@given(st.binary(max_size=300))
def test_bytes_that_make_no_sense_are_counted_as_far_as_they_do(data):
    """And end: no byte is looked at more than once a depth."""
    count = fields_of(data, v1.CompleteRequest.DESCRIPTOR, 10_000)
    assert 0 <= count <= len(data) * 10


def test_a_request_of_names_and_numbers_is_short():
    """Only what holds texts may be long."""
    long_one = v1.GetEpisodeRequest(episode_id="x" * (SHORT_BYTES + 1)).SerializeToString()
    with pytest.raises(InvalidRequest, match=f"at most {SHORT_BYTES}"):
        reader_of("GetEpisode", v1.GetEpisodeRequest.FromString, BYTES)(long_one)
    with pytest.raises(InvalidRequest, match=f"at most {BYTES}"):
        reader_of("Route", v1.RouteRequest.FromString, BYTES)(bytes(BYTES + 1))
    with pytest.raises(InvalidRequest, match="do not parse"):
        reader_of("Route", v1.RouteRequest.FromString, BYTES)(b"\xff" * (LARGE_BYTES + 1))


async def test_a_large_request_is_read_beside_the_event_loop():
    """A small one on it: a thread costs more than reading."""
    here = threading.get_ident()
    assert await read_apart(lambda _: threading.get_ident(), None, LARGE_BYTES) == here
    assert await read_apart(lambda _: threading.get_ident(), None, LARGE_BYTES + 1) != here


@pytest.mark.parametrize(("messages", "beside"), [(1, False), (300, True)])
async def test_many_small_messages_are_read_beside_the_event_loop_too(served, monkeypatch, messages, beside):
    """However few bytes they have, each takes its time; what is asked is the same."""
    where, read_query = [], router_servicer.read_query

    def seen(*args, **more):
        where.append(threading.get_ident())
        return read_query(*args, **more)

    monkeypatch.setattr(router_servicer, "read_query", seen)
    message = v1.ChatMessage(role=v1.ROLE_USER, content="x")
    await served.router.Route(v1.RouteRequest(query=v1.Query(messages=[message] * messages)))
    assert len(served.application.asked) == 1
    assert (where[0] != threading.get_ident()) is beside
