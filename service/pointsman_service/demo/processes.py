"""The demo's processes: the replay provider and the service, each a real one, on ports of their own."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pointsman import Client, RetryPolicy, Unavailable, v1

from pointsman_service.errors import PointsmanError

JUDGE_COST_USD = 0.0001
"""What a verdict is charged: about what a small model asks for reading one question and answer."""

START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 15.0


class DidNotStart(PointsmanError):  # noqa: N818 - named for the fact
    """A process of the demo ended before it was ready; the message carries the end of what it said."""


@contextmanager
def replay_provider(folder: Path, table: str) -> Iterator[str]:
    """The stand-in for providers, running until the end of the block; its URL. Its log is `folder`/replay.log."""
    log = folder / "replay.log"
    with _process(log, "pointsman_service.replay", table) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line:
            raise DidNotStart(f"the replay provider ended with {process.wait()}: {_end_of(log)}")
        yield line.rpartition(" ")[2].removesuffix("/v1")


@contextmanager
def service(config: Path, address: str) -> Iterator[int]:
    """`pointsman serve` on a configuration, serving until the end of the block; its process id.

    Its log is service.log beside the configuration.
    """
    log = config.with_name("service.log")
    with _process(log, "pointsman_service.cli", "serve", "--config", str(config)) as process:
        _await_answer(process, address, log)
        yield process.pid


@dataclass(frozen=True, slots=True)
class Services:
    """Addresses: of the replay provider, of the service that learns, and of its twin that does not."""

    provider_url: str
    address: str
    twin_address: str


@contextmanager
def demo_services(folder: Path, table: str, models: Mapping[str, tuple[float, float]]) -> Iterator[Services]:
    """All three, serving until the end of the block; the one that learns is ready to.

    models: list prices by name, see `configuration`. Everything the processes write is in `folder`.
    """
    with ExitStack() as stack:
        url = stack.enter_context(replay_provider(folder, table))
        addresses = []
        for name, learns in (("twin", False), ("learning", True)):
            (folder / name).mkdir()
            addresses.append(f"127.0.0.1:{free_port()}")
            config = folder / name / "pointsman.toml"
            text = configuration(folder / name, addresses[-1], url, models, learns=learns)
            config.write_text(text, encoding="utf-8")
            stack.enter_context(service(config, addresses[-1]))
        twin, address = addresses
        await_learner(address, folder / "learning" / "service.log")
        yield Services(url, address, twin)


def configuration(
    folder: Path, address: str, url: str, models: Mapping[str, tuple[float, float]], *, learns: bool = True
) -> str:
    """The service's configuration: the models at the replay provider, and its recorded verdicts as a priced judge.

    models: dollars per million tokens, prompt and answer, by name. What a call costs, the recording says. learns: False
    for the twin, which decides by the same algorithm from list prices alone, for ever.

    >>> import tomllib
    >>> text = configuration(Path("/tmp/demo"), "127.0.0.1:7000", "http://127.0.0.1:8000", {"a/b": (0.1, 0.4)})
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

[learner]
enabled = {str(learns).lower()}

[observability]
log_level = "warning"

[[judges]]
name = "recorded"
kind = "recorded"
cost_usd = {JUDGE_COST_USD}
options = {{ url = "{url}" }}
"""
    each = (
        f"""
[[models]]
name = "{name}"
adapter = "openai"
base_url = "{url}/v1"
cost_source = "response"
input_usd_per_million = {price_in}
output_usd_per_million = {price_out}
"""
        for name, (price_in, price_out) in models.items()
    )
    return head + "".join(each)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now, nor on the one after it, where operators ask.

    It lies below those that a system gives to outgoing connections: one of them could have it before it is listened on.
    No two calls get the same one, be they of two processes: while this process lives it holds the number for itself.
    """
    while True:
        port = 2 * secrets.randbelow(6_000) + 20_000
        with suppress(OSError), _bound(port), _bound(port + 1):
            _CLAIMS.append(_bound(port, socket.SOCK_DGRAM))
            return port


_CLAIMS: list[socket.socket] = []
"""A port's number is claimed by the datagram socket of that number, in nobody's way: nothing here speaks UDP."""


def _bound(port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """A socket of that port of 127.0.0.1. Raises OSError where another has it."""
    made = socket.socket(type=kind)
    try:
        made.bind(("127.0.0.1", port))
    except OSError:
        made.close()
        raise
    return made


@contextmanager
def _process(log: Path, *module: str) -> Iterator[subprocess.Popen[str]]:
    """A module run in a process of its own; ended by SIGTERM, or killed where it does not end."""
    with log.open("a") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", *module],  # -P: a file of the current folder cannot pass for a module
            stdout=subprocess.PIPE,
            stderr=errors,
            stdin=subprocess.DEVNULL,
            text=True,
            env={**_environment(), "PYTHONUNBUFFERED": "1"},
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


def _await_answer(process: subprocess.Popen[str], address: str, log: Path) -> None:
    give_up = time.monotonic() + START_TIMEOUT_S
    with Client(address, timeout_s=START_TIMEOUT_S, retry=RetryPolicy(attempts=1)) as client:
        while True:
            try:
                client.call(v1.ListModelsRequest())
            except Unavailable as error:
                if process.poll() is not None or time.monotonic() > give_up:
                    raise DidNotStart(f"the service did not start: {_end_of(log)}") from error
                time.sleep(0.05)
            else:
                # Who answers is another's service where ours found its port taken meanwhile.
                if process.poll() is not None:
                    raise DidNotStart(f"the service did not start: {_end_of(log)}")
                return


def await_learner(address: str, log: Path) -> None:
    """Return as soon as the service's learner has published. Raises DidNotStart with the end of the service's log."""
    give_up = time.monotonic() + START_TIMEOUT_S
    with Client(address, timeout_s=START_TIMEOUT_S) as client:
        while not _snapshots(client, log):
            if time.monotonic() > give_up:
                raise DidNotStart(f"the learner published nothing: {_end_of(log)}")
            time.sleep(0.1)


def _snapshots(client: Client, log: Path) -> bool:
    try:
        return bool(client.call(v1.ListSnapshotsRequest()).snapshots)
    except Unavailable as error:
        raise DidNotStart(f"the service answers no more ({error}): {_end_of(log)}") from error


def _environment() -> dict[str, str]:
    # Settings in the environment win over the file, and those of the user are for another service.
    return {name: value for name, value in os.environ.items() if not name.startswith("POINTSMAN_")}


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-1000:].strip()
