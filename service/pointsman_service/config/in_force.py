"""What the layers of the configuration amount to: checked entries, with defaults and known facts filled in.

The file, the environment and operators are held to the same rules, so a change that the file would refuse is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from pointsman_service.config.access import KeySection
from pointsman_service.config.constrained import Name, NodeId
from pointsman_service.config.entries import ModelSection, NodeSection, TenantSection
from pointsman_service.config.problems import what_is_wrong
from pointsman_service.config.taxonomy_file import parents_first, wrong_with_tree
from pointsman_service.domain import Capabilities, ModelConfig, TenantConfig
from pointsman_service.domain.api_keys import ApiKey
from pointsman_service.domain.configuration import InForce, Key, Layers, Refused, nested
from pointsman_service.domain.identity import SUBJECT_PREFIX
from pointsman_service.domain.near_miss import nearest
from pointsman_service.domain.taxonomy import TaxonomyEntry
from pointsman_service.ports import ModelFacts

Sections = Mapping[str, BaseModel]

_PRICES = ("input_usd_per_million", "output_usd_per_million")


def in_force(layers: Layers, facts: ModelFacts) -> InForce:
    """The entries in force. Raises Refused for values that one section refuses, or that do not go together."""
    found: dict[str, Sections] = {
        "models": _sections("models", ModelSection, layers),
        "tenants": _sections("tenants", TenantSection, layers),
        "taxonomy": _sections("taxonomy", NodeSection, layers),
        "keys": _sections("keys", KeySection, layers),
    }
    models = {name: known(s.to_domain(), facts) for name, s in found["models"].items() if isinstance(s, ModelSection)}
    tenants = {name: s.to_domain(name) for name, s in found["tenants"].items() if isinstance(s, TenantSection)}
    nodes = _nodes(found["taxonomy"], layers)
    keys = {name: s.to_domain(name) for name, s in found["keys"].items() if isinstance(s, KeySection)}
    wrong = [
        *unpriced(models.values()),
        *_at_odds(models, tenants, layers.entries("judges")),
        *_tree(nodes),
        *_same_ids(keys),
    ]
    if wrong:
        raise Refused(wrong)
    etags = {(kind, name): _etag(section) for kind, sections in found.items() for name, section in sections.items()}
    ordered = {node.id: node for node in parents_first(nodes)} if nodes else {}
    is_open = layers.declared.get(Key("tenants", "", "open"))
    return InForce(layers, models, tenants, ordered, keys, etags, is_open is not None and is_open.value is True)


def known(model: ModelConfig, facts: ModelFacts) -> ModelConfig:
    """The model with what the facts add to it, so that plans know prices and abilities before the first call."""
    prices, listed = facts(model), facts.capabilities(model)
    if prices is not None:
        model = replace(
            model,
            input_usd_per_million=prices.input_usd_per_million,
            output_usd_per_million=prices.output_usd_per_million,
            cached_input_usd_per_million=prices.cached_input_usd_per_million,
            prices=prices,
        )
    return replace(
        model,
        capabilities=_filled(model.capabilities, listed),
        context_window=model.context_window or facts.context_window(model),
        max_output_tokens=model.max_output_tokens or facts.max_output_tokens(model),
    )


def unpriced(models: Iterable[ModelConfig]) -> Iterator[tuple[Key, str]]:
    """Models whose price nobody knows and that do not say so: such a one would be taken for free, and preferred for it.

    models: with what the facts add to them.
    """
    for model in models:
        given_in, given_out = model.input_usd_per_million is not None, model.output_usd_per_million is not None
        if given_in != given_out:
            half, other = _PRICES if given_in else _PRICES[::-1]
            yield Key("models", model.name, other), f"must be set as well: {half} is half a price (0 is free)"
        elif not given_in and not model.unpriced:
            why = f"nobody knows what {model.name} costs: set {' and '.join(_PRICES)} (0 is free), or unpriced = true"
            yield Key("models", model.name, _PRICES[0]), why


def _filled(said: Capabilities, listed: Capabilities) -> Capabilities:
    return Capabilities(
        *(
            getattr(listed if getattr(said, f) is None else said, f)
            for f in ("input_modalities", "tools", "json_schema", "reasoning", "streaming")
        )
    )


def _sections(kind: str, of: type[BaseModel], layers: Layers) -> dict[str, BaseModel]:
    sections: dict[str, BaseModel] = {}
    wrong: list[tuple[Key, str]] = []
    named, naming = "name" in of.model_fields, TypeAdapter(NodeId if of is NodeSection else Name)
    for name, fields in layers.entries(kind).items():
        try:
            naming.validate_python(name)
        except ValidationError as e:
            wrong += [(Key(kind, name, "name"), why) for _, why in what_is_wrong(e, of)]
            continue
        try:
            sections[name] = of.model_validate(nested({"name": name, **fields} if named else fields))
        except ValidationError as e:
            wrong += [(Key(kind, name, place), why) for place, why in what_is_wrong(e, of)]
    if wrong:
        raise Refused(wrong)
    return sections


def _nodes(sections: Sections, layers: Layers) -> dict[str, TaxonomyEntry]:
    """By id. A node that an operator touched is the operator's."""
    changed = {key.name for key in layers.changed if key.kind == "taxonomy"}
    return {
        node_id: section.to_domain(node_id, "operator" if node_id in changed else "file")
        for node_id, section in sections.items()
        if isinstance(section, NodeSection)
    }


def _tree(nodes: Mapping[str, TaxonomyEntry]) -> Iterator[tuple[Key, str]]:
    wrong = wrong_with_tree(nodes) if nodes else None
    if wrong is not None:
        node_id, field, why = wrong
        yield Key("taxonomy", node_id, field), why


def _at_odds(
    models: Mapping[str, ModelConfig], tenants: Mapping[str, TenantConfig], judges: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[Key, str]]:
    """What one entry needs of another."""
    if models and not any(model.enabled for model in models.values()):
        yield Key("models"), "every model is disabled; enable at least one"
    for judge, fields in judges.items():
        yield from _unknown(Key("judges", judge, "model"), fields.get("model"), models)
    for tenant in tenants.values():
        yield from _unknown(Key("tenants", tenant.name, "baseline"), tenant.baseline, models)
        for name in tenant.models or ():
            yield from _unknown(Key("tenants", tenant.name, "models"), name, models)


def _same_ids(keys: Mapping[str, ApiKey]) -> Iterator[tuple[Key, str]]:
    """Of two keys with one id, the second would never be found; and no key is to be taken for a token's subject."""
    by_id: dict[str, str] = {}
    for name, key in keys.items():
        if name.startswith(SUBJECT_PREFIX):
            yield (
                Key("keys", name, "name"),
                f'must not begin with "{SUBJECT_PREFIX}": so the subjects of tokens are called',
            )
        if key.id in by_id:
            yield Key("keys", name, "id"), f"is that of the key {by_id[key.id]!r}, too; an id is of one key"
        by_id[key.id] = name


def _unknown(key: Key, name: str | None, models: Mapping[str, ModelConfig]) -> Iterator[tuple[Key, str]]:
    if name is not None and name not in models:
        yield key, f"no model is named {name!r}{nearest(name, list(models))}"


def _etag(section: BaseModel) -> str:
    """Digest of what is said of an entry, defaults included: 64 bits, which no two versions of one entry share."""
    said = json.dumps(section.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
