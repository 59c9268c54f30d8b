"""Which exploration a policy has, by the name that a setting has for it and by how much was learnt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pointsman_learner.exploration.choice import Exploration
from pointsman_learner.exploration.fading import fade
from pointsman_learner.exploration.greedy import Greedy
from pointsman_learner.exploration.inverse_gap import InverseGap
from pointsman_learner.exploration.thompson import Thompson
from pointsman_learner.exploration.trials import Trials
from pointsman_learner.hyperparameters import H

EXPLORATIONS: Final[Mapping[str, Callable[[float], Exploration]]] = {
    "inverse_gap": InverseGap,
    "thompson": Thompson,
}
"""Each is made of the number of outcomes that were learnt from."""


def exploration_of(name: str | None, share: float, outcomes: float) -> Exploration:
    """The one of this name, None for a greedy one. share: of the control draw beside it, in [0, 1].

    >>> exploration_of("inverse_gap", share=0.01, outcomes=0.0).share.__round__(2)
    0.11
    """
    if name is None:
        return Trials(Greedy(), min(share, 1.0))
    return Trials(EXPLORATIONS[name](outcomes), min(share * (1 + H.trials * fade(outcomes)), 1.0))
