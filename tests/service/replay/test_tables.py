"""Outcome tables on disk: what is read, what is refused and with which words."""

import dataclasses
import gzip
import json

import numpy as np
import pytest
from pointsman_service.replay.outcome_table import OutcomeTable, RecordedModel, Responses
from pointsman_service.replay.tables import TableError, load_table, recorded_models, write_table

NAN = np.nan


@pytest.fixture
def table() -> OutcomeTable:
    """Three queries, two models; the second model has no outcome on the last query and one text is missing."""
    return OutcomeTable(
        name="t",
        query_ids=("a", "b", "c"),
        prompts=("What is it?", "Et maintenant, où?\nZeile 2", 'A "quoted", comma'),
        categories=("one", "", "two"),
        references=("it", None, ""),
        models=(RecordedModel("small", "p", 0.1, 0.2), RecordedModel("large/one", "q")),
        scores=np.array([[1.0, 0.25], [0.0, 1.0], [0.5, NAN]]),
        costs_usd=np.array([[1e-6, 2e-5], [3.5e-7, 0.0], [1.0, NAN]]),
        input_tokens=np.array([[10, 20], [30, NAN], [1, NAN]]),
        output_tokens=np.array([[1, 2], [3, NAN], [1, NAN]]),
        latency_ms=np.array([[100.5, NAN], [NAN, NAN], [NAN, NAN]]),
        responses=Responses.pack(3, 2, [(0, 0, "it"), (0, 1, ""), (1, 0, "là, \U0001f600\n"), (2, 0, "x")]),
        verdicts={"judge-1": np.array([[0.5, NAN], [1.0, 0.0], [NAN, NAN]])},
    )


@pytest.fixture
def folder(tmp_path, table):
    """The table, uncompressed, to be spoilt."""
    write_table(tmp_path / "t", table, compress=False)
    return tmp_path / "t"


def _same(a: OutcomeTable, b: OutcomeTable) -> None:
    for field in ("name", "query_ids", "prompts", "categories", "references", "models"):
        assert getattr(a, field) == getattr(b, field), field
    for field in ("scores", "costs_usd", "input_tokens", "output_tokens", "latency_ms"):
        np.testing.assert_array_equal(getattr(a, field), getattr(b, field), err_msg=field)
    assert a.verdicts.keys() == b.verdicts.keys()
    for judge in a.verdicts:
        np.testing.assert_array_equal(a.verdicts[judge], b.verdicts[judge])
    texts = [[[t.responses.text(i, j) for j in range(len(t.models))] for i in range(len(t))] for t in (a, b)]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("compress", [True, False])
def test_what_is_written_is_read_back(tmp_path, table, compress):
    """All of it: texts of any script, missing outcomes, empty answers, verdicts; compressed or not."""
    write_table(tmp_path / "t", table, compress=compress)
    _same(load_table(tmp_path / "t"), table)
    assert (tmp_path / "t" / "outcomes.csv.gz").exists() is compress


def test_a_call_that_was_not_timed_takes_what_its_models_pace_says(tmp_path, table):
    """Where its tokens were counted; what was timed stays, and what is not known stays so."""
    paced = RecordedModel("small", "p", 0.1, 0.2, time_to_first_token_ms=200.0, tokens_per_second=10.0)
    write_table(tmp_path / "t", dataclasses.replace(table, models=(paced, table.models[1])))
    read = load_table(tmp_path / "t")
    assert read.models[0] == paced
    np.testing.assert_allclose(read.latency_ms, [[100.5, NAN], [500.0, NAN], [300.0, NAN]])


def test_writing_twice_gives_the_same_bytes(tmp_path, table):
    """A table can be checked in and compared."""
    for name in ("one", "two"):
        write_table(tmp_path / name, table)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_pool_keeps_its_models_in_its_order(folder, table):
    """Columns follow the pool, not the file."""
    both = load_table(folder, pool=["large/one", "small"])
    assert both.model_names == ("large/one", "small")
    np.testing.assert_array_equal(both.scores, table.scores[:, ::-1])
    one = load_table(folder, pool=["large/one"])
    assert one.scores.shape == (3, 1)
    assert one.responses.text(0, 0) == ""
    np.testing.assert_array_equal(one.verdicts["judge-1"][:, 0], [NAN, 0.0, NAN])


def test_a_pool_of_an_unknown_model_names_near_ones(folder):
    """A misspelt name is the usual mistake."""
    with pytest.raises(TableError, match=r"pool.*'smal'.*near: small"):
        load_table(folder, pool=["smal"])
    with pytest.raises(TableError, match="twice: small"):
        load_table(folder, pool=["small", "small"])
    with pytest.raises(TableError, match="names no model"):
        load_table(folder, pool=[])


