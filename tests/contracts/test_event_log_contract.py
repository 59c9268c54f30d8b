"""The contract of the EventLog port. Every storage passes all of it: see storages.py."""

from __future__ import annotations

import asyncio
from operator import attrgetter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pointsman_learner.codec import encode
from pointsman_learner.events import (
    BudgetPut,
    JobApplied,
    ModelPut,
    OperatorActed,
    OutcomeReported,
    SessionOutcomeRecorded,
    TaxonomyNodePut,
    WarmStarted,
)
from pointsman_learner.types import KnownOutcome, Model, Verdict
from pointsman_service.errors import DuplicateRequest, LogUnavailable, RequestConflict, UnknownEpisode
from pointsman_service.ports import NewEpisode

from tests.contracts.storages import opening

opener = opening(attrgetter("log"))


@pytest.fixture
async def log(opener, tmp_path):
    """An open, empty log."""
    async with opener(tmp_path) as log:
        yield log


async def test_an_empty_log_ends_at_0_and_reads_nothing(log):
    """A new log has no events."""
    assert await log.end() == 0
    assert log.read(0) == []


async def test_positions_grow_by_one_and_events_come_back_in_their_order(log, an_episode, a_feedback):
    """What was appended is read in the order of the positions that the appends returned."""
    positions = [
        await log.append(ModelPut(1.0, Model("small", 0.1, 0.2))),
        await log.append(BudgetPut(2.0, "acme", 1.5)),
        await log.append(TaxonomyNodePut(3.0, {"id": "math", "center": [0.5, 0.5]})),
        await log.append_episode(NewEpisode(an_episode())),
        (await log.append_feedback(a_feedback()))[0],
        await log.append(JobApplied(9.0, "recalibrate", {"weights": [1, 2]})),
    ]
    assert positions == [1, 2, 3, 4, 5, 6]
    logged = log.read(0)
    assert [x.position for x in logged] == positions
    assert [x.event.kind for x in logged] == ["model", "budget", "taxonomy_node", "episode", "feedback", "job"]
    assert logged[5].event == JobApplied(9.0, "recalibrate", {"weights": [1, 2]})
    assert await log.end() == 6


async def test_reading_starts_after_a_position_and_stops_at_the_limit(log):
    """read(after, limit) is a page."""
    for i in range(5):
        await log.append(BudgetPut(float(i), "acme", None))
    assert [x.position for x in log.read(1, limit=2)] == [2, 3]
    assert log.read(5) == []


async def test_an_event_is_the_same_after_its_trip_through_the_log(log, an_episode):
    """Nothing that the learner sees is lost, down to the float."""
    episode = an_episode(cost_usd=0.1 + 0.2, models=("small", "large"))
    await log.append_episode(NewEpisode(episode))
    assert encode(log.read(0)[0].event) == encode(episode)


async def test_feedback_and_outcomes_are_read_with_their_episode(log, an_episode, a_feedback):
    """The learner keeps no episodes: the log joins the one that a later event is about."""
    await log.append_episode(NewEpisode(an_episode("e1")))
    await log.append_episode(NewEpisode(an_episode("e2")))
    await log.append_feedback(a_feedback("f1", "e1"))
    await log.append(OutcomeReported("e2", "acme", 5.0, "large", 0.01, 900.0))
    episodes = [None if x.episode is None else x.episode.episode_id for x in log.read(0)]
    assert episodes == [None, None, "e1", "e2"]


async def test_a_known_request_id_names_the_first_episode_and_writes_nothing(log, an_episode):
    """A retry with the same request_id is told which episode answered it."""
    await log.append_episode(NewEpisode(an_episode("e1", request_id="r1")))
    with pytest.raises(DuplicateRequest) as e:
        await log.append_episode(NewEpisode(an_episode("e2", request_id="r1")))
    assert e.value.facts["episode_id"] == "e1"
    assert await log.end() == 1
    with pytest.raises(UnknownEpisode):
        await log.episode("e2", "acme")


async def test_an_episode_without_an_answer_leaves_its_request_id_free(log, an_episode):
    """It says which it was of; a retry may find an answer, and that is what a repetition gets from then on."""
    for i in range(2):
        await log.append_episode(NewEpisode(an_episode(f"e{i}", answer=None, stop="failed", request_id="r")))
    assert await log.episode_of_request("acme", "r") is None
    assert (await log.episode("e1", "acme")).episode.request_id == "r"
    await log.append_episode(NewEpisode(an_episode("e2", request_id="r")))
    assert (await log.episode_of_request("acme", "r")).episode.episode_id == "e2"


async def test_a_decision_alone_answers_its_request_id(log, an_episode):
    """It has no answer, and needs none."""
    await log.append_episode(NewEpisode(an_episode("e1", answer=None, stop="route_only", request_id="r")))
    assert (await log.episode_of_request("acme", "r")).episode.episode_id == "e1"


