"""Which snapshots stay by their age."""

from hypothesis import given
from hypothesis import strategies as st
from pointsman_service.domain.snapshot_retention import DAY_S, HOUR_S, SnapshotRetention, Stored, is_snapshot_name

RETENTION = SnapshotRetention(newest=3, hours=4, days=5)


def thinned(stored, retention=RETENTION):
    """What is left."""
    kept = retention.kept(stored)
    return [s for s in stored if s.version in kept]


@given(st.lists(st.floats(0.0, 40 * DAY_S), max_size=60))
def test_thinning_as_they_come_never_loses_what_is_needed(times):
    """After each new one: no more stay than said, the newest do, and thinning again takes nothing."""
    stored = []
    for version, at in enumerate(times):
        stored = thinned([*stored, Stored(version, at)])
        assert len(stored) <= 3 + 4 + 5
        assert thinned(stored) == stored
    assert [s.version for s in stored[-3:]] == list(range(len(times)))[-3:]


def test_a_month_can_be_gone_back_to_from_a_steady_stream():
    """Ten an hour for forty days, thinned at each: an hour is never further off than an hour, a day than a day."""
    usual = SnapshotRetention()
    stored, end = [], 40 * DAY_S
    for version in range(40 * 24 * 10):
        stored = thinned([*stored, Stored(version, version * HOUR_S / 10)], usual)
    for hours in range(1, 23):
        then = end - hours * HOUR_S
        assert any(then - HOUR_S <= s.at <= then for s in stored)
    for days in range(1, 30):
        then = end - days * DAY_S
        assert any(then - DAY_S <= s.at <= then for s in stored)
    assert len(stored) <= 20 + 24 + 31


def test_a_name_is_no_version_and_no_time():
    """So that `rollback --to` is never in doubt."""
    assert all(map(is_snapshot_name, ("a", "before-gpt-5", "v1.2", "A_b")))
    assert not any(
        map(is_snapshot_name, ("", "1", "1a", "2 h", "Yesterday", "now", "today", "-x", "a b", "ä", "x" * 65))
    )
