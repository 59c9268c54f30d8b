"""AdminService over a socket."""

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from pointsman import v1
from pointsman_learner.words import KnownOutcome
from pointsman_service.domain import ModelConfig
from pointsman_service.domain.operations import Budget, KnownQuery, StatsQuery, TaxonomyNode, WhatIfQuery


async def test_models_are_put_listed_and_disabled(served):
    """The whole configuration makes the round trip; what is absent stays absent."""
    full = v1.Model(
        name="large",
        adapter="openai",
        provider_model="large-2",
        base_url="http://127.0.0.1:1/v1",
        api_key_env="LARGE_KEY",
        input_usd_per_1m=0.0,
        output_usd_per_1m=8.0,
        params_json='{"temperature": 0}',
    )
    put = await served.admin.PutModel(v1.PutModelRequest(model=full))
    assert served.application.asked[0][1] == ModelConfig(
        "large", "openai", "large-2", "http://127.0.0.1:1/v1", "LARGE_KEY", 0.0, 8.0, True, {"temperature": 0}
    )
    full.enabled = True
    assert (put.model, put.snapshot_version) == (full, 7)
    gone = await served.admin.DisableModel(v1.DisableModelRequest(name="large"))
    assert not gone.model.enabled
    listed = await served.admin.ListModels(v1.ListModelsRequest())
    assert [(m.name, m.enabled) for m in listed.models] == [("small", True), ("large", False)]
    small = listed.models[0]
    assert not any(small.HasField(f) for f in ("base_url", "api_key_env", "input_usd_per_1m", "params_json"))


async def test_a_model_may_be_put_disabled_and_is_its_own_provider_name(served):
    """Defaults of what is absent."""
    await served.admin.PutModel(v1.PutModelRequest(model=v1.Model(name="m", adapter="litellm", enabled=False)))
    assert served.application.asked[0][1] == ModelConfig("m", "litellm", "m", enabled=False)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "model.name"),
        ({"adapter": "telnet"}, "model.adapter"),
        ({"adapter": "openai"}, "model.base_url"),
        ({"base_url": "ftp://x"}, "model.base_url"),
        ({"api_key_env": "sk-12345"}, "model.api_key_env"),
        ({"input_usd_per_1m": -1.0}, "model.input_usd_per_1m"),
        ({"output_usd_per_1m": float("nan")}, "model.output_usd_per_1m"),
        ({"params_json": "{"}, "model.params_json"),
        ({"provider_model": ""}, "model.provider_model"),
    ],
)
async def test_a_model_that_cannot_be_called_is_refused(served, failure, fields, field):
    """Also a key where the name of its variable belongs."""
    model = v1.Model(**({"name": "m", "adapter": "litellm"} | fields))
    code, _, _, violations, _ = await failure(served.admin.PutModel(v1.PutModelRequest(model=model)))
    assert (code, set(violations)) == (grpc.StatusCode.INVALID_ARGUMENT, {field})


async def test_unknown_names_are_not_found(served, failure):
    """A model, a node; an empty name is invalid instead."""
    code, _, info, *_ = await failure(served.admin.DisableModel(v1.DisableModelRequest(name="medium")))
    assert (code, dict(info.metadata)) == (grpc.StatusCode.NOT_FOUND, {"model": "medium"})
    code, *_ = await failure(served.admin.GetTaxonomyNode(v1.GetTaxonomyNodeRequest(id="cooking")))
    assert code == grpc.StatusCode.NOT_FOUND
    code, *_ = await failure(served.admin.GetTaxonomyNode(v1.GetTaxonomyNodeRequest()))
    assert code == grpc.StatusCode.INVALID_ARGUMENT


async def test_the_taxonomy_is_a_tree(served):
    """Parents and children agree; the root has no parent."""
    nodes = (await served.admin.ListTaxonomy(v1.ListTaxonomyRequest())).nodes
    assert [(n.id, n.parent_id, list(n.child_ids)) for n in nodes] == [
        ("all", "", ["maths", "law"]),
        ("maths", "all", []),
        ("law", "all", []),
    ]
    assert not nodes[0].HasField("parent_id")
    assert (nodes[2].origin, nodes[2].evidence) == ("grown", 3.0)


