"""What a Ctrl-C meets before and within a command."""

import signal

import pytest
from pointsman_service.cli.commands import run
from pointsman_service.cli.ctrl_c import end_at_once, interrupt


@pytest.fixture(autouse=True)
def restored():
    """The handler that pytest has."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("command", "handler"), [("doctor", signal.default_int_handler), ("serve", signal.SIG_DFL)])
def test_commands_clean_up_but_a_start_just_ends(command, handler, capsys):
    """A start has nothing to clean up until it sets handlers of its own."""
    end_at_once()
    assert run([command, "--config", "/nowhere"]) != 0
    assert signal.getsignal(signal.SIGINT) is handler
    capsys.readouterr()


def test_where_ctrl_c_is_ignored_it_stays_so():
    """As nohup and shells without job control want it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_at_once()
    interrupt()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
