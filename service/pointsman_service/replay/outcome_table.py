"""What models answered on real prompts, and how good and dear each answer was: the yardstick of replays.

Rows are queries, columns are models. A pair that was never run is NaN, not zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pointsman_learner.types import FloatArray, Model

from pointsman_service.errors import ConfigurationError


class TableError(ConfigurationError):
    """An outcome table cannot be used as it is. The message names file, line and field."""


@dataclass(frozen=True, slots=True)
class RecordedModel:
    """One recorded model, None for what the recording does not say.

    Prices are list prices, dollars per million tokens; time_to_first_token_ms, tokens_per_second: of its answers.
    """

    name: str
    provider: str = ""
    input_usd_per_million: float | None = None
    output_usd_per_million: float | None = None
    time_to_first_token_ms: float | None = None
    tokens_per_second: float | None = None

    def latency_ms(self, output_tokens: FloatArray) -> FloatArray:
        """What answers of so many tokens take; NaN where neither that nor their pace is known.

        >>> RecordedModel("a", time_to_first_token_ms=400.0, tokens_per_second=50.0).latency_ms(np.array([100.0]))
        array([2400.])
        """
        if self.time_to_first_token_ms is None or self.tokens_per_second is None:
            return np.full(output_tokens.shape, np.nan)
        return self.time_to_first_token_ms + output_tokens * (1e3 / self.tokens_per_second)

    def as_learner_model(self) -> Model:
        """The part that a learner sees."""
        return Model(self.name, self.input_usd_per_million, self.output_usd_per_million)


class Responses:
    """Recorded answer texts as one run of bytes: tens of thousands of them without an object for each.

    >>> texts = Responses.pack(2, 1, [(1, 0, "blue")])
    >>> texts.text(1, 0), texts.text(0, 0)
    ('blue', None)
    """

    __slots__ = ("_blob", "_length", "_start")

    def __init__(self, blob: bytes, start: NDArray[np.int64], length: NDArray[np.int64]) -> None:
        """start, length: (queries, models) byte offsets into `blob`; length -1 where there is no text."""
        self._blob, self._start, self._length = blob, start, length

    @classmethod
    def pack(cls, queries: int, models: int, texts: Iterable[tuple[int, int, str]]) -> Responses:
        """From (query index, model index, text)."""
        blob = bytearray()
        start = np.zeros((queries, models), dtype=np.int64)
        length = np.full((queries, models), -1, dtype=np.int64)
        for row, column, text in texts:
            encoded = text.encode("utf-8", errors="replace")
            start[row, column], length[row, column] = len(blob), len(encoded)
            blob += encoded
        return cls(bytes(blob), start, length)

    @property
    def recorded(self) -> NDArray[np.bool_]:
        """(queries, models): whether there is a text. An empty answer is a text."""
        return self._length >= 0

    def text(self, query: int, model: int) -> str | None:
        """The text of one pair, None where none was recorded."""
        length = int(self._length[query, model])
        if length < 0:
            return None
        start = int(self._start[query, model])
        return self._blob[start : start + length].decode("utf-8")

    def take(self, queries: NDArray[np.intp]) -> Responses:
        """The same texts for some queries; the bytes are shared."""
        return Responses(self._blob, self._start[queries], self._length[queries])


@dataclass(frozen=True, slots=True)
class OutcomeTable:
    """Recorded outcomes of m models on n queries.

    query_ids, prompts, categories ("" where unknown; for reports only), references (None where unknown): length n;
    models: length m. scores in [0, 1], costs_usd in dollars a call, input_tokens, output_tokens, latency_ms: (n, m),
    NaN where missing; a latency that was not recorded is worked out of the model's pace, where that is known. verdicts:
    by judge, (n, m) scores in [0, 1], NaN where the judge did not speak.
    """

    name: str
    query_ids: tuple[str, ...]
    prompts: tuple[str, ...]
    categories: tuple[str, ...]
    references: tuple[str | None, ...]
    models: tuple[RecordedModel, ...]
    scores: FloatArray
    costs_usd: FloatArray
    input_tokens: FloatArray
    output_tokens: FloatArray
    latency_ms: FloatArray
    responses: Responses
    verdicts: Mapping[str, FloatArray]

    def __len__(self) -> int:
        return len(self.query_ids)

    @property
    def model_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(m.name for m in self.models)

    def take(self, queries: Sequence[int] | NDArray[np.intp]) -> OutcomeTable:
        """The table of some queries, in the order given."""
        rows = np.asarray(queries, dtype=np.intp)
        return replace(
            self,
            query_ids=tuple(self.query_ids[i] for i in rows),
            prompts=tuple(self.prompts[i] for i in rows),
            categories=tuple(self.categories[i] for i in rows),
            references=tuple(self.references[i] for i in rows),
            scores=self.scores[rows],
            costs_usd=self.costs_usd[rows],
            input_tokens=self.input_tokens[rows],
            output_tokens=self.output_tokens[rows],
            latency_ms=self.latency_ms[rows],
            responses=self.responses.take(rows),
            verdicts={judge: scores[rows] for judge, scores in self.verdicts.items()},
        )

    def of_models(self, columns: Sequence[int]) -> OutcomeTable:
        """The table of some models, in the order given. The texts go: they are not needed where models are chosen."""
        keep = list(columns)
        grids = ("scores", "costs_usd", "input_tokens", "output_tokens", "latency_ms")
        return replace(
            self,
            models=tuple(self.models[m] for m in keep),
            responses=Responses.pack(len(self), len(keep), ()),
            verdicts={judge: scores[:, keep] for judge, scores in self.verdicts.items()},
            **{grid: getattr(self, grid)[:, keep] for grid in grids},
        )

    def complete(self) -> OutcomeTable:
        """Only the queries that every model was run on."""
        return self.take(np.flatnonzero(np.isfinite(self.scores).all(axis=1)))

    def answered(self) -> OutcomeTable:
        """Only the queries that have an answer text of every model."""
        return self.take(np.flatnonzero(self.responses.recorded.all(axis=1)))
