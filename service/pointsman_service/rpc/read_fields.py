"""How each kind of field of a configured resource is read: its JSON value, None where it is absent.

Of repeated fields, empty is absent. What an address or a variable's name may be, and whether values fit together, is
the configuration's to say: it holds the file to the same.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.request_limits import MAX_TAGS, Limits
from pointsman_service.errors import Fault
from pointsman_service.rpc.enums import ACCESS_ROLES, ADAPTERS, COST_SOURCES, MODALITIES, TENANT_MODES
from pointsman_service.rpc.presence import Told, told

_MAX_DEPLOYMENTS = 100
_MAX_MODALITIES = 16
_MAX_URL = 2_000
_MOST_COUNTED = 10**12
"""Tokens of a window or of a minute."""


def read_flag(of: Told, field: str, _: Limits) -> bool | None:
    """True or false."""
    value: bool | None = told(of.message, field)
    return value


def read_identifier(of: Told, field: str, _: Limits) -> str | None:
    """A name of somebody else's."""
    return of.identifier(field, MAX_NAME)


def read_amount(of: Told, field: str, _: Limits) -> float | None:
    """A finite number, 0 or more."""
    value: float | None = of.between(field, 0.0)
    return value


def read_share(of: Told, field: str, _: Limits) -> float | None:
    """A number in [0, 1]."""
    value: float | None = of.between(field, 0.0, 1.0)
    return value


def read_above_zero(of: Told, field: str, _: Limits) -> float | None:
    """A finite number above 0."""
    return of.above_zero(field)


def read_count(of: Told, field: str, _: Limits) -> int | None:
    """A whole number, 1 or more."""
    value: int | None = of.between(field, 1, _MOST_COUNTED)
    return value


def read_text(of: Told, field: str, limits: Limits) -> str | None:
    """A text."""
    return of.wrong.text(of.path + field, getattr(of.message, field), limits.text_chars) or None


def read_texts(of: Told, field: str, limits: Limits) -> list[str] | None:
    """Texts, None for none."""
    texts = getattr(of.message, field)
    of.wrong.at_most(of.path + field, len(texts), limits.batch)
    kept = texts[: limits.batch]
    read = [of.wrong.text(f"{of.path}{field}[{i}]", text, limits.text_chars) for i, text in enumerate(kept)]
    return read or None


def read_names(of: Told, field: str, limits: Limits) -> list[str] | None:
    """Names, None for none."""
    return list(of.wrong.names(of.path + field, getattr(of.message, field), limits.models)) or None


def read_tags(of: Told, field: str, _: Limits) -> list[str] | None:
    """Tags, None for none."""
    return list(of.wrong.names(of.path + field, getattr(of.message, field), MAX_TAGS)) or None


def read_adapter(of: Told, field: str, _: Limits) -> str | None:
    """How a model is called."""
    return of.wrong.choice(of.path + field, ADAPTERS, getattr(of.message, field))


def read_cost_source(of: Told, field: str, _: Limits) -> str | None:
    """Whose word counts for costs."""
    return of.wrong.choice(of.path + field, COST_SOURCES, getattr(of.message, field))


def read_tenant_mode(of: Told, field: str, _: Limits) -> str | None:
    """Whether the policy decides, or looks on."""
    return of.wrong.choice(of.path + field, TENANT_MODES, getattr(of.message, field))


def read_roles(of: Told, field: str, _: Limits) -> list[str] | None:
    """What the owner of a key may do, None for nothing."""
    values = getattr(of.message, field)
    of.wrong.at_most(of.path + field, len(values), len(ACCESS_ROLES.names))
    values = values[: len(ACCESS_ROLES.names)]
    read = [of.wrong.required_choice(f"{of.path}{field}[{i}]", ACCESS_ROLES, value) for i, value in enumerate(values)]
    return list(dict.fromkeys(read)) or None


def read_time(of: Told, field: str, _: Limits) -> str | None:
    """A time, as the configuration writes one."""
    if not of.message.HasField(field):
        return None
    stamp = getattr(of.message, field)
    try:
        time: datetime = stamp.ToDatetime(UTC)
    except (ValueError, OverflowError):
        of.wrong.add(of.path + field, "must be a time from year 1 to 9999", Fault.OUT_OF_RANGE)
        return None
    return time.isoformat().replace("+00:00", "Z")


def read_modalities(of: Told, field: str, _: Limits) -> list[str] | None:
    """Kinds of content, None for none."""
    values = getattr(of.message, field)
    of.wrong.at_most(of.path + field, len(values), _MAX_MODALITIES)
    values = values[:_MAX_MODALITIES]
    read = [of.wrong.required_choice(f"{of.path}{field}[{i}]", MODALITIES, value) for i, value in enumerate(values)]
    return list(dict.fromkeys(read)) or None


def read_params(of: Told, field: str, limits: Limits) -> dict[str, Any] | None:
    """A JSON object."""
    text: str | None = told(of.message, field)
    return None if text is None else dict(of.wrong.json_object(of.path + field, text, limits.json_chars))


def read_base_url(of: Told, field: str, _: Limits) -> str | None:
    """An address over HTTP."""
    return of.identifier(field, _MAX_URL)


_DEPLOYMENT = {
    "provider_model": read_identifier,
    "base_url": read_base_url,
    "api_key_env": read_identifier,
    "region": read_identifier,
    "requests_per_minute": read_count,
    "tokens_per_minute": read_count,
}


def read_deployments(of: Told, field: str, limits: Limits) -> list[dict[str, Any]] | None:
    """Places of a model, as the configuration's tables; None for none."""
    deployments = getattr(of.message, field)
    of.wrong.at_most(of.path + field, len(deployments), _MAX_DEPLOYMENTS)
    deployments = deployments[:_MAX_DEPLOYMENTS]
    names = [deployment.deployment for deployment in deployments]
    if len(set(names)) < len(names):
        of.wrong.add(of.path + field, "names the same one twice", Fault.REPEATED)
    read = [
        _deployment(Told(deployment, f"{of.path}{field}[{i}].", of.wrong), limits)
        for i, deployment in enumerate(deployments)
    ]
    return read or None


def _deployment(of: Told, limits: Limits) -> dict[str, Any]:
    name = of.wrong.name(f"{of.path}deployment", getattr(of.message, "deployment", ""))
    read = {field: value(of, field, limits) for field, value in _DEPLOYMENT.items()}
    return {"name": name} | {field: value for field, value in read.items() if value is not None}