async def test_a_node_is_shown_with_its_models_and_children(served):
    """What is known of each model there."""
    node = (await served.admin.GetTaxonomyNode(v1.GetTaxonomyNodeRequest(id="all"))).node
    assert list(node.child_ids) == ["maths", "law"]
    (small,) = node.models
    assert (small.model, small.quality, small.quality_sd, small.evidence) == ("small", 0.7, 0.1, 4.0)


async def test_a_node_is_put(served):
    """Its five own fields count; statistics are not the operator's to set."""
    node = v1.TaxonomyNode(
        id="maths.sum", parent_id="maths", title="Sums", description="Adding", examples=["2 + 2?"], evidence=99.0
    )
    response = await served.admin.PutTaxonomyNode(v1.PutTaxonomyNodeRequest(node=node))
    assert served.application.asked[0][1] == TaxonomyNode("maths.sum", "maths", "Sums", "Adding", ("2 + 2?",))
    assert (response.node.id, response.node.evidence) == ("maths.sum", 0.0)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id": ""}, "node.id"),
        ({"title": ""}, "node.title"),
        ({"description": ""}, "node.description"),
        ({"description": "x" * 1001}, "node.description"),
        ({"examples": ["x"] * 6}, "node.examples"),
        ({"examples": ["x" * 1001]}, "node.examples[0]"),
        ({"parent_id": "n"}, "node.parent_id"),
    ],
)
async def test_a_node_that_cannot_be_placed_is_refused(served, failure, fields, field):
    """By field."""
    node = v1.TaxonomyNode(**({"id": "n", "title": "t", "description": "d"} | fields))
    _, _, _, violations, _ = await failure(served.admin.PutTaxonomyNode(v1.PutTaxonomyNodeRequest(node=node)))
    assert set(violations) == {field}


async def test_snapshots_are_listed_and_rolled_back(served, failure):
    """100 by default; a version is a positive number."""
    assert len((await served.admin.ListSnapshots(v1.ListSnapshotsRequest())).snapshots) == 100
    (one,) = (await served.admin.ListSnapshots(v1.ListSnapshotsRequest(limit=1))).snapshots
    assert (one.version, one.log_position, one.size_bytes, one.active, one.note) == (1, 100, 2048, True, "periodic")
    assert one.created_at.seconds == 1_700_000_000
    back = await served.admin.RollBackSnapshot(v1.RollBackSnapshotRequest(version=3))
    assert back.snapshot.version == 3
    newest = await served.admin.FollowNewestSnapshot(v1.FollowNewestSnapshotRequest())
    assert newest.snapshot.version == 9
    for call in (
        served.admin.ListSnapshots(v1.ListSnapshotsRequest(limit=0)),
        served.admin.ListSnapshots(v1.ListSnapshotsRequest(limit=1001)),
        served.admin.RollBackSnapshot(v1.RollBackSnapshotRequest()),
    ):
        code, *_ = await failure(call)
        assert code == grpc.StatusCode.INVALID_ARGUMENT


async def test_jobs_tell_their_last_run(served):
    """One that never ran has no times; another failed, and says why."""
    promote, prune = (await served.admin.ListJobs(v1.ListJobsRequest())).jobs
    assert (promote.name, promote.interval_s, promote.outcome) == ("promote", 3600.0, v1.JOB_OUTCOME_UNSPECIFIED)
    assert not promote.HasField("started_at")
    assert (prune.outcome, prune.detail_json) == (v1.JOB_OUTCOME_FAILED, '{"why": "disk"}')
    assert prune.ended_at.ToJsonString() == "2023-11-14T22:13:21.500Z"
    response = await served.admin.RunJob(v1.RunJobRequest(name="prune"))
    assert (response.job.name, served.application.asked) == ("prune", [("run_job", "prune")])


async def test_stats_are_filtered_and_tallied(served):
    """Times are seconds inside and timestamps outside."""
    filter_ = v1.EpisodeFilter(tenant="a", since=Timestamp(seconds=10, nanos=500_000_000), until=Timestamp(seconds=20))
    response = await served.admin.GetStats(v1.GetStatsRequest(filter=filter_, bucket_s=60.0))
    assert served.application.asked == [("get_stats", StatsQuery("a", 10.5, 20.0, 60.0))]
    assert response.total.key == "total"
    assert (response.total.episodes, response.total.quality, response.total.escalated) == (10, 0.75, 3)
    assert [t.key for t in response.per_model] == ["small"]
    (bucket,) = response.over_time
    assert bucket.key == "2023-11-14T22:13:20Z"
    assert not bucket.HasField("quality")


