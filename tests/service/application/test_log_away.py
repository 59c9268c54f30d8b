"""The log goes away while models answer: what was paid for is neither lost nor paid for again."""

import asyncio
import sqlite3
from contextlib import contextmanager
from dataclasses import replace

import pytest
from pointsman_service.application.unlogged import Unlogged
from pointsman_service.domain.requests import Completed
from pointsman_service.errors import LogUnavailable, ModelCallError, RequestConflict


@contextmanager
def full(storage):
    """No room for one page more; a page limit stands in for the disk's."""
    writer = storage.log._writer._connection
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages}")
    try:
        yield
    finally:
        writer.execute("PRAGMA max_page_count = 1000000")


def logged(h):
    """(episode_id, stop) of every episode in the log, as another process sees it."""
    with sqlite3.connect(h.storage.path) as looking:
        return looking.execute("SELECT episode_id, stop FROM episodes ORDER BY position").fetchall()


LONG = "word " * 20_000


async def test_a_log_that_is_locked_is_known_before_anything_is_called(build, ask):
    """By a small write, since nothing was written of late."""
    h = build()
    with sqlite3.connect(h.storage.path, isolation_level=None) as holder:
        holder.execute("BEGIN IMMEDIATE")
        writer = h.storage.log._writer
        writer._database = replace(writer._database, busy_timeout_s=0.05)
        with pytest.raises(LogUnavailable):
            await h.router.complete(ask(), h.me)
        assert h.caller.calls == []
        holder.execute("ROLLBACK")
    assert (await h.router.complete(ask(), h.me)).text == "small says hello"


async def test_a_disk_that_is_nearly_full_is_known_before_anything_is_called(build, ask):
    """A small write would still find room in the WAL; an episode might not."""
    h = build()
    h.storage.log._readiness._free = lambda _path: 100_000
    with pytest.raises(LogUnavailable, match="has 100000 bytes left") as e:
        await h.router.complete(ask(), h.me)
    assert (e.value.facts["reason"], h.caller.calls) == ("full", [])


async def test_a_stream_hears_of_it_before_it_has_begun(build, ask):
    """An id that was told would be an episode's."""
    h = build()
    h.storage.log._readiness._free = lambda _path: 0
    with pytest.raises(LogUnavailable):
        await anext(h.router.stream_complete(ask(), h.me))


async def test_calls_one_after_another_look_at_the_log_by_their_own_writes(build, ask):
    """No small write for each: what the one before has committed speaks for the next, for a moment."""
    h = build()
    h.storage.log._readiness._clock = lambda: 1000.0
    written = []
    h.storage.log._writer._connection.set_trace_callback(written.append)
    for _ in range(3):
        await h.router.complete(ask(), h.me)
    assert sum(sql.startswith("PRAGMA user_version =") for sql in written) == 1


async def test_an_answer_that_could_not_be_logged_is_given_to_the_retry(build, ask):
    """The caller is refused meanwhile, the retry too while the disk is full; the model is paid once."""
    h = build()
    h.caller.answers["small"] = LONG
    with full(h.storage):
        for _ in range(3):
            with pytest.raises(LogUnavailable):
                await h.router.complete(ask(request_id="r-1"), h.me)
        assert len(h.caller.calls) == 1
    done = await h.router.complete(ask(request_id="r-1"), h.me)
    assert isinstance(done, Completed)
    assert (done.text, done.replayed) == (LONG, True)
    assert len(h.caller.calls) == 1
    assert logged(h) == [(done.episode_id, "utility")]


async def test_it_is_logged_without_a_retry_too(build, ask, monkeypatch):
    """As soon as there is room, by itself."""
    monkeypatch.setattr("pointsman_service.application.unlogged.FIRST_WAIT_S", 0.01)
    h = build()
    h.caller.answers["small"] = LONG
    with full(h.storage):
        with pytest.raises(LogUnavailable):
            await h.router.complete(ask(), h.me)
        await asyncio.sleep(0.05)
        assert logged(h) == []
    async with asyncio.timeout(10):
        await h.router._p.answers.unlogged._trying
    assert len(logged(h)) == 1
    assert [method for method, *_ in h.observer.episodes] == ["complete"]


async def test_calls_that_brought_nothing_are_logged_late_too(build, ask):
    """They were paid for all the same; a stop in order writes what is left."""
    h = build()
    for name in ("small", "medium", "large"):
        h.caller.answers[name] = ModelCallError("x" * 100_000, kind="garbage", cost_usd=0.5)
    with full(h.storage), pytest.raises(LogUnavailable):
        await h.router.complete(ask(), h.me)
    await h.router.close()
    assert [stop for _, stop in logged(h)] == ["failed"]


async def test_another_request_under_the_kept_id_is_a_conflict_not_an_answer(build, ask):
    """As it would be, had the first been logged at once."""
    h = build()
    h.caller.answers["small"] = LONG
    with full(h.storage), pytest.raises(LogUnavailable):
        await h.router.complete(ask(request_id="r-1"), h.me)
    with pytest.raises(RequestConflict):
        await h.router.complete(ask("Something else?", request_id="r-1"), h.me)


async def test_what_is_kept_is_bounded():
    """The oldest is given up, and told."""
    kept, tries = Unlogged(most=3), []

    def write(n):
        async def never():
            tries.append(n)
            raise LogUnavailable("full")

        return never

    for n in range(5):
        kept.keep(("acme", str(n)), write(n))
    assert len(kept) == 3
    await kept.written(("acme", "0"))
    assert tries == []
    with pytest.raises(LogUnavailable):
        await kept.written(("acme", "2"))
    await kept.close()
