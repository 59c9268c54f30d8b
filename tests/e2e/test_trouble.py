"""Bad input and trouble, end to end: each has a clear outcome."""

import asyncio
import shutil

import pytest
from pointsman import (
    AsyncClient,
    BudgetExhausted,
    Conflict,
    DeadlineExceeded,
    FailedPrecondition,
    InvalidRequest,
    NotFound,
    RetryPolicy,
    Unavailable,
    v1,
)
from pointsman_service.adapters.sqlite.storage import open_storage
from pointsman_service.config import parse
from pointsman_service.domain import ModelConfig
from pointsman_service.errors import ConfigurationError, NewerSchema
from pointsman_service.process.replayed_models import with_replayed_models
from pointsman_service.replay.sources import open_table

PROMPTS = open_table("starter").prompts
ONCE = RetryPolicy(attempts=1)
OFF = {"enabled": False}
"""Of the learner, where nothing is learnt: it takes as long to start as all the rest."""


@pytest.fixture
async def client(serve):
    """A client of a service on the starter table."""
    async with (
        serve(server={"max_message_chars": 1000}, learner=OFF) as service,
        AsyncClient(service.address, admin_address=service.admin_address, retry=ONCE) as made,
    ):
        yield made


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"messages": ""}, "messages"),
        ({"messages": "x" * 1001}, "messages"),
        ({"messages": "hi", "dial": 1.5}, "dial"),
        ({"messages": "hi", "min_quality": -0.1}, "min_quality"),
        ({"messages": "hi", "cost_weight": -1.0}, "cost_weight"),
    ],
)
async def test_a_wrong_field_is_named(client, fields, field):
    """INVALID_ARGUMENT with a violation of that field."""
    with pytest.raises(InvalidRequest) as e:
        await client.complete(**fields)
    assert field in str(e.value)


async def test_what_does_not_exist_is_not_found(client):
    """Model, node, snapshot, episode, job."""
    with pytest.raises(NotFound):
        await client.route("hi", models=["gpt-9"])
    with pytest.raises(NotFound):
        await client.get_episode("nobody")
    with pytest.raises(NotFound):
        await client.feedback("nobody", thumb=True)
    for request in (
        v1.GetTaxonomyNodeRequest(node_id="nowhere"),
        v1.RollBackSnapshotRequest(snapshot_version=999),
        v1.RunJobRequest(job="dance"),
        v1.DisableModelRequest(model="gpt-9"),
    ):
        with pytest.raises(NotFound):
            await client.call(request)


async def test_no_model_left_names_the_constraint(client):
    """FAILED_PRECONDITION: nothing is as good as asked for, or as cheap."""
    with pytest.raises(FailedPrecondition) as e:
        await client.complete(PROMPTS[0], max_cost_usd=1e-9)
    assert "max_cost_usd" in str(e.value.__dict__) or "cost" in str(e.value)


async def test_a_request_id_with_other_content_is_a_conflict(client):
    """And the same content gets the same answer."""
    first = await client.complete(PROMPTS[0], request_id="r")
    again = await client.complete(PROMPTS[0], request_id="r")
    assert (again.episode_id, again.answer.text) == (first.episode_id, first.answer.text)
    with pytest.raises(Conflict):
        await client.complete(PROMPTS[1], request_id="r")


async def test_a_hard_ceiling_is_resource_exhausted(serve):
    """With the time until the next period."""
    async with (
        serve(tenants={"default": {"ceiling_usd": 1e-7}}, learner=OFF) as service,
        AsyncClient(service.address, retry=ONCE) as client,
    ):
        with pytest.raises(BudgetExhausted):
            await client.complete(PROMPTS[0])


@pytest.mark.parametrize("kind", ["unavailable", "garbage", "empty", "rate_limited"])
async def test_when_every_provider_fails_the_caller_hears_of_each(serve, kind):
    """UNAVAILABLE, with what each said; the service lives on."""
    async with (
        serve(replay={"failures": f"{kind}=1"}, learner=OFF) as service,
        AsyncClient(service.address, retry=ONCE, timeout_s=20) as client,
    ):
        with pytest.raises(Unavailable) as e:
            await client.complete(PROMPTS[0])
        assert "starter-" in str(e.value)
        assert (await client.route(PROMPTS[0])).decision.model


