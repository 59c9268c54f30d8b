"""The process that answers one question about the log: `python -m pointsman_service.process.evaluation`.

It reads the question from stdin and the log from the storage's folder, writes its reply, and ends. When stdin ends,
which is when its parent does, or when nobody waits any more, it ends at once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from pathlib import Path

import msgspec

from pointsman_service.application.evaluation import evaluated
from pointsman_service.errors import OverLimit, PointsmanError
from pointsman_service.machine.memory_bound import bound_memory
from pointsman_service.machine.parent_death import end_with_parent
from pointsman_service.ports import WhatIfAsked
from pointsman_service.process.evaluation_frames import Failed, Question, Reply, question_in
from pointsman_service.process.opening import opened

MOST_MB = 1_024
"""Of memory: some 100 for the episodes that are kept, the rest for outlines of a few million others."""


def reply_to(question: Question) -> Reply:
    """What it computes, or why it could not. Raises nothing."""
    try:
        with opened(Path(question.folder), read_only=True) as storage:
            if isinstance(question.asked, WhatIfAsked):
                return Reply(what_if=evaluated(question.asked, storage.log))
            return Reply(savings=evaluated(question.asked, storage.log))
    except PointsmanError as e:
        failed = Failed.of(e)
        return Reply(failed=failed) if failed is not None else Reply(defect=traceback.format_exc())
    except MemoryError:
        why = f"it would take more than {MOST_MB} MB of memory: select fewer episodes, by time, tenant or node"
        return Reply(failed=Failed.of(OverLimit(why, limit="evaluation_memory", subject="service")))
    except Exception:  # noqa: BLE001 - the edge of the process: whoever asked has a log to write it to
        return Reply(defect=traceback.format_exc())


def main() -> None:
    """Answer one question."""
    end_with_parent()
    # Ctrl-C and hang-ups are the service's to hear; what it is told by signal is not for its children.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    # What is printed goes where errors go: the output is the reply's alone.
    pipe = os.dup(1)
    os.dup2(2, 1)
    question = question_in(sys.stdin.buffer.read)
    if question is None:
        sys.exit(1)
    threading.Thread(target=_end_with_input, name="pointsman-orphan", daemon=True).start()
    bound_memory(MOST_MB * 2**20)
    with os.fdopen(pipe, "wb") as out:
        out.write(msgspec.msgpack.encode(reply_to(question)))


def _end_with_input() -> None:
    """Where the system does not end a process with its parent, the end of stdin does."""
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
