"""From a query to what a policy may see of it: the context, and the constraints of this episode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pointsman_learner.context.query import make_context
from pointsman_learner.types import Constraints, Context, Judge

from pointsman_service.application.deadline import Deadline
from pointsman_service.application.eligibility import CHARS_PER_TOKEN
from pointsman_service.application.preference import preferred
from pointsman_service.domain import Question, TenantConfig
from pointsman_service.domain.requests import Query
from pointsman_service.ports import Embedder


def context_of(question: Question, hints: Mapping[str, str], embedder: Embedder) -> Context:
    """The context of a question: its last user message embedded, and the shape of what is asked for."""
    text = question.text
    sent = sum(len(m.content) for m in question.messages)
    return make_context(
        text,
        hints,
        embedder.embed(text),
        embedder.feature_version,
        wants_json=question.response_format is not None,
        wants_tools=bool(question.tools),
        input_tokens=max(1, sent // CHARS_PER_TOKEN),
    )


@dataclass(frozen=True, slots=True)
class EpisodeBounds:
    """What bounds an episode besides the query itself. tenant: whose it is; own: as that tenant is configured."""

    tenant: str
    own: TenantConfig
    deadline: Deadline
    judges: tuple[Judge, ...]
    max_steps: int

    def constraints(
        self, query: Query, models: tuple[str, ...] | None, excluded: Mapping[str, str], sticky: str | None
    ) -> Constraints:
        """The constraints under which the first decision is made.

        models: names that may be called, None for all; excluded: who was kept out, and why; sticky: the session's.
        """
        wanted = preferred(query.preference, self.own.preference, paced=self.own.usd_per_thousand is not None)
        return Constraints(
            models=models,
            cost_weight=wanted.cost_weight,
            max_cost_usd=wanted.max_cost_usd,
            min_quality=wanted.min_quality,
            deadline_ms=self.deadline.left_ms,
            judges=self.judges,
            sticky_model=sticky,
            tenant=self.tenant,
            max_steps=1 if query.single_call else self.max_steps,
            latency_weight=wanted.latency_weight,
            max_latency_ms=wanted.max_latency_ms,
            excluded=excluded,
            baseline=None if self.own.guarantees_nothing else self.own.baseline,
            alpha=0.0 if self.own.guarantees_nothing else self.own.alpha or 0.0,
        )
