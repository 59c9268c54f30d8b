"""The demo's processes: the replay provider and the service, each a real one, on ports of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

JUDGE_COST_USD = 0.0001
"""What a verdict is charged: about what a small model asks for reading one question and answer."""

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 15.0


class DidNotStart(RuntimeError):  # noqa: N818 - named for the fact
    """A process of the demo ended before it was ready; the message carries the end of what it said."""


@dataclass(frozen=True, slots=True)
class Running:
    """Where the demo's processes are. address: of the service; config: its configuration file; pids by process."""

    address: str
    config: Path
    service_pid: int
    replay_pid: int


@contextmanager
def processes(folder: Path, table: str, models: Sequence[str]) -> Iterator[Running]:
    """Both processes, running until the end of the block. Everything they write is in `folder`."""
    with ExitStack() as stack:
        replay = stack.enter_context(_process(folder / "replay.log", "pointsman_service.replay", table))
        url = _first_line(replay, folder / "replay.log").rpartition(" ")[2].removesuffix("/v1")
        config = folder / "pointsman.toml"
        address = f"127.0.0.1:{free_port()}"
        config.write_text(configuration(folder, address, url, models), encoding="utf-8")
        serve = ("pointsman_service.cli", "serve", "--config", str(config))
        service = stack.enter_context(_process(folder / "service.log", *serve))
        yield Running(address, config, service.pid, replay.pid)


def configuration(folder: Path, address: str, url: str, models: Sequence[str]) -> str:
    """The service's configuration: the models at the replay provider, and its recorded verdicts as a priced judge.

    >>> text = configuration(Path("/tmp/demo"), "127.0.0.1:7000", "http://127.0.0.1:8000", ["a/b"])
    >>> import tomllib
    >>> [m["name"] for m in tomllib.loads(text)["models"]]
    ['a/b']
    """
    host, _, port = address.rpartition(":")
    head = f"""
[server]
host = "{host}"
port = {port}

[storage]
folder = "{folder / "data"}"

[observability]
log_level = "warning"

[[judges]]
name = "recorded"
kind = "recorded"
cost_usd = {JUDGE_COST_USD}
options = {{ url = "{url}" }}
"""
    each = (
        f'\n[[models]]\nname = "{name}"\nadapter = "openai"\nbase_url = "{url}/v1"\ncost_from = "response"\n'
        for name in models
    )
    return head + "".join(each)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _process(log: Path, *module: str) -> Iterator[subprocess.Popen[str]]:
    """A module run in a process of its own; ended by SIGTERM, or killed where it does not end."""
    with log.open("w") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", *module],
            stdout=subprocess.PIPE,
            stderr=errors,
            stdin=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _first_line(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise DidNotStart(f"{process.args!r} ended with {process.wait()}: {log.read_text()[-2000:]}")
    return line
