"""Metrics: what is counted of an episode, bounded labels, several processes as one, and who may read them."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace as with_fields
from pointsman_learner.events import EpisodeRecorded
from pointsman_learner.types import Context, Decision, ModelPrediction, Step, Verdict
from pointsman_service.domain.conditions import Condition, Kind
from pointsman_service.domain.requests import Caller
from pointsman_service.errors import LogUnavailable
from pointsman_service.observability.bounded_labels import MOST
from pointsman_service.observability.exposition import (
    counted_in,
    counting_environment,
    counting_folder,
    has_ended,
    serve,
    together,
)
from pointsman_service.observability.metrics import Metrics
from pointsman_service.observability.operator_facts import Budget, Facts, Part
from pointsman_service.observability.service_facts import ServiceFacts

CALLER = Caller("acme")
STEPS = (
    Step("small", 0.001, 100.0, 5, 0, error="late", failure_kind="timeout"),
    Step(
        "large",
        0.01,
        200.0,
        10,
        20,
        (Verdict("format", 1.0), Verdict("rubric", None, 0.002, 100.0, error="timeout: x"), Verdict("agreement")),
        cached_input_tokens=4,
    ),
)
PREDICTIONS = tuple(ModelPrediction(name, 0.5, 0.1, 0.0, 0.0, p) for name, p in (("small", 0.3), ("large", 0.7)))
EPISODE = EpisodeRecorded(
    "e1",
    "acme",
    1.0,
    Context("f", np.zeros(2, np.float32), np.zeros(2, np.float32), 1),
    Decision("small", 0.3, PREDICTIONS, ("small",), "learned", (), 0.0, 20.0, 3, "f", "p"),
    STEPS,
    1,
    "utility",
    0.8,
)


@pytest.fixture
def metrics():
    """Of one process."""
    return Metrics()


@pytest.fixture
def value(metrics):
    """One sample of it."""
    return lambda name, **labels: metrics.registry.get_sample_value(name, labels)


def test_an_episode_is_counted_by_tenant_and_model(metrics, value):
    """Tokens, dollars, failures, verdicts, belief, exploration, and what it took beside providers."""
    metrics.episode("complete", CALLER, EPISODE, 0.5)
    metrics.feedback("thumb", 0.25, "large", "acme")
    assert value("pointsman_tokens_total", tenant="acme", model="large", kind="output") == 20
    assert value("pointsman_tokens_total", tenant="acme", model="large", kind="cached_input") == 4
    assert value("pointsman_spend_usd_total", tenant="acme", model="large") == pytest.approx(0.012)
    assert value("pointsman_step_failures_total", model="small", kind="timeout") == 1
    assert value("pointsman_verdicts_total", judge="format", outcome="scored") == 1
    assert value("pointsman_verdicts_total", judge="agreement", outcome="silent") == 1
    assert value("pointsman_judge_failures_total", judge="rubric", reason="timeout") == 1
    assert value("pointsman_judge_cost_usd_total", judge="rubric") == pytest.approx(0.002)
    assert value("pointsman_believed_quality_sum", model="large") == pytest.approx(0.8)
    assert value("pointsman_told_quality_sum", model="large") == pytest.approx(0.25)
    assert value("pointsman_told_quality_count", model="large") == 1
    assert value("pointsman_decisions_total", strategy="learned", explored="true") == 1
    # Half a second, less 100 and 200 ms of the models and 100 ms of the judge that was paid for.
    assert value("pointsman_overhead_seconds_sum", method="complete") == pytest.approx(0.1)


def test_what_the_log_cannot_take_and_who_is_refused_at_the_door_is_counted(metrics, value):
    """By limit and tenant."""
    metrics.refused("complete", CALLER, LogUnavailable("full"), 0.1)
    metrics.admission_refused("concurrency", "tenant:acme")
    assert value("pointsman_log_write_failures_total") == 1
    assert value("pointsman_admission_refused_total", limit="concurrency", whose="tenant:acme") == 1


def test_tenants_beyond_the_bound_are_counted_together(metrics):
    """Whoever invents tenants makes no series."""
    for n in range(3 * MOST):
        metrics.episode("complete", Caller(f"t{n}"), EPISODE, 0.5)
        metrics.admission_refused("concurrency", f"key:{n}")
    for label in ("tenant", "whose"):
        names = {s.labels[label] for f in metrics.registry.collect() for s in f.samples if label in s.labels}
        assert len(names) == MOST + 1
    spent = metrics.registry.get_sample_value("pointsman_spend_usd_total", {"tenant": "other", "model": "large"})
    assert spent == pytest.approx(2 * MOST * 0.012)


def test_no_series_tells_when_it_was_created(metrics):
    """They double what is stored, and say nothing."""
    metrics.episode("complete", CALLER, EPISODE, 0.5)
    assert [s.name for f in metrics.registry.collect() for s in f.samples if s.name.endswith("_created")] == []


COUNT = """
import sys
from pointsman_service.observability.exposition import count_in_files
count_in_files()
from pointsman_service.observability.metrics import Metrics
metrics = Metrics()
for _ in range(int(sys.argv[1])):
    metrics.call_finished("Route", "OK", 0.01)
