"""README's tour and every `--help` example run as written, against a real service.

`python tests/e2e/test_readme.py` writes the tour's real output into README, with `--demo` that of the demo, too.
"""

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import typer
from pointsman import Client, RetryPolicy, v1
from pointsman_service.cli.commands import app
from pointsman_service.cli.commands import run as run_here
from pointsman_service.demo.processes import await_learner, free_port

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LONG_RUNNING = {"serve", "replay"}
IN_PROCESSES = {"demo", "doctor"}
"""What they start or load is no matter of this process."""
TIMEOUT_S = 240
PATIENCE = RetryPolicy(
    attempts=480,
    first_wait_s=0.1,
    longest_wait_s=0.5,
    first_contact_s=120.0,  # a start on a busy machine
)


def tour(text):
    """(command, documented output) of the console blocks, in order."""
    found = []
    for block in CONSOLE.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return [(command, "\n".join(lines)) for command, lines in found]


def help_examples(command=None, path=()):
    """What each command's help shows, by the command's words."""
    command = command or typer.main.get_command(app)
    for name, child in getattr(command, "commands", {}).items():
        yield from help_examples(child, (*path, name))
    if path and command.epilog:
        yield " ".join(path), command.epilog.removeprefix("Example: ")


def labels(output):
    """What the lines of an output begin with, where it is a heading or a name and not a value."""
    found = (re.match(r"[*]?\s*([a-z$+][a-z $+-]*?)(\s\s|$)", line) for line in output.splitlines())
    return {m[1] for m in found if m and not m[1].startswith("starter-") and len(m[1]) > 1}


@contextlib.contextmanager
def a_shell(folder):
    """A folder to work in and an environment in which `pointsman` is this checkout's, on a port of its own."""
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    program = bin_folder / "pointsman"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pointsman_service.cli "$@"\n')
    program.chmod(0o755)
    port = str(free_port())
    yield {
        **os.environ,
        "PATH": f"{bin_folder}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "POINTSMAN_SERVER__PORT": port,
        "POINTSMAN_ADDRESS": f"127.0.0.1:{port}",
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": "120",  # README's width; readline, which pytest loads, may have said 80
    }


def run(command, folder, environment):
    """What a shell prints for a command, with the exit code."""
    return subprocess.run(
        ["bash", "-c", command],
        check=False,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )


