"""A client's runner: a program that is told by lines of JSON what to do, and answers each with a line."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

LONGEST_LINE = 32 << 20
ANSWER_S = 240.0
"""Beyond this a runner hangs: no vector takes a quarter of it on a machine that has time."""


class RunnerError(Exception):
    """The runner does not speak the protocol: it ended, or what it wrote is no answer."""


class Runner:
    """The running program. Use it in an `async with`. show: write every line to stderr.

    broken: it has ended, or does not answer, so that another is needed.
    """

    def __init__(
        self, command: Sequence[str], folder: Path, env: Mapping[str, str] | None = None, *, show: bool = False
    ) -> None:
        self._command, self._folder, self._env, self._show = command, folder, env or {}, show
        self._asked = 0
        self.broken = False

    async def __aenter__(self) -> Self:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("POINTSMAN_")}
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self._folder,
            env={**inherited, **self._env},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 20)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def ask(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """What it answers. Raises RunnerError."""
        self._asked += 1
        text = json.dumps({"id": self._asked, **line}, ensure_ascii=False)
        self._tell(">", text)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(text.encode() + b"\n")
            await self._process.stdin.drain()
            answer = await asyncio.wait_for(self._process.stdout.readline(), ANSWER_S)
        except (ConnectionError, TimeoutError, ValueError) as error:
            self.broken = True
            raise RunnerError(f"no answer to {text[:200]}: {type(error).__name__} {error}") from error
        self._tell("<", answer.decode(errors="replace").rstrip())
        return self._read(answer, text)

    def _read(self, answer: bytes, asked: str) -> dict[str, Any]:
        if not answer:
            self.broken = True
            raise RunnerError(f"the runner ended at {asked[:200]}")
        try:
            read = json.loads(answer)
        except ValueError as error:
            raise RunnerError(f"answered {answer[:200]!r}, which is no JSON: {error}") from error
        if not isinstance(read, dict) or read.get("id") != self._asked or len(read) != 2:
            raise RunnerError(f"answered {answer[:200]!r} to {asked[:200]}")
        return read

    def _tell(self, way: str, text: str) -> None:
        if self._show:
            sys.stderr.write(f"{way} {text[:2000]}\n")
