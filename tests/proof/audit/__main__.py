"""`make audit`: known vulnerabilities of the lock, licences of what is installed, and the bill of materials."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.proof.table import Row, report

from . import licences, sbom, vulnerabilities

OUT = Path("out/audit")
LOCK = tuple(sorted(Path().glob("requirements*.lock")))
"""In several files, each with what one more target installs."""


def rows(*, offline=False, checked=True):
    """The targets. offline: do not ask the database of vulnerabilities. checked: the bill against its schema."""
    OUT.mkdir(parents=True, exist_ok=True)
    return [_vulnerabilities(offline=offline), *_licences(), _sbom(checked=checked)]


def _vulnerabilities(*, offline):
    found, why_not = (None, "not asked: --offline") if offline else vulnerabilities.known(LOCK)
    if found is None:
        return Row("known vulnerabilities in the lock", "0", f"its database could not be asked: {why_not}", ok=None)
    named = ", ".join(f"{name} {version} {what}" for name, version, what in found)
    return Row("known vulnerabilities in the lock", "0", f"{len(found)} {named}", not found)


def _licences():
    wrong, seen = licences.refused()
    named = ", ".join(f"{name}: {licence}" for name, licence in wrong)
    return [Row("packages under a licence that is not allowed", "0", f"{len(wrong)} of {seen} {named}", not wrong)]


def _sbom(*, checked):
    file = OUT / "sbom.cyclonedx.json"
    missing = sbom.pinned(LOCK) - sbom.write(file, checked=checked)
    said = f"all in {file}" if not missing else f"missing: {', '.join(sorted(missing))}"
    return Row("pinned packages in the bill of materials", "all", said, not missing)


def main():
    """Run it; 1 where a target was missed."""
    parser = argparse.ArgumentParser(prog="make audit ARGS=", description=__doc__)
    parser.add_argument("--offline", action="store_true", help="do not ask the database of vulnerabilities")
    args = parser.parse_args()
    sys.exit(report("make audit", rows(offline=args.offline)))


if __name__ == "__main__":
    main()
