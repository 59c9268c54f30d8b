"""Resolves the lock files again from pyproject.toml: `make lock`.

Three files, each with what is added to the ones before it, so that no hash stands twice:

| file | what |
| --- | --- |
| requirements.lock | what the service runs on, and what installs the checkout |
| requirements-demo.lock | what `make demo` adds: the recorded outcomes, and what draws the picture |
| requirements-dev.lock | what tests, linters and benchmarks add |

They hold names, versions and hashes, no addresses: pip brings its own index. Extras stay in the names: pip 23 asks for
`coverage[toml]` apart from a pinned `coverage`, and takes the newest, once that is newer than the pin.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OWN = "pointsman-client"
"""A distribution of this checkout: it is built here, from the same commit."""
INSTALLS_EDITABLY = "editables>=0.5"
"""What the pinned hatchling asks for when a checkout is installed."""


def lock(uv: str, *, upgrade: bool) -> None:
    """Write the three files. uv: the program's path. upgrade: to the newest versions; else those of the files stay."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    run = [ask for ask in project["project"]["dependencies"] if ask != OWN]
    run += [*project["build-system"]["requires"], INSTALLS_EDITABLY]
    stages = {
        "requirements.lock": run,
        "requirements-demo.lock": run + extras["demo"],
        "requirements-dev.lock": run + [ask for extra in extras.values() for ask in extra],
    }
    before = "" if upgrade else "".join(_text(ROOT / name) for name in stages)
    # All together first: one version of everything, whoever else asks for it.
    versions = resolved(uv, stages["requirements-dev.lock"], before)
    told: set[str] = set()
    for name, asked in stages.items():
        entries = {head: text for head, text in _entries(resolved(uv, asked, versions)) if head not in told}
        told |= entries.keys()
        (ROOT / name).write_text("".join(entries.values()), encoding="utf-8")


def resolved(uv: str, asked: list[str], preferred: str) -> str:
    """A lock of what is asked for and of all that it needs, on every platform; as in `preferred` where that fits."""
    options = (
        "--quiet --universal --python-version 3.11 --no-strip-extras --generate-hashes --no-annotate --no-header "
        "--no-emit-index-url --no-emit-find-links"
    )
    with tempfile.TemporaryDirectory() as folder:
        wanted, out = Path(folder, "wanted.in"), Path(folder, "out.lock")
        wanted.write_text("\n".join(asked) + "\n", encoding="utf-8")
        out.write_text(preferred, encoding="utf-8")  # uv keeps what the file that it writes already says
        command = [uv, "pip", "compile", *options.split(), str(wanted), "--output-file", str(out)]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603 - of this file
        return out.read_text(encoding="utf-8")


def _entries(text: str) -> list[tuple[str, str]]:
    """(name with extras, version and marker; the same with its hashes) of a lock's entries, in order."""
    entries: list[list[str]] = []
    for line in text.splitlines(keepends=True):
        if line[:1].isalnum():
            entries.append([])
        entries[-1].append(line)
    return [(entry[0].removesuffix(" \\\n"), "".join(entry)) for entry in entries]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    lock(str(Path(sys.argv[1]).resolve()), upgrade="--upgrade" in sys.argv[2:])
