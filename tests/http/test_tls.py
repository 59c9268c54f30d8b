"""TLS and mutual TLS of the door: who is let in, certificates that are renewed, handshakes that nobody ends."""

import asyncio
import shutil
import ssl
from contextlib import suppress

import anthropic
import openai
import pytest
from pointsman_service.http import connections, server
from pointsman_service.http.connections import Connections

from tests.contracts.clients.authority import Authority

ASKED = [{"role": "user", "content": "What is the capital of France?"}]
PATIENCE_S = 20.0


@pytest.fixture
def ca(tmp_path):
    """Of the service and of its clients."""
    return Authority(tmp_path, "ca")


def tls(pair, client_ca=None):
    """`[http.tls]`."""
    said = {"cert": str(pair[0]), "key": str(pair[1])}
    return {"tls": said | ({} if client_ca is None else {"client_ca": str(client_ca.path)})}


def context_of(ca, client=None):
    """A client's, with a certificate or without."""
    context = ssl.create_default_context(cafile=ca.path)
    if client is not None:
        context.load_cert_chain(*client)
    return context


async def met(service, context):
    """The common name of the certificate that a handshake meets, once the door has answered over it."""
    host, port = service.http_address.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
    writer.write(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
    async with asyncio.timeout(PATIENCE_S):
        assert b'{"status":"ok"}' in await reader.read(-1)
    name = dict(pair for (pair,) in writer.get_extra_info("peercert")["subject"])["commonName"]
    writer.close()
    return name


async def test_the_sdks_ask_and_stream_over_tls(serve, ca):
    """OpenAI's and Anthropic's, which trust the CA; plain text on the port is told nothing and harms nobody."""
    async with serve(http=tls(ca.issue("service"))) as service:
        address = service.http_address.replace("127.0.0.1", "localhost")
        async with (
            openai.DefaultAsyncHttpxClient(verify=context_of(ca)) as http,
            anthropic.DefaultAsyncHttpxClient(verify=context_of(ca)) as other_http,
        ):
            client = openai.AsyncOpenAI(base_url=f"https://{address}/v1", api_key="none", http_client=http)
            answer = await client.chat.completions.create(model="tiny", messages=ASKED)
            stream = await client.chat.completions.create(model="tiny", messages=ASKED, stream=True)
            text = "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])
            other = anthropic.AsyncAnthropic(base_url=f"https://{address}", api_key="none", http_client=other_http)
            message = await other.messages.create(model="tiny", messages=ASKED, max_tokens=50)
        assert answer.choices[0].message.content == text == message.content[0].text
        host, port = service.http_address.rsplit(":", 1)
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
        async with asyncio.timeout(PATIENCE_S):
            with suppress(ConnectionError):
                assert b"HTTP/1.1 200" not in await reader.read(-1)
        writer.close()
        assert await met(service, context_of(ca)) == "service"


async def test_who_has_no_certificate_of_the_ca_is_not_let_in(serve, ca, tmp_path):
    """Nor one of another CA's; who has one asks as ever."""
    other = Authority(tmp_path, "other")
    async with serve(http=tls(ca.issue("service"), ca)) as service:
        for client in (None, other.issue("mallory")):
            with pytest.raises((OSError, AssertionError)):
                await met(service, context_of(ca, client))
        assert await met(service, context_of(ca, ca.issue("ann"))) == "service"


async def test_renewed_certificates_are_met_by_the_next_handshake(serve, ca, tmp_path, monkeypatch):
    """The service's own and the CA of its clients; files that do not fit change nothing."""
    monkeypatch.setattr(server, "LOOK_S", 0.01)
    newer = Authority(tmp_path, "newer")
    pair, ann, bob = ca.issue("service"), ca.issue("ann"), newer.issue("bob")
    async with serve(http=tls(pair, ca)) as service:
        assert await met(service, context_of(ca, ann)) == "service"
        for old, new in zip(pair, ca.issue("renewed"), strict=True):
            shutil.copyfile(new, old)
        await _until(lambda: met(service, context_of(ca, ann)), "renewed")
        pair[1].write_bytes(ann[1].read_bytes())
        assert await met(service, context_of(ca, ann)) == "renewed"
        for old, new in zip(pair, ca.issue("again"), strict=True):
            shutil.copyfile(new, old)
        ca_certificate = ca.path.read_bytes()
        shutil.copyfile(newer.path, ca.path)
        (tmp_path / "kept.pem").write_bytes(ca_certificate)
        trusting = ssl.create_default_context(cafile=tmp_path / "kept.pem")
        trusting.load_cert_chain(*bob)
        await _until(lambda: met(service, trusting), "again")


async def _until(call, wanted):
    """Wait for what a look at the files brings."""
    async with asyncio.timeout(PATIENCE_S):
        told = None
        while told != wanted:
            with suppress(OSError, AssertionError):
                told = await call()
            await asyncio.sleep(0.01)


async def test_handshakes_that_nobody_ends_have_their_time_and_count_as_connections(serve, ca, monkeypatch):
    """Else who connects and says nothing, without a key, takes every descriptor that the log needs."""
    monkeypatch.setattr(server, "Connections", lambda handler, _most, tls: Connections(handler, 3, tls))
    monkeypatch.setattr(connections, "HANDSHAKE_S", 1.0)
    async with serve(http=tls(ca.issue("service"))) as service:
        host, port = service.http_address.rsplit(":", 1)
        silent = [await asyncio.open_connection(host, int(port)) for _ in range(3)]
        with pytest.raises((OSError, AssertionError)):
            await met(service, context_of(ca))
        for reader, writer in silent:
            async with asyncio.timeout(PATIENCE_S):
                with suppress(ConnectionError):
                    assert await reader.read(-1) == b""
            writer.close()
        await _until(lambda: met(service, context_of(ca)), "service")
