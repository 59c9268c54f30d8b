"""What calls teach: what they cost and took, and how their judges score. Nothing of how good the answers are."""

from __future__ import annotations

from pointsman_learner.belief.judges import AGREEMENT, scores_of
from pointsman_learner.estimates import Estimates
from pointsman_learner.estimators.expectation import Expectation
from pointsman_learner.events import EpisodeRecorded, OutcomeReported
from pointsman_learner.hyperparameters import H
from pointsman_learner.planning.guarantee import Guarantee
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


def learn_spending(e: Estimates, tenant: str, cost_usd: float | None) -> None:
    """What one query cost, where that is known, against the tenant's budget, where there is one."""
    pacer = e.pacers.get(tenant)
    if pacer is not None and cost_usd is not None:
        pacer.learn_one(cost_usd)


def learn_margin(e: Estimates, episode: EpisodeRecorded) -> None:
    """What a decision left of the room that the tenant's guarantee has for others than the baseline.

    What may be lost counts at once; what is saved, where the model that was chosen is the one that answered.
    """
    decision, answer = episode.decision, episode.answer
    if decision.margin is None:
        return
    if episode.tenant not in e.guarantees and len(e.guarantees) >= H.guaranteed_tenants:
        del e.guarantees[next(iter(e.guarantees))]  # anybody may name a tenant where tenants are open: it begins anew
    guarantee = e.guarantees.setdefault(episode.tenant, Guarantee())
    answered = answer is not None and episode.steps[answer].model == decision.model
    margin = decision.margin if answered else min(decision.margin, 0.0)
    guarantee.learn_one(margin, episode.constraints, departed=decision.model != episode.constraints.baseline)


def learn_reported_margin(e: Estimates, outcome: OutcomeReported, episode: EpisodeRecorded) -> None:
    """What a routed query saved: its caller called the model that was chosen, and had an answer."""
    margin, guarantee = episode.decision.margin, e.guarantees.get(episode.tenant)
    if margin is None or guarantee is None or episode.steps or outcome.failed:
        return
    if outcome.model == episode.decision.model and guarantee.promises(episode.constraints):
        guarantee.earn(max(margin, 0.0))
