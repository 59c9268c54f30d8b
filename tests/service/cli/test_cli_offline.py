"""The command line where no service runs: help, version, misuse, failures, doctor."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import typer
from pointsman_learner.settings import LearnerSettings
from pointsman_service.adapters.sqlite.storage import open_storage
from pointsman_service.cli import output
from pointsman_service.cli.commands import app, run
from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.telling import told
from pointsman_service.cli.times import moment, seconds
from pointsman_service.demo.processes import free_port
from pointsman_service.errors import ConfigurationError, LogUnavailable
from pointsman_service.ports import NewEpisode
from pointsman_service.process.fold import empty_mark


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
        "serve", "demo", "complete", "route", "feedback", "savings", "evaluate", "advise", "replay", "bench", "doctor",
        "warm-start", "help", "backup", "restore", "forget-user", "forget evidence", "forget undo",
        "export", "prune", "status", "health",
        "audit list",
        "keys list", "keys show", "keys create", "keys set", "keys rotate", "keys revoke",
        "models list", "models priors", "models show", "models add", "models set", "models enable", "models disable",
        "models remove",
        "tenants list", "tenants show", "tenants set", "tenants enable", "tenants disable", "tenants remove",
        "taxonomy list", "taxonomy show", "taxonomy add", "taxonomy set", "taxonomy enable", "taxonomy disable",
        "taxonomy remove", "episodes list", "episodes show", "config show", "config check", "config reset",
        "snapshots list", "snapshots rollback", "snapshots follow", "snapshots name",
        "snapshots keep", "snapshots unname", "jobs list", "jobs run",
        "stats models", "stats nodes", "stats tenants", "stats time", "stats total", "stats judges", "judges try",
    }  # fmt: skip


@pytest.mark.parametrize("path", [p for p in COMMANDS if p != ("bench",)], ids=" ".join)
def test_every_help_has_an_example_of_its_own_command(path, capsys):
    """An example that is of another command, or missing, helps nobody."""
    assert run([*path, "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"Example: pointsman {' '.join(path)}" in shown


@pytest.mark.parametrize("path", [(), ("models",), *COMMANDS], ids=" ".join)
def test_h_is_help_everywhere(path, capsys):
    """And so is `pointsman help`."""
    assert run([*path, "-h"]) == 0
    short = capsys.readouterr().out
    assert run([*path, "--help"]) == 0
    assert capsys.readouterr().out == short
    assert "-h, --help" in short
    if path not in {("bench",), ("help",)}:
        assert run(["help", *path]) == 0
        assert capsys.readouterr().out == short


@pytest.mark.parametrize("path", [p for p in COMMANDS if p != ("bench",)], ids=" ".join)
def test_brackets_in_help_texts_are_shown(path, capsys, monkeypatch):
    """`[server] host` and `[default: ...]` are words, not markup."""
    assert run([*path, "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split()).replace("- ", "-")
    for parameter in COMMANDS[path].params:
        assert " ".join(parameter.help.split()).replace("- ", "-") in shown


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete(shell, monkeypatch):
    """The script for each shell, and the words themselves."""
    env = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [sys.executable, "-m", "pointsman_service.cli"]
    shown = subprocess.run([*command, "--show-completion", shell], capture_output=True, text=True, check=True, env=env)
    assert "_POINTSMAN_COMPLETE" in shown.stdout
    words = {"_POINTSMAN_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "pointsman mod", "COMP_CWORD": "1"}
    words |= {"COMP_WORDS": "pointsman mod", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**env, **words})
    assert "models" in done.stdout


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
        ["episodes", "show", "e-1"],
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
    address = nowhere()
    assert run([*arguments, "--address", address]) == 1
    for_callers = arguments[0] in {"complete", "episodes"}
    tried = address if for_callers else f"127.0.0.1:{int(address.rpartition(':')[2]) + 1}"
    hint = (
        f"start it with `pointsman serve`, or say where it is with {'--address' if for_callers else '--admin-address'}"
    )
    assert capsys.readouterr().err == f"pointsman: no service answers at {tried}: {hint}\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["conplete", "x"], "No such command 'conplete'. Did you mean 'complete'? `pointsman --help` shows how"),
        (["models", "sett"], "Did you mean 'set'? `pointsman models --help`"),
        (["models", "set"], "Missing argument 'name'; `pointsman models set --help`"),
        (["models", "set", "m", "--inputprice", "2"], "No such option: --inputprice"),
        (["route", "x", "--dial", "1.5"], "'--dial'"),
        (["evaluate", "--policy", "p", "--cost-weight", "1"], "give one of --cost-weight and --policy"),
        (["complete", "x", "--dial", "0.5", "--cost-weight", "1"], "give --dial or --cost-weight, not both"),
        (["stats", "models", "--since", "yesteryear"], "'yesteryear' is no time"),
        (["stats", "time", "--bucket", "wide"], "'wide' is no length of time"),
        (["stats", "time", "--bucket", "0.5s"], "a second wide or wider"),
        (["models", "list", "--address", "http://10.0.0.7:50051"], "write it as HOST:PORT: 10.0.0.7:50051"),
        (["models", "list", "--address", "ops7"], "write it as HOST:PORT: ops7:50051"),
        (["serve", "--config", "/nowhere/pointsman.toml"], "/nowhere/pointsman.toml: no such file"),
        (["config", "check", "/nowhere/pointsman.toml"], "/nowhere/pointsman.toml: no such file"),
        (["config", "show", "--folder", "/nowhere"], "there is no pointsman.db in it"),
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


def test_a_group_without_a_command_shows_its_help(capsys):
    """And ends with 2, since nothing was done."""
    assert run(["models"]) == 2
    assert "set" in capsys.readouterr().err


def test_ctrl_c_is_130_without_a_traceback():
    """Whatever the command does at that moment."""
    code = (
        "import os, signal, sys; from pointsman_service.cli.commands import run; "
        "from pointsman_service.cli import connection; "
        "connection.host_and_port = lambda a: os.kill(os.getpid(), signal.SIGINT); "
        "sys.exit(run(['models', 'list']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_config_check_is_one_line(tmp_path, capsys):
    """Valid: what is configured; wrong: where, and exit code 2."""
    file = tmp_path / "pointsman.toml"
    a = '[[models]]\nname = "a"\nbase_url = "http://h"\n'
    file.write_text(f"{a}unpriced = true\n[tenants.t]\nceiling_usd = 1.0\n")
    assert run(["config", "check", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: valid; models a; judges format, agreement\n"
    assert run(["config", "check", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tenants"] == ["t"]
    file.write_text("[server]\nprot = 1\n")
    assert run(["config", "check", str(file)]) == 2
    assert capsys.readouterr().err == f'pointsman: {file}: server.prot: unknown key; did you mean "port"?\n'
    file.write_text(a)
    assert run(["config", "check", str(file)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"pointsman: {file}: models.a.input_usd_per_million: nobody knows what a costs: set")


@pytest.mark.parametrize("variable", ["NO_COLOR", None])
def test_no_color_is_honoured(variable, monkeypatch, capsys):
    """On a terminal, titles are bold unless somebody does not want that."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if variable:
        monkeypatch.setenv(variable, "1")
    output.section("title")
    assert ("\033[" in capsys.readouterr().out) is (variable is None)


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
    assert moment("today", now + timedelta(hours=9)) == now
    assert moment("Yesterday", now, end=True) == now
    assert moment("14:30", now) == now + timedelta(hours=14, minutes=30)
    assert moment("2026-05-01", now, end=True) == datetime(2026, 5, 2, tzinfo=UTC)
    assert moment("1w", now) == now - timedelta(days=7)
    assert moment("now", now) == now
    for wrong in ("", "2026-13-01", "25:00", "99999999d", "last week", "-1d"):
        with pytest.raises(Misuse):
            moment(wrong, now)
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


