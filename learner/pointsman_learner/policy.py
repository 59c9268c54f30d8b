"""What decides: a policy, whatever it has learnt and however it explores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from pointsman_learner.actions import Action, CallModel
from pointsman_learner.types import Constraints, Context, Decision, NoModelFits, Step


class Policy(Protocol):
    """A policy is immutable: the same query, constraints and generator get the same decision, from any thread."""

    @property
    def version(self) -> int:
        """Of the snapshot that decisions name; 0 before any was stored."""

    @property
    def models(self) -> tuple[str, ...]:
        """Models that it may call."""

    def decide(self, context: Context, constraints: Constraints, rng: np.random.Generator) -> Decision:
        """The first model to call, with its propensity and why. Raises NoModelFits naming what left none."""

    def decide_all(
        self, asked: Sequence[tuple[Context, Constraints]], rng: np.random.Generator
    ) -> list[Decision | NoModelFits]:
        """The same for several queries, one after the other, with the error instead of a decision where none is left.

        Each is decided as it would be alone. A policy that can decide them as one batch does.
        """
        found: list[Decision | NoModelFits] = []
        for context, constraints in asked:
            try:
                found.append(self.decide(context, constraints, rng))
            except NoModelFits as e:
                found.append(e)
        return found

    def credit(self, constraints: Constraints) -> float:
        """Utility that others than the tenant's baseline may lose, as far as this policy knows: none, of most."""
        del constraints
        return 0.0

    def together(self, context: Context, decision: Decision, constraints: Constraints) -> CallModel | None:
        """The call to be made at once with the decision's, whose answer it does not wait for; None for most queries.

        No draw of its own: it follows from the query, the constraints and the model that is called first.
        """
        del context, decision, constraints
        return None

    def next_action(
        self,
        context: Context,
        decision: Decision,
        steps: Sequence[Step],
        constraints: Constraints,
        rng: np.random.Generator,
    ) -> Action:
        """Accept, ask a judge, or call another model. Raises NoModelFits where all have failed."""

    def believe(self, context: Context, steps: Sequence[Step]) -> tuple[float | None, ...]:
        """P(right) of each step's answer after all of these steps and their verdicts, in [0, 1].

        None for a step that failed, and for one of a model that is not known.
        """
