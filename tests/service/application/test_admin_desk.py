"""What operators look at and change."""

import pytest
from pointsman_learner.codec import encode
from pointsman_learner.events import BudgetPut, ModelPut, TaxonomyNodePut
from pointsman_learner.snapshot import static_snapshot
from pointsman_learner.words import KnownOutcome, Model
from pointsman_service.application.changes_watch import ChangesWatch
from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.taxonomy_admin import nodes_of
from pointsman_service.application.tenants import TenantBook
from pointsman_service.domain import ModelConfig
from pointsman_service.domain.operations import Budget, KnownQuery, StatsQuery, TaxonomyNode, WarmStartReceipt
from pointsman_service.errors import InvalidRequest, UnknownJob, UnknownModel, UnknownNode, UnknownSnapshot

NEW = ModelConfig("new", "openai", "new", "http://h/v1", input_usd_per_1m=1.0, output_usd_per_1m=2.0)
PAYLOAD = static_snapshot([Model("small"), Model("large")]).to_bytes()


def logged(h):
    """All events, in order."""
    return [e.event for e in h.storage.log.read(0)]


async def test_a_put_model_is_logged_kept_and_listed(build):
    """The learner hears of it by the log, a restart by the operators' file."""
    h = build()
    await h.admin.put_model(NEW)
    assert [m.name for m in await h.admin.list_models()] == ["small", "medium", "large", "new"]
    assert logged(h) == [ModelPut(1000.0, NEW.as_learner_model())]
    assert h.changes.read().models == {"new": NEW}


async def test_a_change_reaches_the_other_workers(build):
    """They look at the operators' file."""
    h = build()
    models, tenants = ModelRegistry([]), TenantBook({}, {})
    watch = ChangesWatch(h.changes, models, tenants)
    watch.check()
    await h.admin.put_model(NEW)
    await h.admin.put_budget(Budget("acme", usd_per_1k=2.0))
    watch.check()
    assert list(models) == ["new"]
    assert tenants.budget("acme") == 2.0


async def test_disabling_an_unknown_model_is_not_found(build):
    """With the nearest name."""
    with pytest.raises(UnknownModel, match='"small"'):
        await build().admin.disable_model("smal")


async def test_snapshots_are_rolled_back_pinned_and_followed_again(build):
    """A roll back decides at once, and holds against newer ones until it is undone."""
    h = build()
    with pytest.raises(UnknownSnapshot):
        await h.admin.follow_newest_snapshot()
    for position in (1, 2):
        h.storage.snapshots.put(PAYLOAD, position, 1000.0)
    assert [r.version for r in await h.admin.list_snapshots(10)] == [2, 1]
    assert (await h.admin.roll_back_snapshot(1)).active
    assert h.router.snapshot_version() == 1
    h.storage.snapshots.put(PAYLOAD, 3, 1000.0)
    h.watch.check()
    assert h.router.snapshot_version() == 1
    assert (await h.admin.follow_newest_snapshot()).version == 3
    assert h.router.snapshot_version() == 3
    with pytest.raises(UnknownSnapshot):
        await h.admin.roll_back_snapshot(99)


async def test_jobs_are_listed_with_their_last_run_and_can_be_asked_for(build):
    """A job that never ran is due now; one without an interval never is."""
    h = build()
    promote, prune = await h.admin.list_jobs()
    assert (promote.name, promote.next_run_at, promote.outcome) == ("promote", 1000.0, None)
    assert prune.next_run_at is None
    h.storage.jobs.record("promote", 990.0, 991.0, "changed", {"position": 4})
    promote = (await h.admin.list_jobs())[0]
    assert (promote.next_run_at, promote.ended_at, promote.outcome) == (1050.0, 991.0, "changed")
    assert promote.detail == {"position": 4}
    assert (await h.admin.run_job("prune")).next_run_at == 1000.0
    assert h.storage.jobs.take_requests() == ["prune"]
    with pytest.raises(UnknownJob, match='"promote"'):
        await h.admin.run_job("promot")


async def test_stats_count_the_log(build, ask):
    """Per answering model."""
    h = build()
    await h.router.complete(ask(), h.me)
    stats = await h.admin.get_stats(StatsQuery())
    assert (stats.total.episodes, stats.per_model[0].key) == (1, "small")


