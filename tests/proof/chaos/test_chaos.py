"""`make chaos`, short: a few rounds; and that it finds what it looks for."""

from __future__ import annotations

import io
import sqlite3
from types import SimpleNamespace

import pytest

from tests.proof.table import report
from tests.proof.traffic import Told

from .faults import LIBFAKETIME, all_faults
from .run import Round, chaos, rows
from .truth import Look, Watch
from .verify import compared

SHORT = ("kill -9 main", "kill -9 learner", "provider: 503")


async def test_a_few_rounds_lose_nothing():
    """A killed service, a killed learner and a provider that fails: nothing lost or doubled, and health is true.

    How fast it heals is the long form's: machines that run tests are busy.
    """
    done = await chaos(len(SHORT), 1, io.StringIO(), [f for f in all_faults() if f.name in SHORT], callers=2)
    assert {m.fault for m in done} == set(SHORT)
    assert [(m.fault, m.lost, m.doubled, m.unsettled, m.learns) for m in done] == [
        (m.fault, [], [], 0, True) for m in done
    ]
    assert all(m.acknowledged for m in done)
    assert all(m.healed_s is not None for m in done), [m.lies for m in done]


@pytest.fixture
def log(tmp_path):
    """A log with one episode, r-1, and two thumbs of one request."""
    file = tmp_path / "log.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE episodes (request_id, episode_id, is_reply, answered)")
        connection.execute("CREATE TABLE feedback (request_id, position)")
        connection.execute("CREATE TABLE outcomes (request_id, position)")
        connection.execute("INSERT INTO episodes VALUES ('r-1', 'e-1', 1, 1)")
        connection.executemany("INSERT INTO feedback VALUES (?, ?)", [("r-1", 5), ("r-1", 6)])
    connection.close()
    return file


def test_what_is_lost_or_doubled_is_found(log):
    """An acknowledged id that the log has not, one that it has otherwise, and one that is there twice."""
    told = Told()
    told.acknowledge("episode", "r-1", "e-1")
    assert compared(log, told)[0] == []
    told.acknowledge("episode", "r-2", "e-2")
    told.acknowledge("outcome", "r-1", 9)
    lost, doubled = compared(log, told)
    assert {(kind, i) for kind, i, _ in lost} == {("episode", "r-2"), ("outcome", "r-1")}
    assert doubled == [("feedback", "r-1")]


def test_another_answer_to_the_same_request_is_a_double(log):
    """What a caller was told twice must be the same."""
    told = Told()
    told.acknowledge("episode", "r-1", "e-1")
    told.acknowledge("episode", "r-1", "e-7")
    assert ("episode", "r-1", "e-1", "e-7") in compared(log, told)[1]


@pytest.mark.parametrize(
    ("serving", "written", "is_true"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, True), (None, False, True)],
)
def test_health_is_true_where_its_word_is_what_a_write_shows(serving, written, is_true):
    """No word at all is no lie."""
    assert Look(0.0, serving, written).is_true is is_true


def test_a_lie_of_more_than_five_seconds_misses_a_target():
    """Counted from the fault until it was wrong twice in a row; what was before, or is alone, does not count."""
    watch = Watch("nowhere")
    lie, true = (lambda at: Look(at, True, False)), (lambda at: Look(at, False, False))
    watch.looks = [lie(1.0), lie(12.0), lie(17.5), true(18.0), lie(19.0), true(19.5)]
    assert watch.false_for(10.0, 20.0) == pytest.approx(7.5)
    made = Round("full disk", false_s=7.5, healed_s=1.0)
    assert report("lies", rows([made], 1)) == 1


async def test_a_service_is_well_after_looks_in_a_row():
    """One good look between bad ones is luck: the other worker."""
    watch = Watch("nowhere")
    well, ill = (lambda at: Look(at, True, True)), (lambda at: Look(at, None, False))
    watch.looks = [well(1.0), ill(2.0), *(well(3.0 + n) for n in range(6))]
    assert await watch.well(0.0, float("inf")) == pytest.approx(3.0)


@pytest.mark.parametrize(
    "trouble",
    [
        {"lost": [1]},
        {"doubled": [1]},
        {"healed_s": None},
        {"healed_s": 9.0},
        {"learns": False},
        {"felt": False},
        {"unsettled": 1},
    ],
)
def test_each_trouble_misses_a_target(trouble):
    """And a round without any misses none."""
    well = {"healed_s": 0.1, "acknowledged": 5}
    assert report("well", rows([Round("x", **well)], 1)) == 0
    assert report("ill", rows([Round("x", **{**well, **trouble})], 1)) == 1


def test_without_libfaketime_the_table_says_so(monkeypatch):
    """A fault that a machine cannot do is left out aloud."""
    assert any("clock" in f.name for f in all_faults()) == (LIBFAKETIME is not None)
    monkeypatch.setattr("tests.proof.chaos.run.LIBFAKETIME", None)
    assert "the clock was not stepped" in rows([Round("x")], 1)[0].reached


async def test_a_start_that_is_refused_is_told():
    """Only a fault in what it starts on excuses a refusal."""
    from .scene import Scene

    refused = SimpleNamespace(
        refused_starts=0, service=SimpleNamespace(start=_refuses, log=SimpleNamespace(read_text=str))
    )
    await Scene.start(refused, may_refuse=True)
    assert refused.refused_starts == 1
    with pytest.raises(AssertionError, match="did not start"):
        await Scene.start(refused)


async def _refuses(**_):
    return False
