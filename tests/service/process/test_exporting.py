"""An export: what the log has, as tables that pyarrow, pandas and any reader of JSON lines read back."""

from __future__ import annotations

import json
import sqlite3
import stat
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace
from pointsman_learner.actions import ActionTaken, Alternative
from pointsman_learner.events import OperatorActed, OutcomeReported, SessionOutcomeRecorded
from pointsman_learner.types import Constraints, Verdict
from pointsman_service.adapters.sqlite import export as sqlite_export
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.adapters.sqlite.views import VIEWS
from pointsman_service.domain.export_tables import TABLES, described
from pointsman_service.errors import ConfigurationError
from pointsman_service.ports import NewEpisode
from pointsman_service.process import exporting
from pointsman_service.process.exporting import ExportOptions, export

AT = 1_700_000_000.25
WORDS = ("the prompt", "the answer", "the error", "the verdict", "the label", "the hint", "ann@example.com", "k1")


@pytest.fixture
async def storage(tmp_path):
    """Open storage."""
    storage = open_storage(tmp_path / "data", StorageSettings(synchronous="normal"))
    yield storage
    await storage.close()


@pytest.fixture
async def filled(storage, an_episode, a_feedback):
    """Two tenants' episodes, one with everything that an event can have."""
    plain = an_episode("e0", at=AT, tenant="other", request_id="r0")
    await storage.log.append_episode(NewEpisode(plain))
    whole = an_episode("e1", at=AT + 1, models=("small", "large"), session_id="s")
    failed = replace(whole.steps[0], error="the error", failure_kind="timeout", verdicts=(), cached_input_tokens=3)
    verdicts = (Verdict("agreement", 1.0, key="k1"), Verdict("rubric", None, error="no_verdict: the verdict"))
    alternative = Alternative("call", "large", None, None, 0.25)
    whole = replace(
        whole,
        steps=(failed, replace(whole.steps[1], verdicts=verdicts)),
        actions=(ActionTaken("call", 0.25, "large", alternatives=(alternative,), believed=(None, 0.5)),),
        constraints=Constraints(excluded={"llama": "tag:eu"}),
        context=replace(whole.context, hints={"task": "the hint"}),
        client="key-1",
    )
    response = {"labels": {"team": "the label"}}
    await storage.log.append_episode(NewEpisode(whole, "the prompt", (None, "the answer"), response, "ann@example.com"))
    await storage.log.append_feedback(a_feedback("f1", "e1", value=0.75, at=AT + 2))
    await storage.log.append(
        OutcomeReported("e0", "other", AT + 3, "large", 0.5, 9.0, verdicts=(Verdict("mine", 0.5),), request_id="o1")
    )
    await storage.log.append(SessionOutcomeRecorded("s1", "s", "acme", AT + 4, 0.5, "score"))
    await storage.log.append(OperatorActed(AT + 5, "ann", "PutModel", put={"models.a.enabled": True}, reset=("x",)))
    return storage


def table(folder, name):
    """A table as pandas reads it."""
    return pd.read_parquet(folder / f"{name}.parquet")


