"""The wall around a judge: whatever it does, out comes a verdict.

Judges may be anyone's code. One that raises, hangs, or returns what no verdict is, is contained as a verdict without a
score whose error says what happened; its latency is measured where it did not say.
"""

from __future__ import annotations

import asyncio
import math
import time

from msgspec.structs import replace
from pointsman_learner.types import Verdict

from pointsman_service.domain import AnswerUnderJudgement
from pointsman_service.domain.verdict_errors import Why, error_text
from pointsman_service.ports import AnswerJudge


class ContainedJudge:
    """AnswerJudge around another one. `inner` is asked; its name is the verdict's."""

    def __init__(self, inner: AnswerJudge, name: str) -> None:
        self.name = name
        self.inner = inner

    async def judge(self, subject: AnswerUnderJudgement, timeout_s: float) -> Verdict:
        """The inner judge's verdict, checked; never raises but for cancellation."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(timeout_s):
                verdict = self._checked(await self.inner.judge(subject, timeout_s))
        except TimeoutError:
            verdict = Verdict(self.name, None, error=error_text(Why.TIMEOUT, f"no verdict within {timeout_s:g} s"))
        except Exception as error:  # noqa: BLE001 - the edge to plug-ins; the verdict carries the error
            verdict = Verdict(self.name, None, error=error_text(Why.BROKEN, f"{type(error).__name__}: {error}"))
        told_ms = verdict.latency_ms or 0.0
        took_ms = told_ms if told_ms > 0 else (time.perf_counter() - started) * 1e3
        said = {"key": _characters(verdict.key), "error": _characters(verdict.error)}
        return replace(verdict, **said, cost_usd=verdict.cost_usd or 0.0, latency_ms=round(took_ms, 3))

    async def close(self) -> None:
        """Close the inner judge's connections, where it has any."""
        close = getattr(self.inner, "close", None)
        if close is not None:
            await close()

    def _checked(self, verdict: object) -> Verdict:
        if not isinstance(verdict, Verdict):
            wrong = f"returned {type(verdict).__name__} instead of a Verdict"
            return Verdict(self.name, None, error=error_text(Why.BROKEN, wrong))
        for name in ("key", "error"):
            said = getattr(verdict, name)
            if not isinstance(said, str | None):
                wrong = f"returned {name} {said!r}, which is no text"
                return Verdict(self.name, None, error=error_text(Why.BROKEN, wrong))
        score = verdict.score
        number = score is None or (isinstance(score, int | float) and not isinstance(score, bool))
        cost_ok = _at_least_0(verdict.cost_usd)
        if number and cost_ok and (score is None or 0.0 <= score <= 1.0):
            latency = verdict.latency_ms if _at_least_0(verdict.latency_ms) else 0.0
            return replace(verdict, judge=self.name, score=None if score is None else float(score), latency_ms=latency)
        wrong = f"score {score!r}, which is not in [0, 1]" if cost_ok else f"cost_usd {verdict.cost_usd!r}"
        cost = verdict.cost_usd if cost_ok else 0.0
        return Verdict(self.name, None, cost_usd=cost, error=error_text(Why.BROKEN, f"returned {wrong}"))


def _characters(text: str | None) -> str | None:
    """As the log will have it: half of a surrogate pair is no character, and a model may have said it."""
    return None if text is None else text.encode("utf-8", "replace").decode()


def _at_least_0(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and value >= 0
