"""`make fuzz`, short: fixed seeds, seconds; and that it finds what it looks for."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
import time

import grpc
import pytest
from pointsman import v1
from pointsman_service.process.evaluator import MODULE

from tests.proof.table import report

from . import reader
from .callers import CALLER, NOBODY, OPERATOR, STRANGER, trespass
from .corpus import corpus
from .cpu import CpuClock
from .doors import METHODS, Context
from .messages import afresh
from .run import DEFECTS, ROUTER, Found, Fuzzing, fuzz, fuzzed
from .web import Web, WebAnswer, fault_of
from .web_inputs import READ, WebInput, valid


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # litellm's, of token counts that are none
async def test_a_short_fuzz_finds_nothing():
    """Twelve hundred inputs at every kind of door: no INTERNAL, no crash, no hang, no second of CPU time.

    They get behind the border: chance decides which methods end well, but it is most of some fifty.
    """
    found = await fuzz(1_200, 7, io.StringIO())
    assert report("short fuzz", found.rows(1_200)) == 0, found.failures[:3]
    assert len(set(found.answered) & {path.rpartition("/")[2] for path in METHODS}) > len(METHODS) / 2
    assert any(name.startswith("POST /v1/") for name in found.answered)


@pytest.mark.parametrize("end", [RuntimeError("out"), *sorted(DEFECTS, key=str)])
async def test_a_defect_is_found_and_can_be_repeated(end):
    """An exception that gets out, INTERNAL and UNKNOWN are kept with the bytes that did it, and miss a target."""

    class Broken:
        service = type("Service", (), {"learner": None})

        async def call(self, *_):
            if isinstance(end, Exception):
                raise end
            return end, []

    broken = Broken()
    run = Fuzzing(
        broken, broken, type("Says", (), {"rng": random.Random(0)}), {"episode_id": ["e"], "base_url": ["http://x"]}, 0
    )
    for _ in range(5):
        await run.step()
    assert report("broken", run.found.rows(5)) == 1
    assert all(f["raw"] is not None and f["seed"] for f in run.found.failures)


async def test_what_takes_cpu_time_is_found():
    """A call that computes for more than a second misses a target, though it ends well."""

    class Busy:
        def __init__(self):
            self.now_s = 0.0

        def now(self):
            self.now_s += 1.5
            return self.now_s

    async with fuzzed(0) as (doors, sockets, says, ids):
        run = Fuzzing(doors, sockets, says, ids, 0)
        run._cpu = Busy()
        await run.step()
    assert run.found.slow == 1
    assert report("busy", run.found.rows(1)) == 1


def test_a_slow_call_is_made_again_as_another_request():
    """Under its own id it would get the answer of before, in no time, and be excused."""
    asked = v1.CompleteRequest(request_id="r-1", query=v1.Query(session_id="s"))
    again = v1.CompleteRequest.FromString(afresh(f"{ROUTER}Complete", asked.SerializeToString(), "r-2"))
    assert (again.request_id, again.query) == ("r-2", asked.query)
    assert afresh(f"{ROUTER}Complete", b"\xff", "r-2") == b"\xff"
    assert afresh(f"{ROUTER}GetEpisode", b"\n\x01e", "r-2") == b"\n\x01e"


def test_cpu_time_of_children_counts_from_when_they_are_seen():
    """Their work does, their start does not, and the learner's never; time does not go back where one ends."""
    with subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        clock, without = CpuClock(), CpuClock(but_for=[child.pid])
        began, other = clock.now() - time.process_time(), without.now() - time.process_time()
        child.stdin.write(b"\n")
        child.stdin.flush()
        child.stdout.readline()
        worked = clock.now() - time.process_time()
        child.stdin.close()
    assert worked - began > 0.2
    assert without.now() - time.process_time() == pytest.approx(other, abs=0.01)
    assert clock.now() - time.process_time() == pytest.approx(worked, abs=0.01)