def test_with_responses_keeps_the_queries_that_all_models_answered(folder):
    """An empty answer is an answer; a missing one is not."""
    assert load_table(folder, with_responses=True).query_ids == ("a",)
    assert load_table(folder, with_responses=True, pool=["small"]).query_ids == ("a", "b", "c")


def test_with_responses_needs_responses(folder):
    """Neither a missing file nor an empty result passes silently."""
    (folder / "responses.jsonl").write_text("")
    with pytest.raises(TableError, match="no query has an answer text"):
        load_table(folder, with_responses=True)
    (folder / "responses.jsonl").unlink()
    with pytest.raises(TableError, match=r"has no responses\.jsonl"):
        load_table(folder, with_responses=True)


def test_texts_need_not_be_read(folder):
    """Where only scores matter, the largest file is skipped."""
    assert not load_table(folder, read_texts=False).responses.recorded.any()


def test_complete_keeps_the_queries_that_all_models_were_run_on(table):
    """Rows with a NaN go, the rest stays as it is."""
    kept = table.complete()
    assert kept.query_ids == ("a", "b")
    assert kept.responses.text(1, 0) == table.responses.text(1, 0)
    assert kept.verdicts["judge-1"].shape == (2, 2)


def test_take_gives_queries_in_the_order_asked(table):
    """For shuffles and for splits."""
    taken = table.take([2, 0])
    assert (taken.query_ids, len(taken)) == (("c", "a"), 2)
    assert [taken.responses.text(i, 0) for i in range(2)] == ["x", "it"]
    np.testing.assert_array_equal(taken.scores, table.scores[[2, 0]])


def test_a_learner_sees_name_and_prices_of_a_model(table):
    """Nothing else of the recording."""
    seen = table.models[0].as_learner_model()
    assert (seen.name, seen.input_usd_per_million, seen.output_usd_per_million, seen.enabled) == (
        "small",
        0.1,
        0.2,
        True,
    )


OUTCOMES = "query_id,model,score,cost_usd\n"


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("outcomes.csv", OUTCOMES + "a,small,1.5,0\n", ["line 2", "score", "from 0 to 1", "1.5"]),
        ("outcomes.csv", OUTCOMES + "a,small,1,0\nb,small,nan,0\n", ["line 3", "score", "expected a number"]),
        ("outcomes.csv", OUTCOMES + "a,small,,0\n", ["line 2", "score", "expected a number"]),
        ("outcomes.csv", OUTCOMES + "a,small,1,-1\n", ["line 2", "cost_usd", "negative"]),
        ("outcomes.csv", OUTCOMES + "z,small,1,0\n", ["line 2", "query_id", "'z'", "queries.jsonl"]),
        ("outcomes.csv", OUTCOMES + "a,smal,1,0\n", ["line 2", "model", "'smal'", "near: small"]),
        ("outcomes.csv", OUTCOMES + "a,small,1,0\na,small,1,0\n", ["line 3", "there before"]),
        ("outcomes.csv", OUTCOMES + "a,small,1\n", ["line 2", "expected 4 columns, found 3"]),
        ("outcomes.csv", OUTCOMES + 'a,"small"x,1,0\n', ["is not CSV"]),
        ("outcomes.csv", "query_id,model,score\n", ["line 1", "cost_usd", "not among the columns"]),
        ("outcomes.csv", "", ["line 1", "query_id", "none"]),
        ("outcomes.csv", OUTCOMES[:-1] + ",input_tokens\na,small,1,0,x\n", ["line 2", "input_tokens"]),
        ("outcomes.csv", OUTCOMES[:-1] + ",score\na,small,1,0,0\n", ["line 1", "score", "there twice"]),
        ("verdicts.csv", "query_id,model,judge,score,judge\n", ["line 1", "judge", "there twice"]),
        ("queries.jsonl", '{"query_id": "a"}\n', ["line 1", "prompt", "expected a string"]),
        ("queries.jsonl", '{"query_id": " ", "prompt": "x"}\n', ["line 1", "query_id", "empty"]),
        ("queries.jsonl", '\n{"query_id": 1, "prompt": "x"}\n', ["line 2", "query_id", "expected a string, found 1"]),
        ("queries.jsonl", '{"query_id": "a", "prompt": "x"}\n' * 2, ["line 2", "query_id", "there before"]),
        ("queries.jsonl", "{oops\n", ["line 1", "is not JSON"]),
        ("queries.jsonl", "\n" + "[" * 100_000 + "]" * 100_000, ["line 2", "is not JSON"]),
        ("queries.jsonl", "[1]\n", ["line 1", "expected a JSON object, found [1]"]),
        ("queries.jsonl", "", ["has no queries"]),
        ("responses.jsonl", '{"query_id": "a", "model": "small"}\n', ["line 1", "response"]),
        ("verdicts.csv", "query_id,model,judge,score\na,small,j,2\n", ["line 2", "score"]),
        ("verdicts.csv", "query_id,model,judge,score\n" + "a,small,j,1\n" * 2, ["line 3", "judge", "before"]),
        ("models.json", "{oops", ["is not JSON"]),
        ("models.json", "[" * 100_000 + "]" * 100_000, ["is not JSON"]),
        ("models.json", f'{{"small": {{"input_per_1m": 1{"0" * 400}}}}}', ["small.input_per_1m", "expected a number"]),
        ("models.json", "{}", ["an entry for each model"]),
        ("models.json", '{"small": 1}', ["small", "expected an object"]),
        ("models.json", '{"small": {"input_per_1m": "dear"}}', ["small.input_per_1m", "expected a number"]),
        ("models.json", '{"small": {"output_per_1m": true}}', ["small.output_per_1m", "expected a number"]),
        ("models.json", '{"small": {"tokens_per_second": 0}}', ["small.tokens_per_second", "above 0"]),
        ("models.json", '{"small": {"time_to_first_token_ms": -1}}', ["small.time_to_first_token_ms", "negative"]),
    ],
)
def test_what_is_wrong_names_file_line_and_field(folder, file, content, words):
    """Every row is checked, also of models that the pool leaves out."""
    (folder / file).write_text(content)
    with pytest.raises(TableError) as caught:
        load_table(folder)
    for word in [file, *words]:
        assert word in str(caught.value)


