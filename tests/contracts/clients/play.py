"""Plays one vector through a runner, and says what was not as expected."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.json_format import ParseError

from tests.contracts.wire.matching import at, differences, filled

from .runner import Runner, RunnerError
from .scene import Scene
from .trouble import TROUBLES

_ABOUT = frozenset({"expect", "save", "repeat", "eventually_s", "within_s"})
"""Of a step: what is not sent."""
_BETWEEN_TRIES_S = 0.1

Step = dict[str, Any]


class Playing:
    """One vector. names: what `${...}` stands for, of the scene and saved on the way."""

    def __init__(self, vector: Step, scene: Scene, runner: Runner, run: str) -> None:
        self._vector, self._scene, self._runner = vector, scene, runner
        self._names = {**scene.names, "run": run}
        self._opened: list[str] = []

    async def play(self) -> str | None:
        """None where all was as expected, else the first step that was not, and how."""
        try:
            return await self._steps()
        except RunnerError as broken:
            return str(broken)
        except (ParseError, KeyError, AttributeError, ValueError, TypeError) as broken:
            return f"the vector cannot be played: {type(broken).__name__} {broken}"
        finally:
            await self._close()

    async def _steps(self) -> str | None:
        self._scene.reset()
        steps = list(self._vector["steps"])
        if self._vector.get("open", {}) is not None:
            steps.insert(0, {"op": "open", "options": self._vector.get("open", {})})
        for i, step in enumerate(steps):
            for _ in range(step.get("repeat", 1)):
                if wrong := await self._step(step):
                    return f"step {i} ({_title(step)}): {wrong}"
        return None

    async def _step(self, step: Step) -> str | None:
        until = time.monotonic() + step.get("eventually_s", 0.0)
        while True:
            begun = time.monotonic()
            found = await self._doing(step)(step)
            took_s = time.monotonic() - begun
            wrong = differences(filled(_expected(step), self._names), found)
            if took_s > step.get("within_s", took_s):
                wrong.append(f"it took {took_s:.1f} s")
            if not wrong:
                break
            if "unsupported" in found or begun > until:
                return f"{'; '.join(wrong)[:1500]}\n      found {str(found)[:1500]}"
            await asyncio.sleep(_BETWEEN_TRIES_S)
        for name, path in step.get("save", {}).items():
            self._names[name] = at(found, path)
            if self._names[name] is None:
                return f"there is no {path} in {str(found)[:800]}"
        return None

    def _doing(self, step: Step) -> Callable[[Step], Awaitable[dict[str, Any]]]:
        return next(do for key, do in self._kinds().items() if key in step)

    def _kinds(self) -> dict[str, Callable[[Step], Awaitable[dict[str, Any]]]]:
        return {
            "op": self._tell, "ask": self._ask, "front": self._front, "service": self._serve, "trouble": self._trouble
        }  # fmt: skip

    async def _tell(self, step: Step) -> dict[str, Any]:
        line = {"client": "c", **filled({k: v for k, v in step.items() if k not in _ABOUT}, self._names)}
        if step["op"] == "open":
            where = {"address": self._names["address"], "admin_address": self._names["admin_address"]}
            given = {**({} if line.pop("elsewhere", False) else where), **line.get("options", {})}
            line["options"] = given
            self._opened.append(line["client"])
        return await self._runner.ask(line)

    async def _ask(self, step: Step) -> dict[str, Any]:
        request, metadata = (filled(step.get(part, {}), self._names) for part in ("request", "metadata"))
        return await self._scene.witness.ask(step["ask"], request, metadata)

    async def _front(self, step: Step) -> dict[str, Any]:
        return self._scene.front(filled({k: v for k, v in step.items() if k not in _ABOUT}, self._names))

    async def _serve(self, step: Step) -> dict[str, Any]:
        await getattr(self._scene.service, step["service"])()
        return {}

    async def _trouble(self, step: Step) -> dict[str, Any]:
        await asyncio.to_thread(TROUBLES[step["trouble"]], self._scene.service)
        return {}

    async def _close(self) -> None:
        for client in dict.fromkeys(self._opened):
            try:
                await self._runner.ask({"op": "close", "client": client})
            except RunnerError:
                return  # Told where it broke; a runner that is gone has nothing open.


def _expected(step: Step) -> dict[str, Any]:
    if "op" in step:
        expected: dict[str, Any] = step.get("expect", {"ok": {"$any": True}})
        return expected
    return {**({"code": "OK"} if "ask" in step else {}), **step.get("expect", {})}


def _title(step: Step) -> str:
    words = (step.get(key) for key in ("op", "method", "do", "ask", "front", "service", "trouble"))
    return " ".join(str(word) for word in words if word is not None)
