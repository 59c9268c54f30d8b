"""Logs of releases are read for ever: each that was kept opens, verifies, routes, and says what it said."""

import gzip
import json
from pathlib import Path

import pytest
from pointsman import AsyncClient, v1
from pointsman_service.cli.commands import run
from pointsman_service.config import parse
from pointsman_service.process.compose import running
from pointsman_service.process.opening import storage_of
from pointsman_service.process.start_checks import examine
from pointsman_service.process.verify import verify

LOGS = sorted((Path(__file__).parent / "logs").glob("*.db.gz"))
KINDS = {
    *("episode", "feedback", "outcome", "session_outcome"),
    *("operator", "declared", "model", "taxonomy_node", "warm_start"),
}


@pytest.fixture(params=LOGS, ids=lambda log: log.name)
def settings(request, tmp_path):
    """Of a service on a copy of a kept log."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "pointsman.db").write_bytes(gzip.decompress(request.param.read_bytes()))
    return parse(
        {
            "server": {"port": 0, "grace_s": 2.0},
            "storage": {"folder": str(folder)},
            "observability": {"log_level": "error"},
        }
    )


def test_the_first_release_keeps_a_log():
    """And it holds an event of every kind that a log can hold."""
    assert [log.name for log in LOGS][:1] == ["0.2.0.db.gz"]


async def test_it_holds_every_kind_of_event(settings):
    """Else a kind could become unreadable unseen."""
    storage = storage_of(settings)
    try:
        assert {logged.event.kind for logged in storage.log.read(0, 10_000)} >= KINDS
    finally:
        await storage.close()


def _client_of(service):
    return AsyncClient(service.address, admin_address=service.admin_address)


async def test_it_is_served_and_says_what_it_said(settings):
    """Answers, feedback, outcomes and what operators changed are as they were told."""
    async with running(settings) as service, _client_of(service) as client:
        again = await client.complete(
            "What is the capital of Australia?",
            request_id="kept-answer",
            session_id="s-1",
            end_user_id="u-1",
            labels={"team": "a"},
            language="en",
        )
        assert again.replayed
        assert "Canberra" in again.answer.text
        episode = await client.get_episode(again.episode_id)
        assert [(f.request_id, f.value) for f in episode.feedback] == [("kept-thumb", 1.0)]
        assert (episode.end_user_id, episode.labels["team"], episode.prompt[:4]) == ("u-1", "a", "What")
        model = (await client.call(v1.GetModelRequest(model="starter-small"))).model
        assert model.input_usd_per_million == 0.05
        assert (await client.call(v1.GetTenantRequest(tenant="team-a"))).tenant.ceiling_usd == 5.0
        assert (await client.route("And now?")).decision.model


async def test_it_verifies(settings, until):
    """What a service of today learns from it is the fold of it."""
    async with running(settings) as service, AsyncClient(service.address) as client:
        await client.route("And now?")
        storage = storage_of(settings)
        end = await storage.log.end()
        await until(lambda: any(s.position >= end for s in storage.snapshots.list()))
        await storage.close()
    storage = storage_of(settings)
    try:
        result = verify(storage.log, storage.checkpoints, settings.learner.policy)
        assert result.holds, str(result)
        assert not result.skipped
    finally:
        await storage.close()


def test_it_can_be_looked_at_before_this_version_starts_on_it(settings, capsys):
    """Who upgrades looks first, at a folder that no service of today has opened."""
    folder = settings.storage.folder
    file = Path(folder) / "pointsman.db"
    before = file.read_bytes()
    assert run(["doctor", "--folder", str(folder), "--json"]) == 0, capsys.readouterr().out
    capsys.readouterr()
    assert run(["config", "show", "tenants.team-a.ceiling_usd", "--folder", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["value"] == 5.0
    assert file.read_bytes() == before


async def test_the_doctor_finds_nothing_wrong_with_it(settings):
    """What operators changed of models that recorded answers stand in for goes together with them."""
    async with running(settings):
        pass
    assert [f.text for f in examine(settings) if not f.good] == []
