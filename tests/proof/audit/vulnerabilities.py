"""Known vulnerabilities of what the lock pins, as pip-audit tells them from the database of OSV."""

from __future__ import annotations

import json
import subprocess
import sys

TIMEOUT_S = 15
NOT_REACHED = ("ConnectionError", "ServiceError", "Timeout", "NameResolutionError", "ConnectTimeout")


def known(lock):
    """((package, version, id) of each, None), or (None, why it could not be asked). lock: its files."""
    asked = [word for file in lock for word in ("--requirement", str(file))]
    command = [sys.executable, "-m", "pip_audit", *asked, "--require-hashes", "--disable-pip"]
    more = [
        "--vulnerability-service",
        "osv",
        "--format",
        "json",
        "--progress-spinner",
        "off",
        "--timeout",
        str(TIMEOUT_S),
    ]
    done = subprocess.run([*command, *more], capture_output=True, text=True, check=False)
    return read(done.stdout, done.stderr)


def read(stdout, stderr):
    """What pip-audit said. Raises RuntimeError where it said neither.

    >>> read('{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "GHSA-1"}]}]}', "")
    ([('a', '1', 'GHSA-1')], None)
    >>> read("", "requests.exceptions.ConnectionError: no route")
    (None, 'requests.exceptions.ConnectionError: no route')
    """
    if stdout.strip().startswith("{"):
        packages = json.loads(stdout)["dependencies"]
        return [(p["name"], p["version"], v["id"]) for p in packages for v in p.get("vulns", ())], None
    last = (stderr.strip().splitlines() or ["nothing"])[-1]
    if any(word in stderr for word in NOT_REACHED):
        return None, last[:100]
    raise RuntimeError(f"pip-audit failed: {last}")