async def test_stats_of_everything_by_default(served):
    """No filter is no filter."""
    await served.admin.GetStats(v1.GetStatsRequest())
    assert served.application.asked == [("get_stats", StatsQuery())]


async def test_judges_are_held_against_users(served):
    """In all and at each node; what cannot be said is absent."""
    response = await served.admin.GetJudgeStats(v1.GetJudgeStatsRequest(filter=v1.EpisodeFilter(tenant="a")))
    assert served.application.asked == [("get_judge_stats", StatsQuery("a"))]
    (total,), (node,) = response.total, response.per_node
    assert (total.judge, total.verdicts, total.scored, total.compared, total.agreement) == ("rubric", 5, 4, 3, 0.75)
    assert (total.mean_score, total.error, total.calibration_error, total.cost_usd) == (0.5, 0.25, 0.125, 0.01)
    assert not total.HasField("node_id")
    assert not total.HasField("correlation")
    assert (node.node_id, node.correlation, response.snapshot_version) == ("maths", -0.5, 7)


async def test_what_if(served):
    """Another lambda, or another policy; the estimate comes with its interval."""
    response = await served.admin.WhatIf(v1.WhatIfRequest(cost_weight=0.0))
    await served.admin.WhatIf(v1.WhatIfRequest(policy="always:small", confidence=0.9))
    assert [asked[1] for asked in served.application.asked] == [
        WhatIfQuery(cost_weight=0.0),
        WhatIfQuery(policy="always:small", confidence=0.9),
    ]
    assert (response.episodes, response.effective_episodes) == (10, 4.5)
    (estimate,) = response.estimates
    assert (estimate.quantity, estimate.estimator) == (v1.QUANTITY_QUALITY, "dr")
    assert (estimate.mean, estimate.low, estimate.high) == (0.8, 0.7, 0.9)


@pytest.mark.parametrize(
    ("call", "fields"),
    [
        (lambda a: a.WhatIf(v1.WhatIfRequest()), {"change"}),
        (lambda a: a.WhatIf(v1.WhatIfRequest(cost_weight=-1.0, confidence=1.0)), {"cost_weight", "confidence"}),
        (lambda a: a.WhatIf(v1.WhatIfRequest(policy="")), {"policy"}),
        (lambda a: a.GetStats(v1.GetStatsRequest(bucket_s=0.5)), {"bucket_s"}),
        (lambda a: a.GetStats(v1.GetStatsRequest(filter=v1.EpisodeFilter(tenant=" "))), {"filter.tenant"}),
        (lambda a: a.GetJudgeStats(v1.GetJudgeStatsRequest(filter=v1.EpisodeFilter(tenant=" "))), {"filter.tenant"}),
        (
            lambda a: a.GetStats(
                v1.GetStatsRequest(filter=v1.EpisodeFilter(since=Timestamp(seconds=2), until=Timestamp(seconds=1)))
            ),
            {"filter.until"},
        ),
        (lambda a: a.PutBudget(v1.PutBudgetRequest()), {"budget.tenant"}),
        (
            lambda a: a.PutBudget(
                v1.PutBudgetRequest(budget=v1.Budget(tenant="a", usd_per_1k=0.0, ceiling_usd=-1.0, period_s=0.0))
            ),
            {"budget.usd_per_1k", "budget.ceiling_usd", "budget.period_s"},
        ),
        (lambda a: a.GetBudget(v1.GetBudgetRequest(tenant="")), {"tenant"}),
        (lambda a: a.RunJob(v1.RunJobRequest()), {"name"}),
    ],
)
async def test_operators_mistakes_are_told_by_field(served, failure, call, fields):
    """And change nothing."""
    code, _, _, violations, _ = await failure(call(served.admin))
    assert (code, set(violations)) == (grpc.StatusCode.INVALID_ARGUMENT, fields)
    assert served.application.asked == []


async def test_budgets(served):
    """The caller's own by default; an absent limit is lifted, and a period is a day."""
    own = await served.admin.GetBudget(v1.GetBudgetRequest(), metadata=(("x-pointsman-tenant", "team-a"),))
    assert (own.budget.tenant, own.budget.ceiling_usd, own.budget.spent_usd) == ("team-a", 10.0, 2.5)
    assert not own.budget.HasField("usd_per_1k")
    other = await served.admin.GetBudget(v1.GetBudgetRequest(tenant="team-b"))
    assert other.budget.tenant == "team-b"
    await served.admin.PutBudget(v1.PutBudgetRequest(budget=v1.Budget(tenant="team-b", usd_per_1k=5.0)))
    assert served.application.asked == [("put_budget", Budget("team-b", 5.0, None, 86_400.0))]


