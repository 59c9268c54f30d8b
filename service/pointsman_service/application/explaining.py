"""Why an episode went as it did: a few sentences, and what each verdict moved."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace
from pointsman_learner.actions import ActionTaken
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.policy import Policy
from pointsman_learner.types import Step, Verdict

from pointsman_service.application.episode_summary import summary_of
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.domain.requests import BeliefMove
from pointsman_service.ports import Explanation, StoredEpisode


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains with the snapshot that decided, where the store still has it, else with the present one."""

    snapshots: SnapshotWatch

    async def explain(self, stored: StoredEpisode) -> Explanation:
        """Raises LogUnavailable where the store cannot be read now."""
        policy = await asyncio.to_thread(self.snapshots.at, stored.episode.decision.snapshot_version)
        moves = await asyncio.to_thread(moves_of, stored.episode, policy)
        return Explanation(stored, summary_of(stored), moves, policy.version)


def moves_of(episode: EpisodeRecorded, policy: Policy) -> tuple[BeliefMove, ...]:
    """What each verdict moved, in the order in which they came: the belief is renewed with one after the other."""
    moves: list[BeliefMove] = []
    now: list[Step] = []
    for index, verdict in _as_it_came(episode):
        if verdict is None:
            now.append(replace(episode.steps[index], verdicts=()))
            continue
        before = policy.believe(episode.context, now)[index]
        now[index] = replace(now[index], verdicts=(*now[index].verdicts, verdict))
        after = policy.believe(episode.context, now)[index]
        if before is not None and after is not None:  # a model that the snapshot does not know has no belief
            moves.append(BeliefMove(index, verdict.judge, before, after))
    return tuple(moves)


def _as_it_came(episode: EpisodeRecorded) -> Iterator[tuple[int, Verdict | None]]:
    """Each call as (step, None), each verdict as (step, verdict): free ones with their answer, others when asked."""
    asks = {(a.step, a.judge) for a in episode.actions if a.kind == "ask"}
    calls = iter(range(len(episode.steps)))
    for action in episode.actions:
        if action.kind == "call" and (index := next(calls, None)) is not None:
            yield index, None
            yield from ((index, v) for v in episode.steps[index].verdicts if (index, v.judge) not in asks)
        elif action.kind == "ask":
            yield from _asked(episode, action)


def _asked(episode: EpisodeRecorded, action: ActionTaken) -> Iterator[tuple[int, Verdict]]:
    index = action.step or 0
    yield from ((index, v) for v in episode.steps[index].verdicts if v.judge == action.judge)
