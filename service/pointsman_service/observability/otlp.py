"""What spans and metrics have in common where they are sent by OTLP: the resource, the exporters, the addresses."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.sdk.resources import Resource

from pointsman_service.errors import ConfigurationError

SIGNALS = {"traces": ("trace_exporter", "OTLPSpanExporter"), "metrics": ("metric_exporter", "OTLPMetricExporter")}


def resource() -> Resource:
    """Who sends: OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME of the environment say more."""
    return Resource.create({"service.name": "pointsman", "service.version": version("pointsman")})


def exporter(signal: str, endpoint: str | None) -> Any:  # noqa: ANN401 - of a package that may not be installed
    """An exporter for "traces" or "metrics". Raises ConfigurationError where the package is not installed."""
    module, name = SIGNALS[signal]
    try:
        found = import_module(f"opentelemetry.exporter.otlp.proto.http.{module}")  # an optional package
    except ImportError as e:
        raise ConfigurationError(
            'observability.otel: "otlp" needs the package opentelemetry-exporter-otlp-proto-http; install it'
        ) from e
    return getattr(found, name)(endpoint=address(signal, endpoint))


def address(signal: str, endpoint: str | None) -> str | None:
    """Where a signal goes; None for what the environment says. A collector's bare address has a path for each signal.

    >>> address("metrics", "http://collector:4318"), address("metrics", "http://collector:4318/v1/traces")
    ('http://collector:4318/v1/metrics', 'http://collector:4318/v1/metrics')
    >>> address("traces", "https://vendor.example/otlp/v1/traces")
    'https://vendor.example/otlp/v1/traces'

    OpenTelemetry Protocol Exporter, "Endpoint URLs for OTLP/HTTP".
    """
    if endpoint is None:
        return None
    if urlsplit(endpoint).path in {"", "/"}:
        return f"{endpoint.rstrip('/')}/v1/{signal}"
    base, _, last = endpoint.rstrip("/").rpartition("/v1/")
    return f"{base}/v1/{signal}" if base and last in SIGNALS else endpoint
