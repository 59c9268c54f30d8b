"""What another lambda, policy or pool would have brought, estimated from the log alone, for whole cascades.

Every choice of a logged episode has the chance of each thing that could have been done. The new policy is asked what it
would have done at the same place, and how likely; see `pointsman_learner.evaluation`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, overload

from pointsman_learner.evaluation.estimate import Always, Evaluation, Interval, evaluate
from pointsman_learner.evaluation.reward import reward
from pointsman_learner.evaluation.table import Told
from pointsman_learner.evaluation.target import Deciding, Logged, Target
from pointsman_learner.events import EpisodeRecorded, FeedbackRecorded, OutcomeReported
from pointsman_learner.policy import Policy

from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.standing_back import Slices, StandingBack
from pointsman_service.domain.operations import EpisodeQuery, Estimate, WhatIf, WhatIfQuery
from pointsman_service.errors import Fault, InvalidRequest
from pointsman_service.ports import EventLog
from pointsman_service.ports import Logged as LoggedEvent

PAGE = 50
"""Events at a time: about a slice of a thread that stands back, in which requests wait for the log's reader."""
MOST_EPISODES = 10_000  # the newest; more would add little to the interval
CURRENT = "current"
ALWAYS = "always:"
SNAPSHOT = "snapshot:"


class WhatIfEstimator:
    """Reads the log and asks the learner's estimators.

    at: the policy of a snapshot, which may read a file; raises UnknownSnapshot.
    """

    def __init__(self, log: EventLog, models: ModelRegistry, at: Callable[[int], Policy]) -> None:
        self._log = log
        self._models = models
        self._at = at
        self.work = StandingBack("what_if")

    async def estimate(self, query: WhatIfQuery, policy: Policy) -> WhatIf:
        """See `rpc.application.Admin.what_if`. One at a time; it ends when its caller goes. Raises OverLimit."""
        target = await asyncio.to_thread(self._target, query, policy)
        return await self.work.run(lambda slices: self._estimate(query, target, slices))

    def _estimate(self, query: WhatIfQuery, target: Target | Always, slices: Slices) -> WhatIf:
        told = told_episodes(slices.over(events_of(self._log)), query.episodes)
        if not told:
            return WhatIf(0, 0.0, (), why="no episode was selected that has propensities")
        return what_if(InSlices(told, slices), target, query)

    def _target(self, query: WhatIfQuery, policy: Policy) -> Target | Always:
        """The new policy. Raises InvalidRequest, UnknownModel, UnknownSnapshot."""
        pool = tuple(self._models[name].name for name in query.models) or None
        name = query.policy or CURRENT
        if name == CURRENT:
            return Deciding(policy, query.cost_weight, pool)
        kind, _, which = name.partition(":")
        if kind + ":" == ALWAYS and query.models:
            raise InvalidRequest([("models", f"must be left out: {name!r} calls no other")], Fault.CONFLICTING)
        if kind + ":" == ALWAYS:
            return Always(self._models[which].name)
        if kind + ":" == SNAPSHOT and which.isdecimal():
            return Deciding(self._at(int(which)), query.cost_weight, pool)
        known = f'"{CURRENT}", "{ALWAYS}MODEL", "{SNAPSHOT}VERSION"'
        raise InvalidRequest([("policy", f"no policy {name!r}; known: {known}")], Fault.UNKNOWN_VALUE)


class InSlices(Sequence[Told]):
    """Episodes, a step before each: who goes through them rests on the way, and ends with who asked for it."""

    def __init__(self, told: Sequence[Told], slices: Slices) -> None:
        self._told, self._slices = told, slices

    @overload
    def __getitem__(self, at: int) -> Told: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Told]: ...

    def __getitem__(self, at: int | slice) -> Told | Sequence[Told]:
        self._slices.step()
        return self._told[at]

    def __iter__(self) -> Iterator[Told]:
        return self._slices.over(self._told)

    def __len__(self) -> int:
        return len(self._told)


def events_of(log: EventLog) -> Iterable[LoggedEvent]:
    """All of them, a page at a time."""
    after = 0
    while page := log.read(after, PAGE):
        yield from page
        after = page[-1].position