async def test_a_budget_is_in_force_at_once(build, ask):
    """The ceiling in the ledger, the pace in the tenants' book and in the log."""
    h = build()
    assert await h.admin.get_budget("acme") == Budget("acme", cost_weight=20.0)
    budget = await h.admin.put_budget(Budget("acme", usd_per_1k=5.0, ceiling_usd=1.0, period_s=60.0))
    assert (budget.usd_per_1k, budget.ceiling_usd, budget.period_s, budget.spent_usd) == (5.0, 1.0, 60.0, 0.0)
    await h.router.complete(ask(), h.me)
    assert (await h.admin.get_budget("acme")).spent_usd == pytest.approx(0.001)
    assert logged(h)[0] == BudgetPut(1000.0, "acme", 5.0)
    lifted = await h.admin.put_budget(Budget("acme"))
    assert (lifted.usd_per_1k, lifted.ceiling_usd, lifted.period_s) == (None, None, None)


async def test_the_taxonomy_is_a_tree_that_operators_can_grow(build):
    """Depth first; a put node is there at once, and in the log with its place among queries."""
    h = build()
    assert [n.id for n in await h.admin.list_taxonomy()] == ["root", "code"]
    await h.admin.put_taxonomy_node(TaxonomyNode("code.sql", "code", "SQL", "Queries.", ("SELECT 1",)))
    await h.admin.put_taxonomy_node(TaxonomyNode("art", "root", "Art", "Pictures.", ("Draw.",)))
    assert [n.id for n in await h.admin.list_taxonomy()] == ["root", "code", "code.sql", "art"]
    event = logged(h)[0]
    assert isinstance(event, TaxonomyNodePut)
    assert (event.node["origin"], event.node["parent"], len(event.node["center"])) == ("operator", "code", 4)
    assert (await h.admin.get_taxonomy_node("code.sql")).title == "SQL"


@pytest.mark.parametrize(
    ("node", "error"),
    [
        (TaxonomyNode("x", "nowhere", "X", "X."), UnknownNode),
        (TaxonomyNode("root", None, "X", "X."), InvalidRequest),
        (TaxonomyNode("code", "code", "X", "X."), InvalidRequest),
        (TaxonomyNode("root", "code", "X", "X."), InvalidRequest),
    ],
)
async def test_a_node_must_hang_in_the_tree(build, node, error):
    """An unknown parent, no parent, a circle."""
    with pytest.raises(error):
        await build().admin.put_taxonomy_node(node)


async def test_an_unknown_node_is_named_with_the_nearest(build):
    """A misspelt id is the likely cause."""
    with pytest.raises(UnknownNode, match='"code"'):
        await build().admin.get_taxonomy_node("cod")


def test_a_snapshots_own_tree_is_shown_with_its_statistics():
    """Once a snapshot has one, the file's is out of date."""

    class WithTree:
        version = 1

        def taxonomy(self):
            at = {"model": "m", "quality": 0.5, "quality_sd": 0.1, "cost_usd": 0.1, "latency_ms": 1.0, "evidence": 2.0}
            return [
                {"id": "root", "parent": None, "title": "R", "description": "", "examples": [], "evidence": 3.0}
                | {"origin": "grown", "models": [at]}
            ]

    (node,) = nodes_of(WithTree(), ())
    assert (node.evidence, node.origin, node.models[0].model) == (3.0, "grown", "m")


async def test_known_outcomes_are_logged_once_and_without_their_texts(build):
    """What a policy may see of a query, and how good each model was there."""
    h = build()
    outcomes = (KnownOutcome("small", 0.5, 0.25), KnownOutcome("large", 1.0, 0.25, 0.01))
    queries = [KnownQuery("What is my secret?", outcomes, {"task": "chat"})]
    assert await h.admin.warm_start("b", queries) == WarmStartReceipt(1, recorded=True)
    assert await h.admin.warm_start("b", queries) == WarmStartReceipt(1, recorded=False)
    (event,) = logged(h)
    assert (event.request_id, event.at) == ("b", 1000.0)
    ((context, known),) = event.queries
    assert known == outcomes
    assert (context.hints, context.input_tokens) == ({"task": "chat"}, 4)
    assert "secret" not in encode(event)


async def test_outcomes_of_a_model_that_is_not_configured_are_refused_whole(build):
    """With the nearest name; nothing of the batch is logged."""
    h = build()
    known = [KnownQuery("x", (KnownOutcome("small", 1.0, 1.0),)), KnownQuery("y", (KnownOutcome("larg", 1.0, 1.0),))]
    with pytest.raises(UnknownModel, match='"large"'):
        await h.admin.warm_start("b", known)
    assert logged(h) == []
