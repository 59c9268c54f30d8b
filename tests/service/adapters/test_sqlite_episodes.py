"""Lists of episodes: every condition by itself and together, and pages that new episodes do not shift."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from pointsman_learner.events import OutcomeReported
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.domain.operations import EpisodeQuery, PageRequest
from pointsman_service.errors import InvalidRequest
from pointsman_service.ports import NewEpisode

ALL = PageRequest(100)


@pytest.fixture
async def storage(tmp_path, an_episode, a_feedback):
    """Five: one plain, one escalated, one failed, one only routed, one below a node of its own."""
    storage = open_storage(tmp_path)
    routed = replace(an_episode("e3", at=4.0), steps=(), answer=None, stop="route_only")
    failed = an_episode("e2", at=3.0, models=("tiny",), answer=None, believed=None)
    deep = an_episode("e4", at=5.0, tenant="other")
    deep = replace(deep, decision=replace(deep.decision, node_path=("root", "code", "code.sql"), strategy="taxonomy"))
    episodes = [
        NewEpisode(replace(an_episode("e0", at=1.0), request_id="r-0", session_id="s-1"), prompt="p" * 300),
        NewEpisode(replace(an_episode("e1", at=2.0, models=("small", "large")), session_id="s-1")),
        NewEpisode(replace(failed, request_id="r-2")),
        NewEpisode(replace(routed, request_id="r-3")),
        NewEpisode(deep),
    ]
    for new in episodes:
        await storage.log.append_episode(new)
    await storage.log.append_feedback(a_feedback("f0", "e0", value=1.0))
    await storage.log.append_feedback(a_feedback("f1", "e0", value=0.0, weight=3.0))
    yield storage
    await storage.close()


def ids(storage, **conditions):
    """Of the episodes that hold them."""
    page = storage.stats.episodes(EpisodeQuery(**conditions), ALL)
    return [episode.episode_id for episode in page.items]


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ({}, ["e4", "e3", "e2", "e1", "e0"]),
        ({"tenant": "other"}, ["e4"]),
        ({"start": 2.0, "end": 4.0}, ["e2", "e1"]),
        ({"model_called": "small"}, ["e4", "e1", "e0"]),
        ({"model_called": "tiny"}, ["e2"]),
        ({"model_answered": "small"}, ["e4", "e3", "e0"]),
        ({"model_answered": "large"}, ["e1"]),
        ({"model_answered": "tiny"}, []),
        ({"node": "code"}, ["e4"]),
        ({"node": "code.sql"}, ["e4"]),
        ({"node": "cod"}, []),
        ({"strategy": "taxonomy"}, ["e4"]),
        ({"stop": "route_only"}, ["e3"]),
        ({"has_feedback": True}, ["e0"]),
        ({"has_feedback": False}, ["e4", "e3", "e2", "e1"]),
        ({"request_id": "r-2"}, ["e2"]),
        ({"session_id": "s-1"}, ["e1", "e0"]),
        ({"session_id": "s-1", "has_feedback": True, "tenant": "acme", "model_called": "small"}, ["e0"]),
    ],
)
def test_every_condition_must_hold(storage, conditions, found):
    """Newest first."""
    assert ids(storage, **conditions) == found


def test_an_episode_is_summed_up(storage):
    """Who answered, who was called, what it cost, what users said, and the head of its prompt."""
    summaries = {e.episode_id: e for e in storage.stats.episodes(EpisodeQuery(), ALL).items}
    plain, failed, routed = summaries["e0"], summaries["e2"], summaries["e3"]
    assert (plain.model, plain.models_called, plain.node, plain.strategy) == ("small", ("small",), "math", "fused")
    assert (plain.believed, plain.cost_usd, plain.latency_ms, plain.feedback) == (0.8, 0.001, 300.0, 0.25)
    assert (plain.request_id, plain.session_id, plain.prompt) == ("r-0", "s-1", "p" * 200)
    assert summaries["e1"].models_called == ("small", "large")
    assert (failed.model, failed.models_called, failed.feedback) == (None, ("tiny",), None)
    assert (routed.model, routed.models_called, routed.latency_ms) == ("small", (), None)


async def test_pages_go_on_where_they_ended_though_new_episodes_come(storage, an_episode):
    """A page begins below a position."""
    first = storage.stats.episodes(EpisodeQuery(), PageRequest(2))
    assert [e.episode_id for e in first.items] == ["e4", "e3"]
    await storage.log.append_episode(NewEpisode(an_episode("e5", at=9.0)))
    second = storage.stats.episodes(EpisodeQuery(), PageRequest(2, first.next_token))
    third = storage.stats.episodes(EpisodeQuery(), PageRequest(2, second.next_token))
    assert [e.episode_id for page in (second, third) for e in page.items] == ["e2", "e1", "e0"]
    assert third.next_token == ""


@pytest.mark.parametrize("token", ["x", "-1", "1" * 30, "1.5", "²"])
def test_a_token_that_is_none_is_refused(storage, token):
    """With the field's name."""
    with pytest.raises(InvalidRequest, match="page_token"):
        storage.stats.episodes(EpisodeQuery(), PageRequest(2, token))


async def test_prompts_are_listed_as_they_are_stored(tmp_path, an_episode):
    """Not at all where none is kept."""
    storage = open_storage(tmp_path, StorageSettings(store_prompts="none"))
    await storage.log.append_episode(NewEpisode(an_episode("e0"), prompt="secret"))
    (episode,) = storage.stats.episodes(EpisodeQuery(), ALL).items
    assert episode.prompt is None
    await storage.close()


async def test_an_outcome_makes_the_callers_model_the_one_that_answered(storage):
    """As in the statistics."""
    await storage.log.append(OutcomeReported("e3", "acme", 9.0, "large", 0.5, 50.0))
    assert ids(storage, model_answered="large") == ["e3", "e1"]
    assert ids(storage, model_called="large") == ["e3", "e1"]