def told_episodes(events: Iterable[LoggedEvent], query: EpisodeQuery) -> Sequence[Told]:
    """The selected episodes that were decided with a chance, newest `MOST_EPISODES`, oldest first.

    The reward is the mean of what was said of the episode's answer; the cost of a routed query is what its caller told.
    """
    episodes: dict[str, EpisodeRecorded] = {}
    words: dict[str, list[FeedbackRecorded]] = {}
    costs: dict[str, float] = {}
    for logged in events:
        match logged.event:
            case EpisodeRecorded() as episode if _selected(episode, query):
                episodes[episode.episode_id] = episode
                if len(episodes) > MOST_EPISODES:
                    oldest = next(iter(episodes))
                    del episodes[oldest]
                    words.pop(oldest, None)
                    costs.pop(oldest, None)
            case FeedbackRecorded(episode_id=about) as word if about in episodes:
                _hear(words.setdefault(about, []), word, episodes[about])
            case OutcomeReported(episode_id=about, total_cost_usd=cost, model=model) if about in episodes:
                if cost is not None and model == episodes[about].decision.model and not episodes[about].steps:
                    costs[about] = cost
    found = (Told(e, _reward(words.get(e.episode_id, ())), costs.get(e.episode_id)) for e in episodes.values())
    return [t for t in found if query.has_feedback is None or query.has_feedback == (t.reward is not None)]


def _hear(words: list[FeedbackRecorded], word: FeedbackRecorded, episode: EpisodeRecorded) -> None:
    """One word of feedback; one about another step than the answer says nothing of the episode."""
    if word.model not in {None, answered_by(episode)}:
        return
    if word.said:  # the author's words before count no more
        words[:] = [other for other in words if _author(other) != _author(word)]
    words.append(word)


def _reward(words: Sequence[FeedbackRecorded]) -> float | None:
    return reward([(word.value, word.weight) for word in words], None, 0.0) if words else None


def _author(word: FeedbackRecorded) -> tuple[str | None, str | None, str | None]:
    """Of whom it is, and about which answer."""
    return word.model, word.end_user, None if word.end_user else word.client


def what_if(told: Sequence[Told], target: Target | Always, query: WhatIfQuery) -> WhatIf:
    """Quality, cost and utility under the target, and as they were logged."""
    weight = query.cost_weight
    logged = evaluate(told, Logged(), confidence=query.confidence, cost_weight=weight)
    other = evaluate(told, target, confidence=query.confidence, cost_weight=weight)
    estimates = (*_estimates(logged, "logged"), *_estimates(other, "dr"))
    return WhatIf(other.n, other.effective, estimates, other.rated, other.support, other.why)


def _estimates(of: Evaluation, estimator: str) -> Iterator[Estimate]:
    found: tuple[tuple[Literal["quality", "cost_usd", "utility"], Interval | None], ...] = (
        ("quality", of.quality),
        ("cost_usd", of.cost_usd),
        ("utility", of.utility),
    )
    for quantity, interval in found:
        if interval is not None:
            yield Estimate(quantity, estimator, interval.mean, interval.low, interval.high)


def _selected(episode: EpisodeRecorded, query: EpisodeQuery) -> bool:
    has_choice = any(p.model == episode.decision.model for p in episode.decision.predictions)
    return has_choice and all(_held(episode, query))


def _held(episode: EpisodeRecorded, query: EpisodeQuery) -> Iterator[bool]:
    """Each condition, where there is one."""
    decision, path = episode.decision, episode.decision.node_path
    yield query.tenant in {None, episode.tenant}
    yield query.start is None or episode.at >= query.start
    yield query.end is None or episode.at < query.end
    yield query.model_called is None or any(s.model == query.model_called for s in episode.steps)
    yield query.model_answered in {None, answered_by(episode)}
    yield query.node is None or query.node in path
    yield query.strategy in {None, decision.strategy}
    yield query.stop in {None, episode.stop}
    yield query.request_id in {None, episode.request_id}
    yield query.session_id in {None, episode.session_id}


def answered_by(episode: EpisodeRecorded) -> str | None:
    """The model whose answer was accepted or, for a routed query, the one that was decided for."""
    if episode.answer is not None:
        return episode.steps[episode.answer].model
    return None if episode.steps else episode.decision.model
