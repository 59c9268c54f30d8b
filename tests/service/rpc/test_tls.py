"""TLS and mutual TLS at both addresses: certificates that change, that are wrong, that say who changes something."""

import asyncio
import datetime as dt
import ipaddress
import json
import socket
import ssl

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pointsman import Client, InvalidRequest, Unavailable, v1
from pointsman.v1.admin_service_pb2_grpc import AdminServiceStub
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub
from pointsman_service.cli.commands import run
from pointsman_service.config import parse
from pointsman_service.config.loading import load
from pointsman_service.domain.tls_files import TlsFiles
from pointsman_service.errors import ConfigurationError
from pointsman_service.process.certificate_watch import certificates_of, expiry_lines
from pointsman_service.rpc.certificates import Certificates, read_pair

ROUTE = v1.RouteRequest(query=v1.Query(messages=[v1.ChatMessage(role=v1.ROLE_USER, content="2 + 2?")]))


class Authority:
    """A CA of the test's own, which writes what it issues into a folder."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.cert = self._signed(name, self.key, is_ca=True)
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(self.cert.public_bytes(serialization.Encoding.PEM))

    def issue(self, name, file=None, days=90):
        """(certificate, key), as files."""
        key = ec.generate_private_key(ec.SECP256R1())
        cert = self._signed(name, key, days=days)
        paths = self.folder / f"{file or name}.crt", self.folder / f"{file or name}.key"
        paths[0].write_bytes(cert.public_bytes(serialization.Encoding.PEM))
        form = serialization.PrivateFormat.PKCS8
        paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
        return paths

    def _signed(self, name, key, *, is_ca=False, days=90):
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        now = dt.datetime.now(dt.UTC)
        hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=100))
            .not_valid_after(now + dt.timedelta(days=days, minutes=5))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
            .sign(self.key, hashes.SHA256())
        )


@pytest.fixture
def ca(tmp_path):
    """Of the service and of its clients."""
    return Authority(tmp_path, "ca")


@pytest.fixture
async def mutual(start_server, ca):
    """A server that asks for certificates."""
    files = TlsFiles("server", *ca.issue("service"), ca.path)
    return await start_server(tls=files, admin_tls=files)


def served_name(port, ca, client):
    """The common name of the certificate that a handshake meets."""
    context = ssl.create_default_context(cafile=ca.path)
    context.load_cert_chain(*client)
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        return dict(pair for (pair,) in secured.getpeercert()["subject"])["commonName"]


def channel(port, ca, client=None):
    """A secure one, with a client's certificate or without."""
    cert, key = (path.read_bytes() for path in client) if client else (None, None)
    credentials = grpc.ssl_channel_credentials(ca.path.read_bytes(), key, cert)
    return grpc.aio.secure_channel(f"127.0.0.1:{port}", credentials)


async def test_who_has_no_certificate_of_the_ca_reaches_neither_address(mutual, ca, tmp_path):
    """Nor does one of another CA, nor plain text."""
    other = Authority(tmp_path, "other")
    for port in mutual.ports:
        for client in (None, other.issue("mallory")):
            async with channel(port, ca, client) as made:
                with pytest.raises(grpc.aio.AioRpcError) as refused:
                    await made.unary_unary("/pointsman.v1.RouterService/Route")(b"", timeout=10)
                assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as plain:
            with pytest.raises(grpc.aio.AioRpcError):
                await plain.unary_unary("/pointsman.v1.RouterService/Route")(b"", timeout=10)
    assert mutual.application.asked == []


async def test_a_certificate_says_who_changes_something(mutual, ca):
    """Whatever the operator's header says is told beside it."""
    async with channel(mutual.ports.callers, ca, ca.issue("team-a")) as made:
        assert (await RouterServiceStub(made).Route(ROUTE, timeout=10)).episode_id == "e-1"
    async with channel(mutual.ports.admin, ca, ca.issue("ann@ops")) as made:
        metadata = (("x-pointsman-operator", "somebody-else"),)
        await AdminServiceStub(made).RunJob(v1.RunJobRequest(job="prune"), metadata=metadata, timeout=10)
    (change,) = (entry[-1] for entry in mutual.application.asked if entry[0] == "run_job")
    assert (change.by, change.operator) == ("ann@ops", "somebody-else")


async def test_a_renewed_certificate_is_met_by_the_next_handshake(start_server, ca, monkeypatch):
    """Nobody has to say so; a pair that does not fit changes nothing."""
    monkeypatch.setattr("pointsman_service.rpc.certificates.LOOK_S", 0.0)
    files, client = TlsFiles("server", *ca.issue("old", "service"), ca.path), ca.issue("client")
    served = await start_server(tls=files)
    assert await asyncio.to_thread(served_name, served.port, ca, client) == "old"
    ca.issue("new", "service")
    assert await asyncio.to_thread(served_name, served.port, ca, client) == "new"
    files.key.write_bytes(client[1].read_bytes())
    assert await asyncio.to_thread(served_name, served.port, ca, client) == "new"


