"""The configured judges: how to ask them, and what plans know of them before asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pointsman_learner.words import Judge, Verdict

from pointsman_service.domain import AnswerUnderJudgement
from pointsman_service.domain.verdict_errors import Why, error_text
from pointsman_service.ports import AnswerJudge


@dataclass(frozen=True, slots=True)
class JudgePanel:
    """judges: by name, each contained, so that its trouble is its verdict's; known: the part that plans see."""

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
        """The verdict of one judge, without a score where something went wrong."""
        judge = self.judges.get(name)
        if judge is None:  # a snapshot may plan with a judge that is configured no more
            return Verdict(name, None, error=error_text(Why.UNKNOWN_JUDGE, f"no judge is named {name!r}"))
        return await judge.judge(subject, timeout_s)
