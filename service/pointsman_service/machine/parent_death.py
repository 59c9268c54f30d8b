"""Have the system end a process with its parent, where the system can (Linux): also one that is stopped or hangs."""

from __future__ import annotations

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent() -> None:
    """From now on SIGKILL comes when the parent dies. Where it is dead already, stdin has ended, and tells.

    Elsewhere than on Linux nothing happens: there the end of stdin tells, too.
    """
    if sys.platform != "linux":
        return
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
