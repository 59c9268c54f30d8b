"""The command line where no service runs: help, version, misuse, failures, doctor."""

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import typer
from pointsman_service.cli.commands import app, run
from pointsman_service.cli.failures import Misuse, told
from pointsman_service.cli.times import moment, seconds
from pointsman_service.demo.processes import free_port
from pointsman_service.errors import ConfigurationError, LogUnavailable


def commands(command=None, path=()):
    """Every command's words and the command itself, groups left out."""
    command = command or typer.main.get_command(app)
    children = getattr(command, "commands", None)
    if not children:
        yield path, command
    for name, child in (children or {}).items():
        yield from commands(child, (*path, name))


def nowhere():
    """An address that nobody listens at."""
    return f"127.0.0.1:{free_port()}"


COMMANDS = dict(commands())


def test_every_command_of_the_contract_is_there():
    """What README and operators rely on."""
    names = {" ".join(path) for path in COMMANDS}
    assert names == {
        "serve", "demo", "complete", "route", "feedback", "evaluate", "replay", "bench", "doctor", "warm-start",
        "models list", "models put", "models disable", "taxonomy list", "taxonomy get", "taxonomy put",
        "snapshots list", "snapshots rollback", "snapshots follow", "jobs list", "jobs run",
        "stats models", "stats nodes", "stats time", "stats judges",
    }  # fmt: skip


