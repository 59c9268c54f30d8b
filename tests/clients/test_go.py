"""What of the Go client the protos' changes can break; its own tests are `make -C clients/go test`."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

GO = Path(__file__).parents[2] / "clients" / "go"


@pytest.fixture(autouse=True)
def _go():
    if shutil.which("go") is None and os.environ.get("CI") == "true":
        pytest.fail("go is not on the PATH, and CI leaves nothing out: the Go client's stubs and its build")
    if shutil.which("go") is None:
        pytest.skip("go is not on the PATH; left out: the Go client's stubs and its build")


@pytest.mark.parametrize("target", ["stubs-are-current", "build"])
def test_the_go_client_is_that_of_the_protos(target):
    """Stubs and service config are what proto/ says now, and the layer over them compiles."""
    made = subprocess.run(["make", "-C", str(GO), target], capture_output=True, text=True, timeout=600, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