async def test_every_table_is_read_back_by_pandas(filled, tmp_path):
    """With times, nested lists and what is absent."""
    done = export(tmp_path / "data", tmp_path / "out", ExportOptions(words=True))
    assert done.rows == {
        "episodes": 2, "steps": 3, "verdicts": 4, "feedback": 1, "outcomes": 1, "session_outcomes": 1,
        "operator_changes": 1,
    }  # fmt: skip
    episodes = table(tmp_path / "out", "episodes").set_index("episode_id")
    assert episodes.loc["e1", "at"] == pd.Timestamp("2023-11-14T22:13:21.25Z")
    assert (episodes.loc["e1", "prompt"], episodes.loc["e1", "client"]) == ("the prompt", "key-1")
    assert (episodes.loc["e1", "feedback"], episodes.loc["e0", "calls"]) == (0.75, 2)
    assert dict(episodes.loc["e1", "labels"]) == {"team": "the label"}
    assert [p["model"] for p in episodes.loc["e1", "predictions"]] == ["small", "large"]
    (action,) = episodes.loc["e1", "actions"]
    assert (action["probability"], action["alternatives"][0]["model"], action["believed"][1]) == (0.25, "large", 0.5)
    assert episodes.loc["e1", "excluded"][0] == {"model": "llama", "why": "tag:eu"}
    steps = table(tmp_path / "out", "steps").set_index(["episode_id", "step"])
    assert (steps.loc[("e1", 0), "error"], steps.loc[("e1", 1), "answer"]) == ("the error", "the answer")
    assert steps.loc[("e1", 0), "failure_kind"] == "timeout"
    assert pd.isna(steps.loc[("e1", 1), "cached_input_tokens"])
    assert steps["accepted"].tolist() == [True, False, True]
    verdicts = table(tmp_path / "out", "verdicts")
    assert verdicts["failure"].dropna().tolist() == ["no_verdict"]
    assert verdicts["step"].isna().sum() == 1
    assert table(tmp_path / "out", "outcomes")["latency_ms"].tolist() == [9.0]
    changes = table(tmp_path / "out", "operator_changes")
    assert json.loads(changes["put"][0]) == {"models.a.enabled": True}


async def test_each_field_of_parquet_says_what_it_means_and_in_which_unit(filled, tmp_path):
    """So that a file speaks for itself; and schema.md says the same."""
    export(tmp_path / "data", tmp_path / "out", ExportOptions(words=True))
    for each in TABLES:
        schema = pq.read_schema(tmp_path / "out" / f"{each.name}.parquet")
        assert schema.metadata[b"meaning"].decode() == each.meaning
        for column in each.columns:
            field = schema.field(column.name)
            assert field.metadata[b"meaning"].decode() == column.meaning
            assert field.metadata.get(b"unit", b"").decode() == column.unit
    said = (tmp_path / "out" / "schema.md").read_text()
    assert "| predictions[].quality_sd | number | standard error of that mean | in [0, 1] |" in said


async def test_json_lines_have_the_same_rows(filled, tmp_path, monkeypatch):
    """For whoever has no pyarrow: times in ISO 8601."""
    export(tmp_path / "data", tmp_path / "p", ExportOptions(words=True))
    export(tmp_path / "data", tmp_path / "j", ExportOptions("jsonl", words=True))
    for each in TABLES:
        lines = [json.loads(line) for line in (tmp_path / "j" / f"{each.name}.jsonl").read_text().splitlines()]
        rows = pq.read_table(tmp_path / "p" / f"{each.name}.parquet").to_pylist()
        assert [list(line) for line in lines] == [[c.name for c in each.columns]] * len(rows)
        assert [_plain(line) for line in lines] == [_plain(row) for row in rows], each.name


def _plain(row):
    """Both formats' rows as one: maps are lists of pairs in pyarrow, times are times."""
    times = {
        n: v.isoformat(timespec="microseconds").replace("+00:00", "Z")
        for n, v in row.items()
        if n == "at" and not isinstance(v, str)
    }
    maps = {n: dict(row[n]) for n in ("labels", "hints") if row.get(n) is not None}
    return {**row, **times, **maps}


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
async def test_without_texts_there_are_none(filled, tmp_path, form):
    """The default: nothing that anybody said, and no end user's id."""
    export(tmp_path / "data", tmp_path / "out", ExportOptions(form))
    for path in (tmp_path / "out").iterdir():
        rows = path.read_bytes() if form == "jsonl" else str(_every_value(path)).encode()
        assert not [word for word in WORDS if f'"{word}"'.encode() in rows or f"'{word}'".encode() in rows], path
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def _every_value(path):
    return pq.read_table(path).to_pylist() if path.suffix == ".parquet" else path.read_text()


