"""The recorded outcomes of the package paretobandit, as a table."""

import json
import sys

import numpy as np
import pytest
from pointsman_service.replay.outcome_table import TableError
from pointsman_service.replay.paretobandit_table import load_paretobandit_table

pytest.importorskip("pareto_bandit", reason="the extra demo is not installed")


def test_both_parts_come_one_after_the_other():
    """About 3,600 prompts, three models, every pair judged and priced."""
    table = load_paretobandit_table()
    assert len(table) > 3000
    assert table.model_names[0] == "meta-llama/llama-3.1-8b-instruct"
    assert table.models[0].provider == "meta-llama"
    assert np.isfinite(table.scores).all()
    assert (table.costs_usd > 0).all()
    assert np.isnan(table.output_tokens).all()
    assert not table.responses.recorded.any()
    assert len(set(table.query_ids)) == len(table)
    assert "gsm8k" in table.categories


def test_a_part_alone_and_in_another_order():
    """Parts are as asked."""
    val, holdout = load_paretobandit_table(["val"]), load_paretobandit_table(["test_holdout"])
    both = load_paretobandit_table(["test_holdout", "val"])
    assert both.query_ids == holdout.query_ids + val.query_ids


@pytest.mark.parametrize("parts", [[], ["train"]])
def test_a_part_that_is_not_there_is_named(parts):
    """With the ones that are."""
    with pytest.raises(TableError, match="val, test_holdout"):
        load_paretobandit_table(parts)


def test_without_the_package_the_message_is_the_command(monkeypatch):
    """The demo needs the extra."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(TableError, match=r"pip install 'pointsman\[demo\]'"):
        load_paretobandit_table()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"prompt": "x"}, ["line 2", "arms"]),
        ({"prompt": "x", "arms": {"m": {"reward": 2, "cost": 0}}}, ["line 2", "reward"]),
        ({"prompt": "x", "arms": {"m": {"reward": 1, "cost": -1}}}, ["line 2", "cost"]),
        ({"prompt": "x", "arms": {"other": {"reward": 1, "cost": 0}}}, ["line 2", "arms.m"]),
        ({"arms": {"m": {"reward": 1, "cost": 0}}}, ["line 2", "prompt"]),
    ],
)
def test_a_wrong_row_names_line_and_field(tmp_path, row, words):
    """As in any outcome table."""
    good = {"prompt": "x", "source": "s", "arms": {"m": {"reward": 1, "cost": 0}}}
    (tmp_path / "val.jsonl").write_text(json.dumps(good) + "\n" + json.dumps(row) + "\n")
    with pytest.raises(TableError) as caught:
        load_paretobandit_table(["val"], examples=tmp_path)
    for word in words:
        assert word in str(caught.value)


def test_an_empty_part_is_an_error(tmp_path):
    """Rather than a table without queries."""
    (tmp_path / "val.jsonl").write_text("")
    with pytest.raises(TableError, match="no rows"):
        load_paretobandit_table(["val"], examples=tmp_path)


def test_the_package_itself_is_not_imported(monkeypatch):
    """Its import loads scikit-learn; its files are all that is needed."""
    for name in [n for n in sys.modules if n.split(".")[0] == "pareto_bandit"]:
        monkeypatch.delitem(sys.modules, name)
    load_paretobandit_table(["val"])
    assert "pareto_bandit" not in sys.modules