async def test_a_provider_that_hangs_ends_with_the_deadline(serve):
    """DEADLINE_EXCEEDED, in time."""
    async with (
        serve(replay={"failures": "timeout=1"}, learner=OFF) as service,
        AsyncClient(service.address, retry=ONCE) as client,
    ):
        async with asyncio.timeout(10):
            with pytest.raises(DeadlineExceeded):
                await client.complete(PROMPTS[0], timeout_s=1.0)


async def test_a_truncated_answer_is_still_an_answer_and_says_so(serve):
    """The finish reason tells, and the format judge has seen it."""
    async with (
        serve(replay={"failures": "truncated=1"}, learner=OFF) as service,
        AsyncClient(service.address) as client,
    ):
        done = await client.complete(PROMPTS[0])
        assert done.answer.finish_reason == v1.FINISH_REASON_LENGTH
        assert any(v.judge == "format" and v.score < 1.0 for s in done.steps for v in s.verdicts)


async def test_some_failures_are_met_by_falling_back(serve):
    """With a third of the calls failing, almost every request still gets its answer."""
    async with (
        serve(replay={"failures": "unavailable=0.2,garbage=0.1,empty=0.1"}, learner=OFF) as service,
        AsyncClient(service.address, retry=ONCE, timeout_s=20) as client,
    ):
        results = await asyncio.gather(*(client.complete(p) for p in PROMPTS[:30]), return_exceptions=True)
    failed = [r for r in results if isinstance(r, Exception)]
    assert all(isinstance(e, Unavailable) for e in failed)
    assert len(failed) <= 6


async def test_a_corrupt_snapshot_does_not_stop_the_start(serve, configure, until):
    """An older one, or the static policy, decides until the learner has published another."""
    async with serve() as service, AsyncClient(service.address) as client:

        async def decides_by_a_snapshot():
            return (await client.route("hi")).decision.snapshot_version > 0

        await until(decides_by_a_snapshot)
    for file in (configure().storage.folder / "snapshots").iterdir():
        file.write_bytes(b"garbage")
    async with serve() as service, AsyncClient(service.address) as client:
        assert (await client.complete(PROMPTS[0])).answer.text


async def test_a_database_of_a_newer_schema_stops_the_start(serve, configure):
    """It is not touched."""
    import sqlite3

    settings = configure()
    open_storage(settings.storage.folder).close_blocking()
    with sqlite3.connect(settings.storage.folder / "pointsman.db") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(NewerSchema, match="999"):
        async with serve():
            pass


async def test_a_folder_that_is_no_folder_stops_the_start(serve, configure):
    """In one line."""
    folder = configure().storage.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file")
    with pytest.raises(ConfigurationError):
        async with serve():
            pass


async def test_an_unknown_table_stops_the_start(serve):
    """Named, with what it could be."""
    with pytest.raises(ConfigurationError, match="/nowhere"):
        async with serve(replay={"table": "/nowhere"}):
            pass


def test_configured_models_can_be_replayed():
    """By their names; one that was never recorded is refused; recorded judges learn the address."""
    recorded = (ModelConfig("a", "openai", "a", "http://replay/v1", cost_source="response"),)
    section = {"name": "a", "base_url": "http://real/v1"}
    judges = [{"name": "r", "kind": "recorded"}, {"name": "f", "kind": "format"}]
    settings = parse({"models": [section], "judges": judges, "replay": {"enabled": True}})
    replayed = with_replayed_models(settings, recorded, "http://replay")
    assert replayed.model_configs() == recorded
    assert [j.options for j in replayed.judges] == [{"url": "http://replay"}, {}]
    with pytest.raises(ConfigurationError, match="'b' is not in the replay table"):
        with_replayed_models(parse({"models": [{**section, "name": "b"}]}), recorded, "http://replay")


async def test_the_log_survives_without_its_derived_files(serve, configure):
    """Snapshots and checkpoints can be folded anew: the log is the only truth."""
    async with serve() as service, AsyncClient(service.address) as client:
        episode_id = (await client.complete(PROMPTS[0])).episode_id
    for name in ("snapshots", "checkpoints"):
        shutil.rmtree(configure().storage.folder / name)
    async with serve() as service, AsyncClient(service.address) as client:
        assert (await client.get_episode(episode_id)).episode_id == episode_id
        assert (await client.complete(PROMPTS[0])).answer.text
