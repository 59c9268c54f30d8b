"""What the main process reads out of the storage for its operator, and what it tells of it."""

import time
from types import SimpleNamespace

import pytest
from pointsman_learner.events import ModelPut, OperatorActed
from pointsman_learner.types import Model
from pointsman_service.config import parse
from pointsman_service.domain.configuration import Key
from pointsman_service.observability.changes_told import ChangesTold
from pointsman_service.observability.operator_facts import Budget
from pointsman_service.process.declaring import declare
from pointsman_service.process.facts_reader import BudgetsTold, ChildrenTold, FactsReader
from pointsman_service.process.lives import ChildHealth
from pointsman_service.process.opening import rules, storage_of


@pytest.fixture
def lines():
    """What was written: the event with its facts."""
    return []


@pytest.fixture
def changes(lines):
    """Tells at once."""
    return ChangesTold(lambda _level, event, **facts: lines.append((event, facts)), settles_s=0.0)


def budget(spent, ceiling=10.0, began_at=0.0):
    """Of the tenant acme, in a period of 100 s."""
    return Budget("acme", ceiling, spent, began_at, began_at + 100.0)


def said(lines):
    """The first words of each line."""
    return [event.split(":")[0] for event, _ in lines]


def test_a_budget_is_told_at_four_fifths_and_when_it_is_spent_once_a_period(changes, lines):
    """What is held goes up and down; the next period begins anew."""
    told = BudgetsTold(changes)
    for spent in (7.9, 8.1, 7.5, 8.2, 10.0, 9.0, 10.0):
        told.look([budget(spent)])
    assert said(lines) == ["80 % of the budget's period are spent", "the budget's period is spent"]
    assert lines[0][1] == {"tenant": "acme", "why": "8.1 of 10 dollars, the period ends 1970-01-01 00:01:40 UTC"}
    told.look([budget(0.0, began_at=100.0)])
    assert said(lines)[2:] == ["the budget has room again"]
    told.look([budget(8.5, began_at=100.0)])
    assert said(lines)[3:] == ["80 % of the budget's period are spent"]


def test_a_raised_ceiling_is_told_as_room(changes, lines):
    """In the same period."""
    told = BudgetsTold(changes)
    told.look([budget(10.0)])
    told.look([budget(10.0, ceiling=100.0)])
    assert said(lines)[2:] == ["the budget has room again"]


async def test_budgets_lag_and_prices_are_read_from_the_folder(tmp_path, changes, lines):
    """A learner that learns nothing is behind; a model without a price is told when it comes at run time."""
    place = {"base_url": "http://127.0.0.1:1/v1", "input_usd_per_million": 1.0, "output_usd_per_million": 1.0}
    settings = parse(
        {
            "models": [{"name": "a", **place}],
            "tenants": {"acme": {"ceiling_usd": 1.0, "period_s": 30 * 86_400.0}},  # no period ends amid the test
            "storage": {"folder": str(tmp_path)},
        }
    )
    await declare(settings)
    storage = storage_of(settings)
    now = SimpleNamespace(s=time.time())
    learner = SimpleNamespace(name="learner", pid=1, restarts=0)
    reader = FactsReader(storage, changes, [learner], lambda: now.s)
    try:
        await storage.log.append(ModelPut(now.s, Model("late", 1.0, 1.0)))
        facts = reader.look()
        assert (facts.lag_events > 0, facts.snapshot_at, facts.pinned) == (True, None, False)
        reservation = await storage.ledger.reserve("acme", 0.85, now.s)
        await storage.ledger.settle(reservation, 0.85)
        (seen,) = [b for b in reader.look().budgets if b.tenant == "acme"]
        assert seen.share == pytest.approx(0.85)
        assert said(lines) == ["80 % of the budget's period are spent"]
        now.s += 31.0
        reader.look()
        reader.look()
        assert said(lines)[1:] == ["the learner is behind"]
        position = await storage.log.end()
        storage.snapshots.put(b"x", position, now.s)
        assert reader.look().lag_events == 0
        assert said(lines)[2:] == ["the learner has caught up"]
        storage.snapshots.activate(1, now.s)
        assert reader.look().pinned
        assert said(lines)[3:] == ["an operator rolled back"]
        now.s = time.time()
        await put_unpriced(storage, "dark")
        reader.look()
        reader.look()
        assert lines[4:] == [
            (
                "nobody knows what this model costs: what it spends is in no sum",
                {"model": "dark", "why": "it is planned and held as the dearest model"},
            )
        ]
    finally:
        await storage.close()


def test_processes_that_do_not_do_well_for_a_while_are_told_once(changes, lines):
    """Workers by their names, the learner apart; one that died once and is back has its line of the restart alone."""
    well, ill = ChildHealth(True, ""), ChildHealth(False, "no sign of life for 9.0 s")
    state = {"learner": well, "worker-0": ill, "worker-1": well}
    now = SimpleNamespace(s=0.0)
    children = [SimpleNamespace(name=name, health=lambda name=name: state[name]) for name in state]
    told = ChildrenTold(children, changes, lambda: now.s)
    for now.s in (0.0, 9.0):
        told.look()
    assert lines == []
    for now.s in (10.0, 20.0):
        told.look()
    assert lines == [("a worker does not do well", {"process": "worker-0", "why": "no sign of life for 9.0 s"})]
    state |= {"worker-0": well, "learner": ill}
    for now.s in (21.0, 40.0):
        told.look()
    assert said(lines)[1:] == ["the worker does well again", "the learner does not do well"]


async def put_unpriced(storage, name):
    """As an operator does at run time."""
    model = {"": True, "adapter": "openai", "provider_model": name, "base_url": "http://127.0.0.1:1/v1"}
    put = {str(Key("models", name, field)): value for field, value in (model | {"unpriced": True}).items()}
    layers = storage.configuration.read()
    added = OperatorActed(time.time(), "ann", "CreateModel", None, "", put, (), "")
    before, after = (rules().in_force(each) for each in (layers, layers.after(added, layers.version)))
    await storage.configuration.act(added, rules().taught(before, after, added.at), layers.version)
