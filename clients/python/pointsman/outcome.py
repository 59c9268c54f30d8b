"""What came of routed queries whose model the caller ran itself, from plain Python values."""

from __future__ import annotations

from collections.abc import Sequence

from pointsman import v1
from pointsman.arguments import invalid, items, put, put_given, refuse_unknown, shown
from pointsman.settings import CallOptions

FAILURE_KINDS = {name.removeprefix("FAILURE_KIND_").lower(): kind for name, kind in v1.FailureKind.items() if kind}

_MEASURED = ("request_id", "model", "latency_ms", "cost_usd")
_USAGE = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens")


class OutcomeFields(CallOptions, total=False):
    """What came of a routed query. What is left out teaches nothing: it is not taken for 0.

    model: the one that was called, where that is not the one that `route` chose. latency_ms: milliseconds of the call;
    cost_usd: US dollars, computed from tokens and prices where it is left out. failure: why there was no answer, a kind
    and a message as in ("timeout", "no answer in 30 s"). verdicts: what your own judges said of the answer.
    request_id: the same again counts once; made up where it is left out.
    """

    request_id: str
    model: str
    latency_ms: float
    cost_usd: float
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    failure: tuple[str, str] | v1.Failure
    verdicts: Sequence[v1.Verdict]


def outcome_request(episode_id: str, fields: OutcomeFields) -> v1.ReportOutcomeRequest:
    """The request of `report_outcome`. Raises InvalidRequest.

    >>> outcome_request("e-1", {"latency_ms": 800, "failure": ("timeout", "30 s")}).failure.message
    '30 s'
    """
    refuse_unknown("report_outcome", fields, OutcomeFields.__annotations__)
    request = v1.ReportOutcomeRequest()
    put(request, "episode_id", episode_id)
    put_given(request, fields, _MEASURED)
    put_given(request.usage, fields, _USAGE)
    if "failure" in fields:
        request.failure.CopyFrom(_failure(fields["failure"]))
    for i, verdict in enumerate(items(fields.get("verdicts", ()), "verdicts", "v1.Verdict")):
        if not isinstance(verdict, v1.Verdict):
            raise invalid(f"verdicts[{i}]", f"must be a v1.Verdict, not {shown(verdict)}")
        request.verdicts.append(verdict)
    return request


def _failure(failure: object) -> v1.Failure:
    match failure:
        case v1.Failure():
            return failure
        case (str(kind), str(message)):
            made = v1.Failure()
            refuse_unknown("failure", (kind,), FAILURE_KINDS)
            made.kind = v1.FailureKind.Name(FAILURE_KINDS[kind])
            put(made, "message", message, "failure[1]")
            return made
    raise invalid(
        "failure", f"must be a kind and a message as ('timeout', '30 s'), or a v1.Failure, not {shown(failure)}"
    )
