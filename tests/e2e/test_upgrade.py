"""A folder that release 0.2.0 pruned is gone on from: what only its saved state knows is kept, by today's code.

`keep_pruned.py` wrote it with that release's own code, and what that code expected of the queries in its log.
"""

import json
import pickle
import tarfile
from pathlib import Path

import pytest
from pointsman import AsyncClient
from pointsman_learner import release_0_2_0
from pointsman_learner.evaluation.trials import Record
from pointsman_learner.learner import Learner
from pointsman_learner.settings import LearnerSettings
from pointsman_service.cli.commands import run
from pointsman_service.config import load
from pointsman_service.process.base import kept_base
from pointsman_service.process.compose import running
from pointsman_service.process.fold import Mark, settings_key
from pointsman_service.process.opening import opened, storage_of
from pointsman_service.process.verify import verify
from structlog.testing import capture_logs

KEPT = Path(__file__).parent / "logs" / "0.2.0-pruned.tar.xz"
POLICY = {"exploration": 0.05}


@pytest.fixture
def upgraded(tmp_path):
    """The folder as the release left it, and what the release expected."""
    with tarfile.open(KEPT) as tar:
        tar.extractall(tmp_path, filter="data")
    return tmp_path / "data", json.loads((tmp_path / "expected.json").read_text())


def configured(folder):
    """A file that configures a service as the release's was, but that it keeps what it has."""
    file = folder.parent / "pointsman.toml"
    file.write_text(
        f"""
        [server]
        port = 0
        grace_s = 2.0
        [storage]
        folder = "{folder}"
        [learner]
        taxonomy = "{folder.parent / "taxonomy.toml"}"
        [learner.policy]
        exploration = 0.05
        [replay]
        pool = ["starter-small", "starter-large"]
        [tenants.team-a]
        usd_per_thousand = 0.5
        [observability]
        log_level = "info"
        """
    )
    return file


def contexts_in(storage):
    """Of the episodes that are still in the log, by their positions."""
    return {str(e.position): e.event.context for e in storage.log.read(0, 1000) if e.event.kind == "episode"}


def base_of(folder, policy=POLICY):
    """Where a fold of the folder begins, what is said of it, and the contexts of what the log still has."""
    with opened(folder, read_only=True) as storage, capture_logs() as lines:
        return kept_base(storage.checkpoints, LearnerSettings(**policy)), lines, contexts_in(storage)


def test_the_state_expects_what_it_expected(upgraded):
    """Of every model on every query, to rounding: nothing of it means something else today."""
    folder, expected = upgraded
    mark, _, contexts = base_of(folder)
    learner = Learner.from_bytes(mark.state)
    estimates, snapshot = learner.estimates, learner.snapshot()
    assert mark.position == expected["position"]
    assert [m.name for m in estimates.models] == expected["models"]
    assert len(expected["episodes"]) >= 6
    for position, told in expected["episodes"].items():
        found = estimates.expect(contexts[position])
        frozen = snapshot.expect(contexts[position])
        for name, values in told.items():
            assert getattr(found, name).tolist() == pytest.approx(values, rel=1e-9), name
            assert getattr(frozen, name).tolist() == pytest.approx(values, rel=1e-4), name  # in single precision


def test_the_state_is_whole(upgraded):
    """Each part of it: what answers share, budgets, judges, what jobs look at."""
    folder, expected = upgraded
    learner = Learner.from_bytes(base_of(folder)[0].state)
    e = learner.estimates
    assert [e.joint.rho, e.joint.collides, e.joint.differs] == pytest.approx(expected["joint"])
    assert e.pacers["team-a"].cost_weight == pytest.approx(expected["cost_weight"])
    odds = [e.judges.log_odds({"format": score}, 0) for score in (0.0, 1.0)]
    assert odds == pytest.approx(expected["format_odds"])
    assert (e.labels, e.episodes) == (expected["labels"], expected["answered"])
    assert len(e.residuals.rows) == expected["residuals"]
    assert learner.events == expected["events"]
    assert learner.record.digest() == Record().digest()  # what promotion tried is not known: it begins anew
    assert e.clusters.memberships(*_first_features(e)).sum() == pytest.approx(1.0)
    assert sum(width for width, _, _ in e.drift.seen()) == expected["labels"]


