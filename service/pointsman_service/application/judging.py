"""Asking judges: the free ones on every answer, a paid one when a plan says so. A judge's trouble is its verdict's."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pointsman_learner.words import Judge, Verdict

from pointsman_service.domain import AnswerUnderJudgement
from pointsman_service.ports import AnswerJudge

SLACK_S = 0.05  # a judge that keeps its own limit ends before ours cuts it off


@dataclass(frozen=True, slots=True)
class JudgePanel:
    """The configured judges: how to ask them (`judges`, by name) and what plans know of them (`known`)."""

    judges: Mapping[str, AnswerJudge]
    known: tuple[Judge, ...]

    @property
    def free(self) -> Sequence[str]:
        """Names of those that every answer gets."""
        return [j.name for j in self.known if j.free]

    def price(self, name: str) -> float:
        """Listed dollars a verdict, 0 for an unknown judge."""
        return next((j.cost_usd for j in self.known if j.name == name), 0.0)

    async def ask(self, name: str, subject: AnswerUnderJudgement, timeout_s: float) -> Verdict:
        """The verdict of one judge; without a score where it failed, was late, or said what no score is."""
        judge = self.judges.get(name)
        if judge is None:
            return Verdict(name, None, error=f"no judge is named {name!r}")
        try:
            async with asyncio.timeout(timeout_s + SLACK_S):
                verdict = await judge.judge(subject, timeout_s)
        except TimeoutError:
            return Verdict(name, None, latency_ms=timeout_s * 1e3, error="timeout")
        except Exception as e:  # noqa: BLE001 - the edge to plug-ins: their trouble must not end an episode
            return Verdict(name, None, error=f"the judge raised {type(e).__name__}: {e}")
        return _checked(verdict)


def _checked(verdict: Verdict) -> Verdict:
    score = verdict.score
    if score is None or (math.isfinite(score) and 0.0 <= score <= 1.0):
        return verdict
    return replace(verdict, score=None, error=f"a score is in [0, 1], not {score}")
