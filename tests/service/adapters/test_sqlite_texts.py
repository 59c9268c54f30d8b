"""store_prompts: everything, digests, or nothing of what people wrote and models answered."""

from __future__ import annotations

import hashlib

import pytest
from pointsman_service.adapters.sqlite_storage import StorageSettings, open_storage
from pointsman_service.ports import NewEpisode


@pytest.mark.parametrize("mode", ["hash", "none"])
async def test_no_text_reaches_the_disk_unless_it_may(tmp_path, an_episode, mode):
    """Neither in the columns nor in the stored response, at any depth."""
    storage = open_storage(tmp_path, StorageSettings(store_prompts=mode))
    response = {"text": "confidential", "choices": [{"content": "confidential"}], "finish_reason": "stop"}
    await storage.log.append_episode(
        NewEpisode(an_episode(request_id="r"), "confidential", ("confidential",), response, "confidential")
    )
    stored = await storage.log.episode_of_request("acme", "r")
    assert stored.response == {"choices": [{}], "finish_reason": "stop"}
    digest = hashlib.sha256(b"confidential").hexdigest() if mode == "hash" else None
    assert (stored.prompt, stored.answer_texts, stored.end_user_id) == (digest, (digest,), None)
    await storage.close()
    assert all(b"confidential" not in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())


async def test_full_keeps_all_and_a_missing_answer_stays_missing(tmp_path, an_episode):
    """A step without an answer has no text."""
    storage = open_storage(tmp_path, StorageSettings(store_prompts="full"))
    await storage.log.append_episode(NewEpisode(an_episode(), "why?", (None, "because"), None, "ann"))
    stored = await storage.log.episode("e1", "acme")
    assert (stored.prompt, stored.answer_texts, stored.response) == ("why?", (None, "because"), {})
    assert stored.end_user_id == "ann"
    await storage.close()
