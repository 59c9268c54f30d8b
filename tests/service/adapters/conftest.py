"""A log that is small enough to count by hand."""

from __future__ import annotations

import pytest
from pointsman_service.adapters.sqlite.storage import open_storage
from pointsman_service.ports import NewEpisode

DAY = 86_400.0


@pytest.fixture
async def four_episodes(tmp_path, an_episode, a_feedback):
    """Four episodes: two by small, one escalated to large, one that failed and is another tenant's."""
    storage = open_storage(tmp_path)
    episodes = [
        an_episode("e0", at=10.0, cost_usd=0.001, latency_ms=100.0, score=0.9),
        an_episode("e1", at=20.0, cost_usd=0.001, latency_ms=300.0, score=0.2, node="code"),
        an_episode("e2", at=DAY + 5.0, models=("small", "large"), cost_usd=0.01, latency_ms=500.0, score=None),
        an_episode("e3", at=DAY + 6.0, tenant="other", answer=None, believed=None),
    ]
    for e in episodes:
        await storage.log.append_episode(NewEpisode(e, prompt="why?"))
    await storage.log.append_feedback(a_feedback("f0", "e0", value=1.0))
    await storage.log.append_feedback(a_feedback("f1", "e0", value=0.5))
    await storage.log.append_feedback(a_feedback("f2", "e1", value=1.0, weight=3.0))
    await storage.log.append_feedback(a_feedback("f3", "e2", value=0.0, model="small"))  # not what the caller got
    yield storage
    await storage.close()
