"""The episodes of the log that a policy can be valued on, with what was said of them and what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pointsman_learner.evaluation.reward import reward
from pointsman_learner.evaluation.table import Told
from pointsman_learner.events import EpisodeRecorded, FeedbackRecorded, OutcomeReported

from pointsman_service.domain.operations import EpisodeQuery
from pointsman_service.ports import Logged, Reads

MOST_EPISODES = 10_000  # the newest; more would add little to the interval
NOTHING = "no episode was selected that has propensities"


def events_of(log: Reads) -> Iterable[Logged]:
    """All of them, a page at a time."""
    after = 0
    while page := log.read(after):
        yield from page
        after = page[-1].position


def told_episodes(events: Iterable[Logged], query: EpisodeQuery) -> Sequence[Told]:
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
