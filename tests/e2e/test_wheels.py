"""What `make dist` builds runs without a checkout: wheels alone, in a new environment with what they ask for."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pointsman_service.demo.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
OURS = {"pointsman", "pointsman-client"}
DEMO = ("pointsman", "demo")  # with its extra
TIMEOUT_S = 300


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """The folder with wheels and source distributions of service and client."""
    folder = tmp_path_factory.mktemp("dist")
    runpy.run_path(str(ROOT / ".ci" / "dist.py"))["dist"](folder, ["python"])
    return folder


def asked_for(roots: list[Requirement]) -> Iterator[str]:
    """Names of all distributions that these ask for here, themselves among them."""
    left, seen = list(roots), set()
    while left:
        ask = left.pop()
        name = canonicalize_name(ask.name)
        new = {(name, extra) for extra in ("", *ask.extras)} - seen
        seen |= new
        for _, extra in new:
            for more in map(Requirement, distribution(name).requires or []):
                if more.marker is None or more.marker.evaluate({"extra": extra}):
                    left.append(more)
    yield from sorted({name for name, _ in seen})


def put_in(name: str, site: Path) -> None:
    """A distribution's files, as hard links where both are on one file system: a real copy, without waiting for one."""
    found = distribution(name)
    for file in found.files or []:
        source, target = Path(found.locate_file(file)), site / file
        if ".." in Path(file).parts or not source.is_file():
            continue  # programs in bin/, which have another environment's path in them
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except FileExistsError:
            continue
        except OSError:
            shutil.copy2(source, target)


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory) -> Path:
    """The bin/ of a new environment with the wheels, and with what their metadata asks for: this one's versions."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (site,) = (folder / "lib").glob("python*/site-packages")
    for name in asked_for([Requirement(f"{DEMO[0]}[{DEMO[1]}]")]):
        if name not in OURS:
            put_in(name, site)
    wheels = [str(wheel) for wheel in built.glob("*.whl")]
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-index", "--no-compile", "--no-deps", *wheels], check=True)
    checked = subprocess.run([*pip, "check"], check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    return folder / "bin"


@pytest.fixture
def outside(installed) -> dict[str, str]:
    """An environment in which nothing points to the checkout, with a port of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "POINTSMAN", "COV_"))}
    port = free_port()
    return {
        **kept,
        "PATH": f"{installed}:/usr/bin:/bin",
        "POINTSMAN_SERVER__PORT": str(port),
        "POINTSMAN_ADDRESS": f"127.0.0.1:{port}",
    }


def run(command: str, folder: Path, environment: dict[str, str]) -> str:
    """What it prints; it must end with 0."""
    done = subprocess.run(
        ["bash", "-c", command], check=False, cwd=folder, env=environment, capture_output=True, text=True,
        timeout=TIMEOUT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheels_alone_serve_answer_and_take_feedback(outside, tmp_path):
    """From an empty folder: the starter table, the taxonomy and the stubs come with them."""
    where = run("python -c 'import pointsman_service; print(pointsman_service.__file__)'", tmp_path, outside)
    assert str(ROOT) not in where
    with (tmp_path / "serve.log").open("w") as log:
        service = subprocess.Popen(["pointsman", "serve"], cwd=tmp_path, env=outside, stdout=log, stderr=log)
    try:
        until = time.monotonic() + TIMEOUT_S
        ask = 'pointsman complete "What is the capital of Australia?" --answer-only'
        while "serving" not in (tmp_path / "serve.log").read_text():
            assert service.poll() is None, (tmp_path / "serve.log").read_text()
            assert time.monotonic() < until, (tmp_path / "serve.log").read_text()
            time.sleep(0.1)
        assert "Canberra" in run(ask, tmp_path, outside)
        thumb = 'pointsman feedback $(pointsman complete "What is 47 times 68?" --episode-only) --up'
        told = run(thumb, tmp_path, outside)
        assert told.startswith("recorded: counts as 1")
    finally:
        service.terminate()
        assert service.wait(60) == 0


def test_the_wheels_alone_run_the_demo(outside, tmp_path):
    """With the extra `demo`, which brings the recorded outcomes."""
    said = run("pointsman demo --prompts 40 --rate 0", tmp_path, outside)
    assert "40 prompts in" in said
    assert (tmp_path / "demo-report.png").exists()


def test_the_wheels_alone_run_the_bench(outside, tmp_path):
    """The command line finds it as an entry point, and the demo's table is there to replay."""
    said = run(
        "pointsman bench paretobandit --limit 40 --policies unified --budget 2 --seeds 1 --no-plots", tmp_path, outside
    )
    assert "1/1 unified at 2, seed 0: quality" in said
    assert (tmp_path / "out" / "report.json").exists()


def test_the_source_distributions_hold_what_the_wheels_are_built_of(built):
    """And no test's logs."""
    for archive in built.glob("*.tar.gz"):
        with tarfile.open(archive) as held:
            names = [re.sub(r"^[^/]+/", "", name) for name in held.getnames()]
        assert "pyproject.toml" in names
        assert "LICENSE" in names
        assert archive.stat().st_size < 5_000_000
    assert len(list(built.iterdir())) == 4