def test_cpu_time_of_evaluations_is_not_that_of_calls():
    """It grows with the log, stands back for everything else, and no call waits for it but the one that asked."""
    with subprocess.Popen([sys.executable, "-c", BUSY, MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        clock = CpuClock()
        began = clock.now() - time.process_time()
        child.stdin.write(b"\n")
        child.stdin.flush()
        child.stdout.readline()
        assert clock.now() - time.process_time() == pytest.approx(began, abs=0.01)
        child.stdin.close()


BUSY = """
import sys, time
print(flush=True)
input()
began = time.process_time()  # its start is not its work: under coverage it takes most of half a second
while time.process_time() - began < 0.4:
    pass
print(flush=True)
sys.stdin.read()
"""


async def test_calls_without_a_socket_end_as_calls_do():
    """OK with a response, INVALID_ARGUMENT for a wrong field and for bytes that are no message."""
    async with fuzzed(0) as (doors, _, _, ids):
        asked = v1.GetEpisodeRequest(episode_id=ids["episode_id"][0]).SerializeToString()
        code, told = await doors.call(f"{ROUTER}GetEpisode", asked, OPERATOR.metadata)
        assert (code, len(told)) == (grpc.StatusCode.OK, 1)
        assert v1.GetEpisodeResponse.FromString(told[0]).episode.episode_id == ids["episode_id"][0]
        for raw in (b"", b"\xff\xff"):
            assert (await doors.call(f"{ROUTER}Route", raw, OPERATOR.metadata))[0] == grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("who", [CALLER, STRANGER, NOBODY])
async def test_no_key_gets_what_is_not_its_own(who):
    """Every method with a valid request, on another's episode: refused, or its own matter."""
    async with fuzzed(0) as (doors, _, _, ids):
        for path, request in corpus(ids):
            code, told = await doors.call(path, request.SerializeToString(), who.metadata)
            assert trespass(who, path.rpartition("/")[2], code, told) is None


def test_a_trespass_is_found():
    """By who asked what, and for a batch by what was told."""
    ok, taken = grpc.StatusCode.OK, v1.RecordFeedbackBatchResponse()
    taken.results.add().receipt.episode_id = "e"
    assert trespass(NOBODY, "Route", ok, [])
    assert trespass(CALLER, "GetEpisode", ok, [])
    assert trespass(STRANGER, "GetEpisode", ok, [])
    assert trespass(STRANGER, "RecordFeedbackBatch", ok, [taken.SerializeToString()])
    assert trespass(STRANGER, "RecordFeedbackBatch", ok, []) is None
    assert trespass(OPERATOR, "ListModels", ok, []) is None


async def test_a_door_that_answers_badly_over_http_is_found():
    """A defect, a refusal in nobody's form, no answer at all, what a key may not have; a good answer is none."""
    asked = WebInput("POST", "/v1/feedback", b"", whole=True, origin="valid", who=CALLER)
    assert fault_of(asked, WebAnswer(200, body=b'{"error": {"message": "the service has a defect"}}'))[0] == "defect"
    assert fault_of(asked, WebAnswer(400, body=b"<html>"))[0] == "crash"
    assert fault_of(asked, WebAnswer(0))[0] == "crash"
    assert fault_of(asked, WebAnswer(200, body=b"{}"))[0] == "trespass"
    assert fault_of(asked, WebAnswer(403, body=b'{"error": {"message": "no", "code": "permission_denied"}}')) is None


async def test_every_path_of_the_http_door_is_thrown_at():
    """What mutations start from leaves no path out."""
    async with fuzzed(0) as (doors, _, _, ids):
        told = await Web(doors.service).ask(
            b"GET /openapi.json HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", whole=True
        )
        served = {path.replace("{model}", "small") for path in json.loads(told.body)["paths"]}
        assert served == {path for path, _ in valid(ids)} | set(READ)


async def test_bodies_of_every_outcome_are_made():
    """The reader's share of inputs is not all refused at the first byte: answers and failures come of it."""
    ends = {await reader.read(random.Random(n)) for n in range(300)}
    assert {"an answer", "garbage", "unavailable"} <= ends


def test_every_method_has_a_valid_request():
    """What mutations start from leaves no method out."""
    paths = {path for path, _ in corpus({"episode_id": ["e"], "base_url": ["http://127.0.0.1:9/v1"]})}
    assert paths == set(METHODS)


def test_a_target_that_is_missed_ends_with_one():
    """And one that could not be looked at does not."""
    assert report("x", Found(inputs=1).rows(2)) == 1
    assert Context().code == grpc.StatusCode.OK