@pytest.mark.parametrize("path", [p for p in COMMANDS if p != ("bench",)], ids=" ".join)
def test_every_help_has_an_example_of_its_own_command(path, capsys):
    """An example that is of another command, or missing, helps nobody."""
    assert run([*path, "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"Example: pointsman {' '.join(path)}" in shown


@pytest.mark.parametrize("path", [p for p in COMMANDS if p != ("bench",)], ids=" ".join)
def test_every_option_says_what_it_means(path):
    """Units and meaning, for each option and argument."""
    silent = [p.name for p in COMMANDS[path].params if not getattr(p, "help", None)]
    assert silent == []


def test_help_is_fast():
    """Half a second, of which Python and typer take most; what a command needs is loaded when it runs.

    Processor time, and the best of five starts, so that a busy machine does not decide.
    """
    code = (
        "import sys, time; began = time.process_time(); from pointsman_service.cli.commands import run; "
        "run(['--help']); "
        "sys.stderr.write(str(time.process_time() - began))"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}

    def once():
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
        return float(done.stderr)

    assert min(once() for _ in range(5)) < 0.5


def test_help_loads_nothing_heavy():
    """Neither gRPC nor numpy nor litellm, whatever the machine's speed."""
    code = (
        "import sys; from pointsman_service.cli.commands import run; run(['--help']); "
        "sys.exit(bool({'grpc', 'numpy', 'litellm', 'river', 'pydantic'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_version_names_the_program(capsys):
    """So that a bug report can say what ran."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("pointsman")


@pytest.mark.parametrize(
    "arguments",
    [
        ["complete", "hello"],
        ["models", "list"],
        ["stats", "models"],
        ["snapshots", "list"],
        ["jobs", "list"],
        ["taxonomy", "list"],
        ["warm-start", "starter"],
    ],
    ids=" ".join,
)
def test_without_a_service_every_client_command_says_how_to_start_one(arguments, capsys):
    """One line, exit code 1, no traceback."""
    assert run([*arguments, "--address", nowhere()]) == 1
    error = capsys.readouterr().err
    assert error == (
        "pointsman: no service answers: start it with `pointsman serve`, or say where it is with --address\n"
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["feedback", "e"], "give exactly one of --up, --down"),
        (["feedback", "e", "--up", "--down"], "give exactly one of --up, --down"),
        (["feedback", "e", "--up", "--score", "1"], "give exactly one of --up, --down"),
        (["evaluate"], "give one of --cost-weight and --policy"),
        (["complete", "x", "--dial", "0.5", "--cost-weight", "1"], "give --dial or --cost-weight, not both"),
        (["stats", "models", "--since", "yesterday"], "'yesterday' is no time"),
        (["stats", "time", "--bucket", "wide"], "'wide' is no length of time"),
        (["serve", "--config", "/nowhere/pointsman.toml"], "/nowhere/pointsman.toml: no such file"),
    ],
    ids=lambda v: v if isinstance(v, str) else " ".join(v),
)
def test_misuse_is_one_line_and_exit_code_2(arguments, line, capsys):
    """What was wrong, and how to say it right."""
    assert run(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("pointsman: ")
    assert line in error
    assert error.count("\n") == 1


def test_an_unknown_command_is_exit_code_2():
    """As an option out of range is."""
    assert run(["conplete", "x"]) == 2
    assert run(["route", "x", "--dial", "1.5"]) == 2


def test_a_defect_keeps_its_traceback():
    """Only what a user can do something about becomes one line."""
    with pytest.raises(ZeroDivisionError):
        told(ZeroDivisionError())


@pytest.mark.parametrize(
    ("error", "code"),
    [(Misuse("x"), 2), (ConfigurationError("x"), 2), (LogUnavailable("x"), 1), (PermissionError("x"), 1)],
)
def test_exit_codes_tell_misuse_from_failure(error, code):
    """2 is for the caller to mend, 1 for the operator."""
    assert told(error) == ("x", code)


def test_a_time_is_an_age_or_a_date():
    """Without a zone it is UTC."""
    now = datetime(2026, 5, 4, tzinfo=UTC)
    assert moment("2d", now) == now - timedelta(days=2)
    assert moment("2026-05-01", now) == datetime(2026, 5, 1, tzinfo=UTC)
    assert moment("2026-05-01T12:00:00+02:00", now) == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert seconds("2h") == 7200.0


def test_doctor_finds_a_port_that_is_taken(tmp_path, capsys, monkeypatch):
    """By something that is no Pointsman."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("POINTSMAN_SERVER__PORT", str(other.getsockname()[1]))
        assert run(["doctor", "--folder", str(tmp_path)]) == 1
    assert "WRONG port" in capsys.readouterr().out


def test_doctor_finds_a_folder_that_cannot_be(tmp_path, capsys, monkeypatch):
    """A file where the folder should be."""
    monkeypatch.setenv("POINTSMAN_SERVER__PORT", "0")
    (tmp_path / "taken").write_text("")
    assert run(["doctor", "--folder", str(tmp_path / "taken")]) == 1
    assert "WRONG storage" in capsys.readouterr().out


def test_doctor_finds_another_programs_database(tmp_path, capsys, monkeypatch):
    """And says so instead of a traceback."""
    monkeypatch.setenv("POINTSMAN_SERVER__PORT", "0")
    (tmp_path / "pointsman.db").write_text("this is no database, but long enough to be looked at" * 20)
    assert run(["doctor", "--folder", str(tmp_path)]) == 1
    assert "WRONG log" in capsys.readouterr().out


def test_doctor_changes_nothing(tmp_path, monkeypatch):
    """It makes no folder and no file."""
    monkeypatch.setenv("POINTSMAN_SERVER__PORT", "0")
    assert run(["doctor", "--verify", "--folder", str(tmp_path / "new")]) == 0
    assert list(tmp_path.iterdir()) == []


def test_doctor_finds_the_judges_that_serve_would_refuse(tmp_path, capsys, monkeypatch):
    """A kind that nobody offers, named with those that there are."""
    monkeypatch.setenv("POINTSMAN_SERVER__PORT", "0")
    (tmp_path / "pointsman.toml").write_text('[[judges]]\nname = "j"\nkind = "fromat"\n')
    assert run(["doctor", "--config", str(tmp_path / "pointsman.toml"), "--folder", str(tmp_path / "data")]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "WRONG judges j: kind 'fromat' is none of format, agreement" in out
