"""An episode in a few plain sentences: who spoke, what was expected, why it went on or stopped, what it cost."""

from __future__ import annotations

from collections.abc import Iterator

from pointsman_learner.actions import ActionTaken
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.types import OBSERVED, Decision

from pointsman_service.ports import StoredEpisode

_SPOKE = {
    "taxonomy": "The taxonomy decided: much is known of queries like this one",
    "learned": "The learned router decided, by the query's features: little is known of queries like this one",
    "fused": "Taxonomy and learned router decided together, each with about the same evidence",
    "control": "A draw decided, to learn of a model that may be good and keep the log fit for what-if questions",
    "sticky": "The session kept its model",
    "baseline": "The guarantee had no room for another than the baseline",
    OBSERVED: "The tenant only observes, and its own model was called",
    "static": "The static policy decided, by list prices: nothing was learnt yet",
}
_STOPPED = {
    "utility": "It stopped there since no further call or verdict was worth its cost",
    "deadline": "The deadline ended it",
    "cost_ceiling": "A cost ceiling ended it",
    "max_steps": "It ended with the largest number of calls",
    "route_only": "The caller asked for the decision only",
    "failed": "It ended since no model was left that could answer",
    "cancelled": "The caller went away before there was an answer",
}


def summary_of(stored: StoredEpisode) -> str:
    """The sentences, joined."""
    episode = stored.episode
    decision = episode.decision
    said = _would(decision) if decision.is_observed else _expected(decision)
    sentences = [_spoke(decision), said, *_kept_out(episode), *_went_on(episode)]
    return " ".join(f"{s}." for s in (*sentences, _stopped(episode), _cost(stored)))


def _spoke(decision: Decision) -> str:
    said = _SPOKE.get(decision.strategy, f"The strategy {decision.strategy} decided")
    return f"{said} ({' > '.join(decision.node_path)})" if decision.node_path else said


def _expected(decision: Decision) -> str:
    chosen = f"{decision.model} went first, with probability {decision.propensity:.2f}"
    found = decision.expected(decision.model)
    if found is None:
        return chosen
    expected = f"{chosen}: expected to be right with {found.quality:.2f}, for ${found.cost_usd:.6f}"
    others = [p for p in decision.predictions if p.model != decision.model]
    if not others:
        return f"{expected}, and the only one in the choice"
    best = max(others, key=lambda p: p.quality)
    other = f"{best.model}, with {best.quality:.2f} for ${best.cost_usd:.6f}"
    which = "the other" if len(others) == 1 else f"the best of the {len(others)} others"
    return f"{expected}; {which} was {other}"


def _would(decision: Decision) -> str:
    """What the policy would have done, and what both were expected to bring."""
    if not decision.would:
        return f"The policy could have called no model in place of {decision.model}"
    first, *then = decision.would
    would, own = decision.expected(first), decision.expected(decision.model)
    if would is None or own is None:
        return f"The policy would have called {first}"
    followed = f", and where it had doubts {then[0]}" if then else ""
    is_same = first == decision.model
    instead = "" if is_same else f" instead of {own.quality:.2f}, for ${own.cost_usd:.6f}, of {own.model}"
    return (
        f"The policy would have called {first}{', too' if is_same else ''}{followed}: expected to be right with "
        f"{would.quality:.2f}, for ${would.cost_usd:.6f}{instead}"
    )


def _kept_out(episode: EpisodeRecorded) -> Iterator[str]:
    out = episode.constraints.excluded
    if out:
        yield f"Kept out: {', '.join(f'{model} ({lack})' for model, lack in out.items())}"


def _went_on(episode: EpisodeRecorded) -> Iterator[str]:
    """Of every action between the first call and the end: what was believed, and what it was."""
    at_once = {s.model for s in episode.steps if s.at_once}
    for action in episode.actions[1:]:
        if action.kind == "accept":
            continue
        if action.kind == "call" and action.model in at_once:
            yield f"{action.model} was called at once with it, before it had answered"
            continue
        believed = [q for q in action.believed if q is not None]
        state = f"With the best answer believed right with {max(believed):.2f}" if believed else "Without an answer yet"
        yield f"{state}, {_did(action, episode)}"


def _did(action: ActionTaken, episode: EpisodeRecorded) -> str:
    if action.kind == "ask" and action.step is not None:
        return f"{action.judge} was asked about the answer of {episode.steps[action.step].model}"
    return f"{action.model} was called"


def _stopped(episode: EpisodeRecorded) -> str:
    said = _STOPPED.get(episode.stop, f"It ended: {episode.stop}")
    if episode.answer is None:
        failures = [f"{s.model}: {s.failure_kind or 'failed'}" for s in episode.steps if s.failed]
        return f"{said} ({', '.join(failures)})" if failures else said
    accepted = f"{said}; the answer of {episode.steps[episode.answer].model} was accepted"
    return accepted if episode.believed is None else f"{accepted}, believed right with {episode.believed:.2f}"


def _cost(stored: StoredEpisode) -> str:
    episode = stored.episode
    if episode.stop == "route_only":
        told = [o.total_cost_usd for o in stored.outcomes]
        known = [c for c in told if c is not None]
        return f"{_counted(len(told), 'outcome')} reported, at ${sum(known):.6f}" if told else "No outcome reported yet"
    calls, verdicts = len(episode.steps), sum(len(s.verdicts) for s in episode.steps)
    cost = f"It cost ${episode.cost_usd:.6f}, for {_counted(calls, 'call')} and {_counted(verdicts, 'verdict')}"
    if any(s.failure_kind == "cancelled" for s in episode.steps):
        cost += ", without what the provider charges for the call that was given up"
    return cost if episode.latency_ms is None else f"{cost}, and took {episode.latency_ms / 1e3:.2f} s"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
