"""`python -m tests.contracts.clients.forking`: starts services by forking itself, told by lines of JSON.

What a service imports takes three seconds of a core; this process has imported it all and begun nothing, so a start is
a matter of tenths of a second, and a kill and a restart are no longer what a run of vectors waits for.

> {"id": 1, "settings": {...}, "stderr": "a file"}
< {"id": 1, "pid": 4711}, then {"id": 1, "serves": true}, or {"id": 1, "serves": false} where the start failed
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pointsman_service.process.operator_watch
import pointsman_service.process.wiring
import pointsman_service.process.worker
import pointsman_service.replay.provider
import pointsman_service.replay.sources
import sqlite_utils
from pointsman_service.config.sections import Settings
from pointsman_service.process.compose import configure_logging, serve

PRELOADED = (
    pointsman_service.process.operator_watch,
    pointsman_service.process.wiring,
    pointsman_service.process.worker,
    pointsman_service.replay.provider,
    pointsman_service.replay.sources,
    sqlite_utils,
)
"""What a service imports only as it starts."""


def main() -> None:
    """Until the input ends; then every service that is left is killed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody waits for them here: their end is seen by pidfds.
    children = []  # by pidfd: the number of one that has ended may be another's by now, of anybody on this machine
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _be_a_service(asked)
        with suppress(ProcessLookupError):  # it has ended already, and been reaped
            children.append(os.pidfd_open(pid))
        _tell({"id": asked["id"], "pid": pid})
    for child in children:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(child, signal.SIGKILL)


def _be_a_service(asked: dict[str, Any]) -> None:
    serves = False

    def tell(_: object) -> None:
        nonlocal serves
        serves = True
        _tell({"id": asked["id"], "serves": True})

    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with Path(asked["stderr"]).open("ab") as errors, Path(os.devnull).open("rb") as nothing:
            os.dup2(errors.fileno(), 2)
            os.dup2(nothing.fileno(), 0)
        settings = Settings.model_validate(asked["settings"])
        configure_logging(settings.observability)
        asyncio.run(serve(settings, tell))
    finally:
        if not serves:
            _tell({"id": asked["id"], "serves": False})
        sys.stderr.flush()
        os._exit(0)


def _tell(what: dict[str, Any]) -> None:
    # One write of less than PIPE_BUF: lines of several processes do not run together.
    os.write(1, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    main()