async def test_request_ids_are_each_tenants_own(log, an_episode):
    """Two tenants may use the same request_id."""
    await log.append_episode(NewEpisode(an_episode("e1", tenant="a", request_id="r")))
    await log.append_episode(NewEpisode(an_episode("e2", tenant="b", request_id="r")))
    assert (await log.episode_of_request("a", "r")).episode.episode_id == "e1"
    assert (await log.episode_of_request("b", "r")).episode.episode_id == "e2"
    assert await log.episode_of_request("c", "r") is None


async def test_twins_that_race_get_one_episode(log, an_episode):
    """Of many appends at once with one request_id, exactly one is written."""
    results = await asyncio.gather(
        *(log.append_episode(NewEpisode(an_episode(f"e{i}", request_id="r"))) for i in range(20)),
        return_exceptions=True,
    )
    written = [r for r in results if isinstance(r, int)]
    refused = [r for r in results if isinstance(r, DuplicateRequest)]
    assert (len(written), len(refused)) == (1, 19)
    winner = (await log.episode_of_request("acme", "r")).episode.episode_id
    assert {r.facts["episode_id"] for r in refused} == {winner}


async def test_a_batch_of_known_outcomes_is_taken_once(log, an_episode):
    """A retry is told where the first one is; also one of many at once, and one by the general way."""
    known = (an_episode().context, (KnownOutcome("small", 0.5, 0.25, 0.001, None, {"rubric": 1.0}),))
    batch = WarmStarted("b1", 3.0, (known,))
    results = await asyncio.gather(*(log.append_warm_start(batch) for _ in range(10)))
    assert {position for position, _ in results} == {1}
    assert sum(new for _, new in results) == 1
    assert await log.append(batch) == 1
    assert await log.append_warm_start(WarmStarted("b1", 9.0, (known,))) == (1, False)  # told again later
    with pytest.raises(RequestConflict, match="b1"):
        await log.append_warm_start(WarmStarted("b1", 3.0, (known, known)))
    assert await log.append_warm_start(WarmStarted("b2", 4.0, (known,))) == (2, True)
    assert [encode(x.event) for x in log.read(0)] == [
        encode(WarmStarted(name, at, (known,))) for name, at in (("b1", 3.0), ("b2", 4.0))
    ]


async def test_an_episode_id_is_never_written_twice(log, an_episode):
    """A second episode under a known id is a conflict, not an overwrite."""
    await log.append_episode(NewEpisode(an_episode("e1", believed=0.1)))
    with pytest.raises(RequestConflict, match="e1"):
        await log.append_episode(NewEpisode(an_episode("e1", believed=0.9)))
    assert (await log.episode("e1", "acme")).episode.believed == 0.1


async def test_an_episode_comes_back_with_its_texts_its_response_and_its_feedback(log, an_episode, a_feedback):
    """GetEpisode and an idempotent retry have all that they need."""
    episode = an_episode(request_id="r1", session_id="s1")
    new = NewEpisode(episode, "what is 1+1? \ud800", ("2", None), {"text": "2", "n": [1]}, "ann \ud800")
    position = await log.append_episode(new)
    await log.append_feedback(a_feedback("f1"))
    await log.append_feedback(a_feedback("f2", value=0.0))
    outcome = OutcomeReported("e1", "acme", 5.0, "large", latency_ms=900.0)
    await log.append_outcome(outcome)
    stored = await log.episode("e1", "acme")
    assert (stored.position, stored.episode.request_id, stored.episode.session_id) == (position, "r1", "s1")
    assert stored.end_user_id == "ann ?"
    assert stored.prompt == "what is 1+1? ?"
    assert stored.answer_texts == ("2", None)
    assert stored.response == {"text": "2", "n": [1]}
    assert [f.request_id for f in stored.feedback] == ["f1", "f2"]
    assert stored.outcomes == (outcome,)
    assert encode(stored.episode) == encode(new.episode)


async def test_another_tenants_episode_looks_as_if_it_did_not_exist(log, an_episode, a_feedback):
    """The error for a foreign episode is the same, word for word, as for one that never was."""
    await log.append_episode(NewEpisode(an_episode("e1", tenant="acme")))
    for call in (
        lambda e: log.episode(e, "other"),
        lambda e: log.append_feedback(a_feedback("f1", e, tenant="other")),
        lambda e: log.append(OutcomeReported(e, "other", 5.0, "small", 0.0, 1.0)),
    ):
        with pytest.raises(UnknownEpisode) as foreign:
            await call("e1")
        with pytest.raises(UnknownEpisode) as missing:
            await call("e9")
        assert str(foreign.value).replace("e1", "e9") == str(missing.value)
    assert await log.end() == 1


