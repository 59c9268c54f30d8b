"""ForgetEndUser: an operator's change like any other, which says in the log that it was made and not of whom."""

from msgspec.structs import replace
from pointsman_service.application.end_users import pseudonym
from pointsman_service.domain.operations import ChangeContext
from pointsman_service.ports import NewEpisode


async def asked(process, an_episode, who):
    """An episode of an end user."""
    episode = replace(an_episode(f"of-{len(who)}"), end_user=pseudonym("acme", who))
    await process.storage.log.append_episode(NewEpisode(episode, "prompt", ("answer",), {}, who))


async def test_that_somebody_was_forgotten_is_in_the_log_and_not_who(start, ann, an_episode, logged, tmp_path):
    """Neither the id nor a digest of it, by which a guess could be confirmed."""
    process = await start()
    await asked(process, an_episode, "eve@example.com")
    done = await process.admin.forget_end_user("acme", "eve@example.com", ann)
    assert (done.now.episodes, done.now.scrubbed) == (1, True)
    (acted,) = logged(process, "operator")
    assert (acted.method, acted.by, acted.note) == ("ForgetEndUser", "ann", "tenant: acme")
    kept = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert b"eve@example" not in kept
    assert pseudonym("acme", "eve@example.com").encode() not in kept


async def test_an_id_that_was_used_for_another_user_forgets_this_one_all_the_same(start, an_episode):
    """Else who is to be forgotten would stay, and the answer would say that it is done."""
    process = await start()
    for who in ("eve", "mallory"):
        await asked(process, an_episode, who)
    once = ChangeContext("ann", "r-1")
    assert (await process.admin.forget_end_user("acme", "eve", once)).now.episodes == 1
    again = await process.admin.forget_end_user("acme", "mallory", once)
    assert (again.replayed, again.now.episodes) == (True, 1)
