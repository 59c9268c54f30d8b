"""The vectors, their setups and the runners, as the files beside this module have them."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


@dataclass(frozen=True, slots=True)
class Client:
    """A client's runner. folder: where it is built and runs; missing: programs that it needs and this machine lacks."""

    name: str
    folder: Path
    build: tuple[str, ...]
    run: tuple[str, ...]
    missing: tuple[str, ...]


def vectors() -> list[dict[str, Any]]:
    """Every vector, with its group and its setup's name."""
    found = []
    for file in sorted(HERE.glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                found.append(
                    {"group": file.stem, "setup": "plain", "where": f"{file.name}:{number}", **json.loads(line)}
                )
    return found


def setups() -> dict[str, Any]:
    """What services vectors play on, by name."""
    read: dict[str, Any] = json.loads((HERE / "setups.json").read_text(encoding="utf-8"))
    return read


def clients(names: Sequence[str], built: Path) -> list[Client]:
    """Those of these names, all where none is named. built: a folder for what is built."""
    said = json.loads((HERE / "runners.json").read_text(encoding="utf-8"))
    if unknown := set(names) - said.keys():
        raise SystemExit(f"no such client: {', '.join(sorted(unknown))}; there are {', '.join(said)}")
    return [_client(name, said[name], built / name) for name in said if not names or name in names]


def _client(name: str, entry: dict[str, Any], built: Path) -> Client:
    words = {"python": sys.executable, "built": str(built)}
    build, run = (tuple(word.format(**words) for word in entry[part]) for part in ("build", "run"))
    missing = tuple(program for program in entry["needs"] if shutil.which(program) is None)
    return Client(name, ROOT / entry["folder"], build, run, missing)
