"""What metrics read out of one episode. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.types import Decision, Step, Verdict

from pointsman_service.domain.verdict_errors import Why, reason_of

SILENT = frozenset({Why.NOTHING_TO_COMPARE, Why.NOT_OFFERED, Why.CANCELLED})
"""Reasons for which a judge that works well says nothing."""


def provider_seconds(steps: Sequence[Step]) -> float:
    """Seconds in which somebody else worked: model calls, and judges that are paid for.

    A call that was given up ran beside the one that answered, so of such a pair only the longer counts; likewise of two
    that were made at once.

    >>> given_up = Step("a", 0.0, 900.0, failure_kind="cancelled")
    >>> provider_seconds([given_up, Step("b", 0.0, 400.0), Step("c", 0.0, 100.0)])
    1.0
    """
    total_ms, beside_ms, before_ms = 0.0, None, 0.0
    for step in steps:
        if step.at_once:
            total_ms += max(step.latency_ms - before_ms, 0.0)
        elif beside_ms is not None:
            total_ms += max(beside_ms, step.latency_ms)
            beside_ms = None
        elif step.failure_kind == "cancelled":
            beside_ms = step.latency_ms
        else:
            total_ms += step.latency_ms
        before_ms = step.latency_ms
        total_ms += sum(v.latency_ms or 0.0 for v in step.verdicts if v.cost_usd)
    return (total_ms + (beside_ms or 0.0)) / 1e3


def own_seconds(episode: EpisodeRecorded, seconds: float) -> float:
    """What is left of a request's seconds without the providers'; 0 where calls overlapped in another way."""
    return max(0.0, seconds - provider_seconds(episode.steps))


def explored(decision: Decision) -> bool:
    """Whether a model was chosen that was not the likeliest: for what is learnt of it, then.

    >>> from pointsman_learner.types import ModelPrediction
    >>> small, large = (ModelPrediction(n, 0.5, 0.1, 0.0, 0.0, p) for n, p in (("small", 0.9), ("large", 0.1)))
    >>> explored(Decision("large", 0.1, (small, large), ("large",), "learned", (), 0.0, 0.0, 1))
    True
    """
    return any(p.propensity > decision.propensity for p in decision.predictions if p.model != decision.model)


def verdict_outcome(verdict: Verdict) -> str:
    """What became of it: "scored", "silent" (it had nothing to say) or "failed".

    >>> verdict_outcome(Verdict("rubric", None, error="timeout: no verdict within 5 s"))
    'failed'
    """
    if verdict.score is not None:
        return "scored"
    silent = verdict.error is None or reason_of(verdict.error) in SILENT
    return "silent" if silent else "failed"
