"""Operators' application over real storage: each desk is a process of its own on one folder."""

from __future__ import annotations

import contextlib
import copy
from types import SimpleNamespace

import pytest
from pointsman_learner.static import static_snapshot
from pointsman_learner.types import Model
from pointsman_service.adapters.embedder_wordllama import shared_embedder
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.application.admin import AdminDesk, AdminParts
from pointsman_service.application.changes import Changes
from pointsman_service.application.health_book import HealthBook
from pointsman_service.application.in_force import ConfigurationWatch
from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.savings import SavingsEstimator
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.tenants import TenantBook
from pointsman_service.application.warm_start import WarmStart
from pointsman_service.application.what_if import WhatIfEstimator
from pointsman_service.config import parse
from pointsman_service.domain.nameable import Nameable
from pointsman_service.domain.operations import ChangeContext, PageRequest
from pointsman_service.ports import ModelReach, NoObserver
from pointsman_service.process.declaring import declare_to
from pointsman_service.process.opening import rules

from tests.service.evaluates_here import EvaluatesHere

RULES = rules()  # reads litellm's map and loads the embedder once
FILE = {
    "models": [
        {
            "name": "small",
            "base_url": "http://127.0.0.1:1/v1",
            "api_key_env": "SMALL_KEY",
            "provider_model": "small-1",
            "input_usd_per_million": 1.0,
            "output_usd_per_million": 4.0,
            "params": {"top_p": 0.9},
        },
        {"name": "gpt-4.1", "provider_model": "gpt-4o-mini"},
        {"name": "judge", "base_url": "http://127.0.0.1:2/v1", "unpriced": True},
    ],
    "judges": [{"name": "rubric", "kind": "rubric", "model": "judge"}],
    "tenants": {
        "acme": {"ceiling_usd": 1.0, "period_s": 60.0, "usd_per_thousand": 2.0, "models": ["small"]},
        "default": {"preference": {"dial": 0.5}, "baseline": "gpt-4.1"},
    },
}
ANN = ChangeContext("ann")


def open_desk(folder, clock, *, intervals=None):
    """One process's desk, its storage and what it has in force."""
    storage = open_storage(folder, StorageSettings(synchronous="normal"))
    models, tenants = ModelRegistry(), TenantBook()
    watch = SnapshotWatch(storage.snapshots, [], NoObserver())
    configuration = ConfigurationWatch(
        storage.configuration,
        RULES,
        models,
        tenants,
        lambda now: watch.without_learner(m.as_learner_model() for m in now.models.values()),
    )
    now = lambda: clock.now  # noqa: E731
    evaluator = EvaluatesHere(storage.log)
    bounds = SimpleNamespace(nameable=Nameable(hosts=("h", "other", "127.0.0.1")))
    desk = AdminDesk(
        AdminParts(
            configuration=configuration,
            rules=RULES,
            changes=Changes(storage.configuration, RULES, configuration, now, nameable=lambda: bounds.nameable),
            tenants=tenants,
            ledger=storage.ledger,
            snapshots=storage.snapshots,
            watch=watch,
            jobs=storage.jobs,
            stats=storage.stats,
            end_users=storage.end_users,
            log=storage.log,
            what_if=WhatIfEstimator(evaluator, models, watch),
            savings=SavingsEstimator(evaluator, models, watch, tenants),
            warm_start=WarmStart(storage.log, shared_embedder(), models, now),
            intervals=intervals or {"promote": 60.0, "prune": 0.0},
            availability=lambda _model: {},
            breakers=lambda _model: {},
            reach=lambda _model: ModelReach(),
            now=now,
            health=HealthBook(now),
        )
    )
    return SimpleNamespace(
        admin=desk,
        bounds=bounds,
        storage=storage,
        models=models,
        tenants=tenants,
        configuration=configuration,
        watch=watch,
    )


@pytest.fixture
def clock():
    """Seconds since the epoch, as the test says."""
    return SimpleNamespace(now=1_000.0)


@pytest.fixture
async def start(tmp_path, clock):
    """Starts a process: declares a file, then has a desk. All of them are closed at the end."""
    async with contextlib.AsyncExitStack() as stack:

        async def _start(data=FILE, folder=tmp_path, declares=True):
            process = open_desk(folder, clock)
            stack.push_async_callback(process.storage.close)
            if declares:
                await declare_to(process.storage, parse(data, source="p.toml"))
            process.configuration.check()
            return process

        yield _start


@pytest.fixture
def file():
    """What the file says, to be changed at will."""
    return copy.deepcopy(FILE)


@pytest.fixture
def ann():
    """An operator, without a request id."""
    return ANN


async def values(process, prefix="", *, changed_only=False):
    """The configuration's values by key, of all pages."""
    found, token = {}, ""
    while True:
        page = await process.admin.list_config_values(prefix, PageRequest(50, token), changed_only=changed_only)
        found |= {v.key: v for v in page.items}
        if not (token := page.next_token):
            return found


@pytest.fixture
def shown():
    """`values`."""
    return values


def events(process, *kinds):
    """The log's events of these kinds, in order."""
    return [e.event for e in process.storage.log.read(0, 10_000) if not kinds or e.event.kind in kinds]


@pytest.fixture
def logged():
    """`events`."""
    return events


@pytest.fixture
def snapshot_payload():
    """A snapshot's bytes."""
    return static_snapshot([Model("small")]).to_bytes()
