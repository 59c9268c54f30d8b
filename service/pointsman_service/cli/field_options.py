"""Which option a field of a request was said with: errors of the service name fields."""

from __future__ import annotations

import re

from pointsman_service.cli.filter_fields import FILTER_FIELDS
from pointsman_service.cli.key_fields import KEY_FIELDS
from pointsman_service.cli.model_fields import MODEL_FIELDS
from pointsman_service.cli.node_fields import NODE_FIELDS
from pointsman_service.cli.query_fields import QUERY_FIELDS
from pointsman_service.cli.tenant_fields import TENANT_FIELDS

_OPTIONS = {
    f"{prefix}.{field.path}": field.option.partition("/")[0]
    for prefix, fields in (
        ("model", MODEL_FIELDS),
        ("tenant", TENANT_FIELDS),
        ("node", NODE_FIELDS),
        ("api_key", KEY_FIELDS),
        ("query", QUERY_FIELDS),
        ("filter", FILTER_FIELDS),
    )
    for field in fields
} | {
    "query.messages": "the prompt",
    "messages": "the prompt",
    "timeout_s": "--timeout",
    "model.model": "the name",
    "tenant.tenant": "the name",
    "node.node_id": "the node",
    "api_key.name": "the name",
    "overlap_s": "--overlap",
    "models": "--model",
    "against": "--against",
    **{f"{prefix}etag": "--etag" for prefix in ("", "model.", "tenant.", "node.", "api_key.")},
    **{f"feedback.{signal}": f"--{signal}" for signal in ("rating", "score", "correction", "comment", "model")},
    **{name: f"--{name.replace('_', '-')}" for name in ("address", "tenant", "policy", "cost_weight", "confidence")},
}
_INDEX = re.compile(r"\[[^\]]*\]|\.\d+(?=\.|$)")


def option_of(path: str) -> str:
    """The option, with a colon; the path itself where no option stands for it.

    >>> option_of("model.input_usd_per_million"), option_of("query.messages[0].content"), option_of("page_token")
    ('--input-price:', 'the prompt:', 'page_token:')
    """
    known = _INDEX.sub("", path)
    while known not in _OPTIONS and "." in known:
        known = known.rpartition(".")[0]
    return f"{_OPTIONS.get(known, path)}:"
