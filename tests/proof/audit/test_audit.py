"""`make audit`, short: without the network; and what each part would find."""

from __future__ import annotations

import json
from email.message import Message

import pytest

from tests.proof.table import report

from . import licences, sbom, vulnerabilities
from .__main__ import LOCK, OUT, rows


def test_what_is_installed_passes_the_audit():
    """No licence that is not allowed, and a bill of materials of everything that the lock pins."""
    assert report("short audit", rows(offline=True, checked=False)) == 0
    bill = json.loads((OUT / "sbom.cyclonedx.json").read_text())
    assert bill["bomFormat"] == "CycloneDX"
    assert sbom.pinned(LOCK)


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        ({"License-Expression": "MIT OR GPL-3.0-only"}, True),
        ({"License-Expression": "MIT AND AGPL-3.0-only"}, False),
        ({"License": "GPLv3"}, False),
        ({"License": "BSD 3-Clause License"}, True),
        ({"Classifier": "License :: OSI Approved :: MIT License"}, True),
        ({"Classifier": "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"}, False),
        ({"License": "x" * 500, "Classifier": "License :: OSI Approved :: BSD License"}, True),
        ({}, False),
    ],
)
def test_a_licence_is_read_from_whatever_tells_it(said, allowed):
    """Expression, field or classifier; who says nothing is not allowed."""
    metadata = Message()
    for key, value in said.items():
        metadata[key] = value
    assert licences.is_allowed(licences.licence_of(metadata)) is allowed


@pytest.fixture
def written(monkeypatch):
    """A bill of materials that was written already: writing one takes seconds."""
    monkeypatch.setattr(sbom, "write", lambda _file, **_: sbom.pinned(LOCK))


@pytest.mark.usefixtures("written")
def test_a_vulnerability_misses_the_target_and_no_network_does_not(monkeypatch):
    """The row says that the database could not be asked."""
    monkeypatch.setattr(vulnerabilities, "known", lambda _lock: ([("a", "1.0", "GHSA-1")], None))
    assert report("found", rows()) == 1
    monkeypatch.setattr(vulnerabilities, "known", lambda _lock: (None, "no route"))
    assert report("offline", rows()) == 0


def test_a_tool_that_fails_is_no_clean_audit():
    """Only what says that it could not reach the database is excused."""
    with pytest.raises(RuntimeError, match="pip-audit failed: bad lock"):
        vulnerabilities.read("", "bad lock")


@pytest.mark.usefixtures("written")
def test_a_package_that_the_bill_lacks_is_missed(monkeypatch):
    """What is pinned and not installed is named."""
    there = sbom.pinned(LOCK)
    monkeypatch.setattr(sbom, "write", lambda _file, **_: there - {"grpcio"})
    made = rows(offline=True)[-1]
    assert (made.ok, made.reached) == (False, "missing: grpcio")