def _first_features(estimates):
    raw = estimates.clusters.centers[0]
    return raw, estimates.moments.scale(len(raw) - 64)


def test_one_line_says_what_is_kept(upgraded):
    """At info: it is what an upgrade is meant to do."""
    _, lines, _ = base_of(upgraded[0])
    ((said),) = lines
    assert (said["log_level"], said["event"]) == ("info", "going on from what pruned episodes taught")
    assert (said["position"], said["anew"]) == (upgraded[1]["position"], "nothing")


def test_under_other_settings_it_says_what_begins_anew(upgraded):
    """What was learnt stays, and the settings hold."""
    mark, (said,), contexts = base_of(upgraded[0], {"exploration": 0.2, "half_life": 500.0})
    learner = Learner.from_bytes(mark.state)
    assert learner.estimates.settings == LearnerSettings(exploration=0.2, half_life=500.0)
    assert "promoted" in said["anew"]
    position, told = next(iter(upgraded[1]["episodes"].items()))
    assert learner.estimates.expect(contexts[position]).quality.tolist() == pytest.approx(told["quality"])


async def test_a_service_goes_on_from_it(upgraded, until, capfd):
    """It routes at once, learns on from what was pruned, verifies, and a second start goes on from there."""
    folder, expected = upgraded
    file = configured(folder)
    settings = load(file)
    for start in (1, 2):
        async with running(settings) as service, AsyncClient(service.address, tenant="team-a") as client:
            assert (await client.route(f"Which planet is the largest? {start}")).decision.model in expected["models"]
            await _learnt(settings, until)
        assert run(["doctor", "--config", str(file), "--verify"]) == 0
        with opened(folder, read_only=True) as storage:
            proof = verify(storage.log, storage.checkpoints, settings.learner.policy)
            assert (proof.holds, proof.since, proof.skipped) == (True, expected["position"], ())
            kept = Learner.from_bytes(Mark.from_bytes(storage.checkpoints.latest()[0]).state)
        assert kept.estimates.labels >= expected["labels"]
        assert kept.estimates.episodes >= expected["answered"]
    assert capfd.readouterr().err.count("folding the log anew") == 1  # at the first start


async def _learnt(settings, until):
    """Until the learner has published all that the log has."""
    storage = storage_of(settings)
    try:
        end = await storage.log.end()
        await until(lambda: any(s.position >= end for s in storage.snapshots.list(1)))
    finally:
        await storage.close()


def test_it_can_be_looked_at_before(upgraded, capsys):
    """The doctor finds nothing wrong, and says that listed prices decide until there is another snapshot."""
    assert run(["doctor", "--folder", str(upgraded[0])]) == 0
    said = capsys.readouterr().out
    assert "listed prices decide at the start" in said


@pytest.mark.parametrize("payload", [b"", b"no pickle", pickle.dumps({"known": 1}), pickle.dumps([1])])
def test_what_is_no_state_is_refused(payload):
    """By one kind of error, whatever it is."""
    with pytest.raises(ValueError, match="no state of release"):
        release_0_2_0.read(payload)


def test_only_what_a_state_is_made_of_is_made(tmp_path):
    """A pickle can name any function there is; such a one is refused before it is called."""
    called = tmp_path / "called"

    class Touch:
        def __reduce__(self):
            return Path.touch, (called,)

    with pytest.raises(ValueError, match="is no part of a state"):
        release_0_2_0.read(pickle.dumps({"known": Touch()}))
    assert not called.exists()


def test_the_text_of_settings_is_read_as_text():
    """And what is none is refused."""
    settings = LearnerSettings(half_life=9.0)
    old = settings_key(settings).replace("explorer='inverse_gap', judge_combination='discriminant', ", "")
    assert old != settings_key(settings)
    assert release_0_2_0.settings_of(old) == settings
    for wrong in ("", "LearnerSettings(", "f()", "LearnerSettings(half_life=open('x'), parts=Parts())", "3"):
        with pytest.raises(ValueError):
            release_0_2_0.settings_of(wrong)
