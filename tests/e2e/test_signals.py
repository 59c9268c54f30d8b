"""`pointsman serve` and the signals that terminals, operators and systemd send."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
import time
from contextlib import asynccontextmanager, closing
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pointsman import AsyncClient, FailedPrecondition, NotFound, Unauthenticated, v1
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub
from pointsman_learner.events import OperatorActed
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.domain.configuration import Key
from pointsman_service.process.opening import rules

GRACE_S = 10.0  # the default: what an open watch held a stop for


class Serve:
    """A `pointsman serve` in a session of its own, as a terminal starts it, with what it logged so far."""

    def __init__(self, folder, **environment):
        self._folder = folder
        self._environment = {"POINTSMAN_OBSERVABILITY__LOG_FORMAT": "json", **environment}
        self.logged = []

    async def start(self):
        """The process, which has not even imported anything yet."""
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pointsman_service.cli", "serve", "--port", "0", "--folder", str(self._folder)),
            env={**os.environ, **self._environment},
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )

    async def address(self):
        """Where it serves, as soon as it does."""
        return (await self.line("serving"))["address"]

    async def line(self, event):
        """The next line that begins so."""
        async with asyncio.timeout(60):
            while True:
                line = json.loads(await self.process.stderr.readline())
                self.logged.append(line)
                if line["event"].startswith(event):
                    return line

    async def end(self, number=signal.SIGTERM, *, group=False):
        """Signal it, or all of its process group; (exit code, seconds until it ended, all the rest that it wrote)."""
        started = time.monotonic()
        (os.killpg if group else os.kill)(self.process.pid, number)
        async with asyncio.timeout(30):
            rest = (await self.process.stderr.read()).decode()
            code = await self.process.wait()
        return code, time.monotonic() - started, rest


@pytest.fixture
async def served(tmp_path):
    """Starts services that are gone when the test is over."""
    started = []

    @asynccontextmanager
    async def serve(**environment):
        service = Serve(tmp_path / f"data-{len(started)}", **environment)
        started.append(service)
        await service.start()
        yield service

    yield serve
    for service in started:
        if service.process.returncode is None:
            service.process.kill()
            await service.process.wait()


def errors_in(text):
    """The lines of a JSON log that are errors or warnings, or no JSON at all."""
    lines = text.splitlines()
    return [x for x in lines if not x.startswith("{") or json.loads(x)["level"] in {"warning", "error"}]


def runs_our_code(pid):
    """Whether Python has begun, which ignores SIGPIPE, and our main, which takes Python's handler of SIGINT away.

    Before that a Ctrl-C meets the interpreter's own start, which is not ours to mend.
    """
    masks = dict(line.split(":\t") for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "Sig" in line)
    ignored, caught = (int(masks[name], 16) for name in ("SigIgn", "SigCgt"))
    return bool(ignored & 1 << signal.SIGPIPE - 1) and not caught & 1 << signal.SIGINT - 1


def children_of(pid):
    """Process ids."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_stop_waits_for_no_watch_and_logs_no_error(served, workers):
    """Nothing runs, so it ends as soon as balancers had their half second.

    Measured on a busy machine, three times each: 0.5 to 0.7 s, with two workers 0.7 to 1.5 s.
    """
    async with served(POINTSMAN_SERVER__WORKERS=workers) as service:
        address = await service.address()
        async with grpc.aio.insecure_channel(address) as channel:
            watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
            assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
            code, seconds, rest = await service.end()
            assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
    assert (code, errors_in(rest)) == (0, [])
    assert json.loads(rest.splitlines()[-1])["event"] == "stopped"
    assert seconds < GRACE_S / 2


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_stop_that_reaches_the_children_too_is_as_good(served, workers):
    """Systemd signals every process of a service at once."""
    async with served(POINTSMAN_SERVER__WORKERS=workers) as service:
        await service.address()
        for child in children_of(service.process.pid):
            os.kill(child, signal.SIGTERM)
        code, _, rest = await service.end()
    assert (code, errors_in(rest)) == (0, [])


async def test_a_ctrl_c_while_it_starts_is_no_traceback(served, until):
    """Importing, starting its children, or serving already; it always ends, and nothing of it stays behind."""

    async def interrupted(after_s):
        async with served() as service:
            await until(lambda: runs_our_code(service.process.pid), 60)
            await asyncio.sleep(after_s)
            code, _, rest = await service.end(signal.SIGINT, group=True)
        assert "Traceback" not in rest
        assert "KeyboardInterrupt" not in rest
        assert code in {0, 130, -signal.SIGINT}  # a drain, or an end at once

    await asyncio.gather(*(interrupted(after_s) for after_s in (0.0, 0.3, 0.7, 1.2, 2.0, 3.5)))


async def test_a_hangup_reads_the_file_again_and_ends_nothing(served):
    """A terminal that closes does not end a service without a drain."""
    async with served() as service:
        address = await service.address()
        service.process.send_signal(signal.SIGHUP)
        assert (await service.line("the file was read again"))["level"] == "info"
        async with AsyncClient(address) as client:
            assert (await client.route("2 + 2?")).episode_id
        code, _, rest = await service.end()
    assert (code, errors_in(rest)) == (0, [])


