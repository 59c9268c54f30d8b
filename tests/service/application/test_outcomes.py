"""Outcomes of models that callers ran themselves: told once, and only what was told."""

import json
from dataclasses import replace

import pytest
from pointsman_learner.types import Verdict
from pointsman_service.adapters.sqlite.told_once import MOST_OUTCOMES
from pointsman_service.domain import ModelConfig, Usage
from pointsman_service.domain.requests import Caller, Outcome
from pointsman_service.errors import InvalidRequest, OverLimit, RequestConflict, UnknownEpisode, UnknownModel

TOLD = Usage(1000, 200, 100, 30)


async def routed(h, ask):
    """A routed episode's id."""
    return (await h.router.route(ask(), h.me)).episode_id


def last(h):
    """The newest event."""
    return h.storage.log.read(0)[-1].event


async def test_an_outcome_of_the_callers_own_call_is_logged(build, ask):
    """Cost from the tokens and the prices in force, the propensity of the decision."""
    h = build()
    episode_id = await routed(h, ask)
    verdict = Verdict("mine", 0.5)
    outcome = Outcome(episode_id, usage=TOLD, latency_ms=9.0, verdicts=(verdict,))
    receipt = await h.router.report_outcome(outcome, h.me)
    assert (receipt.model, receipt.cost_usd, receipt.position, receipt.replayed) == ("small", 0.002, 2, False)
    event = last(h)
    assert (event.propensity, event.verdicts, event.latency_ms, event.at) == (1 / 3, (verdict,), 9.0, 1000.0)
    assert (event.input_tokens, event.cached_input_tokens, event.output_tokens, event.reasoning_tokens) == (
        1000, 200, 100, 30
    )  # fmt: skip


async def test_what_was_not_told_is_not_known(build, ask):
    """And never taken for 0."""
    h = build()
    receipt = await h.router.report_outcome(Outcome(await routed(h, ask), latency_ms=5.0), h.me)
    event = last(h)
    assert receipt.cost_usd is event.cost_usd is event.input_tokens is event.output_tokens is None
    assert event.latency_ms == 5.0


@pytest.mark.parametrize(
    ("usage", "prices"),
    [(Usage(1000), (1.0, 2.0)), (Usage(None, None, 100), (1.0, 2.0)), (TOLD, (None, 2.0)), (TOLD, (1.0, None))],
)
async def test_a_cost_is_computed_where_tokens_and_prices_are_known_alone(build, ask, usage, prices):
    """Half of a bill is none."""
    h = build(models=(ModelConfig("a", "openai", "a", None, None, *prices),))
    assert (await h.router.report_outcome(Outcome(await routed(h, ask), usage=usage), h.me)).cost_usd is None


async def test_a_told_cost_stands_also_where_it_is_nothing(build, ask):
    """A told 0 is 0."""
    h = build()
    assert (
        await h.router.report_outcome(Outcome(await routed(h, ask), usage=TOLD, cost_usd=0.0), h.me)
    ).cost_usd == 0.0


async def test_a_failure_is_told_by_kind_and_in_words(build, ask):
    """Of another model than the decided one, too."""
    h = build()
    outcome = Outcome(await routed(h, ask), model="large", failure_kind="timeout", failure="after 60 s")
    receipt = await h.router.report_outcome(outcome, h.me)
    assert (receipt.model, last(h).failure_kind, last(h).error, last(h).failed) == (
        "large",
        "timeout",
        "after 60 s",
        True,
    )


async def test_a_model_without_a_chance_has_no_propensity(build, ask):
    """The caller ran one that could not be chosen."""
    h = build()
    episode_id = (await h.router.route(ask(models=("small",)), h.me)).episode_id
    await h.router.report_outcome(Outcome(episode_id, model="large"), h.me)
    assert last(h).propensity is None


@pytest.mark.parametrize("request_id", ["r", None])
async def test_the_same_report_counts_once(build, ask, request_id):
    """By its id, or by what it says; the first receipt again."""
    h = build()
    outcome = Outcome(await routed(h, ask), usage=TOLD, request_id=request_id)
    first, again = [await h.router.report_outcome(outcome, h.me) for _ in range(2)]
    assert replace(first, replayed=True) == again
    assert len((await h.router.get_episode(outcome.episode_id, h.me)).outcomes) == 1


