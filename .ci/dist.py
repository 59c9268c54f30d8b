"""Builds what is handed out into dist/: `make dist`, or `python .ci/dist.py FOLDER [python|go|node|java ...]`.

| client or service | what |
| --- | --- |
| the service, clients/python | a wheel and a source distribution each, built by the pinned hatchling |
| clients/go | the module as a zip, as module proxies serve it |
| clients/node | the package, as `npm pack` makes it |
| clients/java | the jar, as `mvn package` makes it |

A client whose tools are not on this machine, or that is not in this checkout, is named and left out.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NEEDS = {"python": (), "go": ("go",), "node": ("npm",), "java": ("java", "mvn")}
"""Programs, by client; "python" is the service, too."""


def dist(out: Path, which: Sequence[str] = tuple(NEEDS)) -> list[Path]:
    """Build into `out`; the new files. Raises SystemExit, with what the tool said, where a build fails."""
    out.mkdir(parents=True, exist_ok=True)
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    for name in which:
        folder = ROOT / "clients" / name
        missing = [program for program in NEEDS[name] if shutil.which(program) is None]
        if not folder.is_dir() or missing:
            why = f"{' and '.join(missing)} not on the PATH" if missing else "not in this checkout"
            sys.stdout.write(f"{name}: left out: {why}\n")
        else:
            {"python": _python, "go": _go, "node": _node, "java": _java}[name](folder, out)
    return sorted(path for path in out.iterdir() if before.get(path) != path.stat().st_mtime_ns)


def _python(folder: Path, out: Path) -> None:
    for project in (folder, ROOT):
        _run(project, sys.executable, "-m", "hatchling", "build", "-d", str(out))


def _go(folder: Path, out: Path) -> None:
    """The zip of a module proxy: every file under MODULE@VERSION/."""
    module = re.findall(r"^module (\S+)", (folder / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)[0]
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    with zipfile.ZipFile(out / f"pointsman-go-{version}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and not _hidden(p.relative_to(folder))):
            packed.write(path, f"{module}@v{version}/{path.relative_to(folder)}")


def _node(folder: Path, out: Path) -> None:
    _run(folder, "make", "build")
    _run(folder, "npm", "pack", "--pack-destination", str(out))


def _java(folder: Path, out: Path) -> None:
    _run(folder, "make", "package")
    for jar in folder.glob("target/*.jar"):
        shutil.copy2(jar, out)


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)  # noqa: S603 - ours
    if done.returncode:
        sys.exit(f"{' '.join(command)} in {folder} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    if not sys.argv[1:] or not set(sys.argv[2:]) <= NEEDS.keys():
        sys.exit(f"usage: python .ci/dist.py FOLDER [{' '.join(NEEDS)}]")
    for made in dist(Path(sys.argv[1]).resolve(), sys.argv[2:] or tuple(NEEDS)):
        sys.stdout.write(f"{made.stat().st_size / 1e3:8,.0f} kB  {made.name}\n")
