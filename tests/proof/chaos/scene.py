"""A service with its provider, its callers and a disk that can be filled: what faults are done to."""

from __future__ import annotations

import resource
import shutil
import subprocess
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

import psutil
from pointsman_service.demo.processes import free_port

from tests.proof.living import Service
from tests.proof.provider import provider
from tests.proof.traffic import Crowd, Told

from .faults import LIBFAKETIME
from .truth import Watch

DISK_MB = 512
FILE = """
[server]
port = {port}
workers = {workers}
drain_s = 0.0
grace_s = 2.0
[storage]
folder = "{folder}"
[observability]
log_format = "json"
log_level = "info"
{models}
"""


class Scene:
    """What a fault can reach. told: all that was acknowledged, and is to last."""

    def __init__(self, at, upstream, *, workers, has_disk_of_its_own, callers=6):
        self.folder, self.provider, self.has_disk_of_its_own = at / "data", upstream, has_disk_of_its_own
        port = free_port()
        config = at.with_name(f"{at.name}.toml")
        config.write_text(
            FILE.format(port=port, workers=workers, folder=self.folder, models=upstream.models()), encoding="utf-8"
        )
        self._clock = at.with_name(f"{at.name}.clock")
        self.service = Service(config, at.with_name(f"{at.name}.log"), f"127.0.0.1:{port}")
        self.told, self._apart = Told(), None
        self.watch, self.crowd = Watch(self.service.address), None
        self.callers, self.afterwards = callers, lambda: None
        self.refused_starts = 0

    def new_crowd(self):
        """Callers who tell `told`, whichever that is now."""
        self.crowd = Crowd(self.service.address, self.told, callers=self.callers)
        return self.crowd

    async def start(self, *, may_refuse=False, clock=False):
        """Start; a refusal is a word too, where a fault is in what it starts on. clock: one that can be stepped."""
        serves = await self.service.start(**(self._stepped() if clock else {}))
        self.refused_starts += not serves
        assert serves or may_refuse, f"the service did not start: {self.service.log.read_text()[-2000:]}"

    async def restart(self):
        """Start what must start."""
        await self.start()

    def _stepped(self):
        return {
            "LD_PRELOAD": str(LIBFAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self._clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def set_clock(self, seconds):
        """Step the wall clock of the service's processes; at once, for libfaketime reads the file each time."""
        fresh = self._clock.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.rename(self._clock)

    def limit_files(self, *, lift=False):
        """Where no disk of its own could be had: no file of the service may grow beyond what the log has now."""
        size = (self.folder / "pointsman.db-wal").stat().st_size if not lift else resource.RLIM_INFINITY
        for part in self.service.processes().values():
            for process in part:
                with suppress(psutil.Error):
                    process.rlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def keep_apart(self):
        """What is acknowledged from now on goes to a damaged copy, and is not asked for later."""
        self._apart, self.told = self.told, Told()

    def take_back(self):
        """The good one speaks again."""
        self.told, self._apart = self._apart, None

    @property
    def everything_told(self):
        """What the good log must have."""
        return self._apart or self.told


@asynccontextmanager
async def scene(workers=2, callers=6, *, may_mount=True):
    """One, serving, on a disk of its own where that is permitted."""
    at = Path(mkdtemp(prefix="pointsman-chaos-"))
    disk = at / "disk"
    disk.mkdir()
    mounted = may_mount and _mounted(disk)
    try:
        async with provider() as upstream:
            made = Scene(disk, upstream, workers=workers, has_disk_of_its_own=mounted, callers=callers)
            try:
                await made.start()
                yield made
            finally:
                await made.service.end()
    finally:
        if mounted:
            _run("umount", "-l", str(disk))
        shutil.rmtree(at, ignore_errors=True)


def _mounted(at):
    if shutil.which("mount") is None:
        return False
    return _run("mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(at))


def _run(*command):
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
