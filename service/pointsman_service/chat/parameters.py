"""Which parameters of a question reach a provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pointsman_service.domain import ModelConfig
from pointsman_service.domain.generation import of_caller


def taken(model: ModelConfig, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those of a caller that this model takes: known ones of its adapter, and what its operator allows.

    >>> model = ModelConfig("m", "openai", "m", allow_params=("priority",))
    >>> taken(model, {"temperature": 0, "priority": 1, "api_base": "http://elsewhere.example"})
    {'temperature': 0, 'priority': 1}
    """
    return of_caller(params, adapter=model.adapter, allowed=model.allow_params) if params else params
