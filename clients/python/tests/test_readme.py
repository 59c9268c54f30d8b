"""The README's programs run, and its tables are whole."""

import re
from pathlib import Path

import pytest

import pointsman
from pointsman.query import RouteFields, StreamFields

README = (Path(__file__).parents[1] / "README.md").read_text()
PROGRAMS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_readmes_programs_run(running, monkeypatch, program):
    """Against a service of the address that the environment names."""
    monkeypatch.setenv("POINTSMAN_ADDRESS", running.address)
    exec(compile(program, "README.md", "exec"), {})
    assert running.service.requests


@pytest.mark.parametrize("keyword", sorted(RouteFields.__annotations__ | StreamFields.__annotations__))
def test_the_readme_has_every_keyword_of_a_query(keyword):
    """None is left for the reader to find."""
    assert re.search(rf"`{keyword}\b", README)


@pytest.mark.parametrize("name", sorted(set(pointsman.__all__) - {"AsyncCompletionStream", "CompletionStream"}))
def test_the_readme_has_every_public_name(name):
    """Clients, errors and the rest."""
    assert re.search(rf"\b{name}\b", README)