@contextlib.contextmanager
def serving(folder, environment, command="pointsman serve"):
    """`pointsman serve` in the folder; it must end with 0 on SIGTERM."""
    with (folder / "serve.log").open("w") as log:
        service = subprocess.Popen(shlex.split(command), cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        with Client(environment["POINTSMAN_ADDRESS"], timeout_s=TIMEOUT_S, retry=PATIENCE) as client:
            client.route("Is anybody there?")
        yield
    finally:
        service.send_signal(signal.SIGTERM)
        assert service.wait(30) == 0, (folder / "serve.log").read_text()


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """A folder and an environment in which a service serves as examples assume it.

    It has learnt something, so that it has a second snapshot, which has a name; two tenants, two keys and a price were
    set while it ran; README's file, a log and a backup lie at hand. No example changes what another one needs.
    """
    folder = tmp_path_factory.mktemp("shell")
    with a_shell(folder) as environment, serving(folder, environment):
        give_up = time.monotonic() + 60.0
        with Client(environment["POINTSMAN_ADDRESS"]) as client:
            while len(client.call(v1.ListSnapshotsRequest()).snapshots) < 2:
                assert time.monotonic() < give_up, (folder / "serve.log").read_text()
                client.route("Has anybody learnt yet?")
                time.sleep(0.2)  # the learner is another process: nothing here to await
            client.call(v1.NameSnapshotRequest(snapshot_version=2, name="before-the-new-model"))
            for tenant in ("team-a", "team-b"):
                client.call(v1.CreateTenantRequest(tenant=v1.Tenant(tenant=tenant)))
            for key in ("ci", "old-app"):
                made = v1.ApiKey(name=key, roles=[v1.ACCESS_ROLE_CALL])
                client.call(v1.CreateApiKeyRequest(api_key=made))
        assert run("pointsman models set starter-large --input-price 2", folder, environment).returncode == 0
        assert run("pointsman backup backups/monday", folder, environment).returncode == 0
        (example,) = re.findall(r"^```toml\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
        (folder / "pointsman.toml").write_text(example)
        call = {"model": "gpt-4o", "prompt": "Why?", "completion": "So.", "thumbs_up": True}
        (folder / "calls.jsonl").write_text(json.dumps(call))
        yield folder, environment


def test_the_tour_runs_as_written(tmp_path):
    """Every command ends with 0 and prints what README shows, up to figures and which model answered."""
    with a_shell(tmp_path) as environment, serving(tmp_path, environment):
        await_learner(environment["POINTSMAN_ADDRESS"], tmp_path / "serve.log")
        for command, documented in tour(README.read_text()):
            done = run(command, tmp_path, environment)
            assert (done.returncode, done.stderr) == (0, ""), command
            assert labels(documented) <= labels(done.stdout), command
            assert bool(documented.strip()) == bool(done.stdout.strip()), command


def test_the_python_example_runs_as_written(shell):
    """Against the service's own address instead of the default one."""
    folder, environment = shell
    examples = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    assert examples
    for example in examples:
        code = example.replace("127.0.0.1:50051", environment["POINTSMAN_ADDRESS"])
        assert code != example
        done = subprocess.run(
            [sys.executable, "-c", code],
            check=False,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", sorted(n for n, _ in help_examples() if n not in LONG_RUNNING))
def test_every_help_example_runs_as_written(name, shell, monkeypatch, capsys):
    """With a service at hand, each ends with 0. What needs no shell runs here: a process takes a second to start."""
    command, (folder, environment) = dict(help_examples())[name], shell
    words = shlex.split(command)
    if name in IN_PROCESSES or "$(" in command or "<<<" in command:
        done = run(command, folder, environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return
    assert words[0] == "pointsman"
    monkeypatch.chdir(folder)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    assert run_here(words[1:]) == 0, "".join(capsys.readouterr())


def test_the_bench_example_runs_as_written(tmp_path):
    """The bench has a help of its own, since its options are many."""
    from pointsman_bench.cli import app as bench

    with a_shell(tmp_path) as environment:
        shown = run("pointsman bench --help", tmp_path, environment).stdout
        example = typer.main.get_command(bench).epilog.removeprefix("Example: ")
        assert "pointsman bench paretobandit" in shown
        done = run(example, tmp_path, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out" / "report.md").exists()


def test_the_serve_example_serves(tmp_path):
    """With a free port in the place of the example's."""
    example = dict(help_examples())["serve"]
    with a_shell(tmp_path) as environment:
        address = environment["POINTSMAN_ADDRESS"]
        command = example.replace("50051", address.rpartition(":")[2])
        assert command != example
        with serving(tmp_path, environment, command), Client(address) as client:
            assert client.complete("What is the capital of Australia?").answer.text
        assert (tmp_path / "pointsman-data" / "pointsman.db").exists()


def test_the_replay_example_serves(tmp_path):
    """With a free port in the place of the example's."""
    example, port = dict(help_examples())["replay"], str(free_port())
    command = example.replace("8100", port)
    assert command != example
    with a_shell(tmp_path) as environment:
        provider = subprocess.Popen(
            shlex.split(command), cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
        )
        with provider:
            assert f"127.0.0.1:{port}" in provider.stdout.readline()
            provider.send_signal(signal.SIGTERM)
            assert provider.wait(30) == 0


def demo_output(folder, environment):
    """What a whole demo prints at its end: the table and the summary."""
    printed = run("pointsman demo", folder, environment).stdout
    return "\n".join(line.rstrip() for line in printed[printed.index("All in all") :].splitlines() if line.strip())


def write_outputs(*, demo):
    """Run the tour, and the demo where wanted, and write what they print into README."""
    text = README.read_text()
    with tempfile.TemporaryDirectory() as name, a_shell(Path(name)) as environment:
        folder = Path(name)
        with serving(folder, environment):
            await_learner(environment["POINTSMAN_ADDRESS"], folder / "serve.log")

            def shown(block):
                parts = []
                for line in block[1].splitlines():
                    if line.startswith("$ "):
                        time.sleep(1.0)  # a newcomer reads; the learner publishes meanwhile
                        printed = run(line[2:], folder, environment).stdout.rstrip()
                        parts += [line, *(row.rstrip() for row in printed.splitlines())]
                return "```console\n" + "\n".join(parts) + "\n```"

            text = CONSOLE.sub(shown, text)
        if demo:
            block = f"```text\n{demo_output(folder, environment)}\n```"
            text = re.sub(r"^```text\n.*?^```$", lambda _: block, text, count=1, flags=re.MULTILINE | re.DOTALL)
    README.write_text(text)


if __name__ == "__main__":
    write_outputs(demo="--demo" in sys.argv)