async def a_log_of(folder, an_episode, count=40):
    """With so many episodes, closed."""
    storage = open_storage(folder)
    for i in range(count):
        await storage.log.append_episode(NewEpisode(an_episode(f"e{i}")))
    await storage.close()


async def test_doctor_finds_a_damaged_page(tmp_path, capsys, monkeypatch, an_episode):
    """Before a call of somebody meets it."""
    monkeypatch.setenv("POINTSMAN_SERVER__PORT", "0")
    await a_log_of(tmp_path, an_episode)
    path = tmp_path / "pointsman.db"
    with path.open("r+b") as file:
        file.seek(-8 * 4096, 2)
        file.write(b"\xff" * 8 * 4096)
    assert await asyncio.to_thread(run, ["doctor", "--folder", str(tmp_path)]) == 1
    assert "damaged" in capsys.readouterr().out


async def test_doctor_tells_of_events_that_were_set_aside(tmp_path, capsys, monkeypatch, an_episode):
    """One that cannot be read is damage; one that cannot be learnt from is told, and stops nobody."""
    monkeypatch.setenv("POINTSMAN_SERVER__PORT", "0")
    await a_log_of(tmp_path, an_episode)
    storage = open_storage(tmp_path)
    start = empty_mark(LearnerSettings())
    storage.checkpoints.put(replace(start, position=9, skipped=(7,)).to_bytes(), 9, 1.0)
    assert await asyncio.to_thread(run, ["doctor", "--folder", str(tmp_path)]) == 0
    assert "1 event (position 7) cannot be learnt from" in " ".join(capsys.readouterr().out.split())
    storage.checkpoints.put(replace(start, position=9, skipped=(5, 7), unread=(5,)).to_bytes(), 9, 1.0)
    await storage.close()
    assert await asyncio.to_thread(run, ["doctor", "--folder", str(tmp_path)]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "WRONG events" in out
    assert "1 event (position 5) cannot be read" in out
    assert "1 event (position 7) cannot be learnt from" in out


def test_doctor_changes_nothing(tmp_path, monkeypatch):
    """It makes no folder and no file."""
    monkeypatch.setenv("POINTSMAN_SERVER__PORT", "0")
    assert run(["doctor", "--verify", "--folder", str(tmp_path / "new")]) == 0
    assert list(tmp_path.iterdir()) == []


def test_what_doctor_logs_is_no_part_of_its_json(tmp_path):
    """A restored backup has no checkpoints beside it: that is told on standard error."""
    storage = open_storage(tmp_path)
    storage.checkpoints.put(b"state", 1, 0.0)
    storage.close_blocking()
    for file in (tmp_path / "checkpoints").iterdir():
        file.unlink()
    command = [sys.executable, "-m", "pointsman_service.cli", "doctor", "--verify", "--json", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "fold" in [f["check"] for f in json.loads(done.stdout)]
    assert "checkpoint_skipped" in done.stderr


@pytest.mark.parametrize(
    ("judge", "said"),
    [
        ('kind = "fromat"', "kind 'fromat' is neither built in (format, agreement"),
        ('kind = "format"\noptions = {strict = true}', "judge 'j' of kind 'format': options:"),
        ('kind = "rubric"\nmodel = "starter-small"\noptions = {critera = "tone"}', "'critera'"),
        ('kind = "retrieval"\noptions = {nearness = 0.9}', "'nearness'"),
    ],
)
def test_judges_that_serve_would_refuse_are_found_before(tmp_path, capsys, monkeypatch, judge, said):
    """A kind that nobody offers, options that a kind does not have: by the doctor and by `config check`."""
    monkeypatch.setenv("POINTSMAN_SERVER__PORT", "0")
    file = tmp_path / "pointsman.toml"
    file.write_text(f'[[judges]]\nname = "j"\n{judge}\n')
    assert run(["doctor", "--config", str(file), "--folder", str(tmp_path / "data")]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "WRONG judges" in out
    assert said in out
    assert run(["config", "check", str(file)]) == 2
    assert said in capsys.readouterr().err


def test_only_what_callers_ask_is_asked_where_callers_ask():
    """Every other command that asks a service asks AdminService, and takes its address."""
    options = {" ".join(path): {o for p in c.params for o in p.opts} for path, c in COMMANDS.items()}
    asking = {name for name, said in options.items() if "--address" in said}
    assert asking - {name for name, said in options.items() if "--admin-address" in said} == {
        "complete",
        "episodes show",
        "feedback",
        "route",
    }
    assert all({"--tls-ca", "--tls-cert", "--tls-key"} <= options[name] for name in asking)


@pytest.mark.parametrize(
    ("arguments", "environment", "asked"),
    [
        ([], {}, "127.0.0.1:50052"),
        (["--address", "h:7000"], {}, "h:7001"),
        (["--admin-address", "h:9"], {"POINTSMAN_ADMIN_ADDRESS": "other:1"}, "h:9"),
        (["--admin-address", "h:9", "--address", "h:7000"], {}, "h:9"),
        ([], {"POINTSMAN_ADDRESS": "h:7000"}, "h:7001"),
        ([], {"POINTSMAN_ADDRESS": "h:7000", "POINTSMAN_ADMIN_ADDRESS": "other:1"}, "other:1"),
        (["--address", "h:7000"], {"POINTSMAN_ADMIN_ADDRESS": "other:1"}, "h:7001"),
    ],
)
def test_where_operators_commands_ask(arguments, environment, asked, monkeypatch):
    """The command line beats the environment, whichever of the two addresses it names."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    tried = []

    def told(address, **_options):
        tried.append(address)
        raise ConnectionError

    monkeypatch.setattr("pointsman_service.cli.connection.connect", told)
    run(["jobs", "list", *arguments])
    assert tried == [asked]
