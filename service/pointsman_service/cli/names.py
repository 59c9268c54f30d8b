"""Words for the shell's completion: names asked of the service, none where it does not answer quickly; enums' words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from pointsman_service.cli.addresses import admin_address
from pointsman_service.cli.failures import Misuse

PATIENCE_S = 1.0
"""A person has pressed a key."""

Completion = Callable[[typer.Context, str], list[str]]


def model_names(context: typer.Context, incomplete: str) -> list[str]:
    """Of models."""
    return _asked(context, incomplete, "ListModels", "models", "model")


def tenant_names(context: typer.Context, incomplete: str) -> list[str]:
    """Of tenants."""
    return _asked(context, incomplete, "ListTenants", "tenants", "tenant")


def key_names(context: typer.Context, incomplete: str) -> list[str]:
    """Of API keys."""
    return _asked(context, incomplete, "ListApiKeys", "api_keys", "name")


def node_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Of taxonomy nodes."""
    return _asked(context, incomplete, "ListTaxonomyNodes", "nodes", "node_id")


def job_names(context: typer.Context, incomplete: str) -> list[str]:
    """Of jobs."""
    return _asked(context, incomplete, "ListJobs", "jobs", "job")


def changed_keys(context: typer.Context, incomplete: str) -> list[str]:
    """Of values that were changed at run time."""
    return _asked(context, incomplete, "ListConfigValues", "values", "key", changed_only=True)


def words_of(enum: str) -> Completion:
    """Of an enum of the contract, as `StopReason`."""

    def words(context: typer.Context, incomplete: str) -> list[str]:  # noqa: ARG001 - as typer calls it
        from pointsman import v1

        from pointsman_service.cli.messages import word_of

        descriptor = getattr(v1, enum).DESCRIPTOR
        said = (word_of(descriptor, value.number) for value in descriptor.values)
        return [word.replace("_", "-") for word in said if word and word.replace("_", "-").startswith(incomplete)]

    return words


def _asked(
    context: typer.Context,
    incomplete: str,
    method: str,
    items: str,
    key: str,
    **fields: Any,  # noqa: ANN401 - by request
) -> list[str]:
    from pointsman import Client, PointsmanError, RetryPolicy, v1

    from pointsman_service.cli.pages import every

    request = getattr(v1, f"{method}Request")(**fields)
    try:
        with Client(
            admin_address=admin_address(context), timeout_s=PATIENCE_S, retry=RetryPolicy(attempts=1)
        ) as service:
            names = [str(getattr(item, key)) for item in every(service, request, items)]
    except (PointsmanError, Misuse):
        return []
    return [name for name in names if name.startswith(incomplete)]
