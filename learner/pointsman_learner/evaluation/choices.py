"""An episode as the choices that made it: what was known at each, what was done, and how likely everything was.

The finite-horizon decision process that off-policy estimates need: a state is the query with the steps so far and their
verdicts, an action is to call a model, to ask a judge or to accept an answer. Dollars are the cost of an action; the
quality of the accepted answer comes at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from pointsman_learner.actions import ActionTaken, Alternative
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.types import Step, Verdict

Key = tuple[str, str | None, int | None]
"""One action: ("call", model, None), ("ask", judge, step) or ("accept", None, step)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of an episode.

    steps: what had been called by then, with the verdicts there were; taken: what was done; chances: P(action) under
    the policy that logged it, of each that had any; believed: P(right) of each step's answer at that time, None for a
    failed one; cost_usd: what the action cost at once. forced: time, money or a want of models decided, so that any
    policy would have done the same. whole: it is all that the log tells of its episode.
    """

    steps: tuple[Step, ...]
    taken: Key
    chances: Mapping[Key, float]
    believed: tuple[float | None, ...]
    cost_usd: float
    forced: bool = False
    whole: bool = False


def key_of(action: ActionTaken | Alternative) -> Key:
    """The action's name.

    >>> key_of(Alternative("ask", None, "rubric", 0, 0.5))
    ('ask', 'rubric', 0)
    """
    return (action.kind, action.model if action.kind == "call" else action.judge, action.step)


def choices_of(episode: EpisodeRecorded) -> tuple[Choice, ...]:
    """Its choices in order, as far as the log tells them.

    A routed query, an episode of a log that kept no actions, and one that lost its steps, is its first choice alone:
    what followed is part of it.
    """
    first: Mapping[Key, float] = {("call", p.model, None): p.propensity for p in episode.decision.predictions}
    taken: Key = ("call", episode.decision.model, None)
    if len(episode.actions) < 2 or not episode.steps:
        return (Choice((), taken, first, (), episode.cost_usd, whole=True),)
    found: list[Choice] = []
    for action, steps, cost in _told(episode):
        begins = not found
        chances = first if begins else {key_of(a): a.probability for a in action.alternatives} or {key_of(action): 1.0}
        done = taken if begins else key_of(action)
        found.append(Choice(steps, done, chances, action.believed, cost, action.forced is not None))
    return tuple(found)


def _told(episode: EpisodeRecorded) -> Iterator[tuple[ActionTaken, tuple[Step, ...], float]]:
    """Each action with the steps before it, and its dollars."""
    asked = {(a.step, a.judge) for a in episode.actions if a.kind == "ask"}
    bare = [_without(step, [j for s, j in asked if s == i]) for i, step in enumerate(episode.steps)]
    called = _step_of_each_call(episode)
    for n, action in enumerate(episode.actions):
        later = [i for i in called[n:] if i is not None]
        upto = later[0] if later else len(bare)
        history = tuple(bare[:upto])
        if action.kind == "call":
            index, rest = called[n], [i for i in called[n + 1 :] if i is not None]
            until = rest[0] if rest else len(bare)
            yield action, history, sum(s.total_cost_usd for s in bare[upto if index is not None else until : until])
        elif action.kind == "ask" and action.step is not None:
            verdict = _verdict(episode.steps[action.step], action.judge)
            if verdict is not None:
                step = bare[action.step]
                bare[action.step] = replace(step, verdicts=(*step.verdicts, verdict))
            yield action, history, (verdict.cost_usd or 0.0) if verdict is not None else 0.0
        else:
            yield action, history, 0.0


def _step_of_each_call(episode: EpisodeRecorded) -> list[int | None]:
    """By action, the index of the step that a call became; None for what is no call, and for one that left no step.

    Between two of them may lie steps that no policy chose: a model that was tried again, or a call beside a slow one.
    """
    found: list[int | None] = []
    next_step = 0
    for action in episode.actions:
        index = None
        if action.kind == "call":
            of_model = (i for i in range(next_step, len(episode.steps)) if episode.steps[i].model == action.model)
            index = next(of_model, None)
            next_step = next_step if index is None else index + 1
        found.append(index)
    return found


def _without(step: Step, judges: Sequence[str | None]) -> Step:
    return replace(step, verdicts=tuple(v for v in step.verdicts if v.judge not in judges)) if judges else step


def _verdict(step: Step, judge: str | None) -> Verdict | None:
    return next((v for v in step.verdicts if v.judge == judge), None)