async def test_a_repeated_report_is_the_same_whatever_prices_are_by_then(build, ask, tmp_path):
    """Its cost is what it came to when it was first told."""
    h = build()
    outcome = Outcome(await routed(h, ask), usage=TOLD, request_id="r")
    first = await h.router.report_outcome(outcome, h.me)
    dearer = build(models=(ModelConfig("small", "openai", "small", None, None, 50.0, 50.0),), folder=tmp_path)
    again = await dearer.router.report_outcome(outcome, h.me)
    assert (again.cost_usd, again.replayed) == (first.cost_usd, True)


async def test_a_request_id_with_another_report_is_a_conflict(build, ask):
    """Another tenant's ids are its own."""
    h = build()
    outcome = Outcome(await routed(h, ask), latency_ms=5.0, request_id="r")
    await h.router.report_outcome(outcome, h.me)
    with pytest.raises(RequestConflict):
        await h.router.report_outcome(replace(outcome, latency_ms=6.0), h.me)
    theirs = await h.router.route(ask(), Caller("rival"))
    assert not (await h.router.report_outcome(replace(outcome, episode_id=theirs.episode_id), Caller("rival"))).replayed


async def test_an_episode_that_was_answered_here_takes_no_outcome(build, ask):
    """The service knows what it cost; a second bill would count twice."""
    h = build()
    done = await h.router.complete(ask(), h.me)
    with pytest.raises(InvalidRequest) as e:
        await h.router.report_outcome(Outcome(done.episode_id, cost_usd=1.0), h.me)
    assert [field for field, _ in e.value.violations] == ["episode_id"]


async def test_an_outcome_needs_a_known_episode_and_model(build, ask):
    """NOT_FOUND for both."""
    h = build()
    with pytest.raises(UnknownEpisode):
        await h.router.report_outcome(Outcome("nobody"), h.me)
    with pytest.raises(UnknownModel):
        await h.router.report_outcome(Outcome(await routed(h, ask), model="gpt-9"), h.me)


async def test_a_model_that_was_deleted_since_still_takes_the_outcome_of_its_call(build, ask, tmp_path):
    """It was in the choice; what it cost can be told, and not computed."""
    h = build()
    episode_id = await routed(h, ask)
    later = build(models=(ModelConfig("new", "openai", "new"),), folder=tmp_path)
    assert (await later.router.report_outcome(Outcome(episode_id, usage=TOLD), h.me)).cost_usd is None


async def test_a_report_is_small_in_the_log(build, ask):
    """What was not told takes no room."""
    h = build()
    await h.router.report_outcome(Outcome(await routed(h, ask), latency_ms=5.0, request_id="r"), h.me)
    text = h.storage.log._reader.read("SELECT payload FROM events WHERE kind = 'outcome'")[0][0]
    assert "cost_usd" not in json.loads(text)


async def test_a_step_has_one_outcome(build, ask):
    """Once the log has that a model answered, another report on it is a conflict; a failure may be tried again."""
    h = build()
    routed = await h.router.route(ask(), h.me)

    async def told(model, request_id, failure=None):
        kind = None if failure is None else "timeout"
        outcome = Outcome(routed.episode_id, model=model, failure=failure, failure_kind=kind, request_id=request_id)
        return await h.router.report_outcome(outcome, h.me)

    await told("small", "o-1", failure="too late")
    await told("small", "o-2")
    await told("large", "o-3")
    with pytest.raises(RequestConflict, match="told already"):
        await told("small", "o-4")
    assert (await told("small", "o-2")).replayed
    assert len((await h.storage.log.episode(routed.episode_id, "acme")).outcomes) == 3


async def test_an_episode_takes_so_many_reports_and_no_more(build, ask):
    """Of failures there may be some, not any number."""
    h = build()
    routed = await h.router.route(ask(), h.me)
    with pytest.raises(OverLimit):  # noqa: PT012 - which of them is refused is said below
        for i in range(1000):
            outcome = Outcome(routed.episode_id, failure="no", failure_kind="timeout", request_id=f"o-{i}")
            await h.router.report_outcome(outcome, h.me)
    assert len((await h.storage.log.episode(routed.episode_id, "acme")).outcomes) == MOST_OUTCOMES