async def test_a_configuration_that_cannot_be_read_does_not_end_its_watch(served, tmp_path, until):
    """The watch says so, queries are decided meanwhile, and what comes after it is in force."""
    async with served() as service, AsyncClient(await service.address()) as client:
        with closing(sqlite3.connect(tmp_path / "data-0" / "pointsman.db")) as database, database:
            database.execute("UPDATE configuration SET value = '{half'")
            database.execute("UPDATE configuration_version SET position = position + 1")
        told = await service.line("failed, starting it again")
        while told["part"] != "configuration watch":  # the main process's watch for operators reads the same table
            told = await service.line("failed, starting it again")
        assert told["level"] == "error"
        assert (await client.route("2 + 2?")).episode_id
        await mend_and_add_a_model(tmp_path / "data-0", "late")

        async def knows():
            # By the watch alone: a query does not look for changes, as an admin's call does. The registry knows the
            # model before the learner's next snapshot does.
            try:
                return (await client.route("2 + 2?", models=["late"])).decision.model == "late"
            except (NotFound, FailedPrecondition):
                return False

        await until(knows, 30)


async def mend_and_add_a_model(folder, name):
    """As another process on the same log does it."""
    model = {"": True, "adapter": "openai", "provider_model": name, "base_url": "http://127.0.0.1:1/v1"}
    model["unpriced"] = True
    put = {str(Key("models", name, field)): value for field, value in model.items()}
    storage = open_storage(folder, StorageSettings())
    try:
        await storage.configuration.rebuild()
        layers = storage.configuration.read()
        added = OperatorActed(time.time(), "ann", "CreateModel", None, "", put, (), "")
        before, after = (rules().in_force(said) for said in (layers, layers.after(added, layers.version)))
        await storage.configuration.act(added, rules().taught(before, after, added.at), layers.version)
    finally:
        await storage.close()


async def test_a_second_service_on_the_folder_is_refused_in_one_line(served):
    """The first one goes on; so do commands that only read."""
    async with served() as first:
        await first.address()
        second = Serve(first._folder)
        await second.start()
        async with asyncio.timeout(60):
            rest = (await second.process.stderr.read()).decode()
            code = await second.process.wait()
        assert code == 2, rest
        (line,) = rest.splitlines()
        assert line.startswith(f"pointsman: storage.folder: another service (process {first.process.pid}) has ")


async def test_a_sighup_reads_the_file_again_whole_or_not_at_all(served, tmp_path):
    """A tenant more is in force at once; a wrong file changes nothing; what needs a restart is told."""
    file = tmp_path / "pointsman.toml"
    file.write_text("[tenants.a]\n")
    async with served(POINTSMAN_CONFIG=str(file)) as service:
        address = await service.address()
        async with AsyncClient(address) as client:
            await client.route("hi", tenant="a")
            with pytest.raises(NotFound):
                await client.route("hi", tenant="b")
            file.write_text("[tenants.a]\n[tenants.b]\nbugdet = 1\n")
            service.process.send_signal(signal.SIGHUP)
            assert "tenants.b.bugdet: unknown key" in (await service.line("the file was not taken"))["why"]
            with pytest.raises(NotFound):
                await client.route("hi", tenant="b")
            file.write_text("[server]\ngrace_s = 3.0\n[tenants.b]\n")
            service.process.send_signal(signal.SIGHUP)
            assert (await service.line("what the file says of these needs a restart"))["keys"] == ["server.grace_s"]
            await service.line("the file was read again")
            async with asyncio.timeout(10):
                while True:
                    try:
                        await client.route("hi", tenant="b")
                        break
                    except NotFound:
                        await asyncio.sleep(0.02)  # the poll of the configuration
            with pytest.raises(NotFound):
                await client.route("hi", tenant="a")


async def test_a_sighup_reaches_limits_lists_and_the_level_in_every_process(served, tmp_path):
    """None of it is told to need a restart, and both workers go by it."""
    file = tmp_path / "pointsman.toml"
    file.write_text("[server]\nworkers = 2\n")
    async with served(POINTSMAN_CONFIG=str(file)) as service:
        address = await service.address()
        file.write_text(
            "[server]\nworkers = 2\nrequests_per_second = 0.001\n"
            '[admin]\nkey_env_pattern = ["MY_*"]\n[observability]\nlog_level = "debug"\n'
        )
        service.process.send_signal(signal.SIGHUP)
        await service.line("the file was read again")
        assert not [line for line in service.logged if "needs a restart" in line["event"]]
        await in_a_row(8, lambda: over_the_limit(address))
        assert (await service.line("refused at the door"))["limit"] == "requests_per_second"


async def over_the_limit(address):
    """Whether a Route on a connection of its own, which either worker may take, is refused for the service's limit."""
    route = v1.RouteRequest(query=v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="hi")]))
    async with grpc.aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        try:
            await RouterServiceStub(channel).Route(route)
        except grpc.aio.AioRpcError as error:
            return "the service has reached its limit of 0.001 requests per second" in error.details()
    return False


async def in_a_row(times, holds):
    """Wait until something holds so many times, one after the other."""
    held = 0
    async with asyncio.timeout(20):
        while held < times:
            held = held + 1 if await holds() else 0


async def test_guessing_keys_is_a_line(served):
    """However many guesses there are while it lasts."""
    async with served(POINTSMAN_AUTH__ENABLED="true") as service:
        async with AsyncClient(await service.address()) as client:
            for _ in range(20):
                with pytest.raises(Unauthenticated):
                    await client.route("hi")
        await service.line("requests without a valid key")
        _, _, rest = await service.end()
        assert "requests without a valid key" not in rest
