"""Of what a process may open, each address has its part."""

import resource
import subprocess
import sys

from pointsman_service.process.descriptors import MOST_CONNECTIONS, WANTED, most_connections


def test_an_address_takes_a_part_of_what_the_process_may_open(monkeypatch):
    """The rest is for the log and for providers; a large limit is no invitation."""
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (1_024, 4_096))
    assert (most_connections(2), most_connections(8)) == (512, 128)
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert most_connections(2) == MOST_CONNECTIONS


def test_a_process_takes_what_it_may_have_without_rights():
    """From the 1,024 that most systems give; its children have it, too."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    program = (
        "import resource, subprocess, sys\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))\n"
        "from pointsman_service.process.descriptors import ask_for_descriptors\n"
        "print(ask_for_descriptors(), flush=True)\n"
        "subprocess.run([sys.executable, '-c',"
        " 'import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])'], check=True)\n"
    )
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    assert told == [str(wanted), str(wanted)]
