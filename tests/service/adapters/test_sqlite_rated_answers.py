"""What was liked is read from the log: the accepted answer, of one tenant, newest first."""

from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.ports import NewEpisode


async def stored(folder, an_episode, a_feedback, **settings):
    """A storage with five episodes, three of them rated."""
    storage = open_storage(folder, StorageSettings(**settings))
    for i, (tenant, models) in enumerate(
        [
            ("acme", ("small",)),
            ("acme", ("small", "large")),
            ("acme", ("small",)),
            ("other", ("small",)),
            ("acme", ("small",)),
        ]
    ):
        episode = an_episode(f"e{i}", at=float(i), tenant=tenant, models=models)
        texts = tuple(f"answer {i}.{step}" for step in range(len(models)))
        await storage.log.append_episode(NewEpisode(episode, f"question {i}", texts))
    await storage.log.append_feedback(a_feedback("f0", "e0", value=1.0))
    await storage.log.append_feedback(a_feedback("f1", "e1", value=0.9))
    await storage.log.append_feedback(a_feedback("f2", "e2", value=0.2))
    return storage


async def test_the_answers_that_a_tenants_users_liked_newest_first(tmp_path, an_episode, a_feedback):
    """The accepted step's text; not what was disliked, not rated, or another tenant's."""
    storage = await stored(tmp_path, an_episode, a_feedback)
    found = await storage.rated.rated("acme", 0.8, 10)
    assert [(a.question, a.answer, a.rating) for a in found] == [
        ("question 1", "answer 1.1", 0.9),
        ("question 0", "answer 0.0", 1.0),
    ]
    assert [a.question for a in await storage.rated.rated("acme", 0.8, 1)] == ["question 1"]
    assert list(await storage.rated.rated("other", 0.0, 10)) == []
    await storage.close()


async def test_where_texts_are_digests_or_not_kept_there_is_nothing(tmp_path, an_episode, a_feedback):
    """A digest is near to nothing."""
    for mode in ("hash", "none"):
        storage = await stored(tmp_path / mode, an_episode, a_feedback, store_prompts=mode)
        assert list(await storage.rated.rated("acme", 0.0, 10)) == []
        await storage.close()
