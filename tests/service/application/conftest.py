"""A router over real storage, with a policy and providers that do as a test says."""

import asyncio
import itertools
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest
from pointsman_learner.actions import Accept, CallModel
from pointsman_learner.words import Decision, Judge, ModelPrediction, NoModelFits, Verdict
from pointsman_service.adapters.operator_changes import OperatorFile
from pointsman_service.adapters.sqlite_ledger import Ceiling
from pointsman_service.adapters.sqlite_storage import StorageSettings, open_storage
from pointsman_service.application.admin import AdminDesk, AdminParts
from pointsman_service.application.answering import EpisodeWriter
from pointsman_service.application.cascade_runner import CascadeRunner
from pointsman_service.application.feedback import FeedbackTaker
from pointsman_service.application.judging import JudgePanel
from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.router import QueryRouter, RouterParts
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.spending import Purse
from pointsman_service.application.taxonomy_admin import TaxonomyAdmin, nodes_of
from pointsman_service.application.tenants import TenantBook
from pointsman_service.application.warm_start import WarmStart
from pointsman_service.application.what_if import WhatIfEstimator
from pointsman_service.domain import ChatMessage, ModelAnswer, ModelConfig, Question
from pointsman_service.domain.requests import Caller, Query
from pointsman_service.domain.taxonomy import TaxonomyEntry
from pointsman_service.errors import ModelCallError
from pointsman_service.ports import NoObserver

MODELS = tuple(
    ModelConfig(name, "openai", name, "http://unused/v1", input_usd_per_1m=1.0, output_usd_per_1m=price)
    for name, price in (("small", 10.0), ("medium", 50.0), ("large", 100.0))
)
NODES = (
    TaxonomyEntry("root", None, "Everything", "Any query.", ()),
    TaxonomyEntry("code", "root", "Code", "Programs.", ("x",)),
)


@dataclass
class ScriptedPolicy:
    """A snapshot whose next actions are a list; when it ends, the last good answer is accepted."""

    actions: list = field(default_factory=list)
    version: int = 7
    models: tuple = ("small", "medium", "large")
    default_cost_weight: float = 20.0
    asked: list = field(default_factory=list)
    constraints: object = None
    refuses: str | None = None
    stubborn: bool = False

    @property
    def known(self):
        return SimpleNamespace(cost_weight=lambda _tenant, asked: asked or self.default_cost_weight)

    def taxonomy(self):
        fields = {"description": "", "examples": [], "evidence": 0.0, "origin": "file", "models": []}
        return [{"id": n.id, "parent": n.parent, "title": n.title, **fields} for n in NODES]

    def decide(self, context, constraints, rng):
        self.constraints = constraints
        names = [m for m in self.models if constraints.models is None or m in constraints.models]
        if self.refuses or not names:
            raise NoModelFits(self.refuses or "models", "none fits")
        first = constraints.sticky_model or names[0]
        weight = self.default_cost_weight if constraints.cost_weight is None else constraints.cost_weight
        predictions = tuple(ModelPrediction(n, 0.5, 0.1, 0.01, 100.0, 1 / len(names)) for n in names)
        return Decision(
            first, 1 / len(names), predictions, (first,), "learned", ("root",), 0.0, weight, self.version, "f", "script"
        )

    def next_action(self, context, decision, steps, constraints, rng):
        self.asked.append((len(steps), constraints))
        good = [i for i, s in enumerate(steps) if not s.failed]
        exhausted = len(steps) >= constraints.max_steps
        if exhausted and good and not self.stubborn:
            return Accept(good[-1], 0.6)
        if self.actions:
            action = self.actions.pop(0)
            if isinstance(action, Exception):
                raise action
            return action
        if good:
            return Accept(good[-1], 0.9)
        untried = [m for m in self.models if m not in {s.model for s in steps}]
        if not untried:
            raise NoModelFits("models", "all tried")
        return CallModel(untried[0], 0.5)


class ScriptedCaller:
    """Providers by model name: a text, an exception, seconds to hang, or a coroutine function."""

    def __init__(self):
        self.answers = {}
        self.calls = []
        self.started = asyncio.Event()

    async def call(self, model, question, timeout_s):
        self.calls.append((model.name, question, timeout_s))
        self.started.set()
        does = self.answers.get(model.name, f"{model.name} says hello")
        if callable(does):
            does = await does()
        if isinstance(does, Exception):
            raise does
        return self.answer(does)

    @staticmethod
    def answer(text, cost_usd=0.001):
        return ModelAnswer(text, "stop", 10, 20, cost_usd, 5.0)

    async def stream(self, model, question, timeout_s):
        whole = await self.call(model, question, timeout_s)
        for word in whole.text.split(" "):
            if word == "BREAK":
                raise ModelCallError("cut off", kind="unavailable")
            yield word
        yield whole

    async def close(self):
        pass