async def test_the_same_feedback_again_gets_the_first_position(log, an_episode, a_feedback):
    """Feedback is idempotent by its id, whenever it is sent."""
    await log.append_episode(NewEpisode(an_episode()))
    assert await log.append_feedback(a_feedback(at=10.0)) == (2, True)
    assert await log.append_feedback(a_feedback(at=99.0)) == (2, False)
    assert await log.append(a_feedback(at=99.0)) == 2
    assert await log.end() == 2


async def test_a_request_id_with_other_content_is_a_conflict(log, an_episode, a_feedback):
    """The first feedback stands: another value, episode or model under its id is refused."""
    await log.append_episode(NewEpisode(an_episode("e1")))
    await log.append_episode(NewEpisode(an_episode("e2")))
    await log.append_feedback(a_feedback("f1", "e1", value=1.0))
    for other in (a_feedback(value=0.0), a_feedback(episode_id="e2"), a_feedback(model="large")):
        with pytest.raises(RequestConflict, match="f1"):
            await log.append_feedback(other)
    assert await log.end() == 3


async def test_request_ids_of_feedback_are_each_tenants_own(log, an_episode, a_feedback):
    """Two tenants may use the same request_id."""
    for i, tenant in enumerate(("a", "b")):
        await log.append_episode(NewEpisode(an_episode(f"e{i}", tenant=tenant)))
        assert (await log.append_feedback(a_feedback("f", f"e{i}", tenant=tenant)))[1]


async def test_what_was_acknowledged_is_there_after_a_restart(opener, tmp_path, an_episode, a_feedback):
    """Closing and opening again changes nothing, and positions go on."""
    async with opener(tmp_path) as log:
        await log.append_episode(NewEpisode(an_episode("e1", request_id="r")))
        await log.append_feedback(a_feedback("f1", "e1"))
    async with opener(tmp_path) as log:
        assert [x.event.kind for x in log.read(0)] == ["episode", "feedback"]
        assert await log.append_feedback(a_feedback("f1", "e1")) == (2, False)
        assert await log.append_episode(NewEpisode(an_episode("e2"))) == 3


async def test_closing_flushes_what_was_accepted_and_refuses_the_rest(opener, tmp_path, an_episode):
    """An append that began before close is written; one after it fails."""
    async with opener(tmp_path) as log:
        appends = [asyncio.ensure_future(log.append_episode(NewEpisode(an_episode(f"e{i}")))) for i in range(100)]
        await asyncio.sleep(0)  # let each of them hand its work over
        await log.close()
        assert sorted(await asyncio.gather(*appends)) == list(range(1, 101))
        with pytest.raises(LogUnavailable):
            await log.append_episode(NewEpisode(an_episode("late")))


async def test_a_cancelled_append_does_not_disturb_the_others(log, an_episode):
    """Its caller has gone; it may be written, and the log goes on."""
    gone = asyncio.ensure_future(log.append_episode(NewEpisode(an_episode("gone"))))
    await asyncio.sleep(0)
    gone.cancel()
    await log.append_episode(NewEpisode(an_episode("stays")))
    assert (await log.episode("stays", "acme")).episode.episode_id == "stays"


async def test_an_outcome_may_carry_verdicts_and_an_error(log, an_episode):
    """A caller's own call is logged as it was."""
    await log.append_episode(NewEpisode(an_episode(models=("small",), answer=None)))
    verdicts = (Verdict("mine", 0.4, 0.001, 3.0),)
    outcome = OutcomeReported(
        "e1", "acme", 5.0, "large", 0.02, 800.0, 5, 6, verdicts=verdicts, failure_kind="timeout", error="late"
    )
    await log.append(outcome)
    assert log.read(1)[0].event == outcome


async def test_a_reported_outcome_counts_once(log, an_episode):
    """By its request_id, each tenant's own; when it was sent is no content, nor what its tokens cost by then."""
    for tenant in ("acme", "other"):
        await log.append_episode(NewEpisode(an_episode(f"e-{tenant}", tenant=tenant)))
    told = OutcomeReported("e-acme", "acme", 5.0, "large", 0.01, 900.0, 10, 20, request_id="r")
    assert await log.append_outcome(told) == (3, True)
    for again in (told, replace(told, at=9.0), replace(told, cost_usd=0.02)):
        assert await log.append_outcome(again) == (3, False)
        assert await log.append(again) == 3
    for other in ({"model": "small"}, {"latency_ms": 1.0}, {"input_tokens": None}, {"failure_kind": "timeout"}):
        with pytest.raises(RequestConflict, match="'r' was used before with other content"):
            await log.append_outcome(replace(told, **other))
    assert await log.append_outcome(replace(told, episode_id="e-other", tenant="other")) == (4, True)
    assert (await log.episode("e-acme", "acme")).outcomes == (told,)


