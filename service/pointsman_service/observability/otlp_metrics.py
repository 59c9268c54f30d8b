"""The metrics that Prometheus scrapes, sent by OTLP: the same names, of all processes, from the main process."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from threading import Event, Thread
from typing import Protocol

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.samples import Sample

from pointsman_service.observability.otlp import resource
from pointsman_service.observability.structured_log import structlog

INTERVAL_MS = 60_000
"""Between two sendings, where OTEL_METRIC_EXPORT_INTERVAL does not say otherwise: the specification's default."""
LAST_MS = 5_000.0
"""For the last sending, when the service ends."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


class MetricExporter(Protocol):
    """What OpenTelemetry's exporters do."""

    def export(self, metrics_data: MetricsData, timeout_millis: float = ...) -> object:
        """Send it."""

    def shutdown(self, timeout_millis: float = ...) -> object:
        """Send no more."""


class Sending:
    """Sends what the registry has, again and again, in a thread of its own."""

    def __init__(self, exporter: MetricExporter, registry: CollectorRegistry, interval_ms: int | None = None) -> None:
        self._exporter, self._registry, self._resource = exporter, registry, resource()
        self._interval_s = (interval_ms or int(os.environ.get("OTEL_METRIC_EXPORT_INTERVAL", INTERVAL_MS))) / 1e3
        self._began_ns = time.time_ns()
        self._stopping = Event()
        self._failing = False
        self._thread = Thread(target=self._run, name="pointsman-otlp-metrics", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send once more, and end."""
        self._stopping.set()
        self._thread.join()
        self._send()
        self._exporter.shutdown(timeout_millis=LAST_MS)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_s):
            self._send()

    def _send(self) -> None:
        try:
            data = data_of(self._registry.collect(), self._resource, self._began_ns, time.time_ns())
            self._exporter.export(data, timeout_millis=LAST_MS)
        except Exception as e:  # noqa: BLE001 - the edge of a thread: the next sending may go well
            if not self._failing:
                _log.warning("metrics cannot be sent by OTLP", why=f"{type(e).__name__}: {e}")
            self._failing = True
        else:
            self._failing = False


def data_of(families: Iterable[Family], of: Resource, began_ns: int, now_ns: int) -> MetricsData:
    """Prometheus' families as OpenTelemetry's data. began_ns: since when counters count, as far as is known."""
    metrics = [metric for family in families for metric in _metrics(family, began_ns, now_ns)]
    scope = ScopeMetrics(InstrumentationScope("pointsman"), metrics, "")
    return MetricsData([ResourceMetrics(of, [scope], "")])


def _metrics(family: Family, began_ns: int, now_ns: int) -> Iterator[Metric]:
    if family.type == "histogram":
        points = [_histogram_point(*found, began_ns, now_ns) for found in _histograms(family.samples)]
        data = Histogram(points, AggregationTemporality.CUMULATIVE)
        yield Metric(family.name, family.documentation, _unit(family.name), data)
        return
    by_name: dict[str, list[NumberDataPoint]] = {}
    for sample in family.samples:
        point = NumberDataPoint(sample.labels, began_ns, now_ns, sample.value)
        by_name.setdefault(sample.name, []).append(point)
    for name, points_of in by_name.items():
        cumulative = AggregationTemporality.CUMULATIVE
        counts = family.type in {"counter", "summary"}
        number = Sum(points_of, cumulative, is_monotonic=True) if counts else Gauge(points_of)
        yield Metric(name.removesuffix("_total"), family.documentation, _unit(name), number)


def _histograms(samples: Iterable[Sample]) -> Iterator[tuple[Mapping[str, str], list[tuple[float, float]], float]]:
    """Labels, upper bounds with what is at or below each, and the sum of each series."""
    bounds: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    sums: dict[tuple[tuple[str, str], ...], float] = {}
    for sample in samples:
        key = tuple(sorted((k, v) for k, v in sample.labels.items() if k != "le"))
        if "le" in sample.labels:
            bounds.setdefault(key, []).append((float(sample.labels["le"]), sample.value))
        elif sample.name.endswith("_sum"):
            sums[key] = sample.value
    for key, found in bounds.items():
        yield dict(key), sorted(found), sums.get(key, 0.0)


def _histogram_point(
    labels: Mapping[str, str], bounds: list[tuple[float, float]], total: float, began_ns: int, now_ns: int
) -> HistogramDataPoint:
    """Prometheus counts what is at or below each bound, OpenTelemetry what is between two."""
    cumulative = [int(count) for _, count in bounds]
    between = [after - before for before, after in zip([0, *cumulative], cumulative, strict=False)]
    return HistogramDataPoint(
        attributes=labels,
        start_time_unix_nano=began_ns,
        time_unix_nano=now_ns,
        count=cumulative[-1],
        sum=total,
        bucket_counts=between,
        explicit_bounds=[bound for bound, _ in bounds[:-1]],
        min=None,  # type: ignore[arg-type] # optional on the wire, and nobody keeps them
        max=None,  # type: ignore[arg-type]
    )


def _unit(name: str) -> str:
    """In UCUM's words, from the unit in a name.

    >>> _unit("pointsman_rpc_seconds"), _unit("process_resident_memory_bytes"), _unit("pointsman_rpcs_total")
    ('s', 'By', '1')
    """
    words = name.split("_")
    return "s" if "seconds" in words else "By" if "bytes" in words else "1"
