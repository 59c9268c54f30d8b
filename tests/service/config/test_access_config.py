"""Who may call, as the file says it: keys by their hash, tenants, and whether others may ask."""

import pytest
from pointsman_service.config import load, parse
from pointsman_service.config.sections import Settings
from pointsman_service.config.values import declared_values
from pointsman_service.domain.configuration import Declared, Key
from pointsman_service.errors import ConfigurationError

JWT = {"issuer": "https://i.example", "audience": "pointsman", "jwks_file": "jwks.json"}
KEY = {"id": "0123456789ab", "sha256": "a" * 64, "roles": ["call"]}


def test_nobody_is_asked_for_a_key_and_only_configured_tenants_may_ask():
    """As long as the file says nothing."""
    settings = parse({})
    assert (settings.auth.enabled, settings.tenants.open, list(settings.tenants)) == (False, False, [])


def test_open_is_a_switch_beside_the_tenants():
    """In the file and through a child's settings; the tenants are a mapping without it."""
    settings = parse({"tenants": {"open": True, "acme": {"ceiling_usd": 1.0}}})
    again = Settings.model_validate_json(settings.model_dump_json())
    for one in (settings, again):
        assert (one.tenants.open, list(one.tenants), one.tenants["acme"].ceiling_usd) == (True, ["acme"], 1.0)
    values = declared_values(settings, [])
    assert values[Key("tenants", "", "open")] == Declared(True, "file")
    assert Key("tenants", "open") not in values


def test_open_is_read_from_the_environment(monkeypatch):
    """Beside tenants that are set there, too."""
    monkeypatch.setenv("POINTSMAN_TENANTS__OPEN", "true")
    monkeypatch.setenv("POINTSMAN_TENANTS__ACME__CEILING_USD", "2.5")
    settings = parse({"tenants": {"team-b": {}}})
    assert settings.tenants.open
    assert {name: t.ceiling_usd for name, t in settings.tenants.items()} == {"acme": 2.5, "team-b": None}


def test_a_key_by_its_hash_goes_to_the_domain():
    """Its times as seconds since the epoch, and its limits."""
    section = parse(
        {
            "keys": {
                "ci": {
                    **KEY,
                    "tenant": "team-a",
                    "acts_for": ["*"],
                    "expires": "1970-01-02T00:00:00Z",
                    "requests_per_second": 20,
                }
            }
        }
    ).keys["ci"]
    key = section.to_domain("ci")
    assert (key.name, key.id, key.tenant, key.roles, key.acts_for) == ("ci", KEY["id"], "team-a", ("call",), ("*",))
    assert (key.expires_at, key.limits.requests_per_second, key.limits.concurrency) == (86_400.0, 20.0, None)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"tenants": {"open": {"ceiling_usd": 1}}}, 'p.toml: tenants: no tenant can be named "open"'),
        ({"tenants": {"open": "x"}}, "p.toml: tenants.open: input should be a valid boolean"),
        ({"tenants": {"a b": {}}}, "p.toml: tenants: 'a b' can be no tenant's name"),
        ({"tenants": {"opne": True}}, "p.toml: tenants.opne:"),
        ({"auth": {"enable": True}}, 'p.toml: auth.enable: unknown key; did you mean "enabled"?'),
        ({"auth": {"jwt": {}}}, "p.toml: auth.jwt.issuer: is missing"),
        ({"auth": {"jwt": {**JWT, "algorithms": ["HS256"]}}}, "p.toml: auth.jwt.algorithms.0: input should be 'RS256'"),
        ({"auth": {"jwt": {**JWT, "algorithms": ["none"]}}}, "p.toml: auth.jwt.algorithms.0:"),
        ({"auth": {"jwt": {**JWT, "roles": ["root"]}}}, "p.toml: auth.jwt.roles.0:"),
        ({"auth": {"jwt": {**JWT, "leeway_s": 1e9}}}, "p.toml: auth.jwt.leeway_s:"),
        ({"keys": {"a": {**KEY, "id": "x"}}}, "p.toml: keys.a.id:"),
        ({"keys": {"a": {**KEY, "roles": ["cal"]}}}, "p.toml: keys.a.roles.0: input should be 'call', 'feedback'"),
        ({"keys": {"a": {**KEY, "roles": []}}}, "p.toml: keys.a.roles:"),
        ({"keys": {"a": {**KEY, "roles": ["call", "call"]}}}, "p.toml: keys.a.roles: names the same one twice"),
        ({"keys": {"a": {**KEY, "acts_for": ["a b"]}}}, "p.toml: keys.a.acts_for: 'a b' can be no tenant's name"),
        ({"keys": {"a": {**KEY, "requests_per_second": 0}}}, "p.toml: keys.a.requests_per_second:"),
        ({"keys": {"a": {**KEY, "concurrency": 0}}}, "p.toml: keys.a.concurrency:"),
        ({"keys": {"a": {**KEY, "expires": "2027-01-01T00:00:00"}}}, "p.toml: keys.a.expires:"),
        ({"keys": {"a": {**KEY, "previous_sha256": "b" * 64}}}, "previous_sha256 and previous_until go together"),
        ({"keys": {"a": {**KEY, "rols": []}}}, 'p.toml: keys.a.rols: unknown key; did you mean "roles"?'),
    ],
)
def test_what_is_wrong_is_one_line(data, message):
    """What and where."""
    with pytest.raises(ConfigurationError) as refused:
        parse(data, source="p.toml")
    assert message in str(refused.value)


def test_a_key_where_its_hash_belongs_is_refused_without_its_text():
    """An error goes to logs."""
    secret = f"pm_{KEY['id']}_{'b' * 64}"
    with pytest.raises(ConfigurationError, match="never the key itself") as refused:
        parse({"keys": {"a": {**KEY, "sha256": secret}}}, source="p.toml")
    assert "bbbb" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("POINTSMAN_AUTH_ENABLED", "POINTSMAN_AUTH__ENABLED"),
        ("POINTSMAN_TENANTS_OPEN", "POINTSMAN_TENANTS__OPEN"),
        ("POINTSMAN_TENANTS_ACME_CEILING_USD", "POINTSMAN_TENANTS__ACME__CEILING_USD"),
    ],
)
def test_one_underscore_too_few_is_told(monkeypatch, name, meant):
    """A service that asks for no key because of a slip would be the worst of them."""
    monkeypatch.setenv(name, "1")
    with pytest.raises(ConfigurationError, match=meant):
        parse({})


def test_a_clients_key_in_the_environment_is_no_slip(monkeypatch):
    """The service may be started in a shell that calls it, too."""
    monkeypatch.setenv("POINTSMAN_API_KEY", "pm_1_2")
    assert not parse({}).auth.enabled


def test_the_issuers_keys_lie_beside_the_file(tmp_path):
    """As every path of it; through a child's settings, too."""
    file = tmp_path / "pointsman.toml"
    file.write_text('[auth]\nenabled = true\n[auth.jwt]\nissuer = "i"\naudience = "a"\njwks_file = "jwks.json"\n')
    settings = load(file)
    for one in (settings, Settings.model_validate_json(settings.model_dump_json())):
        assert one.auth.jwt.jwks_file == tmp_path / "jwks.json"
        assert one.auth.jwt.roles == ["call", "feedback", "read"]
