"""Supervised children: restarted after a crash, ended with their parent."""

import asyncio
import os
import signal

import pytest
import structlog
from pointsman_service.process import supervised
from pointsman_service.process.supervisor import ChildSpec, Supervisor

CHILD = """
import os, signal, sys
payload = sys.stdin.readline().strip()
print(payload, os.getpid(), flush=True)
if payload == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("deaf", flush=True)
if payload == "crash":
    sys.exit(3)
while sys.stdin.read(1):
    pass
while payload == "stubborn":
    signal.pause()
"""


@pytest.fixture
def child(tmp_path, monkeypatch):
    """A module that a supervisor can run, and short pauses."""
    (tmp_path / "some_child.py").write_text(CHILD)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setattr(supervised, "FIRST_PAUSE_S", 0.001)
    lines: asyncio.Queue[str] = asyncio.Queue()

    def make(payload):
        return Supervisor(ChildSpec("c", "some_child", payload, 7, stop_s=1.0), lines.put_nowait), lines

    return make


async def test_a_crashed_child_is_started_again_and_again(child):
    """Each time with its payload."""
    supervisor, lines = child("crash")
    await supervisor.start()
    pids = [(await asyncio.wait_for(lines.get(), 20)).split()[1] for _ in range(3)]
    await supervisor.stop()
    assert len(set(pids)) == 3
    assert supervisor.restarts >= 2


async def test_a_killed_child_is_replaced(child):
    """By another process."""
    supervisor, lines = child("stay")
    await supervisor.start()
    first = int((await asyncio.wait_for(lines.get(), 20)).split()[1])
    assert supervisor.pid == first
    assert os.getpriority(os.PRIO_PROCESS, first) == 7
    os.kill(first, signal.SIGKILL)
    second = int((await asyncio.wait_for(lines.get(), 20)).split()[1])
    assert second != first
    await supervisor.stop()
    assert supervisor.pid is None


async def test_a_child_that_ignores_sigterm_is_killed(child):
    """After its time to end by itself."""
    supervisor, lines = child("stubborn")
    await supervisor.start()
    while await asyncio.wait_for(lines.get(), 20) != "deaf":
        pass
    await asyncio.wait_for(supervisor.stop(), 20)
    assert supervisor.pid is None


async def test_a_supervisor_that_never_started_can_be_stopped(child):
    """An unwound start stops what it has."""
    supervisor, _ = child("stay")
    await supervisor.stop()
    assert supervisor.pid is None


async def test_a_file_of_the_current_folder_cannot_pass_for_a_module(child, tmp_path, monkeypatch):
    """A service is started wherever its operator stands, next to a random.py of theirs, say."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "some_child.py").write_text("print('shadow', 0, flush=True)")
    monkeypatch.chdir(here)
    supervisor, lines = child("stay")
    await supervisor.start()
    assert (await asyncio.wait_for(lines.get(), 20)).startswith("stay ")
    await supervisor.stop()


async def test_a_crash_is_told_with_its_exit_code(child):
    """An error each time: nobody watches otherwise."""
    supervisor, lines = child("crash")
    with structlog.testing.capture_logs() as logs:
        await supervisor.start()
        for _ in range(2):
            await asyncio.wait_for(lines.get(), 20)
        await supervisor.stop()
    assert (logs[0]["log_level"], logs[0]["part"], logs[0]["why"]) == ("error", "c", "exit code 3")


@pytest.mark.parametrize("told_first", ["parent", "child"])
async def test_a_stop_is_no_error_and_starts_nothing_again(child, told_first):
    """Also where whoever stops the service tells its children, too, as systemd does."""
    supervisor, lines = child("stay")
    with structlog.testing.capture_logs() as logs:
        await supervisor.start()
        pid = int((await asyncio.wait_for(lines.get(), 20)).split()[1])
        if told_first == "child":
            supervisor.expect_end()
            os.kill(pid, signal.SIGTERM)
            await asyncio.wait_for(supervisor._task, 20)
        await supervisor.stop()
    assert (logs, supervisor.restarts) == ([], 0)


async def test_a_ctrl_c_of_the_terminal_does_not_reach_the_child(child):
    """Its process group is its own; the parent ends it when the time has come."""
    supervisor, lines = child("stay")
    await supervisor.start()
    pid = int((await asyncio.wait_for(lines.get(), 20)).split()[1])
    assert os.getpgid(pid) == pid != os.getpgid(0)
    await supervisor.stop()
