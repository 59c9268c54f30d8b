"""A snapshot: the policy that was learnt until some moment. What routers decide with; numpy alone, immutable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from pointsman_learner.ability import quality_of
from pointsman_learner.actions import Action, CallModel
from pointsman_learner.belief.answers import AnswerBeliefs
from pointsman_learner.estimators.expectation import Expectation, Expectations
from pointsman_learner.estimators.forecast import Forecast
from pointsman_learner.estimators.node_tables import NodeTables
from pointsman_learner.estimators.prices import PriceList
from pointsman_learner.estimators.taxonomy import Node, Place
from pointsman_learner.exploration.choice import Exploration
from pointsman_learner.exploration.fading import fade
from pointsman_learner.exploration.greedy import Greedy
from pointsman_learner.exploration.registry import exploration_of
from pointsman_learner.frozen import FrozenEstimates
from pointsman_learner.hyperparameters import H
from pointsman_learner.parts import OPINIONS
from pointsman_learner.planning.first_call import FirstCall, first_calls
from pointsman_learner.planning.next_action import called_together, is_final, next_action
from pointsman_learner.planning.outlook import Outlook, QueryAtHand
from pointsman_learner.roster import Roster
from pointsman_learner.rounding import rounded
from pointsman_learner.types import Constraints, Context, Decision, FloatArray, ModelPrediction, NoModelFits, Step

TYPICAL_PROMPT_TOKENS = 200
"""Of a prompt, to list prices of before any is at hand."""
_AT_HAND = 128
"""Queries that a snapshot remembers what is expected of: those that are under way, beside each other."""
SAFE = "baseline"
"""The strategy of a decision whose tenant's guarantee left it nothing else: its first answer is the last."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A `Policy`. version: given by the store, 0 before. Nothing changes `estimates` after it was taken.

    forecast: what is expected of every model; first: the same by the opinion that first calls are chosen by.
    """

    version: int
    estimates: FrozenEstimates
    roster: Roster
    forecast: Forecast
    first: Forecast
    beliefs: AnswerBeliefs
    exploration: Exploration
    _at_hand: dict[int, QueryAtHand] = field(default_factory=dict)

    @classmethod
    def of(cls, estimates: FrozenEstimates, version: int = 0, exploration: Exploration | None = None) -> Self:
        """The policy that these estimates make. exploration: None for the one that the settings name."""
        e, settings, roster = estimates, estimates.settings, Roster.of(estimates.models)
        parts, explorer = settings.parts, settings.explorer if settings.parts.exploration else None
        forecast = Forecast(
            parts, e.taxonomy, NodeTables.of(e.effects), e.router, e.moments, e.clusters, e.doubt,
            PriceList.of(e.models),
        )  # fmt: skip
        left_out = OPINIONS[settings.opinion]
        return cls(
            version,
            estimates,
            roster,
            forecast,
            replace(forecast, parts=replace(parts, **left_out)) if left_out else forecast,
            AnswerBeliefs(parts, roster.row, e.joint, e.judges, e.odds, e.recalibration),
            exploration or exploration_of(explorer, settings.exploration, e.outcomes),
        )

    @property
    def models(self) -> tuple[str, ...]:
        """Enabled models."""
        return tuple(m.name for m in self.estimates.models if m.enabled)

    def decide(self, context: Context, constraints: Constraints, rng: np.random.Generator) -> Decision:
        """The first model to call, with its propensity and why. Raises NoModelFits."""
        (decision,) = self.decide_all([(context, constraints)], rng)
        if isinstance(decision, NoModelFits):
            raise decision
        return decision

    def decide_all(
        self, asked: Sequence[tuple[Context, Constraints]], rng: np.random.Generator
    ) -> list[Decision | NoModelFits]:
        """The same for several queries at once, each decided as it would be alone, to the bit, one after the other."""
        shapes = {(len(context.embedding), len(context.surface)) for context, _ in asked}
        if len(shapes) > 1:  # of two versions of the features
            return [decision for each in asked for decision in self.decide_all([each], rng)]
        contexts = [context for context, _ in asked]
        found = self.forecast.expect_all(contexts)
        paths = found.places.paths
        queries = [QueryAtHand(context, found.of(b)) for b, context in enumerate(contexts)]
        self._remember(queries)
        if self.first is not self.forecast:
            found = self.first.by_opinion(contexts, found)
            queries = [QueryAtHand(context, found.of(b)) for b, context in enumerate(contexts)]
        outlooks = [
            self._outlook(query, constraints, self.cost_weight(constraints.tenant, constraints.cost_weight))
            for query, (_, constraints) in zip(queries, asked, strict=True)
        ]
        calls = first_calls(outlooks, found, rng)
        return [
            call if isinstance(call, NoModelFits) else self._decision(outlook, call, path)
            for outlook, call, path in zip(outlooks, calls, paths, strict=True)
        ]

    def without_exploration(self) -> Self:
        """The same policy, which draws nothing: what is best as it is estimated is done, with certainty."""
        return replace(self, exploration=Greedy(), _at_hand={})

    def first_chances(self, context: Context, constraints: Constraints, opinions: Sequence[str]) -> FloatArray:
        """(opinions, M) the chance that each model is called first, were that chosen by each of these opinions.

        To the bit as snapshots would decide that differ in nothing else, but as one batch; 0 where no model fits.
        """
        found, parts = self.forecast.expect_all([context]), self.estimates.settings.parts
        by = [replace(self.forecast, parts=replace(parts, **OPINIONS[name])) for name in opinions]
        each = Expectations.joined([forecast.by_opinion([context], found) for forecast in by])
        lam = self.cost_weight(constraints.tenant, constraints.cost_weight)
        outlooks = [self._outlook(QueryAtHand(context, each.of(b)), constraints, lam) for b in range(len(by))]
        rng = np.random.default_rng(0)  # for draws that nobody looks at: chances don't depend on them
        calls = first_calls(outlooks, each, rng)
        chances = np.zeros((len(by), len(self.roster.names)))
        for b, call in enumerate(calls):
            if not isinstance(call, NoModelFits):
                chances[b] = np.where(call.may, call.probabilities, 0.0)
        return chances

    def _decision(self, outlook: Outlook, call: FirstCall, path: tuple[str, ...]) -> Decision:
        names, expected, context = self.roster.names, outlook.expected, outlook.query.context
        return Decision(
            model=names[call.m],
            propensity=float(call.probabilities[call.m]),
            predictions=_predictions(names, expected, call),
            plan=(names[call.m],) if call.follow < 0 else (names[call.m], names[call.follow]),
            strategy=self._strategy(expected, call),
            node_path=path,
            familiarity=rounded(float(expected.share[call.m])),
            cost_weight=outlook.lam,
            snapshot_version=self.version,
            feature_version=context.feature_version,
            policy=self.estimates.settings.policy,
            gain=call.gain,
            margin=call.margin,
        )

    def together(self, context: Context, decision: Decision, constraints: Constraints) -> CallModel | None:
        """As any policy: where seconds have a price, and answers keys."""
        if not constraints.latency_weight or decision.strategy == SAFE:
            return None
        outlook = self._outlook(self._query(context), constraints, decision.cost_weight)
        return called_together(outlook, decision.model)

    def next_action(
        self,
        context: Context,
        decision: Decision,
        steps: Sequence[Step],
        constraints: Constraints,
        rng: np.random.Generator,
    ) -> Action:
        """Accept, ask a judge, or call another model. Raises NoModelFits where all have failed."""
        if not steps:
            final = is_final(self.estimates.settings, constraints) or decision.strategy == SAFE
            return CallModel(decision.model, decision.propensity, final=final)
        outlook = self._outlook(self._query(context), constraints, decision.cost_weight)
        return next_action(outlook, steps, rng, alone=decision.strategy == SAFE)

    def believe(self, context: Context, steps: Sequence[Step]) -> tuple[float | None, ...]:
        """P(right) of each step's answer after all of these steps and their verdicts, in [0, 1].

        None for a step that failed, and for one of a model that is not known here.
        """
        belief = self.beliefs.belief(self.expect(context), steps)
        answers = [i for i, s in enumerate(steps) if not s.failed and s.model in self.roster.row]
        quality = {} if belief is None else dict(zip(answers, belief.quality.tolist(), strict=True))
        return tuple(rounded(quality[i]) if i in quality else None for i in range(len(steps)))

    def expect(self, context: Context) -> Expectation:
        """What every model, enabled or not, would do on this query."""
        return self._query(context).expected

    def cost_weight(self, tenant: str, asked: float | None = None) -> float:
        """Lambda: the request's, else what the tenant's budget makes it, else the default."""
        if asked is not None:
            return asked
        pacer = self.estimates.pacers.get(tenant)
        return pacer.cost_weight if pacer is not None else self.estimates.settings.default_cost_weight

    def credit(self, constraints: Constraints) -> float:
        """Utility that others than the baseline may lose, by what was saved up under this promise."""
        guarantee = self.estimates.guarantees.get(constraints.tenant)
        return guarantee.credit if guarantee is not None and guarantee.promises(constraints) else 0.0

    def taxonomy(self) -> list[dict[str, Any]]:
        """The live nodes with what is learnt at each: evidence, and each model's quality and its standard error."""
        taxonomy = self.estimates.taxonomy
        listed = self.forecast.prices.cost(TYPICAL_PROMPT_TOKENS)
        return [self._node(j, node, listed) for j, node in enumerate(taxonomy.nodes) if not node.retired]

    def to_bytes(self) -> bytes:
        """Serialised; read back by `from_bytes`."""
        return self.estimates.to_bytes()

    @classmethod
    def from_bytes(cls, payload: bytes, version: int) -> Self:
        """Inverse of `to_bytes`. Raises ValueError where the payload cannot be read, OtherFormat by this version."""
        return cls.of(FrozenEstimates.from_bytes(payload), version)

    def _query(self, context: Context) -> QueryAtHand:
        """At hand since it was decided: a cascade asks after every answer. Found by identity: it holds its context."""
        query = self._at_hand.get(id(context))
        if query is None:
            query = QueryAtHand(context, self.forecast.expect(context))
            self._remember([query])
        return query

    def _remember(self, queries: Sequence[QueryAtHand]) -> None:
        if len(self._at_hand) + len(queries) > _AT_HAND:
            self._at_hand.clear()
        self._at_hand.update({id(query.context): query for query in queries})

    def _outlook(self, query: QueryAtHand, constraints: Constraints, lam: float) -> Outlook:
        settings, keyed = self.estimates.settings, self.estimates.keyed
        credit = self.credit(constraints) if constraints.room is None else constraints.room
        is_quiet = isinstance(self.exploration, Greedy)
        tries = 0.0 if is_quiet else max(fade(self.estimates.outcomes), settings.exploration)
        return Outlook(
            query, constraints, lam, settings, self.roster, self.beliefs, self.exploration, keyed, credit, tries
        )

    def _strategy(self, expected: Expectation, call: FirstCall) -> str:
        """Which part spoke for the model that was drawn; "control" where it is not the best."""
        if call.is_safe:
            return SAFE
        if call.is_sticky:
            return "sticky"
        if not call.is_best:
            return "control"
        if self.version == 0 and self.estimates.labels == 0:
            return "static"
        share = float(expected.share[call.m])
        return "taxonomy" if share > H.spoke else "learned" if share < 1 - H.spoke else "fused"

    def _node(self, j: int, node: Node, listed: FloatArray) -> dict[str, Any]:
        effects = self.estimates.effects
        nodes = np.array(self.estimates.taxonomy.ancestors(j))
        place = Place(nodes, np.ones(len(nodes)), (), 1.0)
        quality, sd = quality_of(*effects.predict(place))
        cost, latency = effects.predict_ratios(place)
        return {
            "id": node.id,
            "parent": node.parent,
            "title": node.title,
            "description": node.description,
            "origin": node.origin,
            "examples": list(node.examples),
            "evidence": float(effects.evidence[j].sum()),
            "models": [
                {
                    "model": name,
                    "quality": float(quality[i]),
                    "quality_sd": float(sd[i]),
                    "cost_usd": float(cost[i] * listed[i]),
                    "latency_ms": float(latency[i] * H.typical_latency_ms),
                    "evidence": float(effects.evidence[j, i]),
                }
                for i, name in enumerate(self.roster.names)
            ],
        }


def _predictions(names: Sequence[str], expected: Expectation, call: FirstCall) -> tuple[ModelPrediction, ...]:
    columns = (expected.quality, expected.sd, expected.cost, expected.latency, call.probabilities)
    rows = zip(names, *(c.tolist() for c in columns), call.may.tolist(), strict=True)
    return tuple(
        ModelPrediction(name, rounded(quality), rounded(sd), rounded(cost), rounded(latency), propensity)
        for name, quality, sd, cost, latency, propensity, is_allowed in rows
        if is_allowed
    )
