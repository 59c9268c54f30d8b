"""POST /v1/embeddings: passed through to the one address that is configured for it; nothing is decided or logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.near_miss import nearest
from pointsman_service.domain.request_limits import Limits
from pointsman_service.domain.violations import Violations
from pointsman_service.errors import (
    EveryModelFailed,
    Fault,
    InvalidRequest,
    ModelCallError,
    ModelsBusy,
    ModelsUnusable,
    PointsmanError,
    UnknownModel,
)
from pointsman_service.http.answers import Answer, Whole
from pointsman_service.http.endpoints import Asked
from pointsman_service.http.fields import Fields

MOST_TEXTS = 2_048
"""What OpenAI takes at once."""
UNCONFIGURED = {"/v1/embeddings": ", since [http.embeddings] is not configured, which passes embeddings through"}
"""By path: why nothing is there."""
_FIELDS = ("encoding_format", "dimensions", "user")


class Embedding(Protocol):
    """`adapters.callers.openai_embeddings` implements it."""

    async def embed(self, body: Mapping[str, Any], timeout_s: float) -> bytes:
        """The response's JSON. Raises ModelCallError."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """models: that may be asked for, by the provider's names."""

    embedding: Embedding
    models: Sequence[str]
    limits: Limits

    async def __call__(self, asked: Asked) -> Answer:
        """What the provider answers, as it is."""
        body = read_embeddings(asked.body, self.models, self.limits)
        try:
            return Whole(await self.embedding.embed(body, asked.caller.deadline_s or 60.0))
        except ModelCallError as error:
            raise _told(error) from error


def read_embeddings(given: Mapping[str, Any], models: Sequence[str], limits: Limits) -> Mapping[str, Any]:
    """The body to pass on. Raises InvalidRequest, UnknownModel."""
    wrong = Violations()
    fields = Fields(given, "", wrong)
    model, texts = fields.identifier("model", MAX_NAME), fields.take("input")
    listed = texts if isinstance(texts, list) else [texts]
    if not listed or not all(isinstance(text, str | int | list) and not isinstance(text, bool) for text in listed):
        wrong.add("input", "must be a text, or a list of texts or tokens", Fault.REQUIRED)
    if not isinstance(listed[0] if listed else 0, int):
        wrong.at_most("input", len(listed), MOST_TEXTS)
    chars = sum(len(text) for text in listed if isinstance(text, str | list))
    if chars > limits.text_chars:
        why = f"hold {chars} characters together; at most {limits.text_chars} are allowed"
        wrong.add("input", why, Fault.TOO_LONG)
    body = {"model": model, "input": texts, **{name: given[name] for name in _FIELDS if fields.take(name) is not None}}
    fields.refuse_rest()
    wrong.raise_if_any()
    if model not in models:
        named = str(model)
        raise UnknownModel(f"no model of embeddings is named {named!r}{nearest(named, list(models))}", model=named)
    return body


def _told(error: ModelCallError) -> PointsmanError:
    """As the application tells what comes of models: what the request is to blame for, what passes, what does not."""
    if error.kind == "invalid":
        return InvalidRequest([("input", str(error))], Fault.REFUSED_BY_PROVIDERS)
    if error.kind == "rate_limited":
        return ModelsBusy(str(error), retry_after_s=error.retry_after_s or 1.0)
    if error.kind in {"auth", "unknown_model"}:
        return ModelsUnusable(str(error))
    return EveryModelFailed(str(error))
