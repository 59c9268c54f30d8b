"""`pointsman keys` on a folder, and for the file: no service runs."""

import json
import tomllib
from datetime import UTC, datetime, timedelta

import pytest
from pointsman import v1
from pointsman_service.adapters.sqlite.storage import open_storage
from pointsman_service.cli.commands import run
from pointsman_service.cli.key_store import Shown
from pointsman_service.cli.keys import _tell
from pointsman_service.config import parse
from pointsman_service.domain.api_keys import digest_of, id_of
from pointsman_service.process.offline import folder_desk


@pytest.fixture
def keys(tmp_path, capsys):
    """Run `pointsman keys ...` on a folder; (exit code, standard output, standard error)."""

    def ran(*arguments):
        code = run(["keys", *arguments, "--folder", str(tmp_path / "data")])
        return code, *capsys.readouterr()

    return ran


def kept(tmp_path):
    """The keys in force."""
    storage = open_storage(tmp_path / "data")
    try:
        return folder_desk(storage)._p.configuration.check().keys
    finally:
        storage.close_blocking()


def test_the_first_key_is_made_before_any_start(keys, tmp_path):
    """In a folder that is not there yet; the key alone goes to standard output."""
    code, out, error = keys("create", "ops", "--role", "admin", "--role", "read", "--acts-for", "*")
    assert (code, id_of(out.strip()) is not None, out.count("\n")) == (0, True, 1)
    assert "nobody can show it again" in error
    key = kept(tmp_path)["ops"]
    assert (key.roles, key.acts_for, key.is_opened_by(out.strip(), 0.0)) == (("admin", "read"), ("*",), True)


def test_a_key_is_listed_shown_rotated_and_revoked(keys, tmp_path):
    """And what it is made of is never shown again."""
    _, secret, _ = keys("create", "ci", "--role", "call", "--expires", "90d", "--requests-per-second", "20")
    _, listed, _ = keys("list", "--json")
    _, shown, _ = keys("show", "ci", "--json")
    _, rotated, told = keys("rotate", "ci", "--overlap", "1d")
    assert secret.strip() not in listed + shown
    assert [key["name"] for key in json.loads(listed)] == ["ci"]
    end = datetime.fromisoformat(json.loads(shown)["expire_time"])
    assert abs(end - datetime.now(UTC) - timedelta(days=90)) < timedelta(hours=1)
    assert rotated != secret
    assert "the one before is taken until" in told
    assert keys("revoke", "ci")[0] == 0
    assert kept(tmp_path) == {}


def test_what_is_wrong_is_one_line_and_exit_code_two(keys):
    """No role, a misspelt one, a bad name, a name that is taken or not there, an end that is none."""
    keys("create", "ci", "--role", "call")
    for arguments, word in (
        (("create", "x"), "--role"),
        (("create", "x", "--role", "admn"), 'did you mean "admin"'),
        (("create", "b d", "--role", "call"), "name"),
        (("create", "ci", "--role", "call"), "already"),
        (("create", "x", "--role", "call", "--expires", "soon"), "soon"),
        (("create", "x", "--role", "call", "--acts-for", "a b"), "acts_for"),
        (("show", "cii"), 'did you mean "ci"'),
        (("rotate", "cii"), 'did you mean "ci"'),
        (("revoke", "cii"), 'did you mean "ci"'),
    ):
        code, out, error = keys(*arguments)
        assert (code, out, error.count("\n")) == (2, "", 1), (arguments, error)
        assert word in error


def test_a_folder_without_a_log_has_no_keys_to_look_at(keys):
    """It is a misspelt one."""
    assert keys("list")[0] == 2


def test_a_key_for_the_file_is_declared_by_its_hash(capsys):
    """The table is the file's; the key stands in a comment above it, and is kept nowhere."""
    arguments = (
        "--role",
        "call",
        "--role",
        "feedback",
        "--tenant",
        "team-a",
        "--acts-for",
        "team-b",
        "--expires",
        "90d",
    )
    assert run(["keys", "create", "c.i", "--toml", *arguments]) == 0
    text = capsys.readouterr().out
    secret = text.splitlines()[0].removeprefix("# ")
    key = parse(tomllib.loads(text)).keys["c.i"].to_domain("c.i")
    assert (key.id, key.sha256) == (id_of(secret), digest_of(secret))
    assert (key.roles, key.tenant, key.acts_for) == (("call", "feedback"), "team-a", ("team-b",))
    assert key.expires_at is not None


def test_a_key_whose_answer_was_lost_is_told_and_not_printed_empty(capsys):
    """The client tried again, and the service had kept nothing to show."""
    with pytest.raises(ConnectionError, match="pointsman keys rotate ci"):
        _tell(Shown(v1.ApiKey(name="ci"), ""), "created", as_json=False)
    assert capsys.readouterr().out == ""


def test_a_key_is_changed_in_a_folder_as_in_a_service(keys, tmp_path):
    """What was said and nothing else; lists are joined, fields cleared, and the secret stays."""
    _, secret, _ = keys("create", "ci", "--role", "call", "--requests-per-second", "20", "--expires", "90d")
    code, out, told = keys("set", "ci", "--role", "read", "--unset", "requests_per_second")
    assert (code, "changed" in told) == (0, True)
    assert "requests_per_second" in out
    key = kept(tmp_path)["ci"]
    assert (set(key.roles), key.limits.requests_per_second, key.is_opened_by(secret.strip(), 0.0)) == (
        {"call", "read"},
        None,
        True,
    )
    assert key.expires_at is not None


def test_what_cannot_be_changed_in_a_folder_is_one_line(keys, tmp_path):
    """An unknown key, nothing to change, another etag, and a folder that has no database."""
    keys("create", "ci", "--role", "call")
    for arguments in (["who", "--role", "read"], ["ci"], ["ci", "--role", "read", "--etag", "stale"]):
        code, out, told = keys("set", *arguments)
        assert (code, out, told.count("\n")) == (2, "", 1), (arguments, told)
    code = run(["keys", "set", "ci", "--role", "read", "--folder", str(tmp_path / "nowhere")])
    assert (code, (tmp_path / "nowhere").exists()) == (2, False)
