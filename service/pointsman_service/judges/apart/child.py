"""The process of judges: makes those that it is told first, then judges what it is asked, until its input ends.

python -m pointsman_service.judges.apart.child
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from importlib.metadata import EntryPoint

from pointsman_learner.types import Verdict

from pointsman_service.judges.agreement import AgreementJudge
from pointsman_service.judges.apart.frames import Asked, Made, Replied, frame, received
from pointsman_service.judges.format import FormatJudge
from pointsman_service.machine.parent_death import end_with_parent
from pointsman_service.ports import AnswerJudge


def made(how: Made) -> AnswerJudge:
    """The judge. Raises what its constructor raises."""
    if how.point is not None:
        judge: AnswerJudge = EntryPoint(*how.point).load()(how.name, **how.options)
        return judge
    kinds: dict[str, Callable[..., AnswerJudge]] = {"format": FormatJudge, "agreement": AgreementJudge}
    return kinds[how.kind](how.name, **how.options)


async def serve(reader: asyncio.StreamReader, pipe: int) -> None:
    """Judge until the input ends; several answers at once, where judges await."""
    judges = {how.name: made(how) for how in await received(reader)}
    _send(pipe, Replied(-1, None))  # ready
    running: set[asyncio.Task[None]] = set()
    while True:
        try:
            asked: Asked = await received(reader)
        except asyncio.IncompleteReadError:
            return
        task = asyncio.create_task(_reply(judges[asked.judge], asked, pipe))
        running.add(task)
        task.add_done_callback(running.discard)


async def _reply(judge: AnswerJudge, asked: Asked, pipe: int) -> None:
    verdict: Verdict | None = None
    error = ""
    try:
        async with asyncio.timeout(asked.timeout_s):
            verdict = await judge.judge(asked.subject, asked.timeout_s)
    except TimeoutError:
        error = f"no verdict within {asked.timeout_s:g} s"
    except Exception as wrong:  # noqa: BLE001 - the edge to plug-ins; the reply carries the error
        error = f"{type(wrong).__name__}: {wrong}"[:500]
    try:
        _send(pipe, Replied(asked.number, verdict, error))
    except Exception as wrong:  # noqa: BLE001 - a plug-in may return what cannot be pickled
        _send(pipe, Replied(asked.number, None, f"returned what cannot be told: {type(wrong).__name__}"))


def _send(pipe: int, reply: Replied) -> None:
    data = memoryview(frame(reply))
    while data:
        data = data[os.write(pipe, data) :]


async def _main() -> None:
    # What judges print goes where errors go: the output is the reply's alone.
    pipe = os.dup(1)
    os.dup2(2, 1)
    reader = asyncio.StreamReader(limit=2**20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(0), "rb"))
    await serve(reader, pipe)


def main() -> None:
    """Run until the input ends, or the service does."""
    end_with_parent()
    # Ctrl-C and hang-ups are the service's to hear: it ends its children when it is done.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    asyncio.run(_main())


if __name__ == "__main__":
    main()
