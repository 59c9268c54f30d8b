"""AdminService over a socket: the log, the configuration in force, snapshots, jobs. Resources are in a file apart."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from pointsman import v1
from pointsman_learner.types import KnownOutcome
from pointsman_service.domain.operations import (
    ChangeContext,
    ConfigValue,
    EpisodeQuery,
    Evidence,
    Foreseen,
    KnownQuery,
    Observed,
    PageRequest,
    SavingsQuery,
    ShadowTally,
    StatsQuery,
    WantedSnapshot,
    WhatIfQuery,
)

BY_ANN = (("x-pointsman-operator", "ann"),)


async def test_a_change_is_made_by_who_the_metadata_says(served):
    """Under the request's id."""
    await served.admin.RunJob(v1.RunJobRequest(request_id="r-1", job="prune"), metadata=BY_ANN)
    assert served.application.asked == [("run_job", "prune", ChangeContext("ann", "r-1"))]


async def test_a_change_by_nobody_is_made_by_an_address(served):
    """Better than nothing for who looks for the culprit; the port says nothing."""
    await served.admin.RunJob(v1.RunJobRequest(job="prune"))
    assert served.application.asked == [("run_job", "prune", ChangeContext("127.0.0.1"))]


@pytest.mark.parametrize(
    "operators", [("",), (" ",), ("x" * 129,), ("ann", "bob")], ids=["empty", "blank", "long", "two"]
)
async def test_a_malformed_operator_is_refused(served, refused, operators):
    """What stands in the log for ever can be read."""
    metadata = tuple(("x-pointsman-operator", operator) for operator in operators)
    call = served.admin.RunJob(v1.RunJobRequest(job="prune"), metadata=metadata)
    assert set(await refused(call)) == {"metadata x-pointsman-operator"}
    assert served.application.asked == []


async def test_the_configuration_in_force_is_listed_with_its_origins(served):
    """Any JSON value; a changed one says by whom, when, and what it hides."""
    served.application.config = (
        ConfigValue("models.a.params", {"stop": ["x"], "seed": 5}, "file"),
        ConfigValue("models.a.input_usd_per_million", None, "default"),
        ConfigValue("models.b.enabled", False, "changed", "ann", 1_700_000_000.0, True),
        ConfigValue("models.c", True, "changed", "ann", 1_700_000_000.0),
        ConfigValue("server.port", 0, "environment"),
    )
    request = v1.ListConfigValuesRequest(key_prefix="models.", changed_only=True, page_size=5)
    params, price, enabled, created, port = (await served.admin.ListConfigValues(request)).values
    assert served.application.asked == [("list_config_values", "models.", PageRequest(5), True)]
    assert (params.key, params.origin) == ("models.a.params", v1.CONFIG_ORIGIN_FILE)
    assert dict(params.value.struct_value)["seed"] == 5
    assert (price.value.WhichOneof("kind"), price.origin) == ("null_value", v1.CONFIG_ORIGIN_DEFAULT)
    assert not any(price.HasField(f) for f in ("changed_by", "change_time", "hidden_value"))
    assert (enabled.value.bool_value, enabled.origin) == (False, v1.CONFIG_ORIGIN_CHANGED)
    assert (enabled.changed_by, enabled.change_time.seconds) == ("ann", 1_700_000_000)
    assert enabled.hidden_value.bool_value is True
    assert not created.HasField("hidden_value")
    assert (port.value.number_value, port.origin) == (0, v1.CONFIG_ORIGIN_ENVIRONMENT)


async def test_a_change_is_reset_by_its_key(served):
    """And what is in force then is told."""
    request = v1.ResetConfigRequest(request_id="r-1", key="models.small.enabled")
    response = await served.admin.ResetConfig(request, metadata=BY_ANN)
    assert served.application.asked == [("reset_config", "models.small.enabled", ChangeContext("ann", "r-1"))]
    assert [(v.key, v.value.bool_value) for v in response.values] == [("models.small.enabled", True)]
    assert not response.replayed


