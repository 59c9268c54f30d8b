"""Ctrl-C in a bench reaches every process of the terminal, and the workers leave it to the one that started them."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from pointsman_bench.run import _without_interrupts


def test_ctrl_c_ends_a_bench_and_its_workers_without_a_word(tmp_path):
    """Exit code 130, no traceback, nobody left."""
    command = [sys.executable, "-m", "pointsman_service.cli", "bench", "paretobandit", "--policies", "unified"]
    options = ["--seeds", "2", "--processes", "2", "--out", str(tmp_path / "out")]
    bench = subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert any("queries" in line for line in bench.stdout), bench.stderr.read()  # one that ends early says why
        # What follows is the start of the workers: there is no better moment for a traceback.
        os.killpg(bench.pid, signal.SIGINT)
        _, said = bench.communicate(timeout=60)
    finally:
        if bench.poll() is None:
            os.killpg(bench.pid, signal.SIGKILL)
    assert (bench.returncode, said) == (130, "")


def test_an_interrupt_that_another_thread_takes_waits_as_well():
    """The mask of one thread does not hold the signal from the others: workers were left half started."""
    over, ended = threading.Event(), []
    other = threading.Thread(target=over.wait)
    other.start()

    def block():
        with _without_interrupts():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)
            ended.append(True)

    try:
        with pytest.raises(KeyboardInterrupt):
            block()
    finally:
        over.set()
        other.join()
    assert ended
