"""The wire contract keeps to buf's rules, and to what is already released."""

import shutil
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


RELEASES = sorted((ROOT / "proto" / "releases").glob("*.binpb"))


def test_the_first_release_is_kept():
    """Without an image nothing would hold the contract."""
    assert [image.stem for image in RELEASES][:1] == ["0.2.0"]


@pytest.mark.parametrize("image", RELEASES, ids=lambda image: image.stem)
def test_nothing_breaks_a_caller_of_a_release(image):
    """FILE rules against the image of each release."""
    result = _run(BUF, "breaking", "--against", image)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("change", ["  string model = 1;", "  string modl = 1;"])
@pytest.mark.parametrize("image", RELEASES, ids=lambda image: image.stem)
def test_a_breaking_change_is_found(tmp_path, change, image):
    """The check can fail: a renamed field is a break, the same field is not."""
    shutil.copytree(ROOT / "proto", tmp_path / "proto")
    changed = tmp_path / "proto/pointsman/v1/episode.proto"
    changed.write_text(changed.read_text().replace("  string model = 1;", change))
    result = _run(BUF, "breaking", "--against", image, cwd=tmp_path / "proto")
    assert (result.returncode == 0) == (change == "  string model = 1;"), result.stdout + result.stderr
