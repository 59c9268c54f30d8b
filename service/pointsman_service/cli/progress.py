"""What a person sees while something takes long: on standard error, and only where that is a terminal."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")

SOON_S = 0.4
"""What is done sooner needs no word, and would flicker."""


def shown() -> bool:
    """Whether there is somebody to see it."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def working(text: str) -> Iterator[None]:
    """What is being done, with the seconds that it takes, until the end of the block."""
    if not shown():
        yield
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    progress = Progress(*columns, console=_console(), transient=True)
    progress.add_task(text, total=None)
    timer = threading.Timer(SOON_S, progress.start)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        progress.stop()


@contextmanager
def counted(text: str) -> Iterator[Callable[[int, int], None]]:
    """What is being done, with how much of it: the block tells (done, all) as it goes on."""
    if not shown():
        yield lambda _done, _all: None
        return
    from rich.progress import Progress

    with Progress(console=_console(), transient=True) as progress:
        task = progress.add_task(text, total=None)
        yield lambda done, all_: progress.update(task, completed=done, total=all_)


def each(things: Sequence[T], text: str) -> Iterator[T]:
    """The things, with a bar that says how far it is."""
    if not shown():
        yield from things
        return
    from rich.progress import track

    yield from track(things, text, console=_console(), transient=True)


def _console() -> Console:
    from rich.console import Console

    return Console(stderr=True)