async def test_outcomes_without_a_request_id_are_each_another(log, an_episode):
    """Two calls may have brought the same."""
    await log.append_episode(NewEpisode(an_episode()))
    told = OutcomeReported("e1", "acme", 5.0, "large", 0.01)
    assert [await log.append_outcome(told) for _ in range(2)] == [(2, True), (3, True)]


async def test_a_sessions_outcome_counts_once(log):
    """By its request_id; the fold reads it as any event."""
    told = SessionOutcomeRecorded("r", "s1", "acme", 1.0, 0.5, "score", "58158820c40bcd7c")
    assert await log.append_session_outcome(told) == (1, True)
    assert await log.append_session_outcome(replace(told, at=2.0)) == (1, False)
    assert await log.append_session_outcome(replace(told, tenant="other")) == (2, True)
    with pytest.raises(RequestConflict, match="'r' was used before"):
        await log.append_session_outcome(replace(told, value=1.0))
    numbered = [told, replace(told, tenant="other")]
    assert [replace(x.event, author=None) for x in log.read(0)] == numbered
    await log.append_session_outcome(replace(told, request_id="again", session_id="s2"))
    assert [x.event.author for x in log.read(0)] == [1, 2, 1]  # of the end user, whatever session it speaks of


async def test_the_fold_reads_an_authors_first_word_on_a_session_with_its_episodes(log, an_episode):
    """Those that were there when it was said, in order, of its own tenant; later words of that author have none."""
    for number, (tenant, session) in enumerate((("acme", "s"), ("acme", "t"), ("acme", "s"), ("other", "s"))):
        await log.append_episode(NewEpisode(an_episode(f"e{number}", tenant=tenant, session_id=session)))
    first = SessionOutcomeRecorded("r", "s", "acme", 1.0, 0.0, "thumb")
    words = [first, replace(first, request_id="again", value=1.0), replace(first, request_id="ann", end_user="ab")]
    for word in words:
        await log.append_session_outcome(word)
        assert (await log.append_session_outcome(replace(word, at=2.0)))[1] is False
    await log.append_episode(NewEpisode(an_episode("late", session_id="s")))
    told = {x.event.request_id: [e.episode_id for e in x.session] for x in log.read(4, 3)}
    assert told == {"r": ["e0", "e2"], "again": [], "ann": ["e0", "e2"]}
    await log.append_session_outcome(replace(first, request_id="none", session_id="nowhere"))
    assert log.read(8)[0].session == ()
    await log.append_session_outcome(replace(first, request_id="agent", client="agent"))
    assert [e.episode_id for e in log.read(9)[0].session] == ["e0", "e2", "late"]  # another key is another author


async def test_a_sessions_episodes_are_counted(log, an_episode):
    """Answered or not, known or not; each tenant's own."""
    for number, (tenant, session) in enumerate((("acme", "s"), ("acme", "s"), ("acme", "t"), ("other", "s"))):
        await log.append_episode(NewEpisode(an_episode(f"e{number}", tenant=tenant, session_id=session)))
    counts = [await log.session_episodes("acme", session) for session in ("s", "t", "u")]
    assert counts == [2, 1, 0]


async def test_an_operators_action_counts_once_by_what_was_asked(log):
    """Its fingerprint is what was asked, its put what came of it, which another state may have made another."""
    did = OperatorActed(1.0, "ann", "UpdateModel", "r", "f1", {"models.small.enabled": False})
    assert await log.append(did) == 1
    assert await log.append(replace(did, put={"models.small.enabled": True})) == 1
    for other in ({"fingerprint": "f2"}, {"method": "DeleteModel"}):
        with pytest.raises(RequestConflict, match="'r' was used before"):
            await log.append(replace(did, **other))
    free = replace(did, request_id=None)
    assert [await log.append(free) for _ in range(2)] == [2, 3]
    assert log.read(0)[0].event == did


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("rst") | st.none(), st.sampled_from("xyz")), max_size=12)
)
def test_any_mix_of_retries_leaves_one_episode_a_request_and_gapless_positions(
    opener, tmp_path_factory, an_episode, tries
):
    """Property: whatever is retried, each (tenant, request_id) has one episode, and no position is skipped."""

    async def run() -> None:
        async with opener(tmp_path_factory.mktemp("log")) as log:
            requests: set[tuple[str, str]] = set()
            for i, (tenant, request_id, node) in enumerate(tries):
                new = NewEpisode(an_episode(f"e{i}", tenant=tenant, node=node, request_id=request_id))
                known = (tenant, request_id) in requests
                if request_id is not None:
                    requests.add((tenant, request_id))
                if known:
                    with pytest.raises(DuplicateRequest):
                        await log.append_episode(new)
                else:
                    await log.append_episode(new)
            positions = [x.position for x in log.read(0)]
            assert positions == list(range(1, len(positions) + 1))

    asyncio.run(run())
