"""The retrieval judge: was a near-identical question answered before, to a user's content, and with the same answer?

Free: it reads the log and calls nobody. Compared are final answers, as the agreement judge does, so it is silent about
prose. A tenant's answers are compared with that tenant's alone. Texts must be kept in full (`storage.store_prompts`).
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pointsman_learner.types import Verdict

from pointsman_service.domain import AnswerUnderJudgement
from pointsman_service.domain.verdict_errors import Why, error_text
from pointsman_service.errors import LogUnavailable
from pointsman_service.judges.agreement import key_of
from pointsman_service.judges.final_answer import answer_key
from pointsman_service.judges.near_questions import SIMILARITY, asks_the_same, nearest
from pointsman_service.ports import Embedder
from pointsman_service.ports.rated_answers import RatedAnswer, RatedAnswers

MOST_TENANTS = 50
"""Whose answers are held: 500 embeddings of 256 floats take half a megabyte each."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A tenant's rated answers as they were at a moment. vectors: (n, d), of the questions."""

    at: float
    answers: Sequence[RatedAnswer]
    vectors: NDArray[np.float32]


class RetrievalJudge:
    """AnswerJudge: the share of what was liked before that says the same, weighted by how much it was liked.

    least: the rating from which an answer was liked, in [0, 1]; remembered: newest answers of a tenant that are
    compared with; similarity: least cosine of questions; refresh_s: seconds for which what was read stays good.
    """

    def __init__(
        self,
        name: str,
        rated: RatedAnswers,
        embedder: Embedder,
        *,
        least: float = 0.8,
        remembered: int = 500,
        similarity: float = SIMILARITY,
        refresh_s: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._rated, self._embedder, self._clock = rated, embedder, clock
        self._least, self._remembered = least, remembered
        self._similarity, self._refresh_s = similarity, refresh_s
        self._held: OrderedDict[str, _Held] = OrderedDict()

    async def judge(self, subject: AnswerUnderJudgement, timeout_s: float) -> Verdict:  # noqa: ARG002 - bounded outside
        """Compare with what was liked before; without a score where there is nothing to compare with."""
        question = subject.question.text
        key = key_of(question, subject.answer)
        if key is None:
            return self._none(Why.NOTHING_TO_COMPARE, "the answer has no final answer")
        try:
            held = await self._answers_of(subject.tenant)
        except LogUnavailable as error:
            return self._none(Why.UNAVAILABLE, f"the log: {error}")
        liked = [(a.rating, k) for a in self._near(question, held) if (k := answer_key(question, a.answer)) is not None]
        if not liked:
            return self._none(Why.NOTHING_TO_COMPARE, "no such question was answered to a user's content before")
        return Verdict(self.name, sum(r for r, k in liked if k == key) / sum(r for r, _ in liked))

    def _near(self, question: str, held: _Held) -> list[RatedAnswer]:
        found = nearest(self._embedder.embed(question), held.vectors, self._similarity)
        return [held.answers[i] for i in found if asks_the_same(question, held.answers[i].question)]

    async def _answers_of(self, tenant: str) -> _Held:
        held = self._held.get(tenant)
        if held is None or self._clock() - held.at > self._refresh_s:
            answers = await self._rated.rated(tenant, self._least, self._remembered)
            # Off the event loop: 500 questions take some 30 ms, once for each answer that is new.
            vectors = await asyncio.to_thread(self._vectors, answers, held)
            held = self._held[tenant] = _Held(self._clock(), answers, vectors)
        self._held.move_to_end(tenant)
        while len(self._held) > MOST_TENANTS:
            self._held.popitem(last=False)
        return held

    def _vectors(self, answers: Sequence[RatedAnswer], before: _Held | None) -> NDArray[np.float32]:
        known = {a.position: i for i, a in enumerate(before.answers)} if before else {}
        rows = [
            before.vectors[known[a.position]] if before and a.position in known else self._embedder.embed(a.question)
            for a in answers
        ]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self._embedder.dimension)

    def _none(self, why: Why, detail: str) -> Verdict:
        return Verdict(self.name, None, error=error_text(why, detail))