async def test_known_outcomes_arrive_whole(served):
    """What is absent stays absent; a batch that was known says so."""
    outcomes = [
        v1.KnownOutcome(model="small", quality=0.0, weight=1.0),
        v1.KnownOutcome(
            model="large", quality=0.5, weight=0.25, cost_usd=0.0, latency_ms=5.0, judge_scores={"rubric": 1.0}
        ),
    ]
    query = v1.KnownQuery(prompt="2 + 2?", hints=v1.Hints(task="maths"), outcomes=outcomes)
    response = await served.admin.WarmStart(v1.WarmStartRequest(batch_id="b", queries=[query]))
    assert (response.recorded, response.log_position, response.snapshot_version) == (True, 12, 7)
    known = (KnownOutcome("small", 0.0, 1.0), KnownOutcome("large", 0.5, 0.25, 0.0, 5.0, {"rubric": 1.0}))
    assert served.application.asked == [("warm_start", "b", (KnownQuery("2 + 2?", known, {"task": "maths"}),))]
    assert not (await served.admin.WarmStart(v1.WarmStartRequest(batch_id="again", queries=[query]))).recorded


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"prompt": " "}, "queries[0].prompt"),
        ({"prompt": "x" * 1_001}, "queries[0].prompt"),
        ({"hints": {"task": ""}}, "queries[0].hints.task"),
        ({"outcomes": []}, "queries[0].outcomes"),
        ({"outcomes": [{"model": ""}]}, "queries[0].outcomes.model[0]"),
        ({"outcomes": [{"model": "a"}, {"model": "a"}]}, "queries[0].outcomes.model"),
        ({"outcomes": [{"quality": None}]}, "queries[0].outcomes[0].quality"),
        ({"outcomes": [{"quality": 1.5}]}, "queries[0].outcomes[0].quality"),
        ({"outcomes": [{"weight": 0.0}]}, "queries[0].outcomes[0].weight"),
        ({"outcomes": [{"weight": 2.0}]}, "queries[0].outcomes[0].weight"),
        ({"outcomes": [{"weight": float("nan")}]}, "queries[0].outcomes[0].weight"),
        ({"outcomes": [{"cost_usd": -1.0}]}, "queries[0].outcomes[0].cost_usd"),
        ({"outcomes": [{"latency_ms": 1e12}]}, "queries[0].outcomes[0].latency_ms"),
        ({"outcomes": [{"judge_scores": {"j": 7.0}}]}, 'queries[0].outcomes[0].judge_scores["j"]'),
        ({"outcomes": [{"judge_scores": {"agreement": 0.5}}]}, "queries[0].outcomes[0].judge_scores"),
        ({"outcomes": [{"judge_scores": {"": 0.5}}]}, "queries[0].outcomes[0].judge_scores key"),
    ],
)
async def test_known_outcomes_that_cannot_be_are_refused(served, failure, query, field):
    """Nothing reaches the application."""
    given = {"prompt": "x", "outcomes": [{}]} | query
    given["outcomes"] = [{"model": "m", "quality": 1.0, "weight": 1.0} | o for o in given["outcomes"]]
    request = v1.WarmStartRequest(batch_id="b", queries=[v1.KnownQuery(**given)])
    code, _, _, violations, _ = await failure(served.admin.WarmStart(request))
    assert (code, set(violations)) == (grpc.StatusCode.INVALID_ARGUMENT, {field})
    assert served.application.asked == []


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (v1.WarmStartRequest(batch_id="b"), "queries"),
        (v1.WarmStartRequest(batch_id="b", queries=[v1.KnownQuery()] * 101), "queries"),
        (v1.WarmStartRequest(queries=[v1.KnownQuery()]), "batch_id"),
    ],
)
async def test_a_batch_without_an_id_or_of_no_or_too_many_queries_is_refused(served, failure, request_, field):
    """Before its queries are read."""
    _, _, _, violations, _ = await failure(served.admin.WarmStart(request_))
    assert set(violations) == {field}