async def test_an_export_is_of_a_time_a_tenant_and_the_tables_that_are_asked_for(filled, tmp_path):
    """Of when things were logged, to before `until`. Operators' changes are of no tenant."""
    of_acme = export(tmp_path / "data", tmp_path / "acme", ExportOptions(tenant="acme"))
    assert of_acme.rows == {
        "episodes": 1, "steps": 2, "verdicts": 2, "feedback": 1, "outcomes": 0, "session_outcomes": 1,
        "operator_changes": 0,
    }  # fmt: skip
    middle = export(tmp_path / "data", tmp_path / "middle", ExportOptions(since=AT + 1, until=AT + 3))
    assert {name: n for name, n in middle.rows.items() if n} == {
        "episodes": 1, "steps": 2, "verdicts": 2, "feedback": 1,
    }  # fmt: skip
    one = export(tmp_path / "data", tmp_path / "one", ExportOptions(tables=TABLES[3:4]))
    assert one.rows == {"feedback": 1}
    assert sorted(p.name for p in (tmp_path / "one").iterdir()) == ["feedback.parquet", "schema.md"]
    assert table(tmp_path / "acme", "operator_changes").empty


async def test_memory_does_not_grow_with_the_log(storage, an_episode, tmp_path, monkeypatch):
    """What is held at any time is a page of events and a batch of rows, however many there are."""
    monkeypatch.setattr(sqlite_export, "_PAGE", sqlite_export._PAGE.replace(f"LIMIT {sqlite_export.PAGE}", "LIMIT 7"))
    monkeypatch.setattr(exporting, "BATCH", 5)
    held = []
    add = exporting._Sheet.add
    monkeypatch.setattr(exporting._Sheet, "add", lambda self, row: (add(self, row), held.append(len(self.rows)))[0])
    for i in range(100):
        await storage.log.append_episode(NewEpisode(an_episode(f"e{i}")))
    shares = []
    export(tmp_path / "data", tmp_path / "out", ExportOptions(), shares.append)
    assert max(held) < 5
    assert pq.ParquetFile(tmp_path / "out" / "episodes.parquet").num_row_groups == 20
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert table(tmp_path / "out", "episodes")["episode_id"].tolist() == [f"e{i}" for i in range(100)]


async def test_an_event_that_cannot_be_read_is_passed_over_and_told(filled, tmp_path):
    """One damaged row must not keep a hundred thousand from the analyst."""
    with sqlite3.connect(filled.path) as connection:
        connection.execute("UPDATE events SET payload = 'damaged' WHERE position = 2")
    done = export(tmp_path / "data", tmp_path / "out", ExportOptions())
    assert (done.unreadable, done.rows["episodes"]) == (1, 1)


async def test_nothing_is_left_of_an_export_that_failed(filled, tmp_path):
    """And what is there is never written over."""

    def fail(_share):
        raise OSError("no space left on device")

    with pytest.raises(Exception, match="no space left"):
        export(tmp_path / "data", tmp_path / "out", ExportOptions(), fail)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data"]
    export(tmp_path / "data", tmp_path / "out", ExportOptions())
    with pytest.raises(ConfigurationError, match="exists already"):
        export(tmp_path / "data", tmp_path / "out", ExportOptions())
    with pytest.raises(ConfigurationError, match="nothing to export"):
        export(tmp_path / "nowhere", tmp_path / "other", ExportOptions())


async def test_without_pyarrow_it_says_what_to_install(filled, tmp_path, monkeypatch):
    """And that there is another way."""
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ConfigurationError, match="--format jsonl"):
        export(tmp_path / "data", tmp_path / "out", ExportOptions())


def test_every_column_says_what_it_means():
    """And names in a table are one column's."""
    for each in TABLES:
        names = [c.name for c in each.columns]
        assert len(set(names)) == len(names)
        assert set(each.key) <= set(names)
        assert all(c.meaning and (c.kind != "time" or c.unit) for c in each.columns)


def test_the_documentation_names_every_view_and_every_column():
    """As they are."""
    text = (Path(__file__).resolve().parents[3] / "service" / "DATA.md").read_text()
    assert [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")] == list(VIEWS)
    said = [line for line in described(TABLES, words=True).splitlines() if line.startswith("| ")]
    assert [line for line in text.splitlines() if line in said] == said