@pytest.mark.parametrize("file", ["models.json", "queries.jsonl", "outcomes.csv"])
def test_a_folder_without_the_needed_files_is_no_table(folder, file):
    """The message says which one is missing."""
    (folder / file).unlink()
    with pytest.raises(TableError, match=file):
        load_table(folder)


def test_both_forms_of_a_file_are_one_too_many(folder):
    """Which one counts would be a guess."""
    (folder / "queries.jsonl.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(TableError, match="both"):
        load_table(folder)


@pytest.mark.parametrize(
    "content", [b"not gzip", gzip.compress(b"x" * 99, mtime=0)[:-12], gzip.compress(b"\xff\xfe", mtime=0)]
)
def test_a_file_that_cannot_be_decompressed_says_so(folder, content):
    """Broken downloads are the usual mistake."""
    (folder / "queries.jsonl").unlink()
    (folder / "queries.jsonl.gz").write_bytes(content)
    with pytest.raises(TableError, match=r"queries\.jsonl\.gz.*cannot be read"):
        load_table(folder)


def test_references_and_categories_of_other_types_become_text(folder):
    """Recordings write a number as the reference, or a list."""
    rows = [
        {"query_id": "a", "prompt": "x", "reference": 42, "category": "c", "task": "ignored"},
        {"query_id": "b", "prompt": "y", "reference": ["p", "q"]},
        {"query_id": "c", "prompt": "z", "reference": None},
    ]
    (folder / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    loaded = load_table(folder)
    assert loaded.references == ("42", '["p", "q"]', None)
    assert loaded.categories == ("c", "", "")


def test_every_file_may_be_gzipped(folder):
    """models.json, too."""
    plain = load_table(folder)
    for name in ("queries.jsonl", "outcomes.csv", "models.json"):
        (folder / f"{name}.gz").write_bytes(gzip.compress((folder / name).read_bytes()))
        (folder / name).unlink()
    assert load_table(folder).models == plain.models


def test_a_byte_order_mark_is_no_part_of_a_column(folder, table):
    """Spreadsheets write one at the start of what they export."""
    for name in ("outcomes.csv", "queries.jsonl", "models.json"):
        (folder / name).write_bytes(b"\xef\xbb\xbf" + (folder / name).read_bytes())
    _same(load_table(folder), table)


def test_the_models_of_a_folder_are_told_without_its_outcomes(folder):
    """In the file's order."""
    (folder / "outcomes.csv").unlink()
    assert recorded_models(folder) == ("small", "large/one")


def test_half_of_a_surrogate_pair_is_no_prompt(folder):
    """JSON may escape it; no text that is sent anywhere may hold it."""
    (folder / "queries.jsonl").write_text('{"query_id": "q", "prompt": "a\\ud800b"}\n')
    with pytest.raises(TableError, match="line 1, prompt: holds half of a surrogate pair"):
        load_table(folder)