def test_a_pair_that_cannot_be_used_is_told_once_and_leaves_the_one_before(ca):
    """For each state of the files; the good one that follows is taken."""
    files, now, news = TlsFiles("server", *ca.issue("service")), [0.0], []
    held = Certificates(files, news.append, lambda: now[0])
    first = held.pair
    for broken in (b"", ca.issue("other")[1].read_bytes()):
        files.key.write_bytes(broken)
        for _ in range(3):
            now[0] += 1.0
            assert held.look() is None
    assert [str(problem).partition(":")[0] for problem in news] == ["server.tls.key", "server.tls.key"]
    assert held.pair is first
    ca.issue("service")
    assert held.look() is None  # within the second
    now[0] += 1.0
    assert held.look() is held.pair is not first


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        ({"cert": None}, r"^admin.tls.cert: .* cannot be read"),
        ({"key": b"nonsense"}, r"^admin.tls.key: .* holds no private key"),
        ({"cert": b"nonsense"}, r"^admin.tls.cert: .* holds no certificate in PEM"),
        ({"client_ca": b""}, r"^admin.tls.client_ca: .* holds no certificate in PEM"),
    ],
)
def test_what_is_wrong_with_the_files_stops_the_start_in_one_line(ca, broken, complaint):
    """With the setting and the file; nothing of a key is repeated."""
    cert, key = ca.issue("service")
    files = TlsFiles("admin", cert, key, ca.path)
    for name, content in broken.items():
        path = getattr(files, name)
        path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=complaint) as refused:
        read_pair(files)
    assert "\n" not in str(refused.value)
    assert "nonsense" not in str(refused.value)


def test_the_start_and_doctor_say_when_a_certificate_ends(ca, tmp_path, capsys):
    """Two weeks before, and after; paths are from the file's folder."""
    cert, key = ca.issue("service", days=13)
    file = tmp_path / "pointsman.toml"
    file.write_text(f'[server]\nport = 0\n[server.tls]\ncert = "{cert.name}"\nkey = "{key.name}"\n')
    settings = load(file)
    (line,) = expiry_lines(settings)
    assert line.startswith("a certificate expires in 13 days, at ")
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=20)
    (line,) = expiry_lines(settings, later)
    assert line.startswith("a certificate has expired at ")
    run(["doctor", "--config", str(file), "--json"])
    (found,) = (c for c in json.loads(capsys.readouterr().out) if c["check"] == "certificates")
    assert "expires in 13 days" in str(found)
    ca.issue("service", days=90)
    assert list(expiry_lines(settings)) == []
    assert len(certificates_of(settings)) == 1


@pytest.mark.parametrize("tls", [{"client_ca": "ca.pem", "require_client_cert": False}, {"require_client_cert": True}])
def test_a_ca_of_clients_and_asking_for_their_certificates_go_together(tls):
    """Either without the other says nothing."""
    with pytest.raises(ConfigurationError, match="go together"):
        parse({"server": {"tls": {"cert": "c", "key": "k", **tls}}})


async def test_the_python_client_and_the_command_line_speak_tls(mutual, ca, monkeypatch, capsys):
    """By arguments, by options and by the environment; a file that is not there is named."""
    cert, key = ca.issue("client")
    address = f"127.0.0.1:{mutual.ports.callers}"

    def by_arguments():
        with Client(address, tls_ca=ca.path, tls_cert=cert, tls_key=str(key)) as client:
            return client.route("2 + 2?").episode_id

    assert await asyncio.to_thread(by_arguments) == "e-1"
    options = ["--tls-ca", str(ca.path), "--tls-cert", str(cert), "--tls-key", str(key)]
    admin = ["--admin-address", f"127.0.0.1:{mutual.ports.admin}"]
    assert await asyncio.to_thread(run, ["models", "list", *admin, *options]) == 0
    for name, path in (("CA", ca.path), ("CERT", cert), ("KEY", key)):
        monkeypatch.setenv(f"POINTSMAN_TLS_{name}", str(path))
    assert await asyncio.to_thread(run, ["models", "list", *admin]) == 0
    monkeypatch.setenv("POINTSMAN_TLS_CA", "nowhere.pem")
    with pytest.raises(InvalidRequest, match=r"POINTSMAN_TLS_CA nowhere.pem cannot be read"):
        Client(address)
    monkeypatch.delenv("POINTSMAN_TLS_KEY")
    with pytest.raises(InvalidRequest, match="tls_cert goes together with tls_key"):
        Client(address, tls_ca="system")
    capsys.readouterr()


async def test_a_client_refuses_a_service_of_another_ca(mutual, ca, tmp_path):
    """Nothing is sent to whoever listens at the address instead."""
    other = Authority(tmp_path, "other")
    cert, key = ca.issue("client")

    def ask():
        where = f"127.0.0.1:{mutual.port}"
        with Client(where, tls_ca=other.path, tls_cert=cert, tls_key=key, timeout_s=3) as client:
            client.route("2 + 2?")

    with pytest.raises(Unavailable):
        await asyncio.to_thread(ask)
    assert mutual.application.asked == []
