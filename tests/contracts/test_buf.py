"""The wire contract keeps to buf's rules, and to what is already released."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUF = Path(sys.executable).with_name("buf")


def _run(*args, cwd=ROOT / "proto"):
    return subprocess.run(args, cwd=cwd, capture_output=True, text=True, check=False)


def test_lint_finds_nothing():
    """STANDARD and COMMENTS hold: names, packages, and a sentence on everything."""
    result = _run(BUF, "lint")
    assert result.returncode == 0, result.stdout + result.stderr


def test_format_changes_nothing():
    """The protos are formatted as buf does it."""
    result = _run(BUF, "format", "--diff", "--exit-code")
    assert result.returncode == 0, result.stdout + result.stderr


def _main_branch():
    for ref in ("origin/main", "main"):
        if _run("git", "ls-tree", "--name-only", ref, "proto/pointsman/v1/", cwd=ROOT).stdout.strip():
            return ref
    return None


def test_nothing_breaks_a_caller_of_the_main_branch(tmp_path):
    """FILE rules against the protos of git's main; trivially so where main is not there (an unpacked archive)."""
    ref = _main_branch()
    archive = _run("git", "archive", ref, "proto", "-o", tmp_path / "main.tar", cwd=ROOT) if ref else None
    against = f"{tmp_path}/main.tar#format=tar,subdir=proto" if archive and archive.returncode == 0 else "."
    result = _run(BUF, "breaking", "--against", against)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("change", ["  string model = 1;", "  string modl = 1;"])
def test_a_breaking_change_is_found(tmp_path, change):
    """The check can fail: a renamed field is a break, the same field is not."""
    text = (ROOT / "proto/pointsman/v1/episode.proto").read_text()
    for file in (ROOT / "proto").rglob("*.proto"):
        target = tmp_path / file.relative_to(ROOT / "proto")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.read_text())
    (tmp_path / "buf.yaml").write_text((ROOT / "proto/buf.yaml").read_text())
    (tmp_path / "pointsman/v1/episode.proto").write_text(text.replace("  string model = 1;", change))
    result = _run(BUF, "breaking", "--against", ROOT / "proto", cwd=tmp_path)
    assert (result.returncode == 0) == (change == "  string model = 1;"), result.stdout + result.stderr
