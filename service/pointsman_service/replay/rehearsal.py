"""Trouble that is rehearsed while the replay provider runs: a model that is silently another one, or is down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pointsman_service.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What is wrong with the models now.

    answers_as: by model, whose recorded answers and verdicts it gives instead of its own, under its own name and at its
    own cost, as when a provider swaps a model for a smaller one and says nothing. down: models that answer 503.
    """

    answers_as: Mapping[str, str] = field(default_factory=dict)
    down: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, body: Mapping[str, Any], models: Sequence[str]) -> Rehearsal:
        """From JSON. Raises ConfigurationError for another key, and for a model that is not among `models`.

        >>> Rehearsal.parse({"answers_as": {"a": "b"}, "down": ["b"]}, ["a", "b"]).speaks_as("a")
        'b'
        """
        if unknown := sorted(body.keys() - {"answers_as", "down"}):
            raise ConfigurationError(f"{unknown[0]}: expected answers_as or down")
        answers_as, down = body.get("answers_as", {}), body.get("down", [])
        if not isinstance(answers_as, Mapping) or not isinstance(down, list):
            raise ConfigurationError("expected answers_as, an object of model names, and down, a list of them")
        for name in (*answers_as, *answers_as.values(), *down):
            if name not in models:
                raise ConfigurationError(f"{name!r}: not in the replay table, which has {', '.join(models)}")
        return cls(dict(answers_as), frozenset(down))

    def speaks_as(self, model: str) -> str:
        """The model whose recorded answers this one gives."""
        return self.answers_as.get(model, model)
