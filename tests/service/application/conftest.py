"""A router over real storage, with a policy and providers that do as a test says."""

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest
from pointsman_learner.actions import Accept, CallModel
from pointsman_learner.events import ConfigurationDeclared
from pointsman_learner.policy import Policy
from pointsman_learner.types import Decision, Judge, ModelPrediction, NoModelFits, Verdict
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.application.answer_stream import AnswerStream
from pointsman_service.application.answering import EpisodeWriter
from pointsman_service.application.backlog import Backlog
from pointsman_service.application.cascade_runner import CascadeRunner
from pointsman_service.application.deciding import Decider
from pointsman_service.application.deciding_together import DecidingTogether
from pointsman_service.application.explaining import Explainer
from pointsman_service.application.feedback import FeedbackTaker
from pointsman_service.application.judging import JudgePanel
from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.outcomes import OutcomeTaker
from pointsman_service.application.router import QueryRouter, RouterParts
from pointsman_service.application.shadowing import ShadowPace, ShadowParts, Shadows
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.spending import Purse
from pointsman_service.application.tenants import TenantBook
from pointsman_service.domain import ChatMessage, ModelAnswer, ModelConfig, Question
from pointsman_service.domain.chat import TextDelta
from pointsman_service.domain.requests import Caller, Query
from pointsman_service.errors import ModelCallError
from pointsman_service.ports import NoObserver

MODELS = tuple(
    ModelConfig(name, "openai", name, "http://unused/v1", input_usd_per_million=1.0, output_usd_per_million=price)
    for name, price in (("small", 10.0), ("medium", 50.0), ("large", 100.0))
)


@dataclass
class ScriptedPolicy(Policy):
    """A policy whose next actions are a list; when it ends, the last good answer is accepted."""

    actions: list = field(default_factory=list)
    version: int = 7
    models: tuple = ("small", "medium", "large")
    default_cost_weight: float = 20.0
    asked: list = field(default_factory=list)
    constraints: object = None
    refuses: str | None = None
    stubborn: bool = False

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
        untried = [p.model for p in decision.predictions if p.model not in {s.model for s in steps}]
        if not untried:
            raise NoModelFits("models", "all tried")
        return CallModel(untried[0], 0.5)

    def believe(self, context, steps):
        """Half right before any verdict; each raises it by its score, and the worse half lowers it."""
        return tuple(None if s.failed else 0.5 + sum((v.score - 0.5) / 5 for v in s.verdicts) for s in steps)


class ScriptedCaller:
    """Providers by model name: a text, a whole answer, an exception, or a coroutine function.

    Streamed word by word; the word BREAK is where the connection breaks, and STALL where nothing comes any more.
    """

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
        return does if isinstance(does, ModelAnswer) else self.answer(does)

    @staticmethod
    def answer(text, cost_usd=0.001, **fields):
        return ModelAnswer(text, "stop", 10, 20, cost_usd, 5.0, **fields)

    async def stream(self, model, question, timeout_s):
        whole = await self.call(model, question, timeout_s)
        for piece in whole.text.split(" "):
            if piece == "BREAK":
                raise ModelCallError("cut off", kind="unavailable")
            if piece == "STALL":
                await asyncio.Event().wait()
            yield TextDelta(piece)
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


class Watching(NoObserver):
    """Remembers what it is told of requests."""

    def __init__(self):
        self.episodes, self.refusals = [], []

    def episode(self, method, caller, episode, seconds):
        self.episodes.append((method, caller, episode))

    def refused(self, method, caller, error, seconds):
        self.refusals.append((method, caller, error))


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


def declared_ceilings(ceilings, shadow_usd=None):
    """As a start declares them; by tenant, dollars a day. shadow_usd: of calls in the shadow."""
    values = {"exploration.usd_per_day": (shadow_usd, "file")}
    for tenant, usd in ceilings.items():
        values |= {f"tenants.{tenant}": (True, "file"), f"tenants.{tenant}.ceiling_usd": (usd, "file")}
    return ConfigurationDeclared(0.0, "start", values)


@pytest.fixture
def build(tmp_path):
    """Builds the application; `h.policy`, `h.caller`, `h.judges` are the test's, everything else is real."""
    built = []

    def _build(
        *,
        store_prompts="full",
        judges=(),
        ceilings=None,
        tenants=(),
        models=MODELS,
        deadline_s=30.0,
        silence_s=2.0,
        folder=tmp_path,
        ids="id",
        caller=None,
        policy=None,
        embedder=None,
        exploring=None,
        shadow_usd=None,
    ):
        clock = SimpleNamespace(now=1000.0)
        storage = open_storage(
            folder,
            StorageSettings(store_prompts=store_prompts, synchronous="normal", clock=lambda: clock.now),
        )
        if ceilings or shadow_usd:
            storage.log.append_blocking(declared_ceilings(ceilings or {}, shadow_usd))
        registry, book = ModelRegistry(models), TenantBook(tenants)
        policy = policy or ScriptedPolicy(models=tuple(m.name for m in models))
        caller, observer = caller or ScriptedCaller(), Watching()
        known = tuple(Judge(j.name, getattr(j, "cost_usd", 0.0)) for j in judges)
        panel = JudgePanel({j.name: j for j in judges}, known)
        rng = np.random.default_rng(0)
        watch = SnapshotWatch(storage.snapshots, [m.as_learner_model() for m in models], observer)
        watch.current = policy
        numbers = itertools.count(1)

        def now():
            return clock.now

        purse, backlog = Purse(storage.ledger, now, registry), Backlog()
        runner = CascadeRunner(caller, panel, purse, registry, rng)
        pace = ShadowPace(shadow_usd or 0.0, lambda: clock.now)
        shadows = Shadows(
            ShadowParts(caller, panel, purse, registry, storage.log, lambda: exploring, rng, now, time.monotonic), pace
        )
        writer = EpisodeWriter(storage.log, storage.ledger, now, backlog, keep_texts=store_prompts == "full")
        decider = Decider(
            watch,
            registry,
            book.of,
            storage.ledger,
            embedder or FlatEmbedder(),
            panel.known,
            DecidingTogether(rng),
            4,
            purse,
            judge_ms=panel.usual_ms,
        )
        router = QueryRouter(
            RouterParts(
                log=storage.log,
                decider=decider,
                answers=AnswerStream(
                    runner, writer, storage.ledger, observer, silence_s, shadows=shadows if exploring else None
                ),
                writer=writer,
                outcomes=OutcomeTaker(storage.log, registry, now),
                explainer=Explainer(watch),
                observer=observer,
                new_id=lambda: f"{ids}-{next(numbers)}",
                default_deadline_s=deadline_s,
            )
        )
        harness = SimpleNamespace(
            router=router,
            feedback=FeedbackTaker(storage.log, observer, now),
            storage=storage,
            policy=policy,
            caller=caller,
            clock=clock,
            watch=watch,
            models=registry,
            writer=writer,
            purse=purse,
            backlog=backlog,
            shadows=shadows,
            pace=pace,
            observer=observer,
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
