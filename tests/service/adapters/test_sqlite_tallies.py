"""Statistics for operators, on a log small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from pointsman_learner.events import OutcomeReported
from pointsman_learner.types import Step, Verdict
from pointsman_service.adapters.sqlite.storage import open_storage
from pointsman_service.domain.operations import EpisodeQuery, JudgeTally, PageRequest, StatsQuery
from pointsman_service.errors import InvalidRequest
from pointsman_service.ports import NewEpisode

DAY = 86_400.0
ALL = PageRequest(100)


@pytest.fixture
def storage(four_episodes):
    """Four episodes: two by small, one escalated to large, one that failed and is another tenant's."""
    return four_episodes


def total(storage, **conditions):
    """Of the episodes that hold them."""
    return storage.stats.stats(StatsQuery(EpisodeQuery(**conditions)), ALL).total


def groups(storage, group, **kwargs):
    """All of them."""
    return storage.stats.stats(StatsQuery(group=group, **kwargs), ALL).groups.items


def test_totals_count_episodes_calls_costs_and_escalations(storage):
    """Quality is weighted mean feedback on the answers that callers got; latency is of answered episodes."""
    all_of = total(storage)
    assert (all_of.episodes, all_of.share, all_of.rewarded) == (4, 1.0, 2)
    assert (all_of.calls, all_of.failed_calls, all_of.escalated) == (5, 1, 1)
    assert all_of.quality == pytest.approx((1.0 + 0.5 + 3.0) / 5.0)
    assert all_of.cost_usd == pytest.approx(0.001 * 3 + 0.02)
    assert all_of.latency_ms == pytest.approx((100 + 300 + 1000) / 3)
    assert groups(storage, "none") == ()


def test_a_models_calls_are_those_to_it_and_its_answers_those_that_were_accepted(storage):
    """A model that is down is listed with its failures and dollars, whoever answered in the end."""
    small, large = groups(storage, "model")
    assert (small.key, small.episodes, small.share, small.calls, small.failed_calls) == ("small", 2, 0.5, 4, 1)
    assert small.cost_usd == pytest.approx(0.001 * 3 + 0.01)
    assert small.latency_ms == pytest.approx((100 + 300 + 500) / 3)
    assert small.quality == pytest.approx(0.9)
    assert (large.key, large.episodes, large.calls, large.cost_usd) == ("large", 1, 1, pytest.approx(0.01))
    assert (large.quality, large.escalated) == (None, 1)


def test_a_model_that_never_answered_is_listed_with_what_it_cost(storage):
    """Under the episodes that the query selects."""
    tallies = storage.stats.stats(StatsQuery(EpisodeQuery(tenant="other"), "model"), ALL).groups.items
    assert [(t.key, t.episodes, t.calls, t.failed_calls) for t in tallies] == [("small", 0, 1, 1)]
    assert tallies[0].latency_ms is None


def test_nodes_and_tenants_have_their_share(storage):
    """Most frequent first."""
    assert [(t.key, t.episodes, t.share) for t in groups(storage, "node")] == [("math", 3, 0.75), ("code", 1, 0.25)]
    assert [(t.key, t.episodes) for t in groups(storage, "tenant")] == [("acme", 3), ("other", 1)]


def test_buckets_over_time_are_oldest_first(storage):
    """The key is the bucket's start in seconds since the epoch."""
    over_time = groups(storage, "time", bucket_s=DAY)
    assert [(t.key, t.episodes, t.share) for t in over_time] == [("0", 2, 0.5), ("86400", 2, 0.5)]
    with pytest.raises(ValueError, match="width"):
        groups(storage, "time")


def test_groups_come_in_pages_beside_the_whole_total(storage):
    """The token goes on after the last group."""
    first = storage.stats.stats(StatsQuery(group="node"), PageRequest(1))
    second = storage.stats.stats(StatsQuery(group="node"), PageRequest(1, first.groups.next_token))
    assert [t.key for page in (first, second) for t in page.groups.items] == ["math", "code"]
    assert (second.groups.next_token, second.total.episodes) == ("", 4)
    with pytest.raises(InvalidRequest):
        storage.stats.stats(StatsQuery(group="node"), PageRequest(1, "x"))


def test_of_nothing_there_is_nothing(storage):
    """No share, no quality, no group."""
    nothing = total(storage, tenant="nobody")
    assert (nothing.episodes, nothing.share, nothing.quality, nothing.cost_usd, nothing.calls) == (0, 0.0, None, 0.0, 0)
    query = StatsQuery(EpisodeQuery(tenant="nobody"), "model")
    assert list(storage.stats.stats(query, ALL).groups.items) == []


async def test_an_outcome_is_a_call_of_the_model_that_the_caller_ran(storage):
    """It adds its cost and latency, and is the model that answered, unless it failed."""
    await storage.log.append(OutcomeReported("e3", "other", 9.0, "huge", 0.5, 50.0, failure_kind="refused"))
    await storage.log.append(OutcomeReported("e3", "other", 9.0, "large", 0.25, 70.0))
    tallies = storage.stats.stats(StatsQuery(EpisodeQuery(tenant="other"), "model"), ALL).groups.items
    assert [(t.key, t.episodes, t.calls, t.failed_calls) for t in tallies] == [
        ("large", 1, 1, 0),
        ("huge", 0, 1, 1),
        ("small", 0, 1, 1),
    ]
    assert [t.cost_usd for t in tallies] == pytest.approx([0.25, 0.5, 0.001])
    assert total(storage, tenant="other").cost_usd == pytest.approx(0.751)


