"""The operators' file: what was changed while the service ran."""

import pytest
from pointsman_service.adapters.operator_changes import OperatorChanges, OperatorFile
from pointsman_service.domain import ModelConfig
from pointsman_service.errors import ConfigurationError, LogUnavailable

MODEL = ModelConfig("m", "openai", "m", "http://h/v1", None, 1.0, 2.0, params={"top_p": 0.5})


def test_without_a_file_nothing_was_changed(tmp_path):
    """The usual case, at the price of one stat."""
    assert OperatorFile(tmp_path).read() == OperatorChanges()


def test_changes_are_kept_and_reach_other_processes(tmp_path):
    """Two readers on one folder; each change keeps the others."""
    one, two = OperatorFile(tmp_path), OperatorFile(tmp_path)
    one.put_model(MODEL)
    assert two.read().models == {"m": MODEL}
    two.put_budget("acme", 3.0)
    two.put_budget("other", None)
    assert one.read() == OperatorChanges({"m": MODEL}, {"acme": 3.0, "other": None})


def test_an_unchanged_file_is_not_read_again(tmp_path):
    """The same object, so that a watcher can compare by identity."""
    file = OperatorFile(tmp_path)
    file.put_model(MODEL)
    assert file.read() is file.read()


def test_a_file_that_cannot_be_understood_is_named(tmp_path):
    """Nobody guesses what an operator meant."""
    for text in ("not json", "[]", '{"models": {"m": {"nme": 1}}, "budgets": {}}'):
        (tmp_path / "operator.json").write_text(text)
        with pytest.raises(ConfigurationError, match="repair or remove it"):
            OperatorFile(tmp_path).read()


def test_a_folder_that_cannot_be_written_is_an_unavailable_log(tmp_path):
    """The operator may try again."""
    with pytest.raises(LogUnavailable, match="cannot be written"):
        OperatorFile(tmp_path / "gone").put_model(MODEL)
