"""Evaluates policies in a process of their own, started for each question, which stands back for everything else.

One computes for seconds to a minute. In a thread of a process that serves, requests would wait for the
interpreter at each of their steps; in another process, of low priority, they have the processors that it leaves.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from pointsman_service.domain.operations import Savings, WhatIf
from pointsman_service.errors import EvaluationEnded
from pointsman_service.ports import SavingsAsked, WhatIfAsked
from pointsman_service.process.evaluation_frames import Question, Reply, frame

MODULE = "pointsman_service.process.evaluation"
NICENESS = 15  # after requests, and after the learner


class ChildEvaluator:
    """Implements ports.PolicyEvaluator on the storage in a folder. pids: of the processes that work now."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.pids: set[int] = set()

    async def what_if(self, asked: WhatIfAsked) -> WhatIf:
        """See the port."""
        found = (await self._ask(asked)).what_if
        assert found is not None, "that was the question"
        return found

    async def savings(self, asked: SavingsAsked) -> Savings:
        """See the port."""
        found = (await self._ask(asked)).savings
        assert found is not None, "that was the question"
        return found

    async def _ask(self, asked: WhatIfAsked | SavingsAsked) -> Reply:
        """The reply, which is no failure. However it ends, the process has ended before."""
        question = await asyncio.to_thread(lambda: frame(Question(str(self._folder), asked)))
        process = await _started()
        self.pids.add(process.pid)
        try:
            said = await _said(process, question)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            self.pids.discard(process.pid)
        assert process.returncode is not None, "it was waited for"
        return _reply(said, process.returncode)


async def _started() -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # a file of the current folder cannot pass for a module
        "-m",
        MODULE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        process_group=0,
    )
    with suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, process.pid, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    return process


async def _said(process: asyncio.subprocess.Process, question: bytes) -> bytes:
    """All that it says until it ends by itself. Its input stays open: the end of that would be ours."""
    assert process.stdin is not None, "asked for"
    assert process.stdout is not None, "asked for"
    with suppress(ConnectionError):  # one that died at once says so by its exit code
        process.stdin.write(question)
        await process.stdin.drain()
    said = await process.stdout.read()
    await process.wait()
    return said


def _reply(said: bytes, code: int) -> Reply:
    """Raises what the process failed by, EvaluationEnded where it said nothing."""
    if code != 0:
        end = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        raise EvaluationEnded(
            f"the process that estimates from the log ended before it was done ({end}); nothing was changed: ask again"
        )
    reply = msgspec.msgpack.decode(said, type=Reply)
    if reply.defect is not None:
        raise RuntimeError(f"the process that estimates from the log failed:\n{reply.defect}")
    if reply.failed is not None:
        raise reply.failed.error()
    return reply
