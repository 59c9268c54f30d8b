"""Metrics over TLS: by the operators' certificate, which is read again when it changes."""

import os
import socket
import ssl
import urllib.error
import urllib.request

import pytest
from pointsman_service.domain.tls_files import TlsFiles
from pointsman_service.observability.exposition import serve
from pointsman_service.observability.metrics import Metrics

from tests.service.rpc.test_tls import Authority


@pytest.fixture
def authority(tmp_path):
    """A CA of the test's own."""
    return Authority(tmp_path, "ca")


def scraped(port, ca, client=None):
    """What is served, to who trusts this CA and has this certificate."""
    context = ssl.create_default_context(cafile=ca)
    if client is not None:
        context.load_cert_chain(*client)
    return urllib.request.urlopen(f"https://127.0.0.1:{port}/metrics", context=context, timeout=10).read().decode()


def test_metrics_are_encrypted_and_a_new_certificate_is_taken(authority, tmp_path):
    """Who speaks no TLS gets nothing, and who says nothing holds nobody up."""
    cert, key = authority.issue("one", "service")
    listening = serve([Metrics().registry], 0, "127.0.0.1", tls=TlsFiles("admin", cert, key))
    try:
        with socket.create_connection(("127.0.0.1", listening.port)):
            assert "pointsman_log_queue" in scraped(listening.port, authority.path)
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            urllib.request.urlopen(f"http://127.0.0.1:{listening.port}/metrics", timeout=10)
        other = Authority(tmp_path, "other")
        other.issue("two", "service")
        os.utime(cert, ns=(1, 1))
        assert "pointsman_log_queue" in scraped(listening.port, other.path)
    finally:
        listening.stop()


def test_a_client_has_to_show_a_certificate_where_one_is_asked_for(authority):
    """Of the CA that is named."""
    files = TlsFiles("admin", *authority.issue("service"), client_ca=authority.path)
    listening = serve([Metrics().registry], 0, "127.0.0.1", tls=files)
    try:
        assert "pointsman_log_queue" in scraped(listening.port, authority.path, authority.issue("scraper"))
        with pytest.raises((urllib.error.URLError, OSError)):
            scraped(listening.port, authority.path)
    finally:
        listening.stop()
