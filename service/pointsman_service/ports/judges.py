"""Judges of answers."""

from __future__ import annotations

from typing import Protocol

from pointsman_learner.types import Verdict

from pointsman_service.domain import AnswerUnderJudgement


class AnswerJudge(Protocol):
    """One judge. It never raises: what goes wrong is a Verdict with score None and an error."""

    name: str

    async def judge(self, subject: AnswerUnderJudgement, timeout_s: float) -> Verdict:
        """Its opinion of the subject's answer."""
