"""A table made ready to replay: contexts, answer keys and judges' scores, worked out once for all runs.

The learner sees of it only what a live service would: the context of the query at hand, the outcome of calls that were
made, verdicts that were paid for, and feedback that has arrived.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pointsman_learner.belief.judges import AGREEMENT
from pointsman_learner.context.query import make_context
from pointsman_learner.types import Context, FloatArray, Judge
from pointsman_service.domain import AnswerUnderJudgement, ChatMessage, ModelAnswer, Question
from pointsman_service.judges.final_answer import answer_key
from pointsman_service.judges.format import FormatJudge
from pointsman_service.ports import Embedder
from pointsman_service.replay.outcome_table import OutcomeTable

READERS = frozenset({"format", AGREEMENT})
"""Judges that read recorded texts here, in no time; all others stand for models that are called."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What a replay walks through.

    table: complete (no missing outcome). contexts: one a query. judges: what a plan may ask, with its price;
    scores: by judge, (n, m), NaN where it has none. keys: (n, m) numbers of final answers, equal where answers agree,
    -1 where none could be told; None where agreement is not among the judges. there: (n, m) which models could be
    called; None where all could. verdict_ms: what a verdict takes of a judge that stands for a model, None where nobody
    knows.
    """

    table: OutcomeTable
    contexts: tuple[Context, ...]
    judges: tuple[Judge, ...]
    scores: Mapping[str, FloatArray]
    keys: NDArray[np.int64] | None
    simulated: tuple[str, ...] = ()
    there: NDArray[np.bool_] | None = None
    verdict_ms: float | None = None

    def __len__(self) -> int:
        return len(self.contexts)


def contexts_of(table: OutcomeTable, embedder: Embedder) -> tuple[Context, ...]:
    """Contexts as the service makes them."""
    return tuple(make_context(p, {}, embedder.embed(p), embedder.feature_version) for p in table.prompts)


def keys_of(table: OutcomeTable) -> NDArray[np.int64]:
    """(n, m) a number for each final answer of a query, equal where two answers agree, -1 where none could be told."""
    keys = np.full(table.scores.shape, -1, dtype=np.int64)
    for i, prompt in enumerate(table.prompts):
        seen: dict[str, int] = {}
        for j in range(len(table.models)):
            text = table.responses.text(i, j)
            key = answer_key(prompt, text) if text else None
            if key is not None:
                keys[i, j] = seen.setdefault(key, len(seen))
    return keys


def format_scores(table: OutcomeTable) -> FloatArray:
    """(n, m) the format judge's verdicts on recorded texts."""
    return asyncio.run(_format_scores(table))


async def _format_scores(table: OutcomeTable) -> FloatArray:
    judge = FormatJudge()
    scores = np.full(table.scores.shape, np.nan)
    for i, prompt in enumerate(table.prompts):
        question = Question((ChatMessage("user", prompt),))
        for j, model in enumerate(table.model_names):
            text = table.responses.text(i, j)
            if text is not None:
                answer = ModelAnswer(text, "stop", 0, 0, 0.0, 0.0)
                verdict = await judge.judge(AnswerUnderJudgement(question, answer, model), 1.0)
                scores[i, j] = np.nan if verdict.score is None else verdict.score
    return scores


def take(stream: Stream, order: Sequence[int] | NDArray[np.intp]) -> Stream:
    """The stream in another order."""
    rows = np.asarray(order, dtype=np.intp)
    return Stream(
        stream.table.take(rows),
        tuple(stream.contexts[i] for i in rows),
        stream.judges,
        {name: s[rows] for name, s in stream.scores.items()},
        None if stream.keys is None else stream.keys[rows],
        stream.simulated,
        None if stream.there is None else stream.there[rows],
        stream.verdict_ms,
    )
