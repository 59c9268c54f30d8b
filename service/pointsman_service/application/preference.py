"""What is wanted of cost and time against quality: the request's word, and the tenant's where it says nothing.

The dial is one number from 0 (cheapest) to 1 (best) in place of lambda, utility per dollar. People feel ratios of
price, not differences, so it is a logarithmic scale in lambda: every tenth of it divides lambda by the same factor
(about 3.2). The two ends are taken at their word: 1 ignores cost, 0 ignores all but cost.
"""

from __future__ import annotations

from pointsman_service.domain.preference import Preference

CHEAPEST = 1e6  # a hundredth of a cent outweighs any quality
STEEPEST = 1e4  # just above 0: a dollar per 10,000 answers is worth one whole answer
GENTLEST = 0.1  # just below 1: ten dollars are worth one whole answer

_NOTHING = Preference()
_LIMITS = ("latency_weight", "max_cost_usd", "max_latency_ms", "min_quality")


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


def preferred(asked: Preference, own: Preference, *, paced: bool) -> Preference:
    """What holds for one request, each field by itself: asked, else the tenant's own.

    Where to stand between cheap and good is one thing, dial or lambda, and comes back as lambda: the request's, then
    the budget's (paced: the tenant has one), then the tenant's. None leaves it to the learner: paced, or its default.

    >>> preferred(Preference(dial=1.0), Preference(cost_weight=7.0, min_quality=0.5), paced=False)
    Preference(dial=None, cost_weight=0.0, latency_weight=None, max_cost_usd=None, max_latency_ms=None, min_quality=0.5)
    >>> preferred(Preference(), Preference(cost_weight=7.0), paced=True).cost_weight is None
    True
    """
    if asked == _NOTHING == own:  # the usual request of the usual tenant
        return _NOTHING
    weight = _cost_weight(asked)
    if weight is None and not paced:
        weight = _cost_weight(own)
    limits = {name: _first(getattr(asked, name), getattr(own, name)) for name in _LIMITS}
    return Preference(cost_weight=weight, **limits)


def _cost_weight(preference: Preference) -> float | None:
    if preference.cost_weight is not None or preference.dial is None:
        return preference.cost_weight
    return cost_weight_of_dial(preference.dial)


def _first(asked: float | None, own: float | None) -> float | None:
    return own if asked is None else asked
