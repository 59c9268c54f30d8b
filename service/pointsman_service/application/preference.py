"""The dial: one number from 0 (cheapest) to 1 (best) in place of lambda, utility per dollar.

People feel ratios of price, not differences, so the dial is a logarithmic scale in lambda: every tenth of it divides
lambda by the same factor (about 3.2). The two ends are taken at their word: 1 ignores cost, 0 ignores all but cost.
"""

from __future__ import annotations

from pointsman_service.domain.requests import Preference

CHEAPEST = 1e6  # a hundredth of a cent outweighs any quality
STEEPEST = 1e4  # just above 0: a dollar per 10,000 answers is worth one whole answer
GENTLEST = 0.1  # just below 1: ten dollars are worth one whole answer


def cost_weight_of_dial(dial: float) -> float:
    """Lambda of a dial in [0, 1]. Raises ValueError outside.

    >>> [round(cost_weight_of_dial(d), 1) for d in (0.0, 0.25, 0.5, 0.75, 1.0)]
    [1000000.0, 562.3, 31.6, 1.8, 0.0]
    """
    if not 0.0 <= dial <= 1.0:
        raise ValueError(f"the dial goes from 0 to 1, not {dial}")
    if dial == 0.0:
        return CHEAPEST
    if dial == 1.0:
        return 0.0
    return float(STEEPEST * (GENTLEST / STEEPEST) ** dial)


def cost_weight_of(asked: Preference, tenant_dial: float | None, *, paced: bool) -> float | None:
    """Lambda of one request, None for the learner's own (the tenant's paced one, or its default).

    The request's word comes first, then the budget (paced: the tenant has one), then the tenant's dial.

    >>> cost_weight_of(Preference(cost_weight=7.0), 0.5, paced=True)
    7.0
    >>> cost_weight_of(Preference(), 1.0, paced=True) is None
    True
    >>> cost_weight_of(Preference(), 1.0, paced=False)
    0.0
    """
    if asked.cost_weight is not None:
        return asked.cost_weight
    if asked.dial is not None:
        return cost_weight_of_dial(asked.dial)
    if paced or tenant_dial is None:
        return None
    return cost_weight_of_dial(tenant_dial)
