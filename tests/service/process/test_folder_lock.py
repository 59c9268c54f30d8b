"""A folder has one service: whoever comes second is told who is there, and nothing of the first is touched."""

import os
import signal
import subprocess
import sys

import pytest
from pointsman_service.errors import ConfigurationError
from pointsman_service.process.folder_lock import only_service

HOLDER = (
    "import sys, time, pathlib\n"
    "from pointsman_service.process.folder_lock import only_service\n"
    "import subprocess\n"
    "with only_service(pathlib.Path(sys.argv[1])):\n"
    "    child = subprocess.Popen(['sleep', '60'])\n"
    "    print(child.pid, flush=True)\n"
    "    time.sleep(60)\n"
)


def test_the_second_is_refused_with_the_first_ones_id(tmp_path):
    """And takes its place when it has gone."""
    with only_service(tmp_path):
        refused = pytest.raises(
            ConfigurationError, match=rf"\(process {os.getpid()}\) has .*; stop it, or name another"
        )
        with refused, only_service(tmp_path):
            pytest.fail("two services on one folder")
        with only_service(tmp_path / "other"):
            pass
    with only_service(tmp_path):
        pass


def test_a_killed_service_leaves_no_lock_behind_even_where_a_child_lives_on(tmp_path):
    """Kill -9 of the main process: the next start goes through at once."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        child = int(holder.stdout.readline())
        try:
            with pytest.raises(ConfigurationError, match=f"process {holder.pid}"), only_service(tmp_path):
                pass
            holder.kill()
            holder.wait()
            with only_service(tmp_path):
                pass
        finally:
            os.kill(child, signal.SIGKILL)


def test_a_folder_that_cannot_be_is_one_line(tmp_path):
    """A file in its place, for instance."""
    (tmp_path / "file").write_text("")
    refused = pytest.raises(ConfigurationError, match=r"^storage.folder: .* cannot be written to")
    with refused, only_service(tmp_path / "file"):
        pass
