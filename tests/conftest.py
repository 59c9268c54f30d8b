"""What tests of the log, its readers and its writers share: one plausible episode, with what matters as an argument."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy loads: threads fight over two cores

from collections.abc import Callable, Iterator, Sequence

import hypothesis
import numpy as np
import pytest
from pointsman_learner.events import EpisodeRecorded, FeedbackRecorded
from pointsman_learner.types import Context, Decision, ModelPrediction, Step, Verdict

hypothesis.settings.register_profile("any machine", deadline=None)  # a busy one takes its time over any example
hypothesis.settings.load_profile("any machine")

LONG = (
    *("test_outage.py", "test_go_keepalive.py", "test_whole_loop.py", "test_readme.py", "test_warm_start.py"),
    *("test_clients.py", "test_wheels.py", "test_demo.py", "test_chaos.py", "test_lasting.py", "test_trouble.py"),
    *("test_ceilings.py", "test_cli_live.py", "test_operator_lines.py", "test_signals.py", "test_bench_command.py"),
)
"""Files whose tests take or wait for a minute: begun first, so that nobody waits for them in the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with those that take long."""
    place = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.name, len(LONG)))


def make_episode(
    episode_id: str = "e1",
    *,
    tenant: str = "acme",
    at: float = 1_000.0,
    models: Sequence[str] = ("small",),
    node: str = "math",
    cost_usd: float = 0.001,
    latency_ms: float = 300.0,
    score: float | None = 1.0,
    answer: int | None = -1,
    believed: float | None = 0.8,
    request_id: str | None = None,
    session_id: str | None = None,
    stop: str = "utility",
) -> EpisodeRecorded:
    """An episode that called `models` one after the other; answer -1 is the last one's, None that none answered."""
    failure_kind = None if answer is not None else "timeout"
    steps = tuple(
        Step(m, cost_usd, latency_ms, 10, 20, (Verdict("format", score),), failure_kind=failure_kind) for m in models
    )
    rng = np.random.default_rng(abs(hash(episode_id)) % 2**32)
    context = Context("v1", rng.standard_normal(16).astype(np.float32), np.zeros(4, np.float32), 30, {})
    predictions = tuple(ModelPrediction(m, 0.7, 0.1, cost_usd, latency_ms, 0.5) for m in models)
    decision = Decision(
        models[0], 0.5, predictions, tuple(models), "fused", ("root", node), 0.4, 10.0, 3, "v1", "unified"
    )
    index = None if answer is None else answer % len(steps)
    return EpisodeRecorded(
        episode_id, tenant, at, context, decision, steps, index, stop, believed, request_id=request_id,
        session_id=session_id,
    )  # fmt: skip


def make_feedback(
    request_id: str = "f1",
    episode_id: str = "e1",
    *,
    tenant: str = "acme",
    value: float = 1.0,
    at: float = 1_010.0,
    model: str | None = None,
    weight: float = 1.0,
) -> FeedbackRecorded:
    """A thumb on an episode's answer, of an end user of its own: words of one author would replace each other."""
    return FeedbackRecorded(request_id, episode_id, tenant, at, "thumb", value, model, weight, f"user of {request_id}")


@pytest.fixture
def an_episode() -> Callable[..., EpisodeRecorded]:
    """`make_episode`."""
    return make_episode


@pytest.fixture
def a_feedback() -> Callable[..., FeedbackRecorded]:
    """`make_feedback`."""
    return make_feedback


@pytest.fixture(autouse=True)
def own_log_lines() -> Iterator[None]:
    """No test leaves its way of logging to the next: a level left behind hides the lines that another looks for.

    Nothing is loaded for it: a test that has not met the service's logging has nothing to leave.
    """
    yield
    if level := sys.modules.get("pointsman_service.observability.log_level"):
        level.configured_level("info")
        level.structlog.reset_defaults()