async def test_snapshots_are_listed_and_rolled_back(served):
    """100 by default."""
    assert len((await served.admin.ListSnapshots(v1.ListSnapshotsRequest())).snapshots) == 100
    (one,) = (await served.admin.ListSnapshots(v1.ListSnapshotsRequest(page_size=1))).snapshots
    assert (one.snapshot_version, one.log_position, one.size_bytes, one.active) == (1, 100, 2048, True)
    assert (one.note, one.checksum, one.create_time.seconds) == ("periodic", "ab" * 32, 1_700_000_000)
    served.application.asked.clear()
    served.application.replayed = True
    back = await served.admin.RollBackSnapshot(
        v1.RollBackSnapshotRequest(snapshot_version=3, request_id="r-1"), metadata=BY_ANN
    )
    assert (back.snapshot.snapshot_version, back.replayed) == (3, True)
    newest = await served.admin.FollowNewestSnapshot(v1.FollowNewestSnapshotRequest(request_id="r-2"), metadata=BY_ANN)
    assert (newest.snapshot.snapshot_version, newest.replayed) == (9, True)
    assert served.application.asked == [
        ("roll_back_snapshot", WantedSnapshot(3), ChangeContext("ann", "r-1")),
        ("follow_newest_snapshot", ChangeContext("ann", "r-2")),
    ]


async def test_a_roll_back_names_its_snapshot_in_one_of_three_ways(served):
    """By its version, its name, or when it was stored."""
    at = Timestamp(seconds=1_700_000_000, nanos=500_000_000)
    for asked in (v1.RollBackSnapshotRequest(name="good"), v1.RollBackSnapshotRequest(stored_by=at)):
        await served.admin.RollBackSnapshot(asked, metadata=BY_ANN)
    assert [asked[1] for asked in served.application.asked] == [
        WantedSnapshot(name="good"),
        WantedSnapshot(stored_by=1_700_000_000.5),
    ]


async def test_a_snapshot_has_its_name(served):
    """And without one the field is absent."""
    named = await served.admin.NameSnapshot(v1.NameSnapshotRequest(snapshot_version=3, name="good"), metadata=BY_ANN)
    assert named.snapshot.name == "good"
    (one,) = (await served.admin.ListSnapshots(v1.ListSnapshotsRequest(page_size=1))).snapshots
    assert not one.HasField("name")
    await served.admin.UnnameSnapshot(v1.UnnameSnapshotRequest(name="good", request_id="r-1"), metadata=BY_ANN)
    assert served.application.asked[-1] == ("unname_snapshot", "good", ChangeContext("ann", "r-1"))


async def test_an_end_user_is_forgotten_by_whom_the_metadata_says(served):
    """With what there was of it."""
    request = v1.ForgetEndUserRequest(tenant="acme", end_user_id="ann", request_id="r-1")
    done = await served.admin.ForgetEndUser(request, metadata=BY_ANN)
    assert (done.episode_count, done.feedback_count, done.session_outcome_count, done.scrubbed) == (3, 2, 1, True)
    assert served.application.asked == [("forget_end_user", "acme", "ann", ChangeContext("ann", "r-1"))]


