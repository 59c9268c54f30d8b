"""The command line, and a service in memory that it talks to over a real socket."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server
from pointsman.v1.admin_service_pb2_grpc import add_AdminServiceServicer_to_server
from pointsman.v1.feedback_service_pb2_grpc import add_FeedbackServiceServicer_to_server
from pointsman.v1.router_service_pb2_grpc import add_RouterServiceServicer_to_server
from pointsman_service.cli.commands import run
from pointsman_service.demo.processes import free_port

from .fake_service import FakeHealth, FakeService, Watching


@pytest.fixture
def fake():
    """The service, told what it knows by its attributes."""
    return FakeService()


@pytest.fixture
def address(fake):
    """Where it listens for callers; for operators at the next port, as a service does."""
    host, port = "127.0.0.1", free_port()
    servers = []
    for adds, at in (
        ((add_RouterServiceServicer_to_server, add_FeedbackServiceServicer_to_server), port),
        ((add_AdminServiceServicer_to_server,), port + 1),
    ):
        server = grpc.server(ThreadPoolExecutor(2), interceptors=[Watching(fake)])
        for add in adds:
            add(fake, server)
        add_HealthServicer_to_server(FakeHealth(fake), server)
        server.add_insecure_port(f"{host}:{at}")
        server.start()
        servers.append(server)
    yield f"{host}:{port}"
    for server in servers:
        server.stop(0).wait()


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch):
    for name in [n for n in os.environ if n.startswith("POINTSMAN_")] + ["COLUMNS"]:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def say(address, capsys):
    """Run a command that must end with 0; its standard output. err: its standard error instead."""

    def said(*arguments, err=False):
        code = run([*arguments, "--address", address])
        out, error = capsys.readouterr()
        assert code == 0, error
        return error if err else out

    return said


@pytest.fixture
def rows(say):
    """Run a command with --json; what it prints, parsed."""
    return lambda *arguments: json.loads(say(*arguments, "--json"))


@pytest.fixture
def fails(address, capsys):
    """Run a command that must end with a code; its one line on standard error."""

    def said(code, *arguments):
        ended = run([*arguments, "--address", address])
        out, error = capsys.readouterr()
        assert (ended, out, error.count("\n")) == (code, "", 1), error
        return error

    return said
