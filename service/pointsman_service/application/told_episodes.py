"""The episodes of the log that a policy can be valued on, with what was said of them and what they cost."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Self

from pointsman_learner.evaluation.reward import reward
from pointsman_learner.evaluation.table import Told
from pointsman_learner.events import EpisodeRecorded, FeedbackRecorded, OutcomeReported

from pointsman_service.domain.operations import EpisodeQuery
from pointsman_service.ports import Logged, Reads

SAMPLED = 3_000
"""Episodes that estimates rest on: of a month's millions as many as of an afternoon. More would add little."""
KEPT = 10_000
"""Episodes that are kept until it is known of which anybody said something: of so many the sample is taken."""
NOTHING = "no episode was selected that has propensities"


class Outline(NamedTuple):
    """What is kept of every selected episode. leaf: its node; rated: somebody said how good its answer was."""

    tenant: str
    leaf: str
    cost_usd: float
    rated: bool


class Selection(NamedTuple):
    """all: every episode that was selected; sample: an even share of them, in the order of the log."""

    all: Sequence[Outline]
    sample: Sequence[Told]

    def of(self, key: str, group: str) -> Self:
        """Those of one group."""
        sample = [t for t in self.sample if key == key_of(t.episode.tenant, leaf_of(t.episode), group)]
        return type(self)([o for o in self.all if key == key_of(o.tenant, o.leaf, group)], sample)


def key_of(tenant: str, leaf: str, group: str) -> str:
    """In which group by "tenant" or "node" an episode is."""
    return tenant if group == "tenant" else leaf


def leaf_of(episode: EpisodeRecorded) -> str:
    """The node that it was closest to, "" for none."""
    path = episode.decision.node_path
    return path[-1] if path else ""


def events_of(log: Reads) -> Iterable[Logged]:
    """All of them, a page at a time."""
    after = 0
    while page := log.read(after):
        yield from page
        after = page[-1].position


def told_episodes(events: Iterable[Logged], query: EpisodeQuery) -> Selection:
    """The selected episodes that were decided with a chance, and a sample of `SAMPLED` of them.

    Which are in the sample depends on their ids alone. The reward is the mean of what was said of the episode's answer;
    the cost of a routed query is what its caller told.
    """
    outlines: dict[str, tuple[Outline, str | None]] = {}  # and who answered
    sample = _Sample()
    words: dict[str, list[FeedbackRecorded]] = {}
    costs: dict[str, float] = {}
    for logged in events:
        match logged.event:
            case EpisodeRecorded(episode_id=about) as episode if _selected(episode, query):
                outline = Outline(episode.tenant, leaf_of(episode), Told(episode).spent_usd, rated=False)
                outlines[about] = outline, answered_by(episode)
                if (evicted := sample.offer(episode)) is not None:
                    words.pop(evicted, None)
            case FeedbackRecorded(episode_id=about) as word if about in outlines:
                outline, answered = outlines[about]
                if word.model in {None, answered}:  # of another step than the answer it says nothing of the episode
                    outlines[about] = outline._replace(rated=True), answered
                    if about in sample.kept:
                        _hear(words.setdefault(about, []), word)
            case OutcomeReported(episode_id=about, total_cost_usd=cost) as outcome if about in outlines:
                if cost is not None and _is_of_its_caller(outcome, logged.episode):
                    costs[about] = cost
                    outlines[about] = outlines[about][0]._replace(cost_usd=cost), outlines[about][1]
    of = (
        Told(e, _reward(words.get(about, ())), costs.get(about))
        for about, e in sample.drawn(lambda about: query.has_feedback in {None, outlines[about][0].rated})
    )
    everything = (outline for outline, _ in outlines.values())
    return Selection([o for o in everything if query.has_feedback in {None, o.rated}], list(of))


class _Sample:
    """The `KEPT` episodes whose ids have the lowest digests: as likely for each, whatever it is."""

    def __init__(self) -> None:
        self.kept: dict[str, EpisodeRecorded] = {}
        self._highest: list[tuple[int, str]] = []

    def offer(self, episode: EpisodeRecorded) -> str | None:
        """One episode more; the id of the one that is kept no longer."""
        about = episode.episode_id
        self.kept[about] = episode
        heapq.heappush(self._highest, (-_digest(about), about))
        if len(self.kept) <= KEPT:
            return None
        evicted = heapq.heappop(self._highest)[1]
        del self.kept[evicted]
        return evicted

    def drawn(self, may: Callable[[str], bool]) -> Iterator[tuple[str, EpisodeRecorded]]:
        """`SAMPLED` of those that may be, in the order of the log."""
        lowest = set(heapq.nsmallest(SAMPLED, filter(may, self.kept), key=_digest))
        return ((about, e) for about, e in self.kept.items() if about in lowest)


def _digest(about: str) -> int:
    return int.from_bytes(hashlib.blake2b(about.encode(), digest_size=8).digest(), "big")


def _is_of_its_caller(outcome: OutcomeReported, episode: EpisodeRecorded | None) -> bool:
    """Whether it tells what a routed query cost that was called as it was decided."""
    return episode is not None and not episode.steps and outcome.model == episode.decision.model


def _hear(words: list[FeedbackRecorded], word: FeedbackRecorded) -> None:
    """One word of feedback on the answer."""
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