async def test_what_was_asked_and_told_is_forgotten_and_teaches_again(served):
    """By all that is given, with what there is of it; a dry run only counts."""
    at = Timestamp(seconds=1_700_000_000, nanos=500_000_000)
    request = v1.ForgetEvidenceRequest(tenant="acme", client="key", model="m", start_time=at, dry_run=True)
    counted = await served.admin.ForgetEvidence(request, metadata=BY_ANN)
    assert (counted.forget_id, counted.episode_count, counted.feedback_count) == ("", 3, 2)
    request = v1.ForgetEvidenceRequest(tenant="acme", end_user_id="ann", end_time=at, request_id="r-1")
    done = await served.admin.ForgetEvidence(request, metadata=BY_ANN)
    assert (done.forget_id, done.outcome_count, done.job_change_count, done.replayed) == ("forget-1", 1, 4, False)
    back = v1.RestoreEvidenceRequest(forget_id="forget-1", request_id="r-2")
    assert not (await served.admin.RestoreEvidence(back, metadata=BY_ANN)).replayed
    told = 1_700_000_000.5
    assert served.application.asked == [
        ("forget_evidence", Evidence("acme", "key", model="m", since=told), True, ChangeContext("ann")),
        ("forget_evidence", Evidence("acme", end_user_id="ann", until=told), False, ChangeContext("ann", "r-1")),
        ("restore_evidence", "forget-1", ChangeContext("ann", "r-2")),
    ]


async def test_health_is_each_part_and_the_worst_of_them(served):
    """With what is wrong, and since when."""
    health = await served.admin.GetHealth(v1.GetHealthRequest())
    log, learner = health.parts
    assert health.state == v1.HEALTH_STATE_DEGRADED
    assert (log.part, log.state, log.detail) == ("log", v1.HEALTH_STATE_SERVING, "")
    assert (learner.part, learner.state) == ("learner", v1.HEALTH_STATE_DEGRADED)
    assert learner.detail == "490 events behind"
    assert learner.since.ToJsonString() == "2023-11-14T22:13:21.500Z"


async def test_jobs_tell_their_last_run(served):
    """One that never ran has no times; another runs only when asked, failed, and says why."""
    promote, prune = (await served.admin.ListJobs(v1.ListJobsRequest())).jobs
    assert promote == v1.Job(job="promote", interval_s=3600.0, outcome=v1.JOB_OUTCOME_NEVER_RAN)
    assert (prune.outcome, prune.interval_s, prune.HasField("interval_s")) == (v1.JOB_OUTCOME_FAILED, 0.0, True)
    assert (prune.detail["why"], prune.detail["n"]) == ("disk", 2)
    assert prune.next_run_time.seconds == 1_700_000_100
    assert prune.start_time.seconds == 1_700_000_000
    assert prune.end_time.ToJsonString() == "2023-11-14T22:13:21.500Z"
    response = await served.admin.RunJob(v1.RunJobRequest(job="prune"))
    assert (response.job.job, response.replayed) == ("prune", False)


async def test_episodes_are_listed_by_every_condition(served):
    """Times are seconds inside and timestamps outside; false is a condition, too."""
    filter_ = v1.EpisodeFilter(
        tenant="a",
        start_time=Timestamp(seconds=10, nanos=500_000_000),
        end_time=Timestamp(seconds=20),
        model_called="small",
        model_answered="large",
        node_id="maths.proof",
        strategy=v1.STRATEGY_LEARNED,
        stop_reason=v1.STOP_REASON_CANCELLED,
        has_feedback=False,
        request_id="r-1",
        session_id="s-1",
    )
    await served.admin.ListEpisodes(v1.ListEpisodesRequest(filter=filter_, page_size=5))
    query = EpisodeQuery("a", 10.5, 20.0, "small", "large", "maths.proof", "learned", "cancelled", False, "r-1", "s-1")
    assert served.application.asked == [("list_episodes", query, PageRequest(5))]


