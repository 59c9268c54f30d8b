"""Services for the whole-loop tests: in this process, or as a process of their own that can be killed."""

import asyncio
import os
import shutil
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pointsman_service.config import parse
from pointsman_service.process.compose import running

from tests.local_server import serve_program

QUIET = {"log_level": "error"}
COUNTED = ("test_whole_loop", "test_signals", "test_trouble")
"""In whose processes lines are counted, too: counting takes as long again as running."""


@pytest.fixture(autouse=True, scope="module")
def _uncounted(request):
    with pytest.MonkeyPatch.context() as patch:
        if request.module.__name__.rpartition(".")[2] not in COUNTED:
            patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        yield


SLOW = 4
"""How many times longer than said a machine may take that has other work, too."""


async def until(holds, seconds=75):
    """Wait for what another process does, of which no event tells, looking less and less often.

    The learner stands back where others want to run, and each look takes time that it waits for.
    """
    pause_s = 0.02
    async with asyncio.timeout(SLOW * seconds):
        while True:
            if await holds() if asyncio.iscoroutinefunction(holds) else holds():
                return
            await asyncio.sleep(pause_s)
            pause_s = min(0.25, 1.2 * pause_s)


@pytest.fixture(name="until")
def _until():
    return until


@pytest.fixture
def configure(tmp_path):
    """Settings of a service on the test's folder."""

    def make(**sections):
        storage = {"folder": str(tmp_path / "data"), **sections.pop("storage", {})}
        server = {"port": 0, "grace_s": 5.0, **sections.pop("server", {})}
        return parse({"observability": QUIET, **sections, "storage": storage, "server": server})

    return make


@pytest.fixture
def serve(configure):
    """A service inside the block, in this process but for its learner."""

    @asynccontextmanager
    async def start(**sections):
        async with running(configure(**sections)) as service:
            yield service

    return start


class Process:
    """`pointsman serve` as a process, which prints its address when it serves."""

    CODE = serve_program("s.address, s.learner.pid if s.learner else 0")

    def __init__(self, settings, stderr=None):
        self._settings, self._stderr = settings, stderr
        self.address = ""
        self.learner_pid = 0

    async def __aenter__(self):
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", self.CODE, self._settings.model_dump_json()),
            stdout=asyncio.subprocess.PIPE,
            stderr=self._stderr,
        )
        line = (await asyncio.wait_for(self._process.stdout.readline(), 60)).decode().split()
        self.address, self.learner_pid = line[0], int(line[1])
        return self

    async def __aexit__(self, *_):
        if self._process.returncode is None:
            await self.terminate()

    async def kill(self):
        """As `kill -9` does it."""
        self._process.kill()
        await self._process.wait()

    async def terminate(self):
        """SIGTERM; the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), 30)


@pytest.fixture
def process(configure):
    """A service as a process of its own."""
    return lambda stderr=None, **sections: Process(configure(**sections), stderr)


@pytest.fixture
def is_alive():
    """Whether a process runs (a zombie does not)."""

    def look(pid):
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except FileNotFoundError:
            return False

    return look


@pytest.fixture
def tool():
    """The path of a program that this machine may lack: then the test is skipped, but where CI runs it fails."""

    def look(name, left_out):
        path = shutil.which(name)
        if path is None and os.environ.get("CI") == "true":
            pytest.fail(f"{name} is not on the PATH, and CI leaves nothing out: {left_out}")
        if path is None:
            pytest.skip(f"{name} is not on the PATH; left out: {left_out}")
        return path

    return look
