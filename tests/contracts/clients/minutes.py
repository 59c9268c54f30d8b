"""How long from a clone to the first answer, by language, with nothing fetched before.

    python -m tests.contracts.clients.minutes            # all four
    python -m tests.contracts.clients.minutes go python

Each language gets a clone of its own and empty caches, starts the service by `make serve` as its README says, does what
its README's first blocks say, and has taken its time when the answer is printed. What is needed from outside (Python,
git and make; Go, Node.js, a JDK and Maven) is there before.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CACHES = {
    "GOMODCACHE": "go-modules",
    "GOCACHE": "go-build",
    "npm_config_cache": "npm",
    "PIP_CACHE_DIR": "pip",
    "UV_CACHE_DIR": "uv",
    "XDG_CACHE_HOME": "cache",
}
SERVING_S = 600.0
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>hello</groupId><artifactId>hello</artifactId><version>1</version>
<properties><maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target></properties>
<dependencies>{dependency}</dependencies>
<build><plugins><plugin><groupId>org.codehaus.mojo</groupId><artifactId>exec-maven-plugin</artifactId>
<version>3.5.0</version></plugin></plugins></build></project>
"""


def blocks(language: str, kind: str) -> list[str]:
    """What a client's README has between fences of this kind."""
    text = (ROOT / "clients" / language / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


def go(clone: Path, hello: Path) -> list[str]:
    """An empty module beside the checkout's folders, as the README has it."""
    start = blocks("go", "bash")[0].splitlines()[-1]
    (hello / "main.go").write_text(blocks("go", "go")[0], encoding="utf-8")
    start = start.replace("../clients/go", str(clone / "clients" / "go"))
    return ["go mod init hello", start, "go mod tidy", "go run ."]


def node(clone: Path, hello: Path) -> list[str]:
    """The package is built, then put into an empty project."""
    (hello / "first.mjs").write_text(blocks("node", "ts")[0], encoding="utf-8")
    folder = clone / "clients" / "node"
    packed = "pack/pointsman-client-*.tgz"
    return [
        f"make -C {folder} pack",
        "npm init -y",
        f"npm install --no-fund --no-audit {folder / packed}",
        "node first.mjs",
    ]


def java(clone: Path, hello: Path) -> list[str]:
    """The client goes into a local repository, then into a project of one class."""
    sources = hello / "src" / "main" / "java"
    sources.mkdir(parents=True)
    (sources / "First.java").write_text(blocks("java", "java")[0], encoding="utf-8")
    (hello / "pom.xml").write_text(POM.format(dependency=blocks("java", "xml")[0]), encoding="utf-8")
    local = f"-Dmaven.repo.local={hello / 'm2'}"
    return [
        f"cd {clone / 'clients' / 'java'} && {blocks('java', 'bash')[0].strip()} {local}",
        f"mvn --quiet --batch-mode {local} compile exec:java -Dexec.mainClass=First",
    ]


def python(clone: Path, hello: Path) -> list[str]:
    """An environment of its own, for a caller wants no service."""
    (hello / "first.py").write_text(blocks("python", "python")[0], encoding="utf-8")
    return [
        f"{sys.executable} -m venv .venv",
        f".venv/bin/pip install --quiet --disable-pip-version-check {clone / 'clients' / 'python'}",
        ".venv/bin/python first.py",
    ]


LANGUAGES = {"go": go, "node": node, "java": java, "python": python}


@contextmanager
def serving(clone: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """`make serve`, from the moment when it serves; on the default ports, as the READMEs have them."""
    command = ["make", "serve", f"PYTHON={sys.executable}"]
    process = subprocess.Popen(
        command,
        cwd=clone,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        ends = time.monotonic() + SERVING_S
        for line in process.stdout:
            if " serving " in line:
                break
            assert time.monotonic() < ends, line
        else:
            raise SystemExit("make serve did not serve")
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def minutes(language: str) -> dict[str, float]:
    """Minutes until the service serves, and of what the client's README asks for after that."""
    with tempfile.TemporaryDirectory(prefix=f"first-{language}-") as name:
        folder = Path(name)
        environment = {**os.environ, **{key: str(folder / sub) for key, sub in CACHES.items()}, "NO_COLOR": "1"}
        environment.pop("VIRTUAL_ENV", None)
        began = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "pointsman")], check=True)
        hello = folder / "hello"
        hello.mkdir()
        with serving(folder / "pointsman", environment):
            served = time.monotonic()
            for command in LANGUAGES[language](folder / "pointsman", hello):
                done = subprocess.run(
                    command, shell=True, cwd=hello, env=environment, text=True, capture_output=True, check=False
                )
                if done.returncode:
                    raise SystemExit(f"{language}: {command}: {done.stdout}{done.stderr}")
            answered = time.monotonic()
            sys.stderr.write(f"{language}: {done.stdout.strip()}\n")
        if language == "go":  # its module cache is read-only, so that nobody edits it
            subprocess.run(["go", "clean", "-modcache"], env=environment, check=True)
    return {"service": (served - began) / 60, "client": (answered - served) / 60, "all": (answered - began) / 60}


def main() -> None:
    """A row for each language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("languages", nargs="*", metavar="|".join(LANGUAGES))
    options = parser.parse_args()
    rows = {language: minutes(language) for language in options.languages or LANGUAGES}
    sys.stdout.write(
        "| | until `make serve` serves | the client's README until its answer | minutes in all |\n"
        "| --- | --- | --- | --- |\n"
    )
    for language, of in rows.items():
        sys.stdout.write(f"| {language} | {of['service']:.1f} | {of['client']:.1f} | {of['all']:.1f} |\n")


if __name__ == "__main__":
    main()
