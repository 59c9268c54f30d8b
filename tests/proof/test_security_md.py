"""SECURITY.md names the test of each defence: every one of them is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`([\w/.-]+\.py)::(\w+)`")
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
DEFENDED = TEXT.partition("## What is defended")[2].partition("\n## ")[0]
ROWS = [
    line for line in DEFENDED.splitlines() if line.startswith("| ") and not re.match(r"\| (attack|fault|---)", line)
]
TESTS = sorted(set(NAMED.findall(TEXT)))


@pytest.mark.parametrize("file", sorted({file for file, _ in TESTS}))
def test_every_test_that_is_named_is_there(file):
    """A defence whose test was renamed or deleted would be a claim."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert {name for named, name in TESTS if named == file} <= there


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:60])
def test_every_row_names_a_test(row):
    """Three cells: what is tried, what holds, and a test or several."""
    cells = [cell.strip() for cell in row.strip("|").split(" | ")]
    assert len(cells) == 3
    assert all(cells)
    tests = NAMED.findall(cells[2])
    assert tests
    assert all(name.startswith("test_") for _, name in tests)


def test_it_says_how_to_report_and_what_is_not_defended():
    """The headings that auditors look for."""
    headings = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    assert {"How to report", "What is not defended"} <= set(headings)
    assert len(ROWS) > 30
