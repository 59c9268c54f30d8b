"""What is ours in a request: the field `pointsman` of its body, and headers of the same words.

SDKs send the field with `extra_body={"pointsman": {...}}`, headers with `default_headers` or `extra_headers`. Of a word
that both say, the field's counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.preference import MAX_WEIGHT, Preference
from pointsman_service.domain.request_limits import MAX_END_USER, MAX_TAGS, Limits
from pointsman_service.domain.violations import Violations
from pointsman_service.errors import Fault
from pointsman_service.http.fields import Fields
from pointsman_service.http.headers import IDEMPOTENCY, OPERATOR, OWN, TENANT, TIMEOUT, Headers, only
from pointsman_service.http.model_names import Wanted

FIELD = "pointsman"
_NUMBERS = ("dial", "cost-weight", "latency-weight", "max-cost-usd", "max-latency-ms", "min-quality")
_TEXTS = ("session-id", "end-user-id", "task", "domain", "language")
_LISTS = ("models", "require-tags")
_HINTS = ("task", "domain", "language")
KNOWN_HEADERS = frozenset(
    {TENANT, TIMEOUT, *IDEMPOTENCY, OPERATOR, *(OWN + word for word in (*_NUMBERS, *_TEXTS, *_LISTS))}
)
"""All that may be said to this door by a header of ours, on whatever path: SDKs send theirs with every request."""


@dataclass(frozen=True, slots=True)
class Extension:
    """What a request says beside the question; as `Query` has it."""

    preference: Preference
    models: tuple[str, ...] | None
    require_tags: tuple[str, ...]
    hints: Mapping[str, str]
    labels: Mapping[str, str]
    session_id: str | None
    end_user_id: str | None
    request_id: str | None
    pinned: bool
    predictions: bool


def read_extension(
    body: Fields, headers: Headers, asked: Wanted, labels: Mapping[str, str], limits: Limits
) -> Extension:
    """All of it. labels: what the dialect's own field of metadata says. What is wrong is noted."""
    wrong = body.wrong
    said = body.mapping(FIELD) or {}
    fields = Fields({**_of_headers(headers, wrong), **said}, f"{FIELD}.", wrong)
    _refuse_optimistic(fields)
    hints = {key: fields.identifier(key, MAX_NAME) for key in _HINTS}
    read = Extension(
        preference=_preference(fields, asked),
        models=_models(fields, asked, limits),
        require_tags=wrong.names(f"{FIELD}.require_tags", fields.texts("require_tags") or [], MAX_TAGS),
        hints={key: hint for key, hint in hints.items() if hint is not None},
        labels=_labels(fields, labels, limits),
        session_id=fields.identifier("session_id"),
        end_user_id=fields.identifier("end_user_id", MAX_END_USER),
        request_id=fields.identifier("request_id"),
        pinned=asked.pinned is not None or fields.flag("single_call") is True,
        predictions=fields.flag("include_predictions") is True,
    )
    fields.refuse_rest()
    return read


def _of_headers(headers: Headers, wrong: Violations) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name in (*_NUMBERS, *_TEXTS, *_LISTS):
        if OWN + name not in headers:
            continue
        text = only(headers, OWN + name) or ""
        key = name.replace("-", "_")
        if name in _NUMBERS:
            said[key] = _number(OWN + name, text, wrong)
        else:
            said[key] = [each.strip() for each in text.split(",") if each.strip()] if name in _LISTS else text
    return said


def _number(header: str, text: str, wrong: Violations) -> float | None:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        wrong.add(f"header {header}", "must be a number", Fault.MALFORMED)
        return None
    return value


def _preference(fields: Fields, asked: Wanted) -> Preference:
    dial, cost_weight = fields.between("dial", 0.0, 1.0), fields.between("cost_weight", 0.0, MAX_WEIGHT)
    if asked.dial is not None and (dial is not None or cost_weight is not None):
        if dial != asked.dial or cost_weight is not None:
            fields.wrong.add("model", "says a dial, and so does another field; say one of them", Fault.CONFLICTING)
    elif dial is not None and cost_weight is not None:
        why = "is one word with dial, said in another way; say one of them"
        fields.wrong.add(f"{FIELD}.cost_weight", why, Fault.CONFLICTING)
    return Preference(
        dial=dial if asked.dial is None else asked.dial,
        cost_weight=cost_weight,
        latency_weight=fields.between("latency_weight", 0.0, MAX_WEIGHT),
        max_cost_usd=fields.above_zero("max_cost_usd"),
        max_latency_ms=fields.above_zero("max_latency_ms"),
        min_quality=fields.between("min_quality", 0.0, 1.0),
    )


def _models(fields: Fields, asked: Wanted, limits: Limits) -> tuple[str, ...] | None:
    listed = fields.wrong.names(f"{FIELD}.models", fields.texts("models") or [], limits.models)
    if asked.pinned is None:
        return listed or None
    if listed and asked.pinned not in listed:
        why = f'does not hold {asked.pinned!r}, which "model" names'
        fields.wrong.add(f"{FIELD}.models", why, Fault.CONFLICTING)
    return (asked.pinned,)


def _labels(fields: Fields, further: Mapping[str, str], limits: Limits) -> dict[str, str]:
    """`labels` and `metadata`, two words for one thing, over what the dialect's own field says."""
    said: dict[str, str] = dict(further)
    for name in ("labels", "metadata"):
        for key, value in (fields.mapping(name) or {}).items():
            if isinstance(value, str):
                said[key] = value
            else:
                fields.wrong.add(f"{FIELD}.{name}", "must hold texts", Fault.MALFORMED)
                break
    return fields.wrong.labels(f"{FIELD}.labels", said, limits.labels)


def _refuse_optimistic(fields: Fields) -> None:
    mode = fields.take("stream_mode")
    if mode is None or mode == "settled":
        return
    why = (
        "OPTIMISTIC streaming may take back what it sent, which no client of this address understands; gRPC has it"
        if isinstance(mode, str) and mode.lower().endswith("optimistic")
        else 'can be "settled" only'
    )
    fields.wrong.add(f"{FIELD}.stream_mode", why, Fault.NOT_ALLOWED)
