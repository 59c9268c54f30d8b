"""What operators ask of the log through the application."""

import pytest
import structlog
from pointsman_learner.types import KnownOutcome
from pointsman_service.domain.operations import (
    ChangeContext,
    EpisodeQuery,
    KnownQuery,
    PageRequest,
    StatsQuery,
    WhatIfQuery,
)
from pointsman_service.errors import InvalidRequest, RequestConflict, UnknownModel
from pointsman_service.ports import NewEpisode

KNOWN = [KnownQuery("What is 2+2?", (KnownOutcome("small", 1.0, 0.5),))]


async def test_episodes_and_stats_are_of_the_log(start, an_episode):
    """Off the event loop."""
    process = await start()
    await process.storage.log.append_episode(NewEpisode(an_episode("e1"), prompt="why?"))
    (episode,) = (await process.admin.list_episodes(EpisodeQuery(), PageRequest())).items
    assert (episode.episode_id, episode.model, episode.prompt) == ("e1", "small", "why?")
    stats = await process.admin.get_stats(StatsQuery(group="model"), PageRequest())
    assert [tally.key for tally in stats.groups.items] == ["small"]
    judges = await process.admin.get_judge_stats(EpisodeQuery(), PageRequest(), per_node=True)
    assert [(tally.judge, tally.node) for tally in judges.items] == [("format", None), ("format", "math")]


async def test_a_warm_start_counts_once_by_its_id_or_its_content(start, ann):
    """Without an id the service makes one of the content."""
    process = await start()
    with structlog.testing.capture_logs() as lines:
        named = await process.admin.warm_start(KNOWN, ChangeContext("ann", "b-1"))
        assert (await process.admin.warm_start(KNOWN, ChangeContext("ann", "b-1"))).replayed
    told = [(line["by"], line["queries"]) for line in lines if line["event"] == "outcomes told beforehand"]
    assert told == [("ann", len(KNOWN))]
    assert (named.request_id, named.replayed) == ("b-1", False)
    assert (await process.admin.warm_start(KNOWN, ChangeContext("ann", "b-1"))).replayed
    with pytest.raises(RequestConflict):
        await process.admin.warm_start([KnownQuery("Other?", KNOWN[0].outcomes)], ChangeContext("ann", "b-1"))
    unnamed = await process.admin.warm_start(KNOWN, ann)
    again = await process.admin.warm_start(KNOWN, ann)
    assert (again.request_id, again.position, again.replayed) == (unnamed.request_id, unnamed.position, True)
    with pytest.raises(UnknownModel):
        await process.admin.warm_start([KnownQuery("?", (KnownOutcome("nobody", 1.0, 0.5),))], ann)


async def test_what_if_looks_at_the_selected_episodes(start, an_episode, a_feedback):
    """By the same filter as lists and statistics."""
    process = await start()
    for i, node in enumerate(("math", "math", "code")):
        await process.storage.log.append_episode(NewEpisode(an_episode(f"e{i}", node=node, at=float(i))))
        await process.storage.log.append_feedback(a_feedback(f"f{i}", f"e{i}"))
    for query, episodes in (
        (EpisodeQuery(), 3),
        (EpisodeQuery(node="math"), 2),
        (EpisodeQuery(start=1.0, model_called="small"), 2),
        (EpisodeQuery(tenant="other"), 0),
        (EpisodeQuery(has_feedback=False), 0),
    ):
        found = await process.admin.what_if(WhatIfQuery(policy="always:small", episodes=query))
        assert found.episodes == episodes
    with pytest.raises(InvalidRequest):
        await process.admin.what_if(WhatIfQuery(policy="best"))
