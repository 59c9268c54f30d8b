"""The bill of materials: every installed package, with version, licence and what needs what, as CycloneDX JSON."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path


def write(file, pyproject=Path("pyproject.toml"), *, checked=True):
    """Write it; the names of its components.

    checked: against CycloneDX's schema, and with what `pyproject` says of the whole, whose reading takes the tool
    twenty seconds.
    """
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--of", "JSON", "--output-reproducible"]
    more = ["--validate", "--pyproject", str(pyproject)] if checked else ["--no-validate"]
    subprocess.run([*command, *more, "-o", str(file), sys.executable], check=True)
    return {normal(part["name"]) for part in json.loads(file.read_text())["components"]}


def pinned(lock):
    r"""Names that a lock, or several files of one, pin without a marker: those are installed everywhere.

    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "lock"
    >>> _ = file.write_text("a_b[x]==1.0 \\\\\\n    --hash=sha256:00\\nwin==2 ; sys_platform == 'win32' \\\\\\n")
    >>> pinned(file)
    {'a-b'}
    """
    text = "".join(file.read_text() for file in ([lock] if isinstance(lock, Path) else lock))
    lines = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)\s*(;?)", text, re.MULTILINE)
    return {normal(name) for name, _, marker in lines if not marker}


def normal(name):
    """As PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()
