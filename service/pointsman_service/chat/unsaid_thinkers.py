"""Which models think before they answer without saying so: a mark ends it that their template opened in the prompt."""

from __future__ import annotations

import re

from pointsman_service.domain import ModelConfig

_BY_NAME = re.compile(r"(?<![a-z])(?:r1|qwq|thinking)(?![a-z])", re.IGNORECASE)
"""DeepSeek R1 and what was distilled from it, Qwen's QwQ and the Thinking variants: their templates are written so."""


class UnsaidThinkers:
    """Known by their names, and by what was seen of them in this process.

    >>> thinkers, model = UnsaidThinkers(), ModelConfig("m", "openai", "our-model")
    >>> thinkers.remember(model)
    >>> model in thinkers, ModelConfig("r", "openai", "DeepSeek-R1-Distill") in thinkers
    (True, True)
    """

    def __init__(self) -> None:
        self._seen: set[tuple[str, str | None]] = set()

    def __contains__(self, model: ModelConfig) -> bool:
        return (model.provider_model, model.base_url) in self._seen or bool(_BY_NAME.search(model.provider_model))

    def remember(self, model: ModelConfig) -> None:
        """It did."""
        self._seen.add((model.provider_model, model.base_url))
