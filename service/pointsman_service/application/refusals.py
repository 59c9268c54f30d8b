"""What is wrong with a change, in the words of the contract: of its own fields, or of something else that needs it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pointsman_service.domain.configuration import Key, Refused
from pointsman_service.errors import Fault, InUse, InvalidRequest, PointsmanError

_MESSAGES: Mapping[str, str] = {"models": "model", "tenants": "tenant", "taxonomy": "node", "keys": "api_key"}
_RENAMED: Mapping[str, Mapping[str, str]] = {
    "models": {"params": "params_json", "name": "model"},
    "tenants": {"name": "tenant"},
    "taxonomy": {"parent": "parent_id", "name": "node_id"},
    "keys": {"expires": "expire_time", "id": "key_id"},
}


def told(refused: Refused, subject: Key, method: str) -> PointsmanError:
    """InvalidRequest naming each field of the request that is at fault; InUse where another entry needs it as it was.

    >>> told(Refused([(Key("models", "a", "params"), "must be JSON")]), Key("models", "a"), "UpdateModel").violations
    [('model.params_json', 'must be JSON')]
    """
    own = [(key, why) for key, why in refused.violations if (key.kind, key.name) == (subject.kind, subject.name)]
    if own and method == "ResetConfig":
        return InvalidRequest([("key", f"{key}: {why}") for key, why in own], Fault.CONFLICTING)
    if own:
        return InvalidRequest([(field_of(key), why) for key, why in own], Fault.INVALID_VALUE)
    if subject.kind == "taxonomy" and any(key.field == "parent" for key, _ in refused.violations):
        return InvalidRequest([("node.parent_id", "; ".join(why for _, why in refused.violations))], Fault.CONFLICTING)
    key, why = refused.violations[0]
    if key == Key("models"):
        message = f"{subject} is the last model that is enabled; enable another first"
        return InUse(message, needed_by="every query")
    return InUse(f"{subject} is needed: with this change, {key}: {why}; change that first", needed_by=str(key))


def field_of(key: Key) -> str:
    """The path of a field in its request, as the contract names it.

    >>> field_of(Key("models", "a", "deployments[1].name"))
    'model.deployments[1].deployment'
    """
    field = re.sub(r"^(deployments\[\d+\])\.name$", r"\1.deployment", key.field)
    field = _RENAMED.get(key.kind, {}).get(field, field)
    return ".".join(part for part in (_MESSAGES.get(key.kind, key.kind), field) if part)
