"""What is done to a service, and how it is undone. Each takes the scene, does it, and gives what undoes it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.proof.provider import FAULTS as OF_PROVIDERS

Undo = Callable[[], Awaitable[None]]
HOUR_S, DAY_S = 3_600, 86_400
_LIBRARIES = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib", "/usr/lib64", "/usr/local/lib")
_FOUND = (Path(folder) / "faketime" / "libfaketimeMT.so.1" for folder in _LIBRARIES)
LIBFAKETIME = next((path for path in _FOUND if path.exists()), None)
"""What steps the clock of a process. It is loaded in those rounds alone, for it may end a sleep with EINVAL."""


@dataclass(frozen=True)
class Fault:
    """name; act: does it to a scene; hold_s: how long it lasts, six seconds where health has five to tell the truth.

    learns: whether learning goes on while it lasts. stops: whether nothing can be acknowledged meanwhile; a fault that
    is not felt proves nothing.
    """

    name: str
    act: Callable[[object], Awaitable[Undo | None]]
    hold_s: float = 1.5
    learns: bool = False
    stops: bool = False


async def kill_main(scene):
    """As the kernel does it when memory is short, and as systemd starts it again."""
    await scene.service.kill()
    return scene.restart


async def kill_all(scene):
    """Main, learner and workers at once."""
    await scene.service.kill_all()
    return scene.restart


async def _signal(scene, part, number):
    assert scene.service.signal(part, number, only_first=True), f"no {part} runs"


async def kill_learner(scene):
    """It goes on at its checkpoint."""
    await _signal(scene, "learner", signal.SIGKILL)


async def kill_worker(scene):
    """One of two."""
    await _signal(scene, "worker", signal.SIGKILL)


async def stop_worker(scene):
    """One of two stands still, and takes connections that nobody answers: it has to be found and replaced."""
    await _signal(scene, "worker", signal.SIGSTOP)
    # Where it is not, later rounds are to have two nonetheless.
    scene.afterwards = lambda: scene.service.signal("worker", signal.SIGCONT)


async def stop_learner(scene):
    """Decisions go on; either it is replaced, or it goes on when it is let go."""
    stopped = scene.service.signal("learner", signal.SIGSTOP)

    async def go_on():
        for process in stopped:
            if process.is_running():
                process.send_signal(signal.SIGCONT)

    return go_on


async def full_disk(scene):
    """Not a byte is left."""
    filler = scene.folder.parent / "filler"
    if scene.has_disk_of_its_own:
        with filler.open("wb", buffering=0) as file, suppress(OSError):  # a buffer is written again at the end
            while True:
                file.write(b"\0" * 2**16)
    else:
        scene.limit_files()

    async def free():
        filler.unlink(missing_ok=True)
        scene.limit_files(lift=True)

    return free


def _robbed(take):
    async def rob(scene):
        """Whoever acknowledges from now on, acknowledges into nothing.

        What there was is kept as a copy that is taken while everybody stands still, and is brought back as a backup is.
        """
        good = scene.folder.with_name("good")
        everybody = [p for part in scene.service.processes().values() for p in part]
        for process in everybody:
            process.send_signal(signal.SIGSTOP)
        shutil.copytree(scene.folder, good)
        take(scene.folder)
        for process in everybody:
            process.send_signal(signal.SIGCONT)

        async def bring_back():
            await scene.service.kill_all()
            shutil.rmtree(scene.folder, ignore_errors=True)
            good.rename(scene.folder)
            await scene.restart()

        return bring_back

    return rob


async def _damaged(scene, damage):
    """Damage a copy, as a bad disk does, and start on it; afterwards the good one takes its place, as a backup does."""
    await scene.crowd.end()
    await scene.service.kill_all()
    good = scene.folder.with_name("good")
    shutil.copytree(scene.folder, good)
    scene.keep_apart()
    damage(scene.folder / "pointsman.db")
    await scene.start(may_refuse=True)
    scene.new_crowd().begin()

    async def put_back():
        await scene.crowd.end()
        await scene.service.end()
        shutil.rmtree(scene.folder)
        good.rename(scene.folder)
        scene.take_back()
        await scene.restart()
        scene.new_crowd().begin()

    return put_back


async def corrupted_pages(scene):
    """A dozen of them hold noise."""

    def overwrite(file):
        size = file.stat().st_size
        with file.open("r+b") as opened:
            for n in range(12):
                opened.seek(max(4_096, (n * 7_919 * 4_096) % size // 4_096 * 4_096))
                opened.write(os.urandom(4_096))

    return await _damaged(scene, overwrite)


async def truncated_file(scene):
    """The second half is gone."""
    return await _damaged(scene, lambda file: os.truncate(file, file.stat().st_size // 2 // 4_096 * 4_096))


def _clock(seconds, *, at_start):
    async def step(scene):
        await scene.service.end()
        scene.set_clock(seconds if at_start else 0)
        await scene.start(clock=True)
        if not at_start:
            await asyncio.sleep(1.0)
            scene.set_clock(seconds)

        async def back():
            await scene.service.end()
            await scene.restart()

        return back

    return step


def _provider(fault):
    async def fail(scene):
        scene.provider.fail(fault)

        async def heal():
            scene.provider.heal()

        return heal

    return fail


TELLS_S = 6.5
"""For what health has to tell: five seconds, and a look or two at whether it does."""
CLOCK = (
    Fault("clock an hour back", _clock(-HOUR_S, at_start=False), hold_s=3.0, learns=True),
    Fault("clock an hour ahead", _clock(HOUR_S, at_start=False), hold_s=3.0, learns=True),
    Fault("start with the clock 100 days ahead", _clock(100 * DAY_S, at_start=True), hold_s=3.0, learns=True),
)
KILLS = (
    Fault("kill -9 main", kill_main, hold_s=0.3),
    Fault("kill -9 learner", kill_learner, hold_s=0.0),
    Fault("kill -9 worker", kill_worker, hold_s=0.0),
    Fault("kill -9 all", kill_all, hold_s=0.3),
    Fault("SIGSTOP worker", stop_worker, hold_s=0.0),
    Fault("SIGSTOP learner", stop_learner, hold_s=3.0),
)
STORAGE = (
    Fault("full disk", full_disk, hold_s=TELLS_S, stops=True),
    Fault("folder removed", _robbed(shutil.rmtree), hold_s=TELLS_S, stops=True),
    Fault("WAL removed", _robbed(lambda folder: (folder / "pointsman.db-wal").unlink()), hold_s=TELLS_S, stops=True),
    Fault("pages corrupted", corrupted_pages, hold_s=TELLS_S, stops=True),
    Fault("file truncated", truncated_file, hold_s=TELLS_S, stops=True),
)
PROVIDERS = tuple(Fault(f"provider: {name}", _provider(name)) for name in OF_PROVIDERS)


def all_faults():
    """One of each that this machine can do."""
    return (*KILLS, *STORAGE, *PROVIDERS, *(CLOCK if LIBFAKETIME else ()))
