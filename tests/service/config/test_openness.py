"""Without authentication only this machine reaches the service, unless the file says that it is meant so."""

import pytest
from pointsman_service.config import parse
from pointsman_service.config.openness import open_lines, refuse_open
from pointsman_service.domain.host_port import is_loopback
from pointsman_service.errors import ConfigurationError

OPEN_HOSTS = ("0.0.0.0", "::", "10.1.2.3", "2001:db8::1", "pointsman.internal", "localhost.example.com", "")


@pytest.mark.parametrize("host", OPEN_HOSTS)
@pytest.mark.parametrize("section", ["server", "admin"])
def test_an_address_that_others_reach_is_refused_without_authentication(section, host):
    """In one line that names the setting and both ways out; a name may resolve to anything."""
    settings = parse({section: {"host": host}})
    with pytest.raises(ConfigurationError, match=rf"^{section}.host: other machines reach") as refused:
        refuse_open(settings)
    assert "[auth] enabled = true" in str(refused.value)
    assert "[server] insecure = true" in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_loopback_needs_no_authentication(host):
    """And one line says that nothing asks."""
    settings = parse({"server": {"host": host}, "admin": {"host": host}})
    refuse_open(settings)
    (line,) = open_lines(settings)
    assert line.startswith("no authentication: ")
    assert is_loopback(host)


def test_what_is_meant_to_be_open_is_said_to_be():
    """A line for each address that others reach, at every start."""
    settings = parse({"server": {"host": "0.0.0.0", "insecure": True}, "admin": {"host": "::"}})
    refuse_open(settings)
    assert [line.partition(",")[0] for line in open_lines(settings)] == [
        "insecure: other machines reach 0.0.0.0 ([server] host)",
        "insecure: other machines reach :: ([admin] host)",
    ]


def test_with_authentication_any_address_will_do():
    """The keys are asked for wherever a call comes from."""
    refuse_open(parse({"server": {"host": "0.0.0.0"}, "auth": {"enabled": True}}))
