"""The health book says what is so: the log, the learner's lag, damage that only the learner met."""

from types import SimpleNamespace

import pytest
from pointsman_service.application.health_book import HealthBook
from pointsman_service.domain.conditions import Kind
from pointsman_service.domain.health import HealthState
from pointsman_service.ports import LogTrouble
from pointsman_service.process.health_watch import BEHIND_S, HealthWatch
from pointsman_service.process.lives import ChildHealth


@pytest.fixture
def world():
    """What the watch sees, for a test to change."""
    seen = SimpleNamespace(now=100.0, trouble=None, learner=ChildHealth(True, "", {"position": 10}), holding={})

    def condition(condition, holds, why=""):
        seen.holding.pop(condition.kind, None)
        if holds:
            seen.holding[condition.kind] = why

    seen.condition = condition
    return seen


@pytest.fixture
def watch(world):
    """A watch over it, without its loops."""
    made = HealthWatch(HealthBook(lambda: 5.0), world, None, lambda: world.learner, world, lambda: world.now)
    made.tell_now()
    return made


def states(watch):
    """By part."""
    watch.tell_now()
    return {p.part: p.state for p in watch.book.parts}


def seen(watch, world, end, seconds=BEHIND_S + 1.0):
    """The log's end is seen now; then so much time passes."""
    watch._ends.append((world.now, end))
    world.now += seconds


def test_all_is_well_at_first(watch):
    """Also where nobody was told of the learner yet."""
    assert set(states(watch).values()) == {HealthState.SERVING}


def test_trouble_of_the_log_is_not_serving_with_what_to_do(watch, world):
    """And it passes."""
    world.trouble = LogTrouble("full", "free space on the disk")
    assert states(watch)["log"] is HealthState.NOT_SERVING
    assert watch.book.parts[0].why == "free space on the disk"
    assert watch.book.state is HealthState.NOT_SERVING
    world.trouble = None
    assert watch.book.state is HealthState.NOT_SERVING
    assert states(watch)["log"] is HealthState.SERVING


def test_damage_that_the_learner_met_is_the_logs(watch, world):
    """A page that only it reads: whoever writes on would lose that with the restored backup."""
    world.learner = ChildHealth(True, "", {"position": 10, "damaged": "malformed: restore a backup"})
    assert states(watch)["log"] is HealthState.NOT_SERVING


def test_a_learner_that_is_late_is_degraded_until_it_has_caught_up(watch, world):
    """What was logged a moment ago is not late."""
    seen(watch, world, end=10)
    assert states(watch)["learner"] is HealthState.SERVING
    seen(watch, world, end=500, seconds=0.1)
    assert states(watch)["learner"] is HealthState.SERVING
    world.now += BEHIND_S
    assert states(watch)["learner"] is HealthState.DEGRADED
    assert "490 events behind" in watch.book.parts[1].why
    assert watch.book.state is HealthState.DEGRADED
    world.learner = ChildHealth(True, "", {"position": 500})
    assert states(watch)["learner"] is HealthState.SERVING


def test_a_learner_that_is_gone_is_degraded(watch, world):
    """Whatever its lag."""
    world.learner = ChildHealth(False, "it ended and is started again")
    assert states(watch)["learner"] is HealthState.DEGRADED


def test_operators_hear_of_a_log_that_cannot_be_written(watch, world):
    """As a condition, whose line is written once for all workers, though nobody calls."""
    world.trouble = LogTrouble("full", "free space")
    watch.tell_now()
    assert world.holding == {Kind.LOG_UNWRITABLE: "free space"}
    world.trouble = None
    watch.tell_now()
    assert world.holding == {}
