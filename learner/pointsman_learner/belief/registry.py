"""Which combination of judges there is, by the name that a setting has for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pointsman_learner.belief.discriminant import DiscriminantJudges
from pointsman_learner.belief.judges import JudgeCombination

COMBINATIONS: Final[Mapping[str, type[JudgeCombination]]] = {
    "discriminant": DiscriminantJudges,
}