def test_judges_are_compared_with_feedback(storage):
    """One of two scored and rewarded answers is on the same side of one half as its feedback."""
    (judge,) = storage.stats.judges(EpisodeQuery(), ALL, per_node=False).items
    assert judge == JudgeTally(
        judge="format",
        node=None,
        verdicts=3,
        scored=2,
        mean_score=pytest.approx(0.55),
        cost_usd=0.0,
        compared=2,
        agreement=0.5,
        error=pytest.approx((abs(0.9 - 0.75) + abs(0.2 - 1.0)) / 2),
        calibration_error=pytest.approx((abs(0.9 - 0.75) + abs(0.2 - 1.0)) / 2),  # each in a tenth of its own
        correlation=pytest.approx(-1.0),
    )


def test_judges_are_compared_with_feedback_at_each_node(storage):
    """A judge may be good at one kind of query and wrong at another; one answer has no correlation."""
    page = storage.stats.judges(EpisodeQuery(), ALL, per_node=True)
    assert [(t.node, t.verdicts, t.compared, t.agreement) for t in page.items] == [
        (None, 3, 2, 0.5),
        ("math", 2, 1, 1.0),
        ("code", 1, 1, 0.0),
    ]
    assert [t.correlation for t in page.items[1:]] == [None, None]
    rest = storage.stats.judges(EpisodeQuery(), PageRequest(2), per_node=True)
    assert len(storage.stats.judges(EpisodeQuery(), PageRequest(2, rest.next_token), per_node=True).items) == 1
    assert storage.stats.judges(EpisodeQuery(tenant="nobody"), ALL, per_node=True).items == []


async def test_calibration_and_correlation_of_a_judge_are_those_of_its_verdicts(tmp_path, an_episode, a_feedback):
    """Against numpy on verdicts whose scores share tenths, over several nodes."""
    rng = np.random.default_rng(0)
    scores = rng.uniform(size=60).round(3)
    thumbs = (rng.uniform(size=60) < scores).astype(float)
    storage = open_storage(tmp_path)
    for i, (score, thumb) in enumerate(zip(scores, thumbs, strict=True)):
        await storage.log.append_episode(NewEpisode(an_episode(f"e{i}", score=float(score), node=f"n{i % 3}")))
        await storage.log.append_feedback(a_feedback(f"f{i}", f"e{i}", value=float(thumb)))
    (judge,) = storage.stats.judges(EpisodeQuery(), ALL, per_node=False).items
    await storage.close()
    tenth = (scores * 10).astype(int)
    gaps = [abs((scores - thumbs)[tenth == t].sum()) for t in range(10)]
    assert judge.correlation == pytest.approx(np.corrcoef(scores, thumbs)[0, 1])
    assert judge.calibration_error == pytest.approx(sum(gaps) / 60)
    assert judge.error == pytest.approx(np.abs(scores - thumbs).mean())
    assert judge.agreement == pytest.approx(((scores >= 0.5) == (thumbs >= 0.5)).mean())


async def test_an_agreement_counts_as_it_was_known_at_the_end(tmp_path, an_episode, a_feedback):
    """The first answer had nothing to be compared with; the second confirmed it, the third was another."""
    storage = open_storage(tmp_path)
    episode = an_episode("e", score=0.5, node="n")
    first, second, third = (
        Step("m", 0.1, 10.0, verdicts=(Verdict("agreement", score, key=key),))
        for score, key in ((None, "42"), (1.0, "42"), (0.0, "43"))
    )
    await storage.log.append_episode(NewEpisode(replace(episode, steps=(first, second, third), answer=0)))
    await storage.log.append_feedback(a_feedback("f", "e", value=1.0))
    (judge,) = storage.stats.judges(EpisodeQuery(), ALL, per_node=False).items
    await storage.close()
    assert (judge.verdicts, judge.scored, judge.mean_score, judge.compared, judge.agreement) == (1, 1, 1.0, 1, 1.0)


async def test_all_verdicts_cost_and_fail_also_those_on_other_answers(tmp_path, an_episode):
    """Each failure by its word, the most frequent first; what a plug-in says in its own is another."""
    storage = open_storage(tmp_path)
    wrong = ("timeout: no verdict within 3 s", "timeout: no verdict within 2 s", "no_verdict: prose", "odd", None)
    steps = tuple(
        Step("m", 0.1, 10.0, verdicts=(Verdict("rubric", None if why else 0.8, 0.01, error=why),)) for why in wrong
    )
    await storage.log.append_episode(NewEpisode(replace(an_episode("e", node="n"), steps=steps, answer=4)))
    whole, at_node = storage.stats.judges(EpisodeQuery(), ALL, per_node=True).items
    await storage.close()
    assert (whole.verdicts, whole.scored, whole.cost_usd) == (1, 1, pytest.approx(0.05))
    assert whole.failures == at_node.failures == (("timeout", 2), ("no_verdict", 1), ("other", 1))