class ScriptedJudge:
    """A judge with a score, a cost, and a memory of what it was asked."""

    def __init__(self, name, score=0.5, cost_usd=0.0):
        self.name, self.score, self.cost_usd = name, score, cost_usd
        self.subjects = []

    async def judge(self, subject, timeout_s):
        self.subjects.append((subject, timeout_s))
        return Verdict(self.name, self.score, self.cost_usd)


class FlatEmbedder:
    """Every text is the same."""

    feature_version = "flat"
    dimension = 4

    def embed(self, text):
        return np.full(4, 0.5, dtype=np.float32)


def query(text="What is 2+2?", **kwargs):
    """A query of one user message."""
    return Query(Question((ChatMessage("user", text),)), **kwargs)


@pytest.fixture
def ask():
    """Makes a query."""
    return query


@pytest.fixture
def build(tmp_path):
    """Builds the application; `h.policy`, `h.caller`, `h.judges` are the test's, everything else is real."""
    built = []

    def _build(
        *, store_prompts="full", judges=(), ceilings=None, budgets=None, dials=None, deadline_s=30.0, folder=tmp_path
    ):
        clock = SimpleNamespace(now=1000.0)
        storage = open_storage(
            folder,
            StorageSettings(
                store_prompts=store_prompts, synchronous="normal", ceilings=ceilings or {}, clock=lambda: clock.now
            ),
        )
        models = ModelRegistry(MODELS)
        tenants = TenantBook(budgets or {}, dials or {})
        policy, caller, observer = ScriptedPolicy(), ScriptedCaller(), NoObserver()
        panel = JudgePanel({j.name: j for j in judges}, tuple(Judge(j.name, j.cost_usd) for j in judges))
        rng = np.random.default_rng(0)
        watch = SnapshotWatch(storage.snapshots, [m.as_learner_model() for m in MODELS], observer)
        watch.current = policy
        ids = itertools.count(1)

        def now():
            return clock.now

        def new_id():
            return f"id-{next(ids)}"

        runner = CascadeRunner(caller, panel, Purse(storage.ledger, now), models, rng)
        writer = EpisodeWriter(storage.log, storage.ledger, now, keep_texts=store_prompts == "full")
        router = QueryRouter(
            RouterParts(
                storage.log,
                storage.ledger,
                FlatEmbedder(),
                watch,
                models,
                tenants,
                runner,
                writer,
                observer,
                rng,
                now,
                new_id,
                deadline_s,
            )
        )
        changes = OperatorFile(folder)
        admin = AdminDesk(
            AdminParts(
                storage.log,
                storage.ledger,
                storage.snapshots,
                watch,
                storage.jobs,
                storage.stats,
                changes,
                models,
                tenants,
                TaxonomyAdmin(storage.log, FlatEmbedder(), lambda: nodes_of(watch.current, NODES), now),
                WhatIfEstimator(storage.log, models, rng),
                WarmStart(storage.log, FlatEmbedder(), models, now),
                {"promote": 60.0, "prune": 0.0},
                lambda tenant, usd, period_s: storage.ledger.put_ceiling(tenant, Ceiling(usd, period_s)),
                now,
            )
        )
        feedback = FeedbackTaker(storage.log, observer, now, new_id)
        harness = SimpleNamespace(
            router=router,
            feedback=feedback,
            admin=admin,
            storage=storage,
            policy=policy,
            caller=caller,
            clock=clock,
            watch=watch,
            models=models,
            tenants=tenants,
            writer=writer,
            changes=changes,
            me=Caller("acme"),
            judges={j.name: j for j in judges},
        )
        built.append(storage)
        return harness

    yield _build
    for storage in built:
        storage.close_blocking()


@pytest.fixture
def judge():
    """Makes a scripted judge."""
    return ScriptedJudge


@pytest.fixture
def failing():
    """Makes a provider's failure."""

    def make(kind="unavailable", **kwargs):
        return ModelCallError(f"provider said {kind}", kind=kind, **kwargs)

    return make


@pytest.fixture
def hanging():
    """A provider that never answers."""

    async def never():
        await asyncio.Event().wait()

    return never
