"""Which events teach nothing, because they were forgotten: the fold leaves them out, as if they had never been there.

Left out is what is so of all that was named: who asked or told, when it was, which model it is about. What was told of
an episode that is left out goes with it. So do the changes that jobs made between the first event that is left out and
the word that did so: they were computed from what is forgotten, and a job's next run makes them anew. What is
configured stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pointsman_learner.events import (
    EpisodeRecorded,
    Event,
    EvidenceForgotten,
    FeedbackRecorded,
    JobApplied,
    OutcomeReported,
    SessionOutcomeRecorded,
    ShadowRecorded,
    WarmStarted,
)

_EVIDENCE = (EpisodeRecorded, FeedbackRecorded, OutcomeReported, ShadowRecorded, SessionOutcomeRecorded, WarmStarted)


def leaves_out(forgotten: EvidenceForgotten, event: Event, episode: EpisodeRecorded | None = None) -> bool:
    """Whether an event before this word is forgotten by it; a job's change is never forgotten by itself.

    episode: the one that feedback or an outcome is about.

    >>> told = FeedbackRecorded("f", "e", "acme", 5.0, "thumb", 1.0, model="small")
    >>> [leaves_out(f, told) for f in (EvidenceForgotten("x", 9.0, "acme"), EvidenceForgotten("x", 9.0, since=6.0))]
    [True, False]
    """
    return _is_named(forgotten, event, episode) or (episode is not None and _is_named(forgotten, episode, None))


def model_of(event: FeedbackRecorded, episode: EpisodeRecorded) -> str:
    """The model whose answer a word of feedback is about."""
    if event.model is not None:
        return event.model
    if episode.answer is not None and episode.steps:
        return episode.steps[episode.answer].model
    return episode.decision.model


def left_out_by(
    forgotten: Collection[EvidenceForgotten],
    event: Event,
    episode: EpisodeRecorded | None,
    begun: Collection[str],
) -> Iterator[str]:
    """Ids of those by which an event before them is left out. begun: ids of those that have left out any before it."""
    for each in forgotten:
        is_of_it = each.forget_id in begun if isinstance(event, JobApplied) else leaves_out(each, event, episode)
        if is_of_it:
            yield each.forget_id


def _is_named(f: EvidenceForgotten, event: Event, episode: EpisodeRecorded | None) -> bool:
    if not isinstance(event, _EVIDENCE):
        return False
    whose = (("tenant", f.tenant), ("client", f.client))
    if any(wanted is not None and getattr(event, name, None) != wanted for name, wanted in whose):
        return False
    if f.authors and getattr(event, "author", None) not in f.authors:
        return False
    if (f.since is not None and event.at < f.since) or (f.until is not None and event.at >= f.until):
        return False
    return f.model is None or f.model in _models(event, episode)


def _models(event: Event, episode: EpisodeRecorded | None) -> Collection[str | None]:
    """Those that an event is about: that were called, or spoken of."""
    match event:
        case EpisodeRecorded():
            return {step.model for step in event.steps} or {event.decision.model}
        case OutcomeReported():
            return {event.model}
        case ShadowRecorded():
            return {event.call.model}
        case FeedbackRecorded():
            return (model_of(event, episode) if episode is not None else event.model,)
        case _:
            return ()
