"""Errors are named facts, with the id. One table in the rpc layer maps each class to (status code, ErrorReason).

The message says what to do. Nothing here imports grpc.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum


class PointsmanError(Exception):
    """Base of all errors that a caller can meet. `facts` become the metadata of google.rpc.ErrorInfo."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.facts = {k: str(v) for k, v in facts.items()}


class Fault(StrEnum):
    """What kind of wrong a field is, for programs: `reason` of google.rpc.BadRequest. Words stay, new ones may come."""

    REQUIRED = "REQUIRED"  # missing, or empty where something must stand
    TOO_LONG = "TOO_LONG"  # characters or bytes
    TOO_MANY = "TOO_MANY"  # entries
    OUT_OF_RANGE = "OUT_OF_RANGE"  # a number or a time
    MALFORMED = "MALFORMED"  # not of the form that is asked for
    UNKNOWN_VALUE = "UNKNOWN_VALUE"  # none of the words or names that there are
    REPEATED = "REPEATED"  # the same one twice
    CONFLICTING = "CONFLICTING"  # does not go together with another field, or with what is in force
    NOT_ALLOWED = "NOT_ALLOWED"  # could be, and the service or its operator does not let it
    REFUSED_BY_PROVIDERS = "REFUSED_BY_PROVIDERS"  # every provider says that the query is wrong
    INVALID_VALUE = "INVALID_VALUE"  # wrong in another way, which the description tells


class InvalidRequest(PointsmanError):
    """A field of the request is wrong. violations: (field path, what is wrong), all of them at once.

    faults: the kind of each violation, or one for all of them.
    """

    def __init__(
        self, violations: list[tuple[str, str]], faults: Sequence[Fault] | Fault = Fault.INVALID_VALUE
    ) -> None:
        super().__init__("; ".join(f"{field}: {why}" for field, why in violations))
        self.violations = violations
        self.faults = (faults,) * len(violations) if isinstance(faults, Fault) else tuple(faults)


class UnknownEpisode(PointsmanError):
    """No such episode for this tenant. Another tenant's looks the same."""


class EpisodeExpired(PointsmanError):
    """The episode is older than the retention, so feedback on it can no longer count."""


class UnknownModel(PointsmanError):
    """No model of this name is configured."""


class UnknownTenant(PointsmanError):
    """No tenant of this name is configured, and `tenants.open` is not set."""


class Unauthenticated(PointsmanError):
    """No key or token came, or none that is valid. Which of it says nothing to who guesses."""


class PermissionDenied(PointsmanError):
    """The caller is known, and may not do this: `needs` names the role, or `tenant` whom it may not act for."""


class UnknownApiKey(PointsmanError):
    """There is no API key of this name."""


class TenantDisabled(PointsmanError):
    """The tenant's queries are refused until it is enabled again."""


class UnknownNode(PointsmanError):
    """No taxonomy node of this id."""


class UnknownSnapshot(PointsmanError):
    """No snapshot of this version."""


class CorruptSnapshot(PointsmanError):
    """The snapshot's bytes do not match its checksum, or cannot be read. The last good one stays."""


class UnusableSnapshot(PointsmanError):
    """The snapshot is whole, but this version cannot decide by it; the message says why."""


class UnknownJob(PointsmanError):
    """No job of this name."""


class UnknownKey(PointsmanError):
    """The configuration has no such key, or nothing was changed under it at run time."""


class AlreadyExists(PointsmanError):
    """There is one of this name; an update changes it."""


class InUse(PointsmanError):
    """Something else needs it: `needed_by`. The message says what to change first."""


class StaleEtag(PointsmanError):
    """Somebody else changed it: `etag` is that of the present state."""


class NoModelLeft(PointsmanError):
    """The constraints leave no model; `constraint` names the one that removed the last."""


class BudgetExhausted(PointsmanError):
    """The tenant's hard ceiling for this period would be broken. retry_after_s says when the next period starts."""


class OverLimit(PointsmanError):
    """A limit of the caller's key, its tenant or the service is reached, and nothing was done.

    `limit` names it, `subject` whose it is ("key:ID", "tenant:NAME", "service", "episode:ID"); retry_after_s says when
    there is room again, and is missing where waiting is no use.
    """


class DuplicateRequest(PointsmanError):
    """The tenant has used this request_id already; `episode_id` is the answer it got."""


class RequestConflict(PointsmanError):
    """The request_id was used before with other content."""


class EveryModelFailed(PointsmanError):
    """Every model that could be tried failed; `errors` names each."""


class ModelsBusy(PointsmanError):
    """Every model that could be tried takes no more calls for now; `errors` names each, retry_after_s says when."""


class EveryModelRefused(PointsmanError):
    """Every model that could be tried refuses this query, which no waiting cures; `errors` names each."""


class ModelsUnusable(PointsmanError):
    """Every model that was tried failed by how it is configured, which no waiting cures; `errors` names each.

    A refused key, a key that is not set, a model that the provider does not have (any more).
    """


class DeadlineTooShort(PointsmanError):
    """The deadline passed before any answer came."""


class ServedElsewhere(PointsmanError):
    """`service` is served at another address, which the message names."""


class LogUnavailable(PointsmanError):
    """The event log cannot take the write (locked, read-only, full); nothing was half-written. Retry."""


class EvaluationEnded(PointsmanError):
    """The process that estimates from the log was ended before it was done, by somebody else; nothing was changed."""


class NewerSchema(PointsmanError):
    """The database was written by a newer version; start that version, or restore a backup."""


class ConfigurationError(PointsmanError):
    """Stops the start with one line that says what and where."""


class ModelCallError(PointsmanError):
    """One model call failed: a step with a failure, which never leaves the service as an error.

    The message says how, `kind` is what to go by.

    | kind | what happened |
    | --- | --- |
    | timeout | no answer came in time |
    | refused | the model or a content filter refused to answer |
    | rate_limited | too many requests |
    | garbage | what came could not be understood |
    | empty | the answer was empty |
    | unavailable | the provider could not be reached, or failed |
    | auth | the provider refused the key, or there was none |
    | invalid | the provider found the request itself wrong |
    | unknown_model | the provider does not know the model, or has retired it; or nothing answers at its address |

    auth and unknown_model stay so until somebody changes the configuration.

    retryable: the same call may succeed soon and was not charged, after retry_after_s where the provider said so.
    cost_usd: what the failed call cost nonetheless (an empty answer is charged like another). deployment: where it was
    called, None where the model has one place only or was tried at several. sent: whether the provider had the request
    and may charge for it, None where that is as the kind says: after a timeout and for garbage it may.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        retryable: bool = False,
        retry_after_s: float | None = None,
        cost_usd: float = 0.0,
        deployment: str | None = None,
        sent: bool | None = None,
        **facts: object,
    ) -> None:
        super().__init__(message, kind=kind, **facts)
        self.kind = kind
        self.retryable = retryable
        self.retry_after_s = retry_after_s
        self.cost_usd = cost_usd
        self.deployment = deployment
        self.sent = sent

    @property
    def may_be_billed(self) -> bool:
        """Whether the provider may charge for it what nobody knows.

        >>> ModelCallError("cut off", kind="unavailable", sent=True).may_be_billed
        True
        """
        if self.sent is not None:
            return self.sent
        return self.cost_usd <= 0.0 and self.kind in {"timeout", "garbage", "cancelled"}
