"""The contract of the ConfigurationStore port. Every storage passes all of it: see storages.py."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pointsman_learner.events import BudgetPut, ConfigurationDeclared, OperatorActed
from pointsman_service.domain.configuration import Key, Layers
from pointsman_service.errors import RequestConflict
from pointsman_service.ports import Overtaken

from tests.contracts.storages import opening

FILE = ConfigurationDeclared(1.0, "start", {"models.a": (True, "file"), "models.a.enabled": (False, "file")})
ON = OperatorActed(2.0, "ann", "UpdateModel", "r-1", "f-1", {"models.a.enabled": True})


opener = opening(lambda storage: storage)  # what is looked at are its `configuration` and its `log`


@pytest.fixture
async def storage(opener, tmp_path):
    """Open, and empty."""
    async with opener(tmp_path) as storage:
        yield storage


async def test_an_empty_store_has_nothing_in_force(storage):
    """Version 0."""
    assert storage.configuration.version() == 0
    assert storage.configuration.read() == Layers()


async def test_what_is_declared_and_changed_is_read_by_layer(storage):
    """Each at the position of its event, with who and when."""
    declared = await storage.configuration.declare(FILE, (), 0)
    acted = await storage.configuration.act(ON, (), declared)
    layers = storage.configuration.read()
    assert (layers.version, storage.configuration.version(), acted.replayed) == (acted.position, acted.position, False)
    change = layers.changed[Key("models", "a", "enabled")]
    assert (change.value, change.by, change.at) == (True, "ann", 2.0)
    assert layers.declared[Key("models", "a", "enabled")].value is False
    assert layers.entries("models") == {"a": {"enabled": True}}


async def test_a_change_and_what_it_teaches_are_one(storage):
    """The events stand behind each other; who was too late finds neither."""
    version = await storage.configuration.declare(FILE, [BudgetPut(1.0, "t", 3.0)], 0)
    assert [e.event.kind for e in storage.log.read(0)] == ["declared", "budget"]
    with pytest.raises(Overtaken):
        await storage.configuration.act(ON, [BudgetPut(2.0, "t", 4.0)], version - 1)
    assert len(storage.log.read(0)) == 2
    await storage.configuration.act(ON, [BudgetPut(2.0, "t", 4.0)], version)
    assert [e.event.kind for e in storage.log.read(2)] == ["operator", "budget"]


async def test_what_follows_from_a_version_is_appended_while_it_holds(storage):
    """All or nothing, and without moving it."""
    version = await storage.configuration.declare(FILE, (), 0)
    await storage.configuration.teach([BudgetPut(1.0, "t", 3.0), BudgetPut(1.0, "u", 3.0)], version)
    await storage.configuration.teach([], version)
    assert storage.configuration.version() == version
    await storage.configuration.act(ON, (), version)
    with pytest.raises(Overtaken):
        await storage.configuration.teach([BudgetPut(2.0, "t", 4.0)], version)
    assert [e.event.kind for e in storage.log.read(version)] == ["budget", "budget", "operator"]


async def test_other_events_move_no_version(storage):
    """Nor does an operator's action that changes no value."""
    version = await storage.configuration.declare(FILE, (), 0)
    await storage.log.append(BudgetPut(1.0, "t", 3.0))
    await storage.configuration.act(OperatorActed(2.0, "ann", "RunJob", note="job: prune"), (), version)
    assert storage.configuration.version() == version


async def test_a_request_id_acts_once(storage):
    """Whatever version it was computed from; another method or content is a conflict."""
    first = await storage.configuration.act(ON, (), 0)
    again = await storage.configuration.act(ON, [BudgetPut(2.0, "t", 4.0)], 0)
    assert (again.position, again.replayed) == (first.position, True)
    assert storage.configuration.acted("r-1", "f-1", "UpdateModel") == first.position
    assert storage.configuration.acted("r-2", "f-1", "UpdateModel") is None
    with pytest.raises(RequestConflict):
        storage.configuration.acted("r-1", "f-2", "UpdateModel")
    with pytest.raises(RequestConflict):
        await storage.configuration.act(
            OperatorActed(2.0, "ann", "DeleteModel", "r-1", "f-1", {"models.a": False}), (), first.position
        )
    assert len(storage.log.read(0)) == 1


async def test_of_two_at_once_one_is_overtaken(opener, tmp_path):
    """Over two handles on one store."""
    async with opener(tmp_path) as first, opener(tmp_path) as second:
        acts = [
            each.configuration.act(OperatorActed(2.0, by, "UpdateModel", put={"models.a.enabled": True}), (), 0)
            for each, by in ((first, "ann"), (second, "bob"))
        ]
        done = await asyncio.gather(*acts, return_exceptions=True)
        assert sorted(type(d).__name__ for d in done) == ["Acted", "Overtaken"]
        assert first.configuration.read() == second.configuration.read()


async def test_it_is_there_after_reopening(opener, tmp_path):
    """And the request's id is known."""
    async with opener(tmp_path) as storage:
        await storage.configuration.act(ON, (), 0)
        kept = storage.configuration.read()
    async with opener(tmp_path) as storage:
        assert storage.configuration.read() == kept
        assert storage.configuration.acted("r-1", "f-1", "UpdateModel") is not None


KEYS = st.sampled_from(
    [Key("models", n, f) for n in ("a", "a.b", "x/y") for f in ("", "enabled", "capabilities.tools")]
    + [Key("server", "", "port"), Key("taxonomy", "math.algebra", "title")]
)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(0, 9), st.text(max_size=3), st.lists(st.integers(), max_size=2)
)
ACTS = st.builds(
    lambda put, reset: OperatorActed(
        2.0, "ann", "X", put={str(k): v for k, v in put.items()}, reset=tuple(map(str, reset))
    ),
    st.dictionaries(KEYS, VALUES, max_size=3),
    st.lists(KEYS, max_size=2),
)
DECLARATIONS = st.builds(
    lambda values: ConfigurationDeclared(1.0, "start", {str(k): (v, "file") for k, v in values.items()}),
    st.dictionaries(KEYS, VALUES, max_size=4),
)


@given(st.lists(st.one_of(ACTS, DECLARATIONS), max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_kept_is_the_fold_of_the_log_whatever_happens(opener, tmp_path_factory, events):
    """Values, order and version; and made again from the log it is the same."""

    async def run():
        async with opener(tmp_path_factory.mktemp("configuration")) as storage:
            layers = Layers()
            for event in events:
                layers = layers.after(event, await storage.log.append(event))
            for _ in range(2):
                kept = storage.configuration.read()
                assert kept == layers
                assert (list(kept.declared), list(kept.changed)) == (list(layers.declared), list(layers.changed))
                await storage.configuration.rebuild()

    asyncio.run(run())
