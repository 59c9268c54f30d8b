"""The committed Python stubs say what the protos say."""

import importlib.util
import re
import shutil
import sys
from pathlib import Path

from pointsman import v1
from pointsman.v1 import admin_service_pb2, feedback_service_pb2, router_service_pb2

ROOT = Path(__file__).parents[2]


def _load_generator():
    if str(ROOT / "proto") not in sys.path:
        sys.path.append(str(ROOT / "proto"))
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


def test_committed_descriptor_set_and_reference_match_the_protos(tmp_path):
    """And one that differs, or is missing, is named."""
    generator = _load_generator()
    assert generator.stale_descriptions() == []
    (tmp_path / generator.REFERENCE).write_text("# edited by hand\n")
    assert generator.stale_descriptions(tmp_path) == [generator.DESCRIPTORS, generator.REFERENCE]


def test_the_reference_has_every_method_message_field_and_value_with_its_comment():
    """None is left to be looked up in the protos."""
    text = (ROOT / "proto/REFERENCE.md").read_text()
    for module in (admin_service_pb2, feedback_service_pb2, router_service_pb2):
        for service in module.DESCRIPTOR.services_by_name.values():
            assert all(f"### {service.name}/{method.name}\n\n" in text for method in service.methods)
    for name in v1.__all__:
        kind = getattr(v1, name)
        if isinstance(kind, int):
            assert re.search(rf"^\| `{name}` = {kind} \| \S", text, re.MULTILINE), name
        elif hasattr(kind, "DESCRIPTOR") and hasattr(kind.DESCRIPTOR, "fields"):
            section = text.split(f"\n### {name}\n")[1].split("\n### ")[0]
            for field in kind.DESCRIPTOR.fields:
                assert re.search(rf"^\| `{field.name}` = {field.number} \| \S.* \| \S", section, re.MULTILINE), field


def test_check_exits_with_the_verdict(monkeypatch, capsys):
    """`generate.py --check` exits 1 with the names where something is stale, else 0."""
    generator = _load_generator()
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    assert generator.main() == 0
    monkeypatch.setattr(generator, "stale", lambda: ["chat_pb2.py"])
    assert generator.main() == 1
    assert "chat_pb2.py" in capsys.readouterr().err