async def test_a_listed_episode_tells_what_there_is_of_it(served):
    """What nobody knows is absent; a feedback of 0 is told."""
    full, bare = (await served.admin.ListEpisodes(v1.ListEpisodesRequest())).episodes
    assert (full.episode_id, full.tenant, full.model, list(full.models_called)) == (
        "e-9",
        "team-a",
        "large",
        ["small", "large"],
    )
    assert (full.node_id, full.strategy, full.stop_reason) == ("maths", v1.STRATEGY_FUSED, v1.STOP_REASON_UTILITY)
    assert (full.believed_quality, full.cost_usd, full.latency_ms, full.feedback) == (0.8, 0.0211, 1250.0, 0.0)
    assert (full.request_id, full.session_id, full.prompt) == ("r-1", "s-1", "2 + 2?")
    assert full.create_time.ToJsonString() == "2023-11-14T22:13:20.250Z"
    assert (bare.stop_reason, bare.cost_usd, bare.HasField("cost_usd")) == (v1.STOP_REASON_CANCELLED, 0.0, True)
    absent = ("model", "node_id", "believed_quality", "latency_ms", "feedback", "request_id", "session_id", "prompt")
    assert not any(bare.HasField(field) for field in absent)


async def test_stats_are_of_everything_by_default(served):
    """No filter is no filter, and no group is the total alone."""
    response = await served.admin.GetStats(v1.GetStatsRequest())
    assert served.application.asked == [("get_stats", StatsQuery(), PageRequest(100))]
    total = response.total
    assert (total.key, total.episode_count, total.quality, total.escalated_count) == ("", 10, 0.75, 3)
    assert (total.rewarded_count, total.call_count, total.failed_call_count) == (4, 14, 1)
    assert (total.share, total.cost_usd, total.latency_ms) == (1.0, 0.5, 400.0)


@pytest.mark.parametrize(
    ("group", "word"),
    [
        (v1.STATS_GROUP_MODEL, "model"),
        (v1.STATS_GROUP_NODE, "node"),
        (v1.STATS_GROUP_TENANT, "tenant"),
    ],
)
async def test_stats_are_grouped(served, group, word):
    """A group without feedback has no quality, and a count of 0."""
    request = v1.GetStatsRequest(filter=v1.EpisodeFilter(tenant="a"), group=group)
    (tally,) = (await served.admin.GetStats(request)).groups
    assert served.application.asked == [("get_stats", StatsQuery(EpisodeQuery("a"), word), PageRequest(100))]
    assert (tally.key, tally.HasField("quality"), tally.HasField("rewarded_count")) == ("small", False, True)


async def test_stats_tell_what_the_policy_would_have_done(served):
    """Where a tenant only observed; nothing where none did."""
    assert not (await served.admin.GetStats(v1.GetStatsRequest())).HasField("observed")
    calls = (("large", "small", 3), ("large", "large", 1))
    served.application.observed = Observed(4, Foreseen(0.5, 0.75), Foreseen(0.125, 0.5), 0.25, calls)
    observed = (await served.admin.GetStats(v1.GetStatsRequest())).observed
    assert (observed.episode_count, observed.own, observed.would, observed.most_usd) == (
        4, v1.Foreseen(cost_usd=0.5, quality=0.75), v1.Foreseen(cost_usd=0.125, quality=0.5), 0.25
    )  # fmt: skip
    assert [(c.own_model, c.would_model, c.episode_count) for c in observed.calls] == list(calls)


async def test_stats_tell_of_calls_in_the_shadow(served):
    """Where there were any, apart from all other figures."""
    assert not (await served.admin.GetStats(v1.GetStatsRequest())).HasField("shadows")
    served.application.shadows = ShadowTally(3, 1, 0.25)
    shadows = (await served.admin.GetStats(v1.GetStatsRequest())).shadows
    assert shadows == v1.ShadowTally(call_count=3, failed_call_count=1, cost_usd=0.25)


async def test_stats_over_time_are_named_by_the_start_of_each_bucket(served):
    """In RFC 3339."""
    request = v1.GetStatsRequest(group=v1.STATS_GROUP_TIME, bucket_s=60.0)
    (bucket,) = (await served.admin.GetStats(request)).groups
    assert served.application.asked == [("get_stats", StatsQuery(EpisodeQuery(), "time", 60.0), PageRequest(100))]
    assert bucket.key == "2023-11-14T22:13:20Z"


