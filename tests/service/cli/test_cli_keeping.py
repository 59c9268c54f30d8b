"""`pointsman backup`, `restore`, `export`, `prune`: commands on a folder, for which no service needs to run."""

import json

import pytest
from pointsman_service.adapters.sqlite.storage import open_storage
from pointsman_service.cli.commands import run
from pointsman_service.config.sections import LearnerSection
from pointsman_service.domain.operations import EpisodeQuery, PageRequest, StatsQuery
from pointsman_service.ports import NewEpisode
from pointsman_service.process.learner_loop import LearnerLoop


@pytest.fixture
async def folder(tmp_path, an_episode):
    """A folder with three episodes, learnt from."""
    storage = open_storage(tmp_path / "data")
    for i in range(3):
        await storage.log.append_episode(NewEpisode(an_episode(f"e{i}", at=1_700_000_000.0 + i), f"prompt {i}"))
    loop = LearnerLoop(storage.log, storage.snapshots, storage.checkpoints, LearnerSection(), lambda: 1_700_000_010.0)
    loop.step()
    loop.save()
    await storage.close()
    return tmp_path / "data"


@pytest.fixture
def done(capsys):
    """Run a command, its exit code, and what it printed on standard output and on standard error."""

    def ran(*arguments):
        code = run([str(a) for a in arguments])
        return code, *capsys.readouterr()

    return ran


async def test_a_backup_is_put_back_and_proved_equal(folder, tmp_path, done):
    """The three commands of README, in their order."""
    code, out, _ = done("backup", tmp_path / "backup", "--folder", folder, "--json")
    assert (code, json.loads(out)["episodes"], json.loads(out)["log_end"]) == (0, 3, 3)
    code, out, _ = done("restore", tmp_path / "backup", "--folder", tmp_path / "new")
    assert code == 0
    assert "learnt_to" in out
    code, out, _ = done("doctor", "--folder", tmp_path / "new", "--verify", "--json")
    fold = next(f for f in json.loads(out) if f["check"] == "fold")
    assert fold["good"], fold


async def test_what_cannot_be_backed_up_or_put_back_is_one_line_and_exit_code_2(folder, tmp_path, done):
    """The same command fails again until it is changed."""
    assert done("backup", tmp_path / "backup", "--folder", tmp_path / "nowhere")[0] == 2
    assert done("backup", folder, "--folder", folder)[0] == 2
    code, _, err = done("restore", tmp_path, "--folder", tmp_path / "new")
    assert (code, err.count("\n")) == (2, 1)
    assert "no backup" in err


async def test_an_export_is_written_and_described(folder, tmp_path, done):
    """For analysts; what is misspelt is misuse."""
    code, out, _ = done("export", tmp_path / "out", "--folder", folder, "--since", "2023-11-14", "--json")
    assert (code, json.loads(out)["episodes"], json.loads(out)["steps"]) == (0, 3, 3)
    assert (tmp_path / "out" / "schema.md").exists()
    code, out, _ = done("export", "--describe", "--table", "feedback")
    assert code == 0
    assert out.startswith("# What this export has")
    assert "## steps" not in out
    code, out, _ = done("export", tmp_path / "none", "--folder", folder, "--until", "2023-11-13", "--format", "jsonl")
    assert (code, (tmp_path / "none" / "episodes.jsonl").read_text()) == (0, "")
    for wrong, why in (
        (["--table", "feedbak"], '"feedback"'),
        (["--format", "csv"], "parquet or jsonl"),
        (["--since", "today", "--until", "yesterday"], "not before"),
    ):
        code, _, err = done("export", tmp_path / "other", "--folder", folder, *wrong)
        assert code == 2
        assert why in err
    assert done("export")[0] == 2


async def test_what_is_old_is_counted_first_and_then_removed(folder, done):
    """A dry run changes nothing; the run says as much, and the log who did it. Sums and what was learnt stay."""
    code, out, _ = done("prune", "--dry-run", "--older-than", "1d", "--folder", folder, "--json")
    planned = json.loads(out)
    assert (code, planned["episodes"], planned["waiting"]) == (0, 3, 0)
    assert planned["from"] == "2023-11-14 22:13:20Z"
    assert done("prune", "--dry-run", "--older-than", "99w", "--folder", folder / "nowhere")[0] == 2
    code, out, _ = done("prune", "--older-than", "1d", "--folder", folder, "--operator", "ann", "--json")
    assert (code, json.loads(out)["episodes"]) == (0, 3)
    storage = open_storage(folder)
    assert storage.stats.stats(StatsQuery(EpisodeQuery()), PageRequest()).total.episodes == 3
    (event,) = [e.event for e in storage.log.read(0)]
    assert (event.method, event.by, event.note[-11:]) == ("Prune", "ann", "episodes: 3")
    await storage.close()
    code, out, _ = done("doctor", "--folder", folder, "--verify", "--json")
    assert next(f for f in json.loads(out) if f["check"] == "fold")["good"]
    assert done("prune", "--folder", folder / "nowhere")[0] == 2
    assert done("prune", "--older-than", "soon", "--folder", folder)[0] == 2


async def test_nothing_is_pruned_whose_learning_would_be_lost(folder, tmp_path, done):
    """Under other settings the saved state is folded anew, for which the episodes are needed."""
    file = tmp_path / "pointsman.toml"
    file.write_text(f'[storage]\nfolder = "{folder}"\n[learner.policy]\nhalf_life = 17.0\n')
    code, _, err = done("prune", "--older-than", "1d", "--config", file)
    assert (code, "start the service once" in err) == (2, True)
    assert (
        json.loads(done("prune", "--dry-run", "--older-than", "1d", "--folder", folder, "--json")[1])["episodes"] == 3
    )


@pytest.mark.parametrize("command", [("prune",), ("prune", "--dry-run"), ("backup", "to"), ("export", "to")])
def test_a_folder_that_has_no_log_is_one_line_and_exit_code_2_and_nothing_is_made(tmp_path, done, monkeypatch, command):
    """Whether it is empty, or not there: most likely the wrong one was named."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "nowhere"):
        code, out, err = done(*command, "--folder", folder)
        assert (code, out, err.count("\n")) == (2, "", 1), err
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["empty"]
