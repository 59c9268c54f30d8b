"""Prometheus metrics, on an HTTP port of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Thread
from typing import Protocol
from wsgiref.simple_server import WSGIServer

from pointsman_learner.events import EpisodeRecorded
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from pointsman_service.domain.requests import Caller
from pointsman_service.errors import PointsmanError

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Listening(Protocol):
    """The HTTP server of the metrics."""

    @property
    def port(self) -> int:
        """Where."""

    def stop(self) -> None:
        """Stop listening."""


class Metrics:
    """An observer that counts. Labels are bounded: methods, models, reasons, sources; never tenants or prompts."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self.registry = r = CollectorRegistry()
        self._calls = Counter("pointsman_rpcs", "Calls of ours that ended", ("method", "code"), registry=r)
        self._seconds = Histogram("pointsman_rpc_seconds", "Seconds a call", ("method",), registry=r, buckets=SECONDS)
        self._episodes = Counter("pointsman_episodes", "Episodes logged", ("method", "stop"), registry=r)
        self._refusals = Counter("pointsman_refusals", "Requests refused", ("method", "reason"), registry=r)
        self._cost = Counter("pointsman_cost_usd", "Dollars spent, judges included", ("model",), registry=r)
        self._steps = Counter("pointsman_steps", "Model calls", ("model", "outcome"), registry=r)
        self._latency = Histogram("pointsman_step_seconds", "Seconds a step", ("model",), registry=r, buckets=SECONDS)
        self._feedback = Counter("pointsman_feedback", "Feedback", ("source",), registry=r)
        place = ("model", "deployment")
        self._open = Gauge("pointsman_breaker_open", "1 while a deployment is left alone", place, registry=r)
        self._changes = Counter("pointsman_breaker_changes", "Breakers' changes", (*place, "state"), registry=r)
        self._refused = Counter("pointsman_snapshots_refused", "Snapshots that could not be read", registry=r)
        self._version = Gauge("pointsman_snapshot_version", "Version that decides now, 0 is static", registry=r)
        self._swapped = Gauge("pointsman_snapshot_swapped_timestamp_seconds", "When it was swapped in", registry=r)
        self._lag = Gauge("pointsman_learner_lag_events", "Events in the log after the newest snapshot", registry=r)
        self._queue = Gauge("pointsman_log_queue", "Appends that wait for the writer", registry=r)

    def call_finished(self, method: str, code: str, seconds: float) -> None:
        """Count a call of any method. code: gRPC's name of the status."""
        self._calls.labels(method, code).inc()
        self._seconds.labels(method).observe(seconds)

    def episode(self, method: str, caller: Caller, episode: EpisodeRecorded, seconds: float) -> None:  # noqa: ARG002
        """Count it, its calls and what they cost."""
        self._episodes.labels(method, episode.stop).inc()
        for step in episode.steps:
            self._steps.labels(step.model, "failed" if step.failed else "ok").inc()
            self._latency.labels(step.model).observe(step.latency_ms / 1e3)
            self._cost.labels(step.model).inc(step.total_cost_usd)

    def refused(self, method: str, caller: Caller, error: PointsmanError, seconds: float) -> None:  # noqa: ARG002
        """Count it under the error's name."""
        self._refusals.labels(method, type(error).__name__).inc()

    def feedback(self, source: str, value: float) -> None:  # noqa: ARG002 - an observer's signature
        """Count it."""
        self._feedback.labels(source).inc()

    def breaker(self, model: str, deployment: str | None, is_open: bool, why: str) -> None:  # noqa: ARG002 - an observer's signature
        """Count the change, and show the state. The label of a model's one place is empty."""
        self._open.labels(model, deployment or "").set(is_open)
        self._changes.labels(model, deployment or "", "open" if is_open else "closed").inc()

    def snapshot(self, version: int) -> None:
        """Remember which, and when."""
        self._version.set(version)
        self._swapped.set(self._now())

    def snapshot_refused(self, version: int, why: str) -> None:  # noqa: ARG002 - an observer's signature
        """Count it."""
        self._refused.inc()

    def log_seen(self, lag: int, queue: int) -> None:
        """What is in the log and not in a snapshot, and what is not even in the log."""
        self._lag.set(lag)
        self._queue.set(queue)

    def serve(self, port: int, host: str) -> Listening:
        """Listen; stop by the returned handle. Raises OSError where the port is taken."""
        server, thread = start_http_server(port, host, self.registry)
        return _Listening(server, thread)


class _Listening:
    def __init__(self, server: WSGIServer, thread: Thread) -> None:
        self._server = server
        self._thread = thread

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
