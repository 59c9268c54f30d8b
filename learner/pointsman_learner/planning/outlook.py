"""All that a decision on one query looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pointsman_learner.belief.answers import AnswerBeliefs
from pointsman_learner.belief.judges import AGREEMENT
from pointsman_learner.estimators.expectation import Expectation
from pointsman_learner.exploration.choice import Exploration
from pointsman_learner.planning.judge_bundles import Bins, JudgeBundle, bins_of, bundles_of
from pointsman_learner.planning.reach import per_ms
from pointsman_learner.roster import Roster
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import Constraints, Context, Judge

_Asked = tuple[tuple[Judge, ...], tuple[str, ...], float]


_LEAST_LAM = 1e-9  # to whom money is no object time is worth all of it


@dataclass(frozen=True, slots=True)
class QueryAtHand:
    """A query and what is expected of it; remembered from one decision on it to the next, with what judges may tell."""

    context: Context
    expected: Expectation
    _bundles: dict[_Asked, tuple[JudgeBundle, ...]] = field(default_factory=dict)
    _bins: dict[tuple[_Asked, bool], Bins] = field(default_factory=dict)

    def bundles(
        self, beliefs: AnswerBeliefs, judges: Sequence[Judge], asked: Sequence[str] = (), usd_per_ms: float = 0.0
    ) -> tuple[JudgeBundle, ...]:
        """As `bundles_of`."""
        key = (tuple(judges), tuple(asked), usd_per_ms)
        if key not in self._bundles:
            self._bundles[key] = bundles_of(beliefs, judges, self.expected.clusters, asked, usd_per_ms)
        return self._bundles[key]

    def bins(
        self, beliefs: AnswerBeliefs, judges: Sequence[Judge], asked: Sequence[str] = (), usd_per_ms: float = 0.0,
        *, paid: bool = False,
    ) -> Bins:  # fmt: skip
        """Of all these bundles, or of all but the first, which is that of the free judges."""
        key = (tuple(judges), tuple(asked), usd_per_ms), paid
        if key not in self._bins:
            bundles = self.bundles(beliefs, judges, asked, usd_per_ms)
            self._bins[key] = bins_of(bundles[1:] if paid else bundles)
        return self._bins[key]


@dataclass(frozen=True, slots=True)
class Outlook:
    """One query before a policy, under its constraints.

    lam: utility per dollar; keyed: share of answers whose final answer could be told, lately; credit: of the tenant's
    guarantee; tries: the share of queries that may be spent on learning under one.
    """

    query: QueryAtHand
    constraints: Constraints
    lam: float
    settings: LearnerSettings
    roster: Roster
    beliefs: AnswerBeliefs
    exploration: Exploration
    keyed: float
    credit: float = 0.0
    tries: float = 1.0

    @property
    def expected(self) -> Expectation:
        """Of every model on this query."""
        return self.query.expected

    @property
    def looks_ahead(self) -> bool:
        """Whether a second call may follow. Where nothing could doubt an answer, it would be a guess."""
        parts, constraints = self.settings.parts, self.constraints
        return parts.cascade and parts.lookahead and constraints.max_steps >= 2 and bool(constraints.judges)

    @property
    def is_exclusive(self) -> bool:
        """Whether plans are made for answers with keys, of which agreement tells all."""
        agrees = self.settings.parts.agreement and self.keyed > 0.5
        return agrees and any(j.name == AGREEMENT for j in self.constraints.judges)

    def bundles(self, asked: Sequence[str] = ()) -> tuple[JudgeBundle, ...]:
        """What could be asked of an answer that the judges `asked` have spoken of."""
        return self.query.bundles(self.beliefs, self.constraints.judges, asked, self._usd_per_ms)

    def bins(self, asked: Sequence[str] = (), *, paid: bool = False) -> Bins:
        """What their scores may turn out as; paid: of those alone that cost something."""
        return self.query.bins(self.beliefs, self.constraints.judges, asked, self._usd_per_ms, paid=paid)

    @property
    def _usd_per_ms(self) -> float:
        return per_ms(self.constraints) / max(self.lam, _LEAST_LAM)
