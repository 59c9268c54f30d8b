"""What `make dist` builds of a client, put into an empty project: the README's first program runs there.

Nothing is downloaded: what a client depends on is taken from where its own build has put it, and no more than its
package says that it needs.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import runpy
import tarfile
import tomllib
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from .book import ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
LONGEST_S = 600.0

Installed = Callable[[dict[str, str]], Awaitable[list[str]]]
"""Runs the program in each of its forms with an environment; what each printed."""


def node(folder: Path) -> Installed:
    """As `npm install` lays the tarball out, in a project that loads it as ES module and as CommonJS."""
    archive = _dist(folder, "node")[f"pointsman-client-{VERSION}.tgz"]
    with tarfile.open(archive) as held:
        names = {name.removeprefix("package/") for name in held.getnames()}
        held.extractall(folder / "unpacked", filter="data")
    beside = {name for name in names if not name.startswith("dist/")}
    assert beside == {"package.json", "README.md", "LICENSE"}, beside
    stray = [name for name in names - beside if not name.endswith((".js", ".mjs", ".d.ts", ".d.mts")) or "test" in name]
    assert not stray, stray
    project = folder / "project"
    _lay_out(folder / "unpacked" / "package", project / "node_modules")
    first = _program("node", "ts")
    required = re.sub(r'import \{(.*)\} from "(.*)";', r'const {\1} = require("\2");', first)
    (project / "first.mjs").write_text(first, encoding="utf-8")
    (project / "first.cjs").write_text(f"(async () => {{\n{required}\n}})();\n", encoding="utf-8")

    async def run(environment: dict[str, str]) -> list[str]:
        return [await prints("node", form, folder=project, **environment) for form in ("first.mjs", "first.cjs")]

    return run


def _lay_out(package: Path, modules: Path) -> None:
    told = json.loads((package / "package.json").read_text(encoding="utf-8"))
    assert (told["version"], told["license"]) == (VERSION, "Apache-2.0")
    for dependency in told["dependencies"]:
        link = modules / dependency
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(ROOT / "clients/node/node_modules" / dependency)
    (modules / "@pointsman").mkdir(parents=True)
    package.rename(modules / "@pointsman" / "client")


def go(folder: Path) -> Installed:
    """The zip that a module proxy would serve, in place of the module that an empty one requires."""
    archive = _dist(folder, "go")[f"pointsman-go-{VERSION}.zip"]
    prefix = f"pointsman.dev/clients/go@v{VERSION}/"
    with zipfile.ZipFile(archive) as held:
        names = {name.removeprefix(prefix) for name in held.namelist()}
        held.extractall(folder)
    module, project = folder / prefix, folder / "project"
    assert {"go.mod", "LICENSE", "README.md", "pointsman/client.go"} <= names
    stray = [name for name in names if not re.search(r"\.(go|md|json|mod|sum|yaml)$|^(LICENSE|Makefile)$", name)]
    assert not stray, stray
    project.mkdir()
    required = (module / "go.mod").read_text(encoding="utf-8").partition("require")
    (project / "go.mod").write_text(
        f"module hello\n\ngo 1.23.0\n\nreplace pointsman.dev/clients/go => {module}\n\n"
        f"require pointsman.dev/clients/go v{VERSION}\n\n{required[1]}{required[2]}",
        encoding="utf-8",
    )
    (project / "go.sum").write_bytes((module / "go.sum").read_bytes())
    (project / "main.go").write_text(_program("go", "go"), encoding="utf-8")

    async def run(environment: dict[str, str]) -> list[str]:
        built = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local"}
        await prints("go", "build", "-o", "hello", ".", folder=project, **built)
        return [await prints(str(project / "hello"), folder=project, **environment)]

    return run


def java(folder: Path) -> Installed:
    """The jar on a class path of itself and what the pom.xml that it holds asks for at run time."""
    made = _dist(folder, "java")
    assert made.keys() == {f"pointsman-client-{VERSION}{kind}.jar" for kind in ("", "-sources", "-javadoc")}
    jar = made[f"pointsman-client-{VERSION}.jar"]
    with zipfile.ZipFile(jar) as held:
        names = set(held.namelist())
        pom = held.read("META-INF/maven/dev.pointsman/pointsman-client/pom.xml")
    assert {"META-INF/LICENSE", "META-INF/README.md", "dev/pointsman/service_config.json"} <= names
    stray = [name for name in names if re.search(r"Test|examples|bench|conformance|\.proto$", name)]
    assert not stray, stray
    (folder / "pom.xml").write_bytes(pom)
    (folder / "First.java").write_text(_program("java", "java"), encoding="utf-8")

    async def run(environment: dict[str, str]) -> list[str]:
        listed = folder / "runtime.classpath"
        asked = ("dependency:build-classpath", "-DincludeScope=runtime", f"-Dmdep.outputFile={listed}")
        await prints("mvn", "--offline", "--quiet", "--batch-mode", *asked, folder=folder)
        path = os.pathsep.join([str(jar), listed.read_text(encoding="utf-8").strip(), str(folder)])
        await prints("javac", "-cp", path, "First.java", folder=folder)
        return [await prints("java", "-cp", path, "First", folder=folder, **environment)]

    return run


INTO = {"node": node, "go": go, "java": java}
"""By client: builds its package into a folder, looks into it, and puts it into an empty project."""


async def prints(*command: str, folder: Path, **environment: str) -> str:
    """What it prints; it must end with 0."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POINTSMAN")}
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**kept, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), LONGEST_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    said = printed.decode(errors="replace")
    assert process.returncode == 0, said
    return said


def _dist(folder: Path, client: str) -> dict[str, Path]:
    made: list[Path] = runpy.run_path(str(ROOT / ".ci" / "dist.py"))["dist"](folder / "dist", [client])
    return {path.name: path for path in made}


def _program(client: str, language: str) -> str:
    readme = (ROOT / "clients" / client / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"```{language}\n(.*?)```", readme, re.DOTALL)
    assert found, f"the README of {client} shows no program"
    return found[1]