metrics.log_seen(lag=int(sys.argv[1]), queue=int(sys.argv[1]))
metrics.places_seen("small", float(sys.argv[2]), {"": "open" if float(sys.argv[2]) < 0.5 else "closed"})
print("counted", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def counting(tmp_path):
    """Processes that count in one folder, by their names."""
    started = []

    def start(folder, name, calls, chance):
        process = subprocess.Popen(
            [sys.executable, "-c", COUNT, str(calls), str(chance)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **counting_environment(folder, name)},
        )
        started.append(process)
        assert process.stdout.readline() == b"counted\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_several_processes_are_one_and_a_killed_ones_counts_stay(counting):
    """Counters are added, also over the lives of a worker; what is of the moment goes with who said it."""
    with counting_folder() as folder:
        first = counting(folder, "worker-0", 3, 0.25)
        counting(folder, "worker-1", 4, 0.75)
        registry = together([counted_in(folder)])
        assert registry.get_sample_value("pointsman_rpcs_total", {"method": "Route", "code": "OK"}) == 7
        assert registry.get_sample_value("pointsman_rpc_seconds_count", {"method": "Route"}) == 7
        assert registry.get_sample_value("pointsman_log_queue") == 7
        place = {"model": "small", "deployment": ""}
        assert registry.get_sample_value("pointsman_breaker_open", place) == 1.0
        assert registry.get_sample_value("pointsman_model_availability", {"model": "small"}) == 0.25
        first.kill()
        first.wait()
        has_ended(folder, "worker-0")
        assert registry.get_sample_value("pointsman_rpcs_total", {"method": "Route", "code": "OK"}) == 7
        assert registry.get_sample_value("pointsman_log_queue") == 4
        assert registry.get_sample_value("pointsman_breaker_open", place) == 0.0
        counting(folder, "worker-0", 5, 0.9)
        assert registry.get_sample_value("pointsman_rpcs_total", {"method": "Route", "code": "OK"}) == 12
    assert not folder.exists()


def test_folders_of_services_that_were_killed_are_swept(monkeypatch, tmp_path):
    """And no others: another service may be counting."""
    monkeypatch.setattr("pointsman_service.observability.exposition._IN_MEMORY", tmp_path)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, mine = (tmp_path / f"pointsman-metrics-{pid}-x" for pid in (dead.pid, os.getpid()))
    for folder in (left, mine):
        folder.mkdir()
    with counting_folder() as folder:
        assert folder.parent == tmp_path
        assert not left.exists()
        assert mine.exists()


def test_metrics_are_for_whoever_may_read_them(metrics):
    """Where there is a key, others get 401 and no figure."""
    listening = serve([metrics.registry], 0, "127.0.0.1", lambda told: told == "Bearer s3cret")
    try:
        address = f"http://127.0.0.1:{listening.port}/metrics"
        request = urllib.request.Request(address, headers={"Authorization": "Bearer s3cret"})
        assert b"pointsman_log_queue" in urllib.request.urlopen(request).read()
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic s3cret"}):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(urllib.request.Request(address, headers=headers))
            assert refused.value.code == 401
            assert b"pointsman_" not in refused.value.read()
        assert b"pointsman_metrics_refused_total 3.0" in urllib.request.urlopen(request).read()
    finally:
        listening.stop()


def test_the_service_as_a_whole_is_told_by_its_main_process():
    """Budgets with their pace, lag, what holds now, and each process as the system sees it."""
    facts = ServiceFacts(
        "1.2.3",
        lambda: [Part("main", os.getpid()), Part("worker-0", None, 2)],
        lambda: [Condition.of(Kind.BREAKER_OPEN, model=name) for name in "ab"],
        now=lambda: 50.0,
    )
    facts.latest = Facts(7, 3.5, 40.0, True, [Budget("acme", 10.0, 8.0, 0.0, 100.0)])
    value = together([facts]).get_sample_value
    assert value("pointsman_build_info", {"version": "1.2.3"}) == 1.0
    assert value("pointsman_learner_lag_seconds") == 3.5
    assert value("pointsman_snapshot_created_timestamp_seconds") == 40.0
    assert value("pointsman_snapshot_pinned") == 1.0
    assert value("pointsman_budget_spent_usd", {"tenant": "acme"}) == 8.0
    assert value("pointsman_budget_pace", {"tenant": "acme"}) == pytest.approx(1.6)
    assert value("pointsman_condition", {"kind": "breaker_open"}) == 2.0
    assert value("pointsman_condition", {"kind": "log_unwritable"}) == 0.0
    assert value("pointsman_process_up", {"process": "worker-0"}) == 0.0
    assert value("pointsman_process_restarts_total", {"process": "worker-0"}) == 2.0
    resident = value("process_resident_memory_bytes", {"process": "main"})
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    assert resident == pytest.approx(pages * os.sysconf("SC_PAGE_SIZE"), rel=0.2)


def test_a_call_that_ran_beside_another_is_counted_once(metrics, value):
    """The pair took what the longer one took."""
    steps = (with_fields(STEPS[0], failure_kind="cancelled", latency_ms=300.0), with_fields(STEPS[1], verdicts=()))
    metrics.episode("complete", CALLER, with_fields(EPISODE, steps=steps), 0.5)
    assert value("pointsman_overhead_seconds_sum", method="complete") == pytest.approx(0.2)