async def test_judges_are_held_against_users(served):
    """In all and at each node; what cannot be said is absent."""
    request = v1.GetJudgeStatsRequest(filter=v1.EpisodeFilter(tenant="a"), per_node=True)
    total, node = (await served.admin.GetJudgeStats(request)).judges
    assert served.application.asked == [("get_judge_stats", EpisodeQuery("a"), PageRequest(100), True)]
    assert (total.judge, total.verdict_count, total.scored_count, total.compared_count) == ("rubric", 5, 4, 3)
    assert (total.mean_score, total.error, total.calibration_error, total.cost_usd) == (0.5, 0.25, 0.125, 0.01)
    assert total.agreement == 0.75
    assert not total.HasField("node_id")
    assert not total.HasField("correlation")
    assert (node.node_id, node.correlation) == ("maths", -0.5)


async def test_savings(served):
    """A figure that the log cannot tell is not there, and one at 0 is."""
    asked = v1.GetSavingsRequest(against="large", filter=v1.EpisodeFilter(tenant="a"), group=v1.STATS_GROUP_NODE)
    response = await served.admin.GetSavings(asked)
    assert served.application.asked[-1][1] == SavingsQuery("large", EpisodeQuery("a"), "node")
    total = response.total
    assert (response.against, total.summary, total.spent_usd, total.rated_count) == ("always large", "words", 1.5, 30)
    assert total.other_usd == v1.Bounds(mean=3.0, low=2.5, high=3.5)
    assert not total.HasField("quality")
    assert len(response.groups) == 1


async def test_what_if(served):
    """Another lambda, or another policy; an end of an interval that is infinite is none, one at 0 is told."""
    response = await served.admin.WhatIf(v1.WhatIfRequest(cost_weight=0.0, filter=v1.EpisodeFilter(tenant="a")))
    await served.admin.WhatIf(v1.WhatIfRequest(policy="always:small", confidence=0.9))
    assert [asked[1] for asked in served.application.asked] == [
        WhatIfQuery(cost_weight=0.0, episodes=EpisodeQuery("a")),
        WhatIfQuery(policy="always:small", confidence=0.9),
    ]
    assert (response.episode_count, response.effective_episode_count) == (10, 4.5)
    assert list(response.estimates) == [
        v1.Estimate(quantity=v1.QUANTITY_QUALITY, estimator=v1.ESTIMATOR_DOUBLY_ROBUST, mean=0.0, low=0.0, high=0.9),
        v1.Estimate(quantity=v1.QUANTITY_COST_USD, estimator=v1.ESTIMATOR_LOGGED, mean=0.1),
    ]


def _between(start, end):
    return v1.EpisodeFilter(start_time=start, end_time=end)


@pytest.mark.parametrize(
    ("filter_", "field"),
    [
        (v1.EpisodeFilter(tenant=" "), "filter.tenant"),
        (v1.EpisodeFilter(model_called=""), "filter.model_called"),
        (v1.EpisodeFilter(model_answered=""), "filter.model_answered"),
        (v1.EpisodeFilter(node_id=""), "filter.node_id"),
        (v1.EpisodeFilter(strategy=99), "filter.strategy"),
        (v1.EpisodeFilter(stop_reason=99), "filter.stop_reason"),
        (v1.EpisodeFilter(request_id=""), "filter.request_id"),
        (v1.EpisodeFilter(session_id="x" * 129), "filter.session_id"),
        (_between(Timestamp(seconds=2), Timestamp(seconds=1)), "filter.end_time"),
        (_between(Timestamp(seconds=1), Timestamp(seconds=1)), "filter.end_time"),
        (_between(Timestamp(nanos=-1), None), "filter.start_time"),
        (_between(Timestamp(seconds=2**60), None), "filter.start_time"),
    ],
)
async def test_a_filter_that_cannot_be_met_is_refused(served, refused, filter_, field):
    """By every call that takes one."""
    for call in (
        served.admin.ListEpisodes(v1.ListEpisodesRequest(filter=filter_)),
        served.admin.GetStats(v1.GetStatsRequest(filter=filter_)),
        served.admin.GetJudgeStats(v1.GetJudgeStatsRequest(filter=filter_)),
        served.admin.WhatIf(v1.WhatIfRequest(filter=filter_, cost_weight=1.0)),
        served.admin.GetSavings(v1.GetSavingsRequest(filter=filter_)),
    ):
        assert set(await refused(call)) == {field}
    assert served.application.asked == []


