"""Both clients: the key that says who calls, where it goes, and where it never does."""

import logging

import grpc
import pytest

import pointsman
from pointsman import AsyncClient, Client
from pointsman.settings import settings_of

KEY = "pm_0123456789ab_" + "c" * 64
KINDS = pytest.mark.parametrize("kind", [Client, AsyncClient])


def sent(running):
    """The `authorization` headers of each call."""
    return [[value for key, value in pairs if key == "authorization"] for pairs in running.service.metadata]


async def test_the_key_goes_with_every_call_and_the_tenant_is_its_own(call, running):
    """No tenant is named, so that the service takes the key's."""
    await call("route", "a", options={"api_key": KEY})
    assert sent(running) == [[f"Bearer {KEY}"]]
    assert running.service.tenants == [[]]


async def test_a_tenant_that_is_named_is_sent_beside_the_key(call, running, monkeypatch):
    """By an argument or the environment."""
    await call("route", "a", options={"api_key": KEY, "tenant": "team-a"})
    monkeypatch.setenv("POINTSMAN_TENANT", "team-b")
    await call("route", "a", options={"api_key": KEY})
    assert running.service.tenants == [["team-a"], ["team-b"]]


async def test_the_key_comes_from_the_environment(call, running, monkeypatch):
    """An empty variable is as none."""
    monkeypatch.setenv("POINTSMAN_API_KEY", KEY)
    await call("route", "a")
    monkeypatch.setenv("POINTSMAN_API_KEY", "")
    await call("route", "a")
    assert sent(running) == [[f"Bearer {KEY}"], []]


async def test_an_authorization_of_ones_own_takes_the_keys_place(call, running):
    """Two would be refused."""
    await call("route", "a", options={"api_key": KEY, "metadata": [("authorization", "Bearer a.b.c")]})
    assert sent(running) == [["Bearer a.b.c"]]


@KINDS
@pytest.mark.parametrize("address", ["10.0.0.7:50051", "example.com:443", "localhost.example.com:1", "[2001:db8::1]:1"])
def test_a_key_does_not_leave_the_machine_unencrypted(kind, address):
    """Nor is it told in the error."""
    with pytest.raises(pointsman.InvalidRequest, match="unencrypted") as refused:
        kind(address, api_key=KEY)
    assert "cccc" not in str(refused.value)
    kind(address, api_key=KEY, plain_key=True)
    kind(address, api_key=KEY, credentials=grpc.ssl_channel_credentials())


@KINDS
@pytest.mark.parametrize("key", ["", "a b", "tëam", "a\n", 7])
def test_what_can_be_no_key_is_refused_without_being_told(kind, key):
    """It may be one with a line end."""
    with pytest.raises(pointsman.InvalidRequest, match="api_key must be a key") as refused:
        kind(api_key=key)
    assert not key or repr(key) not in str(refused.value)


def test_the_settings_do_not_show_the_key(caplog):
    """Whoever prints or logs them."""
    settings = settings_of(
        address=None, admin_address=None, tenant=None, timeout_s=1.0, metadata=(), retry=pointsman.RetryPolicy(),
        credentials=None, channel=None, channel_class=grpc.Channel, api_key=KEY,
    )  # fmt: skip
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("anything").info("%r %s", settings, settings)
    assert "cccc" not in caplog.text
