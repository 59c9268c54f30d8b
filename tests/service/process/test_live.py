"""What a process takes of a reload while it runs."""

import pytest
from pointsman_service.adapters.limit_table import LimitTable
from pointsman_service.application.admission import Admission, Requester
from pointsman_service.application.turns import Turns
from pointsman_service.config.sections import Settings
from pointsman_service.config.values import declared_values
from pointsman_service.domain.configuration import Layers
from pointsman_service.errors import OverLimit
from pointsman_service.process.live import Live, with_live
from pointsman_service.process.reloading import needing_a_restart, reloaded

WANTED = Settings(
    server={"concurrency": 1, "queue_wait_s": 0.5, "workers": 3, "grace_s": 1.0},
    admin={"key_env_pattern": ["MY_*"], "base_url_hosts": ["api.example.org"]},
    observability={"log_level": "warning", "log_format": "json"},
)


def test_limits_and_lists_follow_what_was_declared():
    """Those who hold them are told once for each change."""
    live, told = Live(Settings()), []
    live.limits_go_to(lambda server: told.append((server.concurrency, server.queue_wait_s)))
    layers = Layers(declared=declared_values(WANTED, []))
    live.follow(layers)
    live.follow(layers)
    assert told == [(1000, 1.0), (1, 0.5)]
    assert live.nameable().key_envs == ("MY_*",)
    assert live.nameable().hosts == ("api.example.org",)


def test_a_log_that_declares_nothing_of_it_changes_nothing():
    """As one that an earlier version wrote."""
    live = Live(WANTED)
    live.follow(Layers())
    assert (live.server, live.nameable()) == (WANTED.server, WANTED.admin.nameable())


def test_limits_that_change_hold_for_calls_that_come_and_leave_those_that_run():
    """A call that was counted under the limit before is given back as it was."""
    admission, who = Admission(LimitTable(), Turns(1.0)), Requester("")
    admission.put_in_force(WANTED.server.limits(), 0.5)
    running = admission.enter(who)
    with pytest.raises(OverLimit, match="limit of 1 concurrency"):
        admission.enter(who)
    admission.put_in_force(Settings(server={"concurrency": 2}).server.limits(), 0.5)
    another = admission.enter(who)
    admission.leave(running)
    admission.leave(another)
    assert len(admission.enter(who)) == 2  # the call, and what is counted of it
    assert admission.turns.longest_s == 0.5


def test_a_reload_takes_these_and_tells_of_the_rest():
    """What needs a restart stays as it runs."""
    merged = reloaded(Settings(), WANTED)
    assert merged.server.model_dump() == with_live(Settings(), WANTED).server.model_dump()
    assert (merged.server.workers, merged.observability.log_level) == (1, "warning")
    assert list(needing_a_restart(merged, WANTED)) == ["server.grace_s", "server.workers", "observability.log_format"]
