"""GET /v1/models: what `model` may say, as OpenAI's clients read it, or as Anthropic's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pointsman_service.domain.names import MAX_NAME
from pointsman_service.errors import UnknownModel
from pointsman_service.http.answers import Answer, json_answer
from pointsman_service.http.endpoints import Asked, MayUse, Models
from pointsman_service.http.model_names import ROUTED

_ANTHROPIC = "anthropic-version"
"""A header that Anthropic's clients send, and no others."""


@dataclass(frozen=True, slots=True)
class ModelsEndpoint:
    """may_use: of a tenant, None for every enabled model."""

    models: Models
    may_use: MayUse

    async def listed(self, asked: Asked) -> Answer:
        """`pointsman`, and what may be pinned."""
        names = self._names(asked)
        if _ANTHROPIC in asked.headers:
            told = [_anthropic(name) for name in names]
            return json_answer({"data": told, "has_more": False, "first_id": names[0], "last_id": names[-1]})
        return json_answer({"object": "list", "data": [_openai(name) for name in names]})

    async def one(self, asked: Asked) -> Answer:
        """One of them. Raises UnknownModel."""
        if asked.rest not in self._names(asked):
            raise UnknownModel(f"no model is named {asked.rest[:MAX_NAME]!r}", model=asked.rest[:MAX_NAME])
        return json_answer(_anthropic(asked.rest) if _ANTHROPIC in asked.headers else _openai(asked.rest))

    def _names(self, asked: Asked) -> list[str]:
        allowed = self.may_use(asked.caller.tenant)
        enabled = [name for name, model in self.models.items() if model.enabled]
        return [ROUTED, *(name for name in enabled if allowed is None or name in allowed)]


def _openai(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": ROUTED}


def _anthropic(name: str) -> dict[str, Any]:
    return {"type": "model", "id": name, "display_name": name, "created_at": "1970-01-01T00:00:00Z"}
