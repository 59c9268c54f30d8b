"""The import rules of pyproject.toml leave nobody out."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICE = ROOT / "service" / "pointsman_service"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
NAMED = {
    module for contract in CONTRACTS for listed in contract.values() if isinstance(listed, list) for module in listed
}


def test_every_adapter_belongs_to_a_family():
    """import-linter knows no pattern such as sqlite_*; so a new module is written into its family's list."""
    adapters = {f"pointsman_service.adapters.{file.stem}" for file in (SERVICE / "adapters").glob("[!_]*.py")}
    assert adapters - NAMED == set()


def test_every_room_is_under_a_rule():
    """A new room is written into the rules that it keeps, and into those of the rooms that must not know it."""
    rooms = {f"pointsman_service.{folder.parent.name}" for folder in SERVICE.glob("*/__init__.py")}
    assert rooms - NAMED == set()