@pytest.mark.parametrize(
    ("call", "fields"),
    [
        (lambda a: a.WhatIf(v1.WhatIfRequest()), {"change"}),
        (lambda a: a.WhatIf(v1.WhatIfRequest(cost_weight=-1.0, confidence=1.0)), {"cost_weight", "confidence"}),
        (lambda a: a.WhatIf(v1.WhatIfRequest(cost_weight=1.0, confidence=float("nan"))), {"confidence"}),
        (lambda a: a.WhatIf(v1.WhatIfRequest(cost_weight=1e300)), {"cost_weight"}),
        (lambda a: a.WhatIf(v1.WhatIfRequest(cost_weight=float("inf"))), {"cost_weight"}),
        (lambda a: a.WhatIf(v1.WhatIfRequest(policy="")), {"policy"}),
        (lambda a: a.WhatIf(v1.WhatIfRequest(cost_weight=1.0, models=["a", "a"])), {"models"}),
        (lambda a: a.GetSavings(v1.GetSavingsRequest(against="", confidence=1.0)), {"against", "confidence"}),
        (lambda a: a.GetSavings(v1.GetSavingsRequest(group=v1.STATS_GROUP_TIME)), {"group"}),
        (lambda a: a.GetStats(v1.GetStatsRequest(group=v1.STATS_GROUP_TIME)), {"bucket_s"}),
        (lambda a: a.GetStats(v1.GetStatsRequest(group=v1.STATS_GROUP_TIME, bucket_s=0.5)), {"bucket_s"}),
        (lambda a: a.GetStats(v1.GetStatsRequest(bucket_s=60.0)), {"bucket_s"}),
        (lambda a: a.GetStats(v1.GetStatsRequest(group=9)), {"group"}),
        (lambda a: a.GetTenant(v1.GetTenantRequest()), {"tenant"}),
        (lambda a: a.GetModel(v1.GetModelRequest()), {"model"}),
        (lambda a: a.RunJob(v1.RunJobRequest(request_id="")), {"job", "request_id"}),
        (lambda a: a.ResetConfig(v1.ResetConfigRequest(request_id="x" * 129)), {"key", "request_id"}),
        (lambda a: a.ListConfigValues(v1.ListConfigValuesRequest(key_prefix="x" * 501)), {"key_prefix"}),
        (lambda a: a.RollBackSnapshot(v1.RollBackSnapshotRequest()), {"snapshot_version"}),
        (lambda a: a.RollBackSnapshot(v1.RollBackSnapshotRequest(snapshot_version=-1)), {"snapshot_version"}),
        (lambda a: a.RollBackSnapshot(v1.RollBackSnapshotRequest(snapshot_version=1, name="a")), {"snapshot_version"}),
        (lambda a: a.RollBackSnapshot(v1.RollBackSnapshotRequest(name="")), {"name", "snapshot_version"}),
        (lambda a: a.NameSnapshot(v1.NameSnapshotRequest(name="7 days")), {"name", "snapshot_version"}),
        (lambda a: a.NameSnapshot(v1.NameSnapshotRequest(name="yesterday", snapshot_version=1)), {"name"}),
        (lambda a: a.UnnameSnapshot(v1.UnnameSnapshotRequest()), {"name"}),
        (lambda a: a.ForgetEndUser(v1.ForgetEndUserRequest()), {"tenant", "end_user_id"}),
        (lambda a: a.ForgetEndUser(v1.ForgetEndUserRequest(tenant="t", end_user_id="x" * 257)), {"end_user_id"}),
        (lambda a: a.ForgetEvidence(v1.ForgetEvidenceRequest(dry_run=True)), {"tenant"}),
        (lambda a: a.ForgetEvidence(v1.ForgetEvidenceRequest(end_user_id="ann", model="")), {"tenant", "model"}),
        (
            lambda a: a.ForgetEvidence(
                v1.ForgetEvidenceRequest(start_time=Timestamp(seconds=2), end_time=Timestamp(seconds=2))
            ),
            {"end_time"},
        ),
        (lambda a: a.RestoreEvidence(v1.RestoreEvidenceRequest(request_id="")), {"forget_id", "request_id"}),
        (lambda a: a.FollowNewestSnapshot(v1.FollowNewestSnapshotRequest(request_id="\n")), {"request_id"}),
    ],
)
async def test_operators_mistakes_are_told_by_field(served, refused, call, fields):
    """And change nothing."""
    assert set(await refused(call(served.admin))) == fields
    assert served.application.asked == []


