"""Plays many vectors with many clients. A setup's service is started once; vectors that wait run beside others."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contracts.wire.matching import filled

from .book import Client
from .checks import checked, ran
from .nursery import Nursery
from .play import Playing
from .runner import Runner
from .scene import Scene

Vector = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a vector with a client. wrong: None where it passed."""

    client: str
    vector: Vector
    wrong: str | None


class Performance:
    """Of these vectors. folder: for services' data and certificates; show: every line of runners.

    checks: build, lint and test each client first, by its own Makefile.
    """

    def __init__(
        self,
        vectors: Sequence[Vector],
        setups: dict[str, Any],
        folder: Path,
        *,
        show: bool = False,
        checks: bool = False,
    ) -> None:
        self._vectors, self._setups, self._folder, self._show, self._checks = vectors, setups, folder, show, checks
        self._scenes: dict[str, Scene] = {}
        self._told: dict[Path, dict[str, str | None]] = {}

    async def of(self, clients: Sequence[Client]) -> list[Result]:
        """Every vector with every client. A client that cannot be built has failed them all."""
        results: list[Result] = []
        async with Nursery() as nursery, AsyncExitStack() as stack:
            self._nursery = nursery
            await self._open_scenes(stack)
            for client in clients:
                sys.stdout.write(f"{client.name} ...\n")
                sys.stdout.flush()
                if self._checks:
                    results += await self._checked(client)
                broken = await _built(client)
                if broken is not None:
                    results += [Result(client.name, vector, broken) for vector in self._vectors]
                    continue
                lanes = [self._lane(client, lane) for lane in self._lanes().values()]
                results += [result for of_lane in await asyncio.gather(*lanes) for result in of_lane]
        return results

    async def _checked(self, client: Client) -> list[Result]:
        """A folder that two names share, as both Python clients do, is checked once."""
        if client.folder not in self._told:
            self._told[client.folder] = await checked(client)
        by_target = self._told[client.folder]
        return [
            Result(client.name, {"group": target, "name": target, "where": "Makefile"}, wrong)
            for target, wrong in by_target.items()
        ]

    async def _open_scenes(self, stack: AsyncExitStack) -> None:
        wanted = dict.fromkeys(v["setup"] for v in self._vectors if not v.get("alone"))
        scenes = [Scene(self._setups[name], self._folder / f"setup-{name}", self._nursery) for name in wanted]
        opened = await asyncio.gather(*(stack.enter_async_context(scene) for scene in scenes))
        self._scenes = dict(zip(wanted, opened, strict=True))

    def _lanes(self) -> dict[str, list[Vector]]:
        """Vectors that are played one after the other, by the lane's name."""
        lanes: dict[str, list[Vector]] = defaultdict(list)
        for vector in self._vectors:
            lanes[vector.get("lane") or ("alone" if vector.get("alone") else "shared")].append(vector)
        return lanes

    async def _lane(self, client: Client, vectors: Sequence[Vector]) -> list[Result]:
        results: list[Result] = []
        runner: Runner | None = None
        try:
            for vector in vectors:
                if runner is None:
                    runner = await Runner(client.run, client.folder, show=self._show).__aenter__()
                results.append(await self._play(client, vector, runner))
                if runner.broken:
                    await runner.__aexit__()
                    runner = None
        finally:
            if runner is not None:
                await runner.__aexit__()
        return results

    async def _play(self, client: Client, vector: Vector, runner: Runner) -> Result:
        run = uuid.uuid4().hex[:12]
        if vector.get("alone"):
            async with Scene(self._setups[vector["setup"]], self._folder / f"alone-{run}", self._nursery) as scene:
                wrong = await self._on(scene, client, vector, runner, run)
        else:
            wrong = await self._on(self._scenes[vector["setup"]], client, vector, runner, run)
        if wrong is not None:
            sys.stdout.write(f"  FAILED {client.name}: {vector['where']} {vector['name']}\n      {wrong}\n")
            sys.stdout.flush()
        return Result(client.name, vector, wrong)

    async def _on(self, scene: Scene, client: Client, vector: Vector, runner: Runner, run: str) -> str | None:
        """What was wrong. A vector that says what the environment has gets a runner of its own."""
        if "env" not in vector:
            return await Playing(vector, scene, runner, run).play()
        async with Runner(client.run, client.folder, filled(vector["env"], scene.names), show=self._show) as own:
            return await Playing(vector, scene, own, run).play()


async def _built(client: Client) -> str | None:
    """Build its runner. None, or what went wrong."""
    if not client.folder.is_dir():
        return f"there is no {client.folder}"
    if not client.build:
        return None
    return None if await ran(client, client.build) is None else "its runner could not be built"
