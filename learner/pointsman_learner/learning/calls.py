"""What calls teach: what they cost and took, and how their judges score. Nothing of how good the answers are."""

from __future__ import annotations

from collections.abc import Iterable

from pointsman_learner.belief.judges import AGREEMENT, scores_of
from pointsman_learner.estimates import Estimates
from pointsman_learner.estimators.expectation import Expectation
from pointsman_learner.events import EpisodeRecorded, OutcomeReported
from pointsman_learner.hyperparameters import H
from pointsman_learner.normal import density_at, inverse_cdf
from pointsman_learner.planning.guarantee import Departure, Guarantee, Known
from pointsman_learner.types import Context, Step


def learn_call(  # noqa: PLR0917 - what was measured of one call
    e: Estimates, expected: Expectation, context: Context, step: Step, cost_usd: float | None, latency_ms: float | None
) -> None:
    """What a call cost and took, where that is known, against what was listed; and how its judges score.

    A call that failed teaches nothing: whether a model answers now is its availability, which routers learn and
    forget within minutes (see `reach`), and what a failure took is not what an answer takes.
    """
    m = e.row(step.model)
    if m is None or step.failed:
        return
    if cost_usd is not None:
        e.effects.learn_ratio(0, expected.place, m, cost_usd / float(e.listed_cost(context)[m]))
    if latency_ms is not None:
        e.effects.learn_ratio(1, expected.place, m, latency_ms / H.typical_latency_ms)
    if any(v.judge == AGREEMENT for v in step.verdicts):
        e.keyed += H.keyed_rate * ((step.key is not None) - e.keyed)
    e.judges.see(scores_of(step), m)


def learn_spending(e: Estimates, episode: EpisodeRecorded, cost_usd: float | None) -> None:
    """What one query cost, where that is known, against the tenant's budget, where there is one.

    Of a tenant that only observes it is what the policy's first call was expected to cost: lambda moves nothing else.
    A lambda that the caller asked for, or the default that a router without any snapshot takes, is not the pacer's.
    """
    pacer, decision = e.pacers.get(episode.tenant), episode.decision
    if decision.is_observed:
        first = decision.expected(decision.would[0]) if decision.would else None
        cost_usd = None if first is None else first.cost_usd
    if pacer is not None and cost_usd is not None:
        lam = decision.cost_weight
        is_paced = episode.constraints.cost_weight is None and lam != e.settings.default_cost_weight
        pacer.learn_one(cost_usd, lam if is_paced else None)


def learn_margin(e: Estimates, episode: EpisodeRecorded) -> None:
    """What a decision left of the room that the tenant's guarantee has for others than the baseline.

    What may be lost counts at once; what is saved, where the model that was chosen is the one that answered.
    """
    decision, answer = episode.decision, episode.answer
    if decision.gain is None or decision.margin is None:
        return
    if episode.tenant not in e.guarantees and len(e.guarantees) >= H.guaranteed_tenants:
        del e.guarantees[next(iter(e.guarantees))]  # anybody may name a tenant where tenants are open: it begins anew
    guarantee, promise = e.guarantees.pop(episode.tenant, None) or Guarantee(), episode.constraints
    e.guarantees[episode.tenant] = guarantee  # last: who asks is remembered
    answered = answer is not None and episode.steps[answer].model == decision.model
    gain = decision.gain if answered else min(decision.gain, 0.0)
    departure = None
    if decision.model != promise.baseline and e.row(decision.model) is not None:
        quality = next(p.quality for p in decision.predictions if p.model == decision.model)
        slope = density_at(inverse_cdf(quality))
        departure = Departure(decision.model, decision.gain - decision.margin, slope)
    tried = [*guarantee.tried, decision.model]
    guarantee.learn_one(gain, promise, departure, _known(e, tried, promise.baseline))


def learn_reported_margin(e: Estimates, outcome: OutcomeReported, episode: EpisodeRecorded) -> None:
    """What a routed query saved: its caller called the model that was chosen, and had an answer."""
    gain, guarantee = episode.decision.gain, e.guarantees.get(episode.tenant)
    if gain is None or guarantee is None or episode.steps or outcome.failed:
        return
    if outcome.model == episode.decision.model and guarantee.promises(episode.constraints):
        guarantee.earn(max(gain, 0.0), _known(e, guarantee.tried, guarantee.baseline))


def _known(e: Estimates, models: Iterable[str], baseline: str | None) -> dict[str, Known]:
    """What is known of these, those that there still are, beside the baseline, over all queries."""
    base, rows = e.row(baseline or ""), {model: e.row(model) for model in models}
    (ability, _), evidence = e.effects.overall(), e.effects.evidence[0]
    level = 0.0 if base is None else float(ability[base])
    return {model: Known(float(ability[m]) - level, float(evidence[m])) for model, m in rows.items() if m is not None}
