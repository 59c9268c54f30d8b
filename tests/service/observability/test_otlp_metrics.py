"""The metrics of Prometheus, sent by OTLP: the same figures, once every interval and once more at the end."""

import threading

import pytest
import structlog
from opentelemetry.sdk.metrics.export import Histogram, MetricsData, Sum
from pointsman_service.observability.exposition import together
from pointsman_service.observability.metrics import Metrics
from pointsman_service.observability.operator_facts import Part
from pointsman_service.observability.otlp import resource
from pointsman_service.observability.otlp_metrics import Sending, data_of
from pointsman_service.observability.service_facts import ServiceFacts

from .test_metrics import CALLER, EPISODE


@pytest.fixture
def registry():
    """Of a service that answered once."""
    metrics = Metrics()
    metrics.episode("complete", CALLER, EPISODE, 0.5)
    metrics.feedback("thumb", 0.5, "large", "acme")
    for seconds in (0.0005, 0.02, 0.02, 100.0):
        metrics.call_finished("Route", "OK", seconds)
    return together([metrics.registry, ServiceFacts("1", lambda: [Part("main", None)], tuple)])


def by_name(data):
    """Metrics of what was sent."""
    return {m.name: m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics}


def point(metric, **attributes):
    """Of a metric that has these attributes."""
    return next(p for p in metric.data.data_points if attributes.items() <= p.attributes.items())


def test_figures_are_those_that_prometheus_scrapes(registry):
    """Counters are cumulative sums, summaries two of them, histograms have what is between two bounds."""
    found = by_name(data_of(registry.collect(), resource(), 1, 2))
    calls = found["pointsman_rpcs"]
    assert isinstance(calls.data, Sum)
    assert calls.data.is_monotonic
    assert point(calls, method="Route").value == 4
    assert point(found["pointsman_told_quality_sum"], model="large").value == 0.5
    assert point(found["pointsman_process_up"], process="main").value == 0.0
    took = found["pointsman_rpc_seconds"]
    assert isinstance(took.data, Histogram)
    assert took.unit == "s"
    bounds = point(took, method="Route")
    assert (bounds.count, bounds.sum) == (4, pytest.approx(100.0405))
    assert (bounds.bucket_counts[0], bounds.bucket_counts[-1], sum(bounds.bucket_counts)) == (1, 1, 4)
    assert len(bounds.bucket_counts) == len(bounds.explicit_bounds) + 1
    assert bounds.bucket_counts[bounds.explicit_bounds.index(0.025)] == 2


def test_every_figure_is_sent(registry):
    """Each sample that is scraped, bounds of histograms aside."""
    found = by_name(data_of(registry.collect(), resource(), 1, 2))
    points = sum(len(m.data.data_points) for m in found.values())
    samples = [
        s for f in registry.collect() for s in f.samples if not (f.type == "histogram" and s.name != f"{f.name}_sum")
    ]
    assert points == len(samples)


class Exporter:
    """Remembers what it was given; fails while told to."""

    def __init__(self):
        self.sent, self.fails, self.ended = [], False, False
        self.came = threading.Event()

    def export(self, data, timeout_millis=0.0):
        if self.fails:
            self.came.set()
            raise ConnectionError("no collector")
        self.sent.append(data)
        self.came.set()

    def shutdown(self, timeout_millis=0.0):
        self.ended = True


def test_they_are_sent_again_and_again_and_when_the_service_ends(registry):
    """A collector that is away is one line, and no end of it."""
    exporter = Exporter()
    exporter.fails = True
    with structlog.testing.capture_logs() as lines:
        sending = Sending(exporter, registry, interval_ms=5)
        for _ in range(3):
            assert exporter.came.wait(10)
            exporter.came.clear()
        assert [line["why"] for line in lines] == ["ConnectionError: no collector"]
        exporter.fails = False
        exporter.came.clear()
        assert exporter.came.wait(10)
        before = len(exporter.sent)
        sending.stop()
    assert len(exporter.sent) > before
    assert exporter.ended
    assert isinstance(exporter.sent[-1], MetricsData)
