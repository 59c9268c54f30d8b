"""Metrics of the service as a whole, of which its main process knows: budgets, lag, processes, what holds now."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from pointsman_service.domain.conditions import Condition, Kind
from pointsman_service.observability.bounded_labels import MOST
from pointsman_service.observability.operator_facts import Budget, Facts, Part


class ServiceFacts(Collector):
    """What it was told last, and the processes as they are when it is asked."""

    def __init__(
        self,
        version: str,
        parts: Callable[[], Sequence[Part]],
        holding: Callable[[], Sequence[Condition]],
        now: Callable[[], float] = time.time,
    ) -> None:
        """parts: every process; holding: conditions that hold; now: seconds since the epoch."""
        self._version, self._parts, self._holding, self._now = version, parts, holding, now
        self.latest = Facts()

    def collect(self) -> Iterable[Metric]:
        """Everything, for one scrape."""
        yield _gauge_by("version", "pointsman_build_info", "The version that runs", {self._version: 1.0})
        yield from _of_learning(self.latest)
        yield from self._of_budgets(self.latest.budgets[:MOST])
        counted = Counter(str(condition.kind) for condition in self._holding())
        held = {str(kind): float(counted[kind]) for kind in Kind}
        yield _gauge_by("kind", "pointsman_condition", "How often it holds now, as the log says it", held)
        yield from _of_processes(self._parts())

    def _of_budgets(self, budgets: Sequence[Budget]) -> Iterable[Metric]:
        now = self._now()
        figures: Mapping[str, tuple[str, Callable[[Budget], float]]] = {
            "ceiling_usd": ("Dollars a period", lambda b: b.ceiling_usd),
            "spent_usd": ("Dollars spent or held in this period", lambda b: b.spent_usd),
            "pace": ("Spent share over passed share of the period", lambda b: b.pace(now)),
        }
        for name, (text, of) in figures.items():
            yield _gauge_by("tenant", f"pointsman_budget_{name}", text, {b.tenant: of(b) for b in budgets})


def _of_learning(facts: Facts) -> Iterable[Metric]:
    yield _gauge("pointsman_learner_lag_seconds", "Age of the oldest event not learnt yet", facts.lag_s)
    if facts.snapshot_at is not None:
        yield _gauge("pointsman_snapshot_created_timestamp_seconds", "When the newest was made", facts.snapshot_at)
    yield _gauge("pointsman_snapshot_pinned", "1 while an operator's choice decides", float(facts.pinned))


def _of_processes(parts: Sequence[Part]) -> Iterable[Metric]:
    up = {part.name: float(part.pid is not None) for part in parts}
    yield _gauge_by("process", "pointsman_process_up", "1 while it runs", up)
    restarts = CounterMetricFamily("pointsman_process_restarts", "How often it was replaced", labels=("process",))
    for part in parts:
        restarts.add_metric((part.name,), part.restarts)
    yield restarts
    families: dict[str, Metric] = {}
    for part in parts:
        if part.pid is None:
            continue
        for metric in ProcessCollector(pid=partial(int, part.pid), registry=None).collect():
            family = families.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
            for sample in metric.samples:
                family.add_sample(sample.name, {**sample.labels, "process": part.name}, sample.value)
    yield from families.values()


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _gauge_by(label: str, name: str, text: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for label_value, value in values.items():
        family.add_metric((label_value,), value)
    return family