async def test_known_outcomes_arrive_whole(served):
    """What is absent stays absent; a batch that was known says so."""
    outcomes = [
        v1.KnownOutcome(model="small", quality=0.0, weight=1.0),
        v1.KnownOutcome(
            model="large", quality=0.5, weight=0.25, cost_usd=0.0, latency_ms=5.0, judge_scores={"rubric": 1.0}
        ),
    ]
    query = v1.KnownQuery(prompt="2 + 2?", hints=v1.Hints(task="maths"), outcomes=outcomes)
    response = await served.admin.WarmStart(v1.WarmStartRequest(request_id="b", queries=[query]))
    assert response == v1.WarmStartResponse(request_id="b", log_position=12)
    known = (KnownOutcome("small", 0.0, 1.0), KnownOutcome("large", 0.5, 0.25, 0.0, 5.0, {"rubric": 1.0}))
    assert served.application.asked == [("warm_start", "b", (KnownQuery("2 + 2?", known, {"task": "maths"}),))]
    assert (await served.admin.WarmStart(v1.WarmStartRequest(request_id="again", queries=[query]))).replayed


async def test_a_batch_of_known_outcomes_needs_no_id(served):
    """The service makes one of its content, and tells it."""
    query = v1.KnownQuery(prompt="x", outcomes=[v1.KnownOutcome(model="m", quality=1.0, weight=1.0)])
    response = await served.admin.WarmStart(v1.WarmStartRequest(queries=[query]))
    assert served.application.asked[0][1] is None
    assert response.request_id == "made-up"


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
        ({"outcomes": [{"weight": None}]}, "queries[0].outcomes[0].weight"),
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
async def test_known_outcomes_that_cannot_be_are_refused(served, refused, query, field):
    """Nothing reaches the application."""
    given = {"prompt": "x", "outcomes": [{}]} | query
    given["outcomes"] = [{"model": "m", "quality": 1.0, "weight": 1.0} | o for o in given["outcomes"]]
    request = v1.WarmStartRequest(request_id="b", queries=[v1.KnownQuery(**given)])
    assert set(await refused(served.admin.WarmStart(request))) == {field}
    assert served.application.asked == []


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (v1.WarmStartRequest(request_id="b"), "queries"),
        (v1.WarmStartRequest(request_id="b", queries=[v1.KnownQuery()] * 101), "queries"),
        (v1.WarmStartRequest(request_id="", queries=[v1.KnownQuery()]), "request_id"),
    ],
)
async def test_a_batch_of_no_or_too_many_queries_is_refused(served, refused, request_, field):
    """Before its queries are read."""
    assert set(await refused(served.admin.WarmStart(request_))) == {field}
