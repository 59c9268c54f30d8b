"""Whose key an input comes with, and what such a key must never get."""

from __future__ import annotations

import random
from dataclasses import dataclass

import grpc
from pointsman import v1
from pointsman_service.domain.api_keys import make_key

PUBLIC = frozenset({"Route", "Complete", "StreamComplete", "ReportOutcome"})
OF_ONE_EPISODE = frozenset({"GetEpisode", "ExplainEpisode", "RecordFeedback", "ReportOutcome"})
BATCH = "RecordFeedbackBatch"
TENANT = "acme"


@dataclass(frozen=True)
class Who:
    """roles, tenant, acts_for: of its key, None where it has none."""

    name: str
    roles: tuple = ()
    tenant: str | None = None
    acts_for: tuple = ()

    @property
    def key(self):
        """The same in every run."""
        return make_key(random.Random(self.name).randbytes)

    @property
    def metadata(self):
        """What its calls bring."""
        return () if self.tenant is None else (("authorization", f"Bearer {self.key.text}"),)


OPERATOR = Who("fuzz-operator", ("call", "feedback", "read", "admin"), TENANT, ("*",))
CALLER = Who("fuzz-caller", ("call",), TENANT)
STRANGER = Who("fuzz-stranger", ("call", "feedback", "read"), "default")
NOBODY = Who("fuzz-nobody")
EVERYBODY = (OPERATOR, CALLER, STRANGER, NOBODY)


def sections():
    """The configuration's part that knows the keys."""
    keys = {
        who.name: {
            "id": who.key.id, "sha256": who.key.sha256, "roles": list(who.roles), "tenant": who.tenant,
            "acts_for": list(who.acts_for),
        }
        for who in EVERYBODY
        if who.tenant is not None
    }  # fmt: skip
    return {"auth": {"enabled": True}, "keys": keys}


def trespass(who, method, code, responses):
    """What this caller got that is not its own, in words; None where all is as it should be.

    The ids in inputs are of the episodes of TENANT; a stranger's key is another tenant's.

    >>> trespass(CALLER, "ListModels", grpc.StatusCode.OK, []), trespass(CALLER, "Route", grpc.StatusCode.OK, [])
    ('ListModels is beyond its roles', None)
    """
    if code is not grpc.StatusCode.OK or who is OPERATOR:
        return None
    if who is NOBODY:
        return f"{method} without a key"
    if who is CALLER and method not in PUBLIC:
        return f"{method} is beyond its roles"
    if who is STRANGER and (method in OF_ONE_EPISODE or method not in _open_to_strangers()):
        return f"{method} of another tenant's"
    if who is STRANGER and method == BATCH:
        results = [r for raw in responses for r in v1.RecordFeedbackBatchResponse.FromString(raw).results]
        return "feedback on another tenant's episode" if any(r.HasField("receipt") for r in results) else None
    return None


def _open_to_strangers():
    return PUBLIC | {BATCH, "RecordSessionOutcome"}
