"""What is known of models: prices, capabilities and context windows, from litellm's map where nothing is configured.

The map is read as the JSON file that ships in the litellm package, 25 ms; importing litellm for it would take seconds.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pointsman_service.adapters.prices.entries import prices_of
from pointsman_service.domain import Capabilities, ModelConfig, ModelPrices
from pointsman_service.domain.configured import MODALITIES
from pointsman_service.errors import ConfigurationError

_ABILITIES = {
    "tools": "supports_function_calling",
    "json_schema": "supports_response_schema",
    "reasoning": "supports_reasoning",
    "streaming": "supports_native_streaming",
}
_TAKES = {"image": "supports_vision", "audio": "supports_audio_input"}
_MAP_FILE = "model_prices_and_context_window_backup.json"


class PriceBook:
    """Looks prices up; callable, so that it can be handed over as a `PriceLookup`. Reads the map when first needed."""

    def __init__(self, price_map: Path | None = None) -> None:
        """price_map: a file in the format of litellm's; default the installed litellm's, if it is installed."""
        self._path = price_map
        self._map: Mapping[str, Any] | None = None
        self._found: dict[str, ModelPrices | None] = {}

    def __call__(self, model: ModelConfig) -> ModelPrices | None:
        """Prices in force: those that were looked up before, else the configured, else the map's; None for unknown.

        Where one half is configured the other is the map's; where that has none, the price is not known. What the map
        says of other kinds of tokens holds in its proportion to the price of plain ones.
        Raises ConfigurationError where the price map cannot be read.
        """
        if model.prices is not None:
            return model.prices
        given_in, given_out = model.input_usd_per_million, model.output_usd_per_million
        cached = model.cached_input_usd_per_million
        listed = self._listed(model.provider_model, is_needed=given_in is None or given_out is None)
        if listed is None:
            if given_in is None or given_out is None:
                return None
            found = ModelPrices(given_in, given_out, "configured")
        elif given_in is None and given_out is None:
            found = listed
        else:
            each_in = listed.input_usd_per_million if given_in is None else given_in
            found = listed.at(each_in, listed.output_usd_per_million if given_out is None else given_out)
        return found if cached is None else replace(found, cached_input_usd_per_million=cached)

    def capabilities(self, model: ModelConfig) -> Capabilities:
        """What the map says. A chat model that it lists takes text and the kinds of content that it names, no others.

        Raises ConfigurationError where the map cannot be read.
        """
        entry = self._entry(model.provider_model)
        if entry.get("mode") != "chat":
            return Capabilities()
        said = {field: entry.get(key) for field, key in _ABILITIES.items()}
        told = {field: value if isinstance(value, bool) else None for field, value in said.items()}
        return Capabilities(input_modalities=_modalities(entry), **told)

    def context_window(self, model: ModelConfig) -> int | None:
        """The map's `max_input_tokens`: providers count the answer into the same window."""
        return _count(self._entry(model.provider_model).get("max_input_tokens"))

    def max_output_tokens(self, model: ModelConfig) -> int | None:
        """The map's longest answer."""
        return _count(self._entry(model.provider_model).get("max_output_tokens"))

    def _listed(self, name: str, *, is_needed: bool) -> ModelPrices | None:
        if name not in self._found:
            try:
                self._found[name] = prices_of(self._entry(name))
            except ConfigurationError:
                if is_needed:
                    raise
                return None
        return self._found[name]

    def _entry(self, name: str) -> Mapping[str, Any]:
        if self._map is None:
            self._map = _read_map(self._path or _installed_map())
        if name in self._map:
            return dict(self._map[name])
        # The map lists a provider's own names bare; "openai/gpt-4o" is its "gpt-4o", if that is openai's.
        provider, _, bare = name.partition("/")
        entry = self._map.get(bare, {})
        return dict(entry) if entry.get("litellm_provider") == provider else {}


def _modalities(entry: Mapping[str, Any]) -> tuple[str, ...]:
    listed = entry.get("supported_modalities")
    named = set(listed) if isinstance(listed, list) else {m for m, key in _TAKES.items() if entry.get(key) is True}
    named |= {"file"} if entry.get("supports_pdf_input") is True else set()
    return tuple(m for m in MODALITIES if m == "text" or m in named)


def _count(tokens: object) -> int | None:
    return int(tokens) if isinstance(tokens, int | float) and tokens >= 1 else None


def _installed_map() -> Path | None:
    # find_spec of a top-level package runs none of its code.
    spec = importlib.util.find_spec("litellm")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / _MAP_FILE


def _read_map(path: Path | None) -> Mapping[str, Any]:
    if path is None:
        return {}
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: the price map cannot be read ({error}); reinstall litellm") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: the price map is not an object; reinstall litellm")
    return {name: entry for name, entry in content.items() if isinstance(entry, dict)}
