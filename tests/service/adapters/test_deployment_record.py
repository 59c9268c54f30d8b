"""What is known of one deployment: a success rate that is forgotten, and the room that its limits leave in a minute."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_service.adapters.callers.deployment_record import MINUTE_S, SlidingMinute
from pointsman_service.domain import Deployment
from pointsman_service.domain.success_rate import MEMORY_S, SuccessRate


def test_an_outage_is_learnt_within_calls_and_forgotten_within_minutes():
    """Ten failures after a thousand successes count; ten minutes later they hardly do."""
    rate = SuccessRate()
    assert rate.at(0.0) == 1.0
    for i in range(1000):
        rate.observe(i * 0.1, succeeded=True)
    for i in range(1000):
        rate.observe(100.0 + i * 0.1, succeeded=False)
    assert rate.at(200.0) < 0.35
    assert rate.at(200.0 + 5 * MEMORY_S) < rate.at(200.0 + 7 * MEMORY_S)
    assert rate.at(200.0 + 10 * MEMORY_S) > 0.97


@given(st.lists(st.tuples(st.floats(0, 1e4), st.booleans()), max_size=30))
def test_a_success_rate_is_a_probability_whatever_happened(calls):
    """Above 0, so that nothing is given up for good; a clock that stands still does no harm."""
    rate, now = SuccessRate(), 0.0
    for passed, succeeded in calls:
        now += passed
        before = rate.at(now)
        rate.observe(now, succeeded=succeeded)
        assert 0.0 < rate.at(now) <= 1.0
        assert (rate.at(now) >= before) == succeeded or rate.at(now) == pytest.approx(before)


@given(st.lists(st.tuples(st.floats(0, 90), st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=40))
def test_a_minute_counts_what_a_list_of_all_calls_would(calls):
    """Requests and tokens, as corrected when calls end, whether they still count then or not."""
    minute, all_calls, open_calls, now = SlidingMinute(), [], [], 0.0
    for passed, before, after in calls:
        now += passed
        open_calls.append((minute.begin(now, before), after, len(all_calls)))
        all_calls.append([now, before])
        if before % 2:
            counted, tokens, at = open_calls.pop(0)
            minute.correct(counted, tokens)
            all_calls[at][1] = tokens
        recent = [tokens for began, tokens in all_calls if began > now - MINUTE_S]
        limits = Deployment("d", requests_per_minute=100, tokens_per_minute=50_000)
        assert minute.requests(now) == len(recent)
        assert minute.room(now, limits) == pytest.approx(min(1 - len(recent) / 100, 1 - sum(recent) / 50_000))


def test_room_is_the_free_share_of_the_scarcer_limit():
    """Without limits there is all of it; a limit of nothing leaves none."""
    minute = SlidingMinute()
    minute.begin(0.0, 30)
    assert minute.room(0.0, Deployment("d")) == 1.0
    assert minute.room(0.0, Deployment("d", requests_per_minute=4)) == 0.75
    assert minute.room(0.0, Deployment("d", requests_per_minute=4, tokens_per_minute=40)) == 0.25
    assert minute.room(0.0, Deployment("d", tokens_per_minute=10)) == 0.0
    assert minute.room(0.0, Deployment("d", requests_per_minute=0)) == 0.0


def test_it_is_known_when_there_will_be_room():
    """When enough of the calls that fill it are a minute old."""
    minute = SlidingMinute()
    for began, tokens in ((0.0, 10), (20.0, 10), (30.0, 100)):
        minute.begin(began, tokens)
    assert minute.seconds_to_room(30.0, Deployment("d", requests_per_minute=4)) == 0.0
    assert minute.seconds_to_room(30.0, Deployment("d", requests_per_minute=3)) == 30.0
    assert minute.seconds_to_room(30.0, Deployment("d", requests_per_minute=2)) == 50.0
    assert minute.seconds_to_room(30.0, Deployment("d", tokens_per_minute=110)) == 50.0
    assert minute.seconds_to_room(30.0, Deployment("d", requests_per_minute=3, tokens_per_minute=50)) == 60.0
    assert minute.seconds_to_room(30.0, Deployment("d", requests_per_minute=0)) == MINUTE_S
