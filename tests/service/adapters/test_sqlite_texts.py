"""store_prompts: everything, digests, or nothing of what people wrote and models answered."""

from __future__ import annotations

import hmac
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.adapters.sqlite.text_key import KEY_BYTES, KEY_NAME, text_key
from pointsman_service.errors import ConfigurationError, RequestConflict
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
    key = tmp_path / KEY_NAME
    assert key.exists() == (mode == "hash")
    digest = hmac.digest(key.read_bytes(), b"confidential", "sha256").hex() if mode == "hash" else None
    assert (stored.prompt, stored.answer_texts, stored.end_user_id) == (digest, (digest,), None)
    await storage.close()
    assert all(b"confidential" not in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())


@pytest.mark.parametrize("mode", ["full", "hash", "none"])
async def test_a_comment_is_kept_where_texts_are_kept_in_full(tmp_path, an_episode, a_feedback, mode):
    """Elsewhere only the digest that tells two of them apart; the same again is the same under each setting."""
    said = replace(a_feedback("f", "e1"), comment="confidential \ud800", digest="d")
    for again, kept_by in enumerate((mode, "full", "none")):
        storage = open_storage(tmp_path, StorageSettings(store_prompts=kept_by))
        if not again:
            await storage.log.append_episode(NewEpisode(an_episode()))
        assert (await storage.log.append_feedback(said))[1] == (not again)
        with pytest.raises(RequestConflict):
            await storage.log.append_feedback(replace(said, comment="other", digest="o"))
        (word,) = (await storage.log.episode("e1", "acme")).feedback
        assert (word.comment, word.digest) == ("confidential ?" if mode == "full" else None, "d")
        await storage.close()
    found = any(b"confidential" in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert found == (mode == "full")


async def test_full_keeps_all_and_a_missing_answer_stays_missing(tmp_path, an_episode):
    """A step without an answer has no text."""
    storage = open_storage(tmp_path, StorageSettings(store_prompts="full"))
    await storage.log.append_episode(NewEpisode(an_episode(), "why?", (None, "because"), None, "ann"))
    stored = await storage.log.episode("e1", "acme")
    assert (stored.prompt, stored.answer_texts, stored.response) == ("why?", (None, "because"), {})
    assert stored.end_user_id == "ann"
    await storage.close()


async def test_a_digest_cannot_be_guessed_and_stays_comparable(tmp_path, an_episode):
    """Another folder's is another; a restart's is the same, and a reader of the folder makes no key."""
    told = []
    for folder in ("a", "a", "b"):
        storage = open_storage(tmp_path / folder, StorageSettings(store_prompts="hash"))
        name = f"e{len(told)}"
        await storage.log.append_episode(NewEpisode(an_episode(name), "yes"))
        told.append((await storage.log.episode(name, "acme")).prompt)
        await storage.close()
    assert told[0] == told[1] != told[2]
    assert (tmp_path / "a" / KEY_NAME).stat().st_mode & 0o777 == 0o600
    (tmp_path / "a" / KEY_NAME).unlink()
    open_storage(tmp_path / "a", StorageSettings(store_prompts="hash", read_only=True)).close_blocking()
    assert not (tmp_path / "a" / KEY_NAME).exists()


def test_processes_that_begin_at_once_have_one_key(tmp_path):
    """Whoever is first makes it; nothing else is left in the folder."""
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: text_key(tmp_path), range(64)))
    assert [len(key) for key in keys] == [KEY_BYTES]
    assert [p.name for p in tmp_path.iterdir()] == [KEY_NAME]


def test_a_key_that_is_none_stops_the_start(tmp_path):
    """Another in its place would part what is stored from what comes."""
    (tmp_path / KEY_NAME).write_bytes(b"short")
    with pytest.raises(ConfigurationError, match=KEY_NAME):
        open_storage(tmp_path, StorageSettings(store_prompts="hash"))
