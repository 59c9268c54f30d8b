"""The committed Python stubs say what the protos say."""

import importlib.util
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _load_generator():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "proto" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_committed_stubs_match_the_protos():
    """Regenerating changes nothing; run `make proto` where this fails."""
    assert _load_generator().stale() == []


def test_a_stub_that_differs_or_is_left_over_is_named(tmp_path):
    """The check can fail: it names a changed, a missing and a superfluous file."""
    shutil.copytree(ROOT / "clients/python/pointsman/v1", tmp_path / "pointsman/v1", ignore=lambda *_: ["__pycache__"])
    (tmp_path / "pointsman/v1/chat_pb2.py").write_text("# edited by hand\n")
    (tmp_path / "pointsman/v1/query_pb2.pyi").unlink()
    (tmp_path / "pointsman/v1/gone_pb2.py").write_text("")
    assert _load_generator().stale(tmp_path) == ["chat_pb2.py", "gone_pb2.py", "query_pb2.pyi"]


def test_check_exits_with_the_verdict(monkeypatch, capsys):
    """`generate.py --check` exits 1 with the names where something is stale, else 0."""
    generator = _load_generator()
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    assert generator.main() == 0
    monkeypatch.setattr(generator, "stale", lambda: ["chat_pb2.py"])
    assert generator.main() == 1
    assert "chat_pb2.py" in capsys.readouterr().err
