"""What a person sees while something takes long."""

import threading

from pointsman_service.cli import progress


def somebody_looks(monkeypatch):
    """At standard error."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")


def test_what_takes_long_is_told_with_its_seconds(monkeypatch, capsys):
    """And is gone when it is done."""
    somebody_looks(monkeypatch)
    started = threading.Event()
    monkeypatch.setattr(progress, "SOON_S", 0.0)
    from rich.progress import Progress

    begin = Progress.start
    monkeypatch.setattr(Progress, "start", lambda self: (begin(self), started.set()))
    with progress.working("counting"):
        assert started.wait(10.0)
    out, err = capsys.readouterr()
    assert out == ""
    assert "counting" in err


def test_what_is_done_at_once_needs_no_word(monkeypatch, capsys):
    """It would flicker."""
    somebody_looks(monkeypatch)
    monkeypatch.setattr(progress, "SOON_S", 60.0)
    with progress.working("counting"):
        pass
    assert capsys.readouterr() == ("", "")


def test_where_nobody_looks_nothing_is_said(monkeypatch, capsys):
    """A log of a script stays readable."""
    monkeypatch.setattr(progress, "SOON_S", 0.0)
    with progress.working("counting"):
        assert list(progress.each([1, 2], "telling")) == [1, 2]
    assert capsys.readouterr() == ("", "")
