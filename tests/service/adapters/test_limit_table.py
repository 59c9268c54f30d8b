"""Rates and counts of callers: exact, bounded, and one for all workers on a machine."""

import signal
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pointsman_service.adapters import limit_table
from pointsman_service.adapters.limit_table import SLOTS, LimitTable
from pointsman_service.errors import ConfigurationError


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self, now=1e6):
        self.now = now

    def __call__(self):
        return self.now


def test_a_rate_lets_a_burst_pass_then_one_an_interval():
    """Twenty a second: twenty at once, then one every 50 ms; who comes early hears how long to wait."""
    clock = Clock()
    table = LimitTable(clock=clock)
    assert [table.take("a", 20.0, 20.0) for _ in range(20)] == [0.0] * 20
    assert table.take("a", 20.0, 20.0) == pytest.approx(0.05)
    clock.now += 0.05
    assert table.take("a", 20.0, 20.0) == 0.0
    assert table.take("a", 20.0, 20.0) == pytest.approx(0.05)


@settings(max_examples=50)
@given(st.floats(0.1, 500.0), st.floats(1.0, 50.0), st.lists(st.floats(0.0, 0.5), max_size=200))
def test_no_pattern_of_calls_gets_more_than_rate_and_burst(rate, burst, pauses):
    """Whenever they come: what was taken by a time is at most a burst and what the rate gave till then."""
    clock, taken = Clock(0.0), 0
    table = LimitTable(clock=clock)
    for pause in pauses:
        clock.now += pause
        taken += table.take("a", rate, burst) == 0.0
        assert taken <= burst + rate * clock.now + 1e-6


def test_what_is_given_back_can_be_taken():
    """A call that another limit refused cost nothing."""
    table = LimitTable(clock=Clock())
    assert table.take("a", 1.0, 1.0) == 0.0
    table.give_back("a", 1.0)
    assert table.take("a", 1.0, 1.0) == 0.0


def test_counts_are_bounded_and_subjects_do_not_mix():
    """Two may run; a third may when one has left; somebody else's run beside them."""
    table = LimitTable()
    assert [table.enter("a", 2) for _ in range(3)] == [True, True, False]
    assert table.enter("b", 2)
    table.leave("a")
    assert table.enter("a", 2)


def test_memory_does_not_grow_with_callers_and_what_runs_is_not_forgotten():
    """Ten times as many subjects as there is room for: idle ones make room, one that runs keeps its count."""
    table = LimitTable()
    size = len(table._memory)
    assert table.enter("runs", 1)
    for i in range(10 * SLOTS):
        table.take(f"caller-{i}", 10.0, 10.0)
    assert not table.enter("runs", 1)
    assert len(table._memory) == size
    assert len(table._places) <= SLOTS


def test_a_clock_that_starts_anew_locks_nobody_out(tmp_path):
    """The file outlives a boot, the monotonic clock does not."""
    before = LimitTable(tmp_path / "limits", Clock(1e6))
    assert [before.take("a", 1.0, 1.0) for _ in range(2)] == [0.0, pytest.approx(1.0)]
    after = LimitTable(tmp_path / "limits", Clock(5.0))
    assert after.take("a", 1.0, 1.0) == 0.0
    assert after.take("a", 1.0, 1.0) == pytest.approx(1.0)


def test_workers_share_rates_and_counts(tmp_path):
    """What one took the other cannot take."""
    clock = Clock()
    one, other = LimitTable(tmp_path / "limits", clock), LimitTable(tmp_path / "limits", clock)
    assert [t.take("a", 3.0, 3.0) == 0.0 for t in (one, other, one, other)] == [True, True, True, False]
    assert [t.enter("a", 2) for t in (one, other, other)] == [True, True, False]
    one.leave("a")
    assert other.enter("a", 2)
    one.close()
    other.close()


ENTERS = """
import sys, time
from pathlib import Path
from pointsman_service.adapters.limit_table import LimitTable
table = LimitTable(Path(sys.argv[1]))
assert table.enter("a", 1)
print("in", flush=True)
time.sleep(60)
"""


def test_what_a_killed_worker_had_under_way_is_forgotten_with_it(tmp_path):
    """Its successor counts from what really runs."""
    with subprocess.Popen([sys.executable, "-c", ENTERS, str(tmp_path / "limits")], stdout=subprocess.PIPE) as worker:
        assert worker.stdout.readline() == b"in\n"
        beside = LimitTable(tmp_path / "limits")
        assert not beside.enter("a", 1)
        worker.send_signal(signal.SIGKILL)
    assert LimitTable(tmp_path / "limits").enter("a", 1)


def test_a_worker_that_is_stopped_with_the_lock_holds_nobody_up(tmp_path, monkeypatch):
    """The others go on without it."""
    path = tmp_path / "limits"
    table = LimitTable(path)
    monkeypatch.setattr(limit_table, "LOCK_TRIES", 3)
    code = (
        "import fcntl, os, sys\n"
        "f = os.open(sys.argv[1], os.O_RDWR)\n"
        "fcntl.lockf(f, fcntl.LOCK_EX, 1)\n"
        "print(flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    ) as holder:
        holder.stdout.readline()
        assert table.take("a", 1.0, 1.0) == 0.0
        assert table.take("a", 1.0, 1.0) > 0.0
        holder.stdin.close()


def test_a_folder_that_cannot_be_written_stops_the_start(tmp_path):
    """In one line that says what and where."""
    with pytest.raises(ConfigurationError, match=r"storage\.folder: cannot make"):
        LimitTable(tmp_path / "missing" / "limits")


def test_the_file_has_all_its_blocks_from_the_start(tmp_path):
    """A write into a hole would end the process by SIGBUS once the disk is full."""
    LimitTable(tmp_path / "limits").close()
    told = (tmp_path / "limits").stat()
    assert told.st_blocks * 512 >= told.st_size > 0
