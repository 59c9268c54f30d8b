"""Which failed calls are held against a deployment, and what is said where every deployment failed."""

from __future__ import annotations

from collections.abc import Sequence

from pointsman_service.errors import ModelCallError

HELD_AGAINST_IT = ("timeout", "garbage", "rate_limited", "unavailable", "unknown_model", "auth")
"""Kinds of failure that are the deployment's, rather than of what was asked. Several together are named by the first:
those that may cost something come first, so that nobody takes the whole for free, and last what waiting cannot cure."""


def together(failures: Sequence[ModelCallError]) -> ModelCallError:
    """One error for the failures of several deployments, at least one; each names its deployment.

    It is retryable where one of them is and none may have been charged; where one may, the whole may.

    >>> lost = ModelCallError("no route", kind="unavailable", deployment="eu")
    >>> together([ModelCallError("no key", kind="auth", deployment="us"), lost]).args
    ('every deployment failed: us: no key; eu: no route',)
    """
    if len(failures) == 1:
        return failures[0]
    kinds, billed = {f.kind for f in failures}, any(f.may_be_billed for f in failures)
    pauses = [f.retry_after_s for f in failures if f.retryable and f.retry_after_s is not None]
    return ModelCallError(
        f"every deployment failed: {'; '.join(f'{f.deployment}: {f}' for f in failures)}",
        kind=min(kinds, key=HELD_AGAINST_IT.index),
        retryable=any(f.retryable for f in failures) and not billed,
        retry_after_s=min(pauses, default=None),
        cost_usd=sum(f.cost_usd for f in failures),
        sent=billed,
    )
