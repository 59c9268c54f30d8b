"""README says what is so: every configuration key, every link, every method that it shows."""

import json
import re
import tomllib
import typing
from pathlib import Path

import pytest
from google.protobuf import json_format
from pointsman.v1 import feedback_service_pb2, router_service_pb2
from pointsman_service.cli.commands import run
from pointsman_service.config import load
from pointsman_service.config.problems import entry_in
from pointsman_service.config.sections import Settings
from pydantic import BaseModel

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    """The fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def section_of(annotation):
    """The section class inside an annotation such as list[ModelSection]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(section_of, typing.get_args(annotation))), None)


def tables_of(section):
    """The section, and that of the entries that it has under names of their own."""
    return filter(None, (section, entry_in(section)))


def test_the_configuration_table_has_every_key_and_no_other():
    """A key that is added, renamed or dropped fails here until README says so."""
    wanted = {
        f"{section}.{key}"
        for section, field in Settings.model_fields.items()
        for table in tables_of(section_of(field.annotation))
        for key in table.model_fields
    }
    first_cells = [line.split("|")[1] for line in README.splitlines() if line.startswith("| `")]
    assert {key for cell in first_cells for key in re.findall(r"`([a-z0-9_.]+)`", cell)} == wanted


def test_the_example_configuration_is_valid(tmp_path, monkeypatch, capsys):
    """`pointsman doctor` finds nothing wrong with it, given keys and a free port."""
    (example,) = blocks("toml")
    (tmp_path / "pointsman.toml").write_text(example.replace("50051", "0"))
    monkeypatch.setenv("OPENAI_API_KEY", "not a key")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "not a key")
    code = run(["doctor", "--config", str(tmp_path / "pointsman.toml")])
    assert (code, "WRONG" in capsys.readouterr().out) == (0, False)
    settings = load(tmp_path / "pointsman.toml")
    assert [m.name for m in settings.model_configs()] == [m["name"] for m in tomllib.loads(example)["models"]]


def test_doctor_names_a_missing_key(tmp_path, monkeypatch, capsys):
    """Before the start, not at the first call."""
    (tmp_path / "pointsman.toml").write_text(blocks("toml")[0].replace("50051", "0"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "not a key")
    assert run(["doctor", "--config", str(tmp_path / "pointsman.toml")]) == 1
    assert "WRONG keys      set OPENAI_API_KEY" in capsys.readouterr().out


@pytest.mark.parametrize("link", sorted({m for m in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in m}))
def test_links_lead_somewhere(link):
    """Links within the repository name files that are there."""
    assert (ROOT / link).exists()


def test_the_grpcurl_calls_are_of_the_contract():
    """Service, method and every JSON field exist: what grpcurl sends is what the server reads."""
    requests = {
        "Complete": router_service_pb2.CompleteRequest,
        "RecordFeedback": feedback_service_pb2.RecordFeedbackRequest,
    }
    files = {"RouterService": router_service_pb2, "FeedbackService": feedback_service_pb2}
    calls = re.findall(r"-d '(\{.*?\})' \\\n\s+\S+ pointsman\.v1\.(\w+)/(\w+)", "".join(blocks("sh")))
    assert len(calls) == 2
    for body, service, method in calls:
        assert method in files[service].DESCRIPTOR.services_by_name[service].methods_by_name
        json_format.ParseDict(json.loads(body), requests[method]())
