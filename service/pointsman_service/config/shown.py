"""The configuration as people look at it: every value in force, whose word it is, and what it hides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from pointsman_service.config.access import KeySection
from pointsman_service.config.entries import JudgeSection, ModelSection, NodeSection, TenantSection
from pointsman_service.config.in_force import known
from pointsman_service.config.values import leaves
from pointsman_service.domain import Capabilities, ModelConfig
from pointsman_service.domain.configuration import RESOURCES, InForce, Key, Layers
from pointsman_service.domain.operations import ConfigValue
from pointsman_service.ports import ModelFacts

_SECTIONS: Mapping[str, type[BaseModel]] = {
    "models": ModelSection,
    "judges": JudgeSection,
    "tenants": TenantSection,
    "taxonomy": NodeSection,
    "keys": KeySection,
}
_FOLLOWING = (
    "adapter",
    "provider_model",
    "input_usd_per_million",
    "output_usd_per_million",
    "cached_input_usd_per_million",
    "context_window",
    "max_output_tokens",
    *(f"capabilities.{name}" for name in ("input_modalities", "tools", "json_schema", "reasoning", "streaming")),
)
"""Fields of a model whose default follows from its other fields, or from what is known of it."""


def shown(now: InForce, facts: ModelFacts) -> list[ConfigValue]:
    """By key. An entry that was deleted is one value: that it does not exist."""
    layers = now.layers
    values = [_value(key, layers, None, None) for key in layers.declared if key.kind not in RESOURCES or not key.name]
    for kind, section in _SECTIONS.items():
        defaults = _defaults(section)
        for name in _names(kind, layers):
            held, unsaid = defaults, defaults
            if kind == "models" and name in now.models:
                model = now.models[name]
                held, unsaid = ({**defaults, **_following(m)} for m in (model, known(_bare(model), facts)))
            keys = _keys(kind, name, layers, defaults)
            values += [_value(key, layers, held.get(key.field), unsaid.get(key.field)) for key in keys]
    return sorted(values, key=lambda value: value.key)


def _names(kind: str, layers: Layers) -> Iterator[str]:
    keys = (key for layer in (layers.declared, layers.changed) for key in layer)
    return iter(dict.fromkeys(key.name for key in keys if key.kind == kind and key.name))


def _keys(kind: str, name: str, layers: Layers, defaults: Mapping[str, Any]) -> Iterator[Key]:
    """Of an entry in force every field, of another what was changed."""
    if layers.exists(kind, name):
        yield Key(kind, name)
        yield from (Key(kind, name, field) for field in defaults)
    else:
        yield from (key for key in layers.changed if (key.kind, key.name) == (kind, name))


def _defaults(section: type[BaseModel]) -> dict[str, Any]:
    """By field, in the section's order; None where a field has to be given."""
    required = {name: None for name, field in section.model_fields.items() if field.is_required()}
    table = section.model_construct(**required).model_dump(mode="json", warnings=False)
    return {field: value for field, value in leaves(table) if field != "name"}


def _bare(model: ModelConfig) -> ModelConfig:
    """The model as it were if nothing were said of the fields that follow."""
    addresses = [d.base_url for d in model.deployments]
    direct = model.base_url is not None or (bool(addresses) and all(addresses))
    return replace(
        model,
        adapter="openai" if direct else "litellm",
        input_usd_per_million=None,
        output_usd_per_million=None,
        cached_input_usd_per_million=None,
        prices=None,
        context_window=None,
        max_output_tokens=None,
        capabilities=Capabilities(),
    )


def _following(model: ModelConfig) -> dict[str, Any]:
    return {field: _plain(_at(model, field)) for field in _FOLLOWING}


def _at(model: ModelConfig, field: str) -> Any:  # noqa: ANN401 - a value of the configuration
    value: Any = model
    for part in field.split("."):
        value = getattr(value, part)
    return value


def _plain(value: Any) -> Any:  # noqa: ANN401
    return list(value) if isinstance(value, tuple) else value


def _value(key: Key, layers: Layers, held: Any, unsaid: Any) -> ConfigValue:  # noqa: ANN401
    """held: what is in force where the field is cleared or nobody speaks; unsaid: what would be, without the change."""
    declared, change = layers.declared.get(key), layers.changed.get(key)
    if change is None:
        return ConfigValue(str(key), *((held, "default") if declared is None else (declared.value, declared.origin)))
    value = held if change.value is None else change.value
    return ConfigValue(str(key), value, "changed", change.by, change.at, unsaid if declared is None else declared.value)
