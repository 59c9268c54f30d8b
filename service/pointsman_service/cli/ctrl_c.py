"""What a Ctrl-C does until a command has handlers of its own.

A KeyboardInterrupt in the middle of an import is a traceback at best. At worst something swallows it: once, on a busy
machine, a start went on after its Ctrl-C, and its process then ended by SIGKILL only. Why was not found; an import that
was cut off within its locks is likely. In 150 starts with what follows, none did so. So a Ctrl-C ends the process at
once, without a word, as long as there is nothing to clean up.
"""

from __future__ import annotations

import signal


def end_at_once() -> None:
    """From now on. Where Ctrl-C is ignored, as under nohup, it stays so."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupt() -> None:
    """From now on it is a KeyboardInterrupt again, on which commands clean up."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
