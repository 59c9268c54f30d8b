"""The configured judges: how to ask them, and what plans know of them before asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace
from pointsman_learner.types import Judge, Verdict

from pointsman_service.application.deadline import Deadline
from pointsman_service.application.judge_calls import Payer, paid_by
from pointsman_service.application.spending import JUDGE_FACTOR
from pointsman_service.domain import AnswerUnderJudgement
from pointsman_service.domain.pace import Mean
from pointsman_service.domain.verdict_errors import Why, error_text
from pointsman_service.ports import AnswerJudge

LONGEST_FREE_S = 1.0
"""For a judge that calls nobody: a thousand times what one takes on an idle machine."""
LONGEST_UNKNOWN_S = 10.0
"""For a verdict of a judge that has not spoken yet, where the configuration does not say what it takes."""


@dataclass(frozen=True, slots=True)
class JudgePanel:
    """judges: by name, each contained, so that its trouble is its verdict's; known: the part that plans see.

    paces: what verdicts take, by judge, as this process sees it. calling: names of those that spend nothing but what
    they call of our models (see `judge_calls`).
    """

    judges: Mapping[str, AnswerJudge]
    known: tuple[Judge, ...]
    paces: dict[str, Mean] = field(default_factory=dict)
    calling: frozenset[str] = frozenset()

    @property
    def free(self) -> Sequence[str]:
        """Names of those that every answer gets."""
        return [j.name for j in self.known if j.free]

    def usual_ms(self, name: str, now: float) -> float | None:
        """What its verdicts took lately, None where this process has not seen any. now: by the clock of deadlines."""
        return self.paces[name].at(now) if name in self.paces else None

    def price(self, name: str) -> float:
        """Listed dollars a verdict, 0 for an unknown judge."""
        return next((j.cost_usd for j in self.known if j.name == name), 0.0)

    def hold_usd(self, name: str) -> float:
        """Dollars to hold for what it spends beside calls of our models."""
        return 0.0 if name in self.calling else self.price(name) * JUDGE_FACTOR

    async def ask(self, name: str, subject: AnswerUnderJudgement, deadline: Deadline, payer: Payer) -> Verdict:
        """The verdict of one judge, without a score where something went wrong, or it took too long.

        There is an answer in hand: it is not held back for long. payer: of what it calls, which is its cost, whatever
        it says itself.
        """
        judge = self.judges.get(name)
        if judge is None:  # a snapshot may plan with a judge that is configured no more
            return Verdict(name, None, error=error_text(Why.UNKNOWN_JUDGE, f"no judge is named {name!r}"))
        with paid_by(payer):
            verdict = await judge.judge(subject, self.time_for(name, deadline))
        if verdict.score is not None and verdict.latency_ms:
            self.paces.setdefault(name, Mean()).observe(deadline.clock(), verdict.latency_ms)
        return replace(verdict, cost_usd=payer.bill_usd) if payer.calls else verdict

    def time_for(self, name: str, deadline: Deadline) -> float:
        """Seconds that it may take: by what it took lately, else by what it is listed with."""
        listed = next((j for j in self.known if j.name == name), None)
        expected_ms = self.usual_ms(name, deadline.clock()) or (listed.latency_ms if listed else 0.0)
        if listed is None or listed.free:
            return min(deadline.for_judge(), max(LONGEST_FREE_S, deadline.for_opinion(expected_ms)))
        return deadline.for_opinion(expected_ms) if expected_ms else min(deadline.for_judge(), LONGEST_UNKNOWN_S)
