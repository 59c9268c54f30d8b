"""What one serving process counts. `exposition` puts the processes together and serves them.

Labels are bounded: methods, models, judges, reasons and sources by the configuration, tenants by `bounded_labels`;
never prompts, ids or texts. What service/OPERATIONS.md says of each stands there in one table.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.types import Step
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, disable_created_metrics

from pointsman_service.domain.conditions import Condition
from pointsman_service.domain.requests import Caller
from pointsman_service.domain.verdict_errors import reason_of
from pointsman_service.errors import LogUnavailable, PointsmanError
from pointsman_service.observability.bounded_labels import BoundedLabel
from pointsman_service.observability.episode_figures import explored, own_seconds, verdict_outcome
from pointsman_service.observability.exposition import Listening, serve
from pointsman_service.observability.labelled import Labelled

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
LAG_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)


class Metrics:
    """An observer that counts. `registry` has what this process counted, unless it counts in files beside others."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        # A series beside each counter and histogram, which says when this process began.
        disable_created_metrics()  # type: ignore[no-untyped-call] # prometheus_client has no types there
        self._now = now
        self._tenant, self._whose = BoundedLabel(), BoundedLabel()
        self.registry = CollectorRegistry()
        self._of_requests(self.registry)
        self._of_models(self.registry)
        self._of_the_process(self.registry)

    def _of_requests(self, r: CollectorRegistry) -> None:
        self._calls = Labelled(Counter("pointsman_rpcs", "Calls of ours that ended", ("method", "code"), registry=r))
        self._seconds = Labelled(
            Histogram("pointsman_rpc_seconds", "Seconds a call", ("method",), registry=r, buckets=SECONDS)
        )
        self._own = Labelled(
            Histogram(
                "pointsman_overhead_seconds",
                "Seconds of a query that no provider took",
                ("method",),
                registry=r,
                buckets=SECONDS,
            )
        )
        self._episodes = Labelled(Counter("pointsman_episodes", "Episodes logged", ("method", "stop"), registry=r))
        self._decisions = Labelled(
            Counter(
                "pointsman_decisions",
                "Decisions, by what spoke and whether to explore",
                ("strategy", "explored"),
                registry=r,
            )
        )
        self._left_out = Counter("pointsman_episodes_left_out", "Episodes that the learner does without", registry=r)
        self._refusals = Labelled(Counter("pointsman_refusals", "Requests refused", ("method", "reason"), registry=r))
        self._admission = Labelled(
            Counter("pointsman_admission_refused", "Requests refused at the door", ("limit", "whose"), registry=r)
        )
        self._feedback = Labelled(Counter("pointsman_feedback", "Feedback", ("source",), registry=r))

    def _of_models(self, r: CollectorRegistry) -> None:
        model = ("model",)
        self._cost = Labelled(Counter("pointsman_cost_usd", "Dollars spent, judges included", model, registry=r))
        self._spend = Labelled(
            Counter("pointsman_spend_usd", "Dollars spent, judges included", ("tenant", "model"), registry=r)
        )
        self._tokens = Labelled(Counter("pointsman_tokens", "Tokens of calls", ("tenant", "model", "kind"), registry=r))
        self._steps = Labelled(Counter("pointsman_steps", "Model calls", ("model", "outcome"), registry=r))
        self._failures = Labelled(
            Counter("pointsman_step_failures", "Failed model calls", ("model", "kind"), registry=r)
        )
        self._latency = Labelled(
            Histogram("pointsman_step_seconds", "Seconds a step", model, registry=r, buckets=SECONDS)
        )
        self._believed = Labelled(
            Summary("pointsman_believed_quality", "P(right) of accepted answers", model, registry=r)
        )
        self._told = Labelled(
            Summary("pointsman_told_quality", "What users said of answers, 0 to 1", model, registry=r)
        )
        self._verdicts = Labelled(Counter("pointsman_verdicts", "Verdicts", ("judge", "outcome"), registry=r))
        self._judge_failures = Labelled(
            Counter("pointsman_judge_failures", "Verdicts that failed", ("judge", "reason"), registry=r)
        )
        self._judge_cost = Labelled(
            Counter("pointsman_judge_cost_usd", "Dollars spent on verdicts", ("judge",), registry=r)
        )
        place = ("model", "deployment")
        self._open = Labelled(
            _gauge("pointsman_breaker_open", "1 while a deployment is left alone", "livemax", r, place)
        )
        self._changes = Labelled(
            Counter("pointsman_breaker_changes", "Breakers' changes", (*place, "state"), registry=r)
        )
        self._available = Labelled(
            _gauge("pointsman_model_availability", "P(a call succeeds now)", "livemin", r, model)
        )

    def _of_the_process(self, r: CollectorRegistry) -> None:
        self._refused = Counter("pointsman_snapshots_refused", "Snapshots that could not be read", registry=r)
        self._version = _gauge("pointsman_snapshot_version", "Version that decides now, 0 is static", "mostrecent", r)
        self._swapped = _gauge(
            "pointsman_snapshot_swapped_timestamp_seconds", "When it was swapped in", "mostrecent", r
        )
        self._lag = _gauge(
            "pointsman_learner_lag_events", "Events in the log after the newest snapshot", "mostrecent", r
        )
        self._queue = _gauge("pointsman_log_queue", "Appends that wait for the writer", "livesum", r)
        self._unlogged = Counter("pointsman_log_write_failures", "Requests that the log could not take", registry=r)
        self._loop_lag = Histogram(
            "pointsman_event_loop_lag_seconds", "How late the event loop wakes up", registry=r, buckets=LAG_SECONDS
        )

    def call_finished(self, method: str, code: str, seconds: float) -> None:
        """Count a call of any method. code: gRPC's name of the status."""
        self._calls(method, code).inc()
        self._seconds(method).observe(seconds)

    def episode(self, method: str, caller: Caller, episode: EpisodeRecorded, seconds: float) -> None:
        """Count it, its calls and what they cost."""
        self._episodes(method, episode.stop).inc()
        self._own(method).observe(own_seconds(episode, seconds))
        if episode.left_out:
            self._left_out.inc()
        self._decisions(episode.decision.strategy, str(explored(episode.decision)).lower()).inc()
        tenant = self._tenant(caller.tenant)
        for step in episode.steps:
            self._step(step, tenant)
        if episode.answer is not None and episode.believed is not None:
            self._believed(episode.steps[episode.answer].model).observe(episode.believed)

    def _step(self, step: Step, tenant: str) -> None:
        self._steps(step.model, "failed" if step.failed else "ok").inc()
        if step.failed:
            self._failures(step.model, step.failure_kind or "other").inc()
        self._latency(step.model).observe(step.latency_ms / 1e3)
        self._cost(step.model).inc(step.total_cost_usd)
        self._spend(tenant, step.model).inc(step.total_cost_usd)
        for kind, count in _tokens(step).items():
            if count:
                self._tokens(tenant, step.model, kind).inc(count)
        for verdict in step.verdicts:
            outcome = verdict_outcome(verdict)
            self._verdicts(verdict.judge, outcome).inc()
            if outcome == "failed":
                self._judge_failures(verdict.judge, reason_of(verdict.error or "")).inc()
            if verdict.cost_usd:
                self._judge_cost(verdict.judge).inc(verdict.cost_usd)

    def refused(self, method: str, caller: Caller, error: PointsmanError, seconds: float) -> None:  # noqa: ARG002 - an observer's signature
        """Count it under the error's name."""
        self._refusals(method, type(error).__name__).inc()
        if isinstance(error, LogUnavailable):
            self._unlogged.inc()

    def feedback(self, source: str, value: float, model: str | None = None, tenant: str = "") -> None:  # noqa: ARG002 - an observer's signature
        """Count it, and what it says of the model that answered."""
        self._feedback(source).inc()
        if model is not None:
            self._told(model).observe(value)

    def breaker(self, model: str, deployment: str | None, is_open: bool, why: str) -> None:  # noqa: ARG002 - an observer's signature
        """Count the change, and show the state. The label of a model's one place is empty."""
        self._open(model, deployment or "").set(is_open)
        self._changes(model, deployment or "", "open" if is_open else "closed").inc()

    def places_seen(self, model: str, chance: float, states: Mapping[str, str]) -> None:
        """How a model can be reached now. chance: of a call; states: of each deployment's breaker."""
        self._available(model).set(chance)
        for deployment, state in states.items():
            self._open(model, deployment).set(state != "closed")

    def snapshot(self, version: int) -> None:
        """Remember which, and when."""
        self._version.set(version)
        self._swapped.set(self._now())

    def snapshot_refused(self, version: int, why: str) -> None:  # noqa: ARG002 - an observer's signature
        """Count it."""
        self._refused.inc()

    def condition(self, condition: Condition, holds: bool, why: str = "") -> None:
        """Counted where all processes' conditions come together: see `service_facts`."""

    def stranger(self, why: str) -> None:
        """Counted among the calls, by their code UNAUTHENTICATED."""

    def admission_refused(self, limit: str, whose: str) -> None:
        """Count it."""
        self._admission(limit, self._whose(whose)).inc()

    def log_seen(self, lag: int, queue: int) -> None:
        """What is in the log and not in a snapshot, and what is not even in the log."""
        self._lag.set(lag)
        self._queue.set(queue)

    def loop_late(self, seconds: float) -> None:
        """By how much the event loop woke up too late."""
        self._loop_lag.observe(max(0.0, seconds))

    def serve(self, port: int, host: str) -> Listening:
        """Serve what this process counts alone; stop by the returned handle. Raises OSError where the port is taken."""
        return serve([self.registry], port, host)


def _gauge(name: str, text: str, mode: str, registry: CollectorRegistry, labels: tuple[str, ...] = ()) -> Gauge:
    """mode: how the processes' values become one; of one that has ended, "live" values are none."""
    return Gauge(name, text, labels, registry=registry, multiprocess_mode=mode)  # type: ignore[arg-type] # a Literal


def _tokens(step: Step) -> Mapping[str, int | None]:
    return {
        "input": step.input_tokens,
        "output": step.output_tokens,
        "cached_input": step.cached_input_tokens,
        "reasoning": step.reasoning_tokens,
    }
