from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pointsman_service.replay.tables import OutcomeTable, RecordedModel, Responses, write_table

MODELS = ("small", "middle", "large")
QUALITY = (0.4, 0.65, 0.9)
COSTS = (0.0001, 0.001, 0.01)


def made_table(n: int = 80) -> OutcomeTable:
    """Sums to add up: the dearer the model, the more of them are right; two recorded judges see half of the truth."""
    rng = np.random.default_rng(5)
    hard = rng.random(n)
    scores = (hard[:, None] < np.array(QUALITY)[None, :]).astype(float)
    prompts = tuple(f"What is {i} + {i * 7 % 13}? Think of {'apples' if i % 2 else 'a database'}." for i in range(n))
    texts = [
        (i, j, f"The answer is {i + i * 7 % 13 + (0 if scores[i, j] else 10 * j + 10)}")
        for i in range(n)
        for j in range(3)
    ]
    grid = np.full((n, 3), np.nan)
    return OutcomeTable(
        name="made",
        query_ids=tuple(f"q{i}" for i in range(n)),
        prompts=prompts,
        categories=tuple("fruit" if i % 2 else "data" for i in range(n)),
        references=(None,) * n,
        models=tuple(RecordedModel(m, "", c * 500, c * 2000) for m, c in zip(MODELS, COSTS, strict=True)),
        scores=scores,
        costs_usd=np.tile(COSTS, (n, 1)).astype(float),
        input_tokens=grid,
        output_tokens=grid,
        latency_ms=grid,
        responses=Responses.pack(n, 3, texts),
        verdicts={f"judge-{k}": np.clip(0.5 * scores + 0.5 * rng.random((n, 3)), 0, 1) for k in (1, 2)},
    )


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the made table."""
    folder = tmp_path_factory.mktemp("tables") / "made"
    write_table(folder, made_table())
    return folder
