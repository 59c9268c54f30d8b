"""Installs into .venv/ what a make target needs: `python .ci/install.py serve`, or demo, or dev.

The hashes of everything fetched are checked; the checkout itself is built with the pinned hatchling, so nothing
unpinned comes in. `pip check` proves that the locks still satisfy pyproject.toml. What a start imports is compiled
here, also where PYTHONDONTWRITEBYTECODE, which many containers set, would have each process compile it again; other
modules are when they are first imported: most of what is installed never is.

Most of the time pip reads the lists of all releases there ever were, one core's work. So several fetch at once, each a
part of the lock, and one installs what they fetched.

Only the standard library: it runs before anything is there.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions
from pathlib import Path
from threading import Lock

ROOT = Path(__file__).resolve().parents[1]
LOCKS = {
    "serve": ("requirements.lock",),
    "demo": ("requirements.lock", "requirements-demo.lock"),
    "dev": ("requirements.lock", "requirements-demo.lock", "requirements-dev.lock"),
}
"""Each lock has what is added to the ones before it, see lock.py."""
FOR = {"serve": "the service runs on", "demo": "the demo runs on", "dev": "tests and linters run on, too"}
STARTS = {
    "serve": (
        *("pointsman_service.process.worker", "pointsman_service.process.learner", "pointsman_service.cli.commands"),
        *("pointsman_service.replay.provider", "pointsman_service.adapters.sqlite.tool"),
    ),
    "demo": ("pointsman_service.demo.run", "matplotlib.pyplot"),
    "dev": (),
}
"""What is imported where each target's programs start, beside what the targets before it import."""
FETCHERS = max(2, min(4, os.cpu_count() or 2))
LINES = 5
"""How many lines of progress are said where there is no terminal to overwrite one on."""
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
# --no-deps: the locks are whole, so nothing is left to be looked up.
LOCKED = ("--no-deps", "--require-hashes")


def install(target: str) -> None:
    """Install everything for this target, saying how far it is. Raises SystemExit with pip's exit code and words."""
    began = time.monotonic()
    missing = missing_entries("".join((ROOT / name).read_text(encoding="utf-8") for name in LOCKS[target]))
    told = Progress(len(missing))
    told.say(f"Installing what {FOR[target]} into .venv/: {len(missing)} packages, pinned by hash.", whole=True)
    with tempfile.TemporaryDirectory(prefix="fetched-", dir=sys.prefix) as folder:
        parts = [_written(missing[k::FETCHERS], Path(folder, f"{k}.lock")) for k in range(FETCHERS)]
        with ThreadPoolExecutor(FETCHERS) as pool:
            list(pool.map(lambda part: _pip("download", *LOCKED, "-d", folder, "-r", part, told=told), parts))
        told.say("  all fetched; unpacking", whole=True)
        whole = _written(missing, Path(folder, "all.lock"))
        _pip("install", "--no-compile", "--no-index", "--find-links", folder, *LOCKED, "-r", whole)
    _pip("install", "--no-deps", "--no-build-isolation", "-e", "clients/python", "-e", ".")
    _pip("check")
    _compile(target)
    told.end(f"Installed in {time.monotonic() - began:.0f} s.")


def missing_entries(lock: str) -> list[str]:
    r"""The entries of a lock, each with its hashes, that this environment does not have at the pinned version.

    >>> missing_entries("a-package-nobody-has==1.0 \\\n    --hash=sha256:00\n")
    ['a-package-nobody-has==1.0 \\\n    --hash=sha256:00\n']
    """
    here = {(_plain(d.metadata["Name"]), d.version) for d in distributions()}
    entries = [entry for entry in re.split(r"^(?=\w)", lock, flags=re.MULTILINE) if entry.strip()]
    return [entry for entry in entries if _pin(entry) not in here]


def _pin(entry: str) -> tuple[str, str]:
    found = re.match(r"([\w.-]+)(?:\[[^]]*\])?==(\S+)", entry)
    if found is None:
        sys.exit(f"a lock has an entry that is no pin: {entry.splitlines()[0]}")
    return _plain(found[1]), found[2]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _written(entries: Iterable[str], path: Path) -> str:
    path.write_text("".join(entries), encoding="utf-8")
    return str(path)


class Progress:
    """One line that is overwritten on a terminal, a few lines elsewhere. Several threads may tell it things."""

    def __init__(self, packages: int) -> None:
        self._packages, self._terminal = packages, sys.stdout.isatty()
        self._found = self._said = 0
        self._lock = Lock()

    def heard(self, line: str) -> None:
        """A line of pip's."""
        words = line.split()
        if words[:1] == ["Collecting"]:
            with self._lock:
                self._found += 1
            self.say(f"  {self._found} of {self._packages}: {words[1].partition('==')[0]}")

    def say(self, said: str, *, whole: bool = False) -> None:
        """Show it. whole: also where only a few lines are said."""
        with self._lock:
            if self._terminal:
                sys.stdout.write(f"\r\033[K{said}")
            elif whole or self._found * LINES // self._packages > self._said:
                self._said = self._found * LINES // max(1, self._packages)
                sys.stdout.write(f"{said}\n")
            sys.stdout.flush()

    def end(self, said: str) -> None:
        """The last line."""
        self.say(said, whole=True)
        if self._terminal:
            sys.stdout.write("\n")


def _pip(*arguments: str, told: Progress | None = None) -> None:
    """Run it, and end with its exit code and all its words where it fails."""
    heard = []
    with subprocess.Popen(  # noqa: S603 - pip of this environment
        [*PIP, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        assert run.stdout is not None
        for line in run.stdout:
            heard.append(line)
            if told is not None:
                told.heard(line)
    if run.returncode:
        sys.stderr.write("\n" + "".join(heard))
        raise SystemExit(run.returncode)


def _compile(target: str) -> None:
    """By importing: that finds whatever is needed, and no more."""
    targets = list(STARTS)[: list(STARTS).index(target) + 1]
    modules = ", ".join(module for each in targets for module in STARTS[each])
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", f"import {modules}"], check=True, cwd=ROOT, env=environment)  # noqa: S603


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        sys.exit(f"usage: python .ci/install.py {'|'.join(LOCKS)}")
    install(sys.argv[1])
