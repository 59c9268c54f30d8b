"""Prometheus metrics, on an HTTP port of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from pointsman_learner.events import EpisodeRecorded
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from pointsman_service.errors import PointsmanError

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Stoppable(Protocol):
    """What listens."""

    def stop(self) -> None:
        """Stop listening."""


class Metrics:
    """An observer that counts. Labels are bounded: methods, models, reasons, sources; never tenants or prompts."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self.registry = r = CollectorRegistry()
        self._requests = Counter("pointsman_requests", "Requests, by outcome", ("method", "outcome"), registry=r)
        self._seconds = Histogram(
            "pointsman_request_seconds", "Seconds a request", ("method",), registry=r, buckets=SECONDS
        )
        self._cost = Counter("pointsman_cost_usd", "Dollars spent, judges included", ("model",), registry=r)
        self._steps = Counter("pointsman_steps", "Model calls", ("model", "outcome"), registry=r)
        self._call_seconds = Histogram(
            "pointsman_call_seconds", "Seconds a call", ("model",), registry=r, buckets=SECONDS
        )
        self._feedback = Counter("pointsman_feedback", "Feedback", ("source",), registry=r)
        self._refused = Counter("pointsman_snapshots_refused", "Snapshots that could not be read", registry=r)
        self._version = Gauge("pointsman_snapshot_version", "Version that decides now, 0 is static", registry=r)
        self._swapped = Gauge("pointsman_snapshot_swapped_timestamp_seconds", "When it was swapped in", registry=r)
        self._lag = Gauge("pointsman_learner_lag_events", "Events in the log after the snapshot's position", registry=r)
        self._queue = Gauge("pointsman_log_queue", "Appends waiting for the writer", registry=r)

    def episode(self, method: str, episode: EpisodeRecorded, seconds: float) -> None:
        """Count it, its calls and what they cost."""
        self._requests.labels(method, "ok").inc()
        self._seconds.labels(method).observe(seconds)
        for step in episode.steps:
            self._steps.labels(step.model, "failed" if step.error else "ok").inc()
            self._call_seconds.labels(step.model).observe(step.latency_ms / 1e3)
            self._cost.labels(step.model).inc(step.cost_usd + sum(v.cost_usd for v in step.verdicts))

    def refused(self, method: str, tenant: str, error: PointsmanError, seconds: float) -> None:  # noqa: ARG002
        """Count it under the error's name."""
        self._requests.labels(method, type(error).__name__).inc()
        self._seconds.labels(method).observe(seconds)

    def feedback(self, source: str, value: float) -> None:  # noqa: ARG002 - an observer's signature
        """Count it."""
        self._feedback.labels(source).inc()

    def snapshot(self, version: int) -> None:
        """Remember which, and when."""
        self._version.set(version)
        self._swapped.set(self._now())

    def snapshot_refused(self, version: int, why: str) -> None:  # noqa: ARG002 - an observer's signature
        """Count it."""
        self._refused.inc()

    def watch_log(self, lag: Callable[[], float], queue: Callable[[], float]) -> None:
        """Ask these whenever somebody scrapes."""
        self._lag.set_function(lag)
        self._queue.set_function(queue)

    def serve(self, port: int, host: str) -> Stoppable:
        """Listen; stop by the returned handle. Raises OSError where the port is taken."""
        server, thread = start_http_server(port, host, self.registry)

        class Listening:
            address = server.server_address

            def stop(self) -> None:
                server.shutdown()
                server.server_close()
                thread.join()

        return Listening()
