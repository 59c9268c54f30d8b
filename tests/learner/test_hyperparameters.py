"""Every number that decides stands in one class, says what it means, and where it comes from."""

import ast
import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pointsman_learner
import pointsman_service
import pytest
from pointsman_learner.hyperparameters import H, Hyperparameters

SOURCES = ("paper", "unit", "ablation", "by hand")
PACKAGES = [Path(package.__file__).parent for package in (pointsman_learner, pointsman_service)]


@pytest.mark.parametrize("parameter", fields(Hyperparameters), ids=lambda f: f.name)
def test_a_hyperparameter_says_what_it_means_and_where_it_comes_from(parameter):
    """In words, and by one of four kinds of source."""
    assert len(parameter.metadata["meaning"].split()) >= 3
    assert parameter.metadata["source"].startswith(SOURCES)


def test_nothing_changes_them_while_it_runs():
    """They are constants of this version."""
    with pytest.raises(FrozenInstanceError):
        H.level = 0.6


def test_each_of_them_is_used():
    """One that nothing reads decides nothing."""
    names = {
        node.attr
        for package in PACKAGES
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "H"
    }
    assert names == {f.name for f in fields(Hyperparameters)}


README = (Path(pointsman_learner.__file__).parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("parameter", fields(Hyperparameters), ids=lambda f: f.name)
def test_the_readme_tells_it_as_it_is(parameter):
    """Its value, unless that is long, its meaning and source in the table of all; its name in that of the parts."""
    rows = [line.split(" | ") for line in README.splitlines() if line.startswith(f"| `{parameter.name}` | ")]
    (row,) = rows
    assert row[2:] == [parameter.metadata["meaning"], f"{parameter.metadata['source']} |"]
    value = repr(parameter.default)
    assert row[1] == (value if len(value) <= 60 else f"{len(parameter.default)} points")
    assert README.count(f"`{parameter.name}`") >= 2


def test_the_readme_names_files_that_there_are():
    """Modules of the learner, and its tests."""
    root, tests = Path(pointsman_learner.__file__).parent, Path(__file__).parent
    named = {name for name in re.findall(r"`([a-z_/]+\.py)`", README) if not name.startswith("pointsman_")}
    assert [n for n in sorted(named) if not (root / n).exists() and not list(tests.rglob(Path(n).name))] == []
    folders = re.findall(r"`([a-z]+/)`", README)
    assert [f for f in folders if not (root / f).is_dir()] == []
