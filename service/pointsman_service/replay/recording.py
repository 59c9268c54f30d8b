"""Finds what a recorded model answered to a prompt, and says plainly where nothing was recorded."""

from __future__ import annotations

import difflib
import hashlib
import math
from dataclasses import dataclass, replace

from pointsman_learner.types import FloatArray

from pointsman_service.chat.answers import estimate_tokens
from pointsman_service.domain import ModelPrices
from pointsman_service.replay.outcome_table import OutcomeTable

NO_TEXT = "[replayed: no recorded text]"
"""Begins the text of an answer of which only score and cost were recorded."""

STAND_IN = "[stand-in answer: this prompt is not in the replay table]"
"""Begins the text of an answer to a prompt that nobody recorded."""

NOT_RUN = "[stand-in answer: this model was not recorded on this prompt]"
"""Begins the text of an answer of a model that was not run on a prompt of the table."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One answer of the replay provider. origin: "recorded" | "no_text" | "stand_in".

    Token counts, cost_usd, latency_ms, score: None where the recording does not tell. Of a stand-in answer tokens are
    estimated, and cost follows from them and the model's list prices; it has no score.
    """

    text: str
    origin: str
    query_id: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    latency_ms: float | None = None
    score: float | None = None


class Recording:
    """An outcome table, looked up by prompt. Where prompts repeat, the first query with the prompt answers."""

    def __init__(self, table: OutcomeTable) -> None:
        self.table = table
        self._column = {name: j for j, name in enumerate(table.model_names)}
        self._row: dict[str, int] = {}
        for i, prompt in enumerate(table.prompts):
            self._row.setdefault(prompt_digest(prompt), i)

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the recorded models."""
        return self.table.model_names

    def nearest(self, model: str) -> str:
        """For messages: " (near: ...)", or nothing."""
        near = difflib.get_close_matches(model, self._column, n=3, cutoff=0.5)
        return f" (near: {', '.join(near)})" if near else ""

    def answer(self, prompt: str, model: str, speaker: str | None = None) -> Replayed:
        """What the model answered to the prompt. Raises KeyError for a model that is not in the table.

        speaker: whose answer it gives instead, at the model's own cost and by its own name; None for its own.
        """
        if speaker is not None and speaker != model:
            own, other = self.answer(prompt, model), self.answer(prompt, speaker)
            return replace(other, text=other.text.replace(speaker, model), cost_usd=own.cost_usd)
        column = self._column[model]
        row = self._row.get(prompt_digest(prompt))
        if row is None:
            return self._stand_in(f"{STAND_IN} {model} would answer here.", prompt, column)
        if math.isnan(self.table.scores[row, column]):
            return self._stand_in(f"{NOT_RUN} {model} would answer here.", prompt, column)
        text = self.table.responses.text(row, column)
        query = self.table.query_ids[row]
        return Replayed(
            text=f"{NO_TEXT} {model} answered query {query}." if text is None else text,
            origin="no_text" if text is None else "recorded",
            query_id=query,
            input_tokens=_count(self.table.input_tokens, row, column),
            output_tokens=_count(self.table.output_tokens, row, column),
            cost_usd=_known(self.table.costs_usd, row, column),
            latency_ms=_known(self.table.latency_ms, row, column),
            score=_known(self.table.scores, row, column),
        )

    def verdict(self, prompt: str, model: str, judge: str | None) -> tuple[float | None, str]:
        """A recorded judge's score, or None; and why. judge None: the table's own score.

        Raises KeyError for an unknown model (args[0] "model") or judge (args[0] "judge").
        """
        if model not in self._column:
            raise KeyError("model")
        if judge is not None and judge not in self.table.verdicts:
            raise KeyError("judge")
        row = self._row.get(prompt_digest(prompt))
        if row is None:
            return None, "this prompt is not in the replay table"
        grid = self.table.scores if judge is None else self.table.verdicts[judge]
        score = _known(grid, row, self._column[model])
        return score, "recorded" if score is not None else "nothing was recorded for this model on this prompt"

    def _stand_in(self, text: str, prompt: str, column: int) -> Replayed:
        recorded = self.table.models[column]
        tokens_in, tokens_out = estimate_tokens(prompt), estimate_tokens(text)
        known = recorded.input_usd_per_million, recorded.output_usd_per_million
        cost = None
        if known[0] is not None and known[1] is not None:
            cost = ModelPrices(known[0], known[1], "list").cost_usd(tokens_in, tokens_out)
        return Replayed(text, "stand_in", input_tokens=tokens_in, output_tokens=tokens_out, cost_usd=cost)


def prompt_digest(prompt: str) -> str:
    """Key of a prompt: the same for prompts that differ only in white space.

    >>> prompt_digest(" What  is it? ") == prompt_digest("What is it?")
    True
    """
    return hashlib.blake2b(" ".join(prompt.split()).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _known(grid: FloatArray, row: int, column: int) -> float | None:
    value = float(grid[row, column])
    return None if math.isnan(value) else value


def _count(grid: FloatArray, row: int, column: int) -> int | None:
    value = _known(grid, row, column)
    return None if value is None else round(value)
