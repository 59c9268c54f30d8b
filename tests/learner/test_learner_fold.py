"""The learner is a fold over events: the same events give the same state, to the bit."""

import hashlib

import numpy as np
import pytest
from msgspec.structs import replace
from pointsman_learner.context.clusters import CLUSTERS
from pointsman_learner.events import (
    BudgetPut,
    ConfigurationDeclared,
    FeedbackRecorded,
    ModelPut,
    OperatorActed,
    OutcomeReported,
    TaxonomyNodePut,
)
from pointsman_learner.learner import JOBS, Learner
from pointsman_learner.planning.judge_bundles import bundles_of
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import Constraints, Context, Judge, Model, Step, Verdict


def folded(events, learner=None):
    """A learner that saw these."""
    learner = learner or Learner()
    for event, episode in events:
        learner.apply_one(event, episode)
    return learner


def test_the_same_events_give_the_same_digest(lived):
    """From empty, twice; and another log gives another."""
    assert folded(lived.events).digest() == lived.learner.digest() == folded(lived.events).digest()
    assert folded(lived.events[:-1]).digest() != lived.learner.digest()
    assert len(bytes.fromhex(lived.learner.digest())) == hashlib.sha256().digest_size


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_a_checkpoint_in_the_middle_changes_nothing(lived, share):
    """Written, read by another process's learner, and folded on."""
    cut = int(share * len(lived.events))
    early = folded(lived.events[:cut])
    resumed = Learner.from_bytes(early.to_bytes())
    assert resumed.digest() == early.digest()
    assert folded(lived.events[cut:], resumed).digest() == lived.learner.digest()


def test_a_checkpoint_is_a_copy(lived):
    """Learning on does not change the other."""
    early = folded(lived.events[:80])
    before, copy = early.digest(), Learner.from_bytes(early.to_bytes())
    folded(lived.events[80:], copy)
    assert early.digest() == before != copy.digest()


def test_deciding_proposing_and_looking_change_nothing(lived, worlds):
    """Only events do."""
    before = lived.learner.digest()
    rng = np.random.default_rng(0)
    snapshot = lived.learner.snapshot()
    constraints = Constraints(cost_weight=20.0)
    for kind in worlds.kinds:
        context = worlds.context_of(kind, rng)
        d = snapshot.decide(context, constraints, rng)
        snapshot.next_action(context, d, [Step(d.model, 0.001, 10.0)], constraints, rng)
        lived.learner.estimates.expect(context)
    for job in JOBS:
        lived.learner.propose(job, 1.0)
    snapshot.taxonomy()
    assert lived.learner.digest() == before


def test_an_event_whose_episode_retention_removed_teaches_nothing(worlds):
    """It is counted, and no more."""
    learner = worlds.learner_of()
    before = learner.snapshot().to_bytes()
    learner.apply_one(FeedbackRecorded("f", "gone", "acme", 1.0, "thumb", 1.0))
    learner.apply_one(OutcomeReported("gone", "acme", 1.0, "cheap", 0.001, 10.0))
    assert learner.snapshot().to_bytes() == before


def test_feedback_raises_the_model_it_is_about(worlds):
    """By name, else of the accepted answer, else of the decision; not the others much."""
    context = worlds.context_of("math")
    about = {
        "coder": (worlds.episode_of("cheap", "math"), "coder"),
        "cheap": (worlds.episode_of("cheap", "math"), None),
        "dear": (replace(worlds.episode_of("dear", "math"), steps=(), answer=None), None),
    }
    for model, (episode, named) in about.items():
        learner = worlds.learner_of()
        before = learner.estimates.expect(context).quality
        for value in (0.0, 0.0):
            learner.apply_one(FeedbackRecorded("f", episode.episode_id, "acme", 1.0, "thumb", value, named), episode)
        moved = learner.estimates.expect(context).quality - before
        assert moved[learner.estimates.row(model)] == moved.min() < 0


def test_an_author_teaches_one_answer_a_word_and_a_change_of_mind(worlds):
    """However many words follow, the state stays as it was; so it does where a word only says the same again."""
    learner = worlds.learner_of()
    episode = worlds.episode_of("cheap", "math")
    learner.apply_one(episode)
    word = FeedbackRecorded("f", episode.episode_id, "acme", 1.0, "thumb", 1.0, end_user="ann")
    learner.apply_one(word, episode)
    taught = learner.estimates.expect(episode.context).quality
    learner.apply_one(replace(word, said=1, replaces=1.0), episode)
    assert (learner.estimates.expect(episode.context).quality == taught).all()
    learner.apply_one(replace(word, value=0.0, said=1, replaces=1.0), episode)
    taken_back = learner.estimates.expect(episode.context).quality
    assert taken_back.min() < taught.min()
    for n in range(2, 100):
        learner.apply_one(replace(word, value=float(n % 2), said=n, replaces=float(1 - n % 2)), episode)
    assert (learner.estimates.expect(episode.context).quality == taken_back).all()


def test_late_feedback_counts_like_early(worlds):
    """The same lessons, whether each comes at once or all at the end: the estimates differ by little."""
    at_once, late = worlds.learner_of(), worlds.learner_of()
    lessons = []
    for n in range(30):
        episode = worlds.episode_of("cheap", "math", n)
        word = FeedbackRecorded(f"f{n}", episode.episode_id, "acme", 1.0, "thumb", float(n % 4 == 0))
        lessons.append((word, episode))
        at_once.apply_one(episode)
        at_once.apply_one(word, episode)
        late.apply_one(episode)
    folded(lessons, late)
    context = worlds.context_of("math")
    assert late.estimates.expect(context).quality == pytest.approx(at_once.estimates.expect(context).quality, abs=0.03)


def test_weighty_feedback_counts_more(worlds):
    """A correction against a thumb."""
    moved = []
    for weight in (0.5, 1.0, 2.0):
        learner, episode = worlds.learner_of(), worlds.episode_of("cheap", "math")
        learner.apply_one(FeedbackRecorded("f", "e0", "acme", 1.0, "correction", 0.0, None, weight), episode)
        moved.append(float(learner.estimates.expect(worlds.context_of("math")).quality[0]))
    assert moved[0] > moved[1] > moved[2]


def test_a_comment_teaches_nothing(worlds):
    """It is for people who read: with it and without, what is learnt is the same to the bit."""
    digests = set()
    for comment in (None, "right and fast"):
        learner, episode = worlds.learner_of(), worlds.episode_of("cheap", "math")
        learner.apply_one(FeedbackRecorded("f", "e0", "acme", 1.0, "thumb", 1.0, comment=comment), episode)
        digests.add(learner.digest())
    assert len(digests) == 1


def test_agreement_teaches_without_feedback(worlds):
    """Of three answers two agree: the odd one's model is thought worse than the others."""
    learner = worlds.learner_of()
    for n in range(40):
        steps = tuple(
            Step(m, worlds.costs[m], 800.0, 30, 300, (Verdict("agreement", None, key=key),))
            for m, key in (("cheap", f"odd-{n}"), ("coder", "same"), ("dear", "same"))
        )
        learner.apply_one(worlds.episode_of(kind="math", n=n, steps=steps))
    cheap, coder, dear = learner.estimates.expect(worlds.context_of("math")).quality
    assert cheap < min(coder, dear) - 0.05
    without = worlds.learner_of(settings=worlds.without(soft_labels=False))
    without.apply_one(worlds.episode_of(kind="math", steps=steps))
    assert without.estimates.expect(worlds.context_of("math")).quality == pytest.approx(
        worlds.learner_of().estimates.expect(worlds.context_of("math")).quality
    )


def test_a_judge_is_not_credited_with_what_agreement_told(worlds):
    """That an answer was good surprises less where another model had agreed: less of it is the judge's merit."""
    moved = []
    for models in (["cheap"], ["cheap", "coder"]):
        learner = worlds.learner_of()
        verdicts = (Verdict("agreement", 1.0, key="42"), Verdict("format", 1.0))
        episode = worlds.episode_of(steps=tuple(Step(m, 0.001, 500.0, verdicts=verdicts) for m in models))
        learner.apply_one(episode)
        learner.apply_one(FeedbackRecorded("f", episode.episode_id, "acme", 1.0, "score", 1.0), episode)
        moved.append(float(learner.estimates.odds.theta[0]))
    alone, agreed = moved
    assert 0.0 < agreed < 0.85 * alone


def test_another_embedder_takes_what_was_particular_to_the_kinds_of_before_with_it(worlds):
    """Judges are trusted as on all traffic again, and the job does not fit what was said of other kinds."""
    learner = worlds.learner_of()
    for n in range(90):
        episode = worlds.episode_of("coder", "math", n=n, verdicts=[Verdict("rubric", 0.9 if n % 3 else 0.1)])
        learner.apply_one(episode)
        said = FeedbackRecorded(f"f{n}", episode.episode_id, "acme", 1.0, "score", float(n % 3 == 0))
        learner.apply_one(said, episode)
    assert learner.estimates.odds.theta[2:].any()
    assert len(learner.estimates.outcomes.odds) == 90
    context = Context("v2", np.ones(20, np.float32) / np.sqrt(20), np.full(3, 0.5, np.float32), 30, {})
    learner.apply_one(replace(episode, episode_id="other", context=context))
    assert not learner.estimates.odds.theta[2:].any()
    assert learner.estimates.odds.theta[1] != 1.0
    assert not learner.estimates.outcomes.odds


def test_a_judge_is_worth_less_where_users_contradict_it(worlds):
    """On a kind where its slope is near nothing, no bundle of paid judges tells right from wrong."""
    estimates = worlds.learner_of().estimates
    judges = (Judge("rubric", 0.001),)
    clusters = np.eye(CLUSTERS)[3]
    sound = bundles_of(estimates.beliefs, judges, clusters)[-1].separation
    estimates.odds.theta[2 + CLUSTERS + 3] = -0.9
    assert bundles_of(estimates.beliefs, judges, clusters)[-1].separation == pytest.approx(0.1 * sound)


def test_judges_are_calibrated_by_answers_that_no_user_saw_too(worlds):
    """Doubted answers are seldom shown, so that users alone would say little of what low scores mean."""
    learner = worlds.learner_of()
    for n in range(60):
        learner.apply_one(worlds.episode_of(n=n, verdicts=[Verdict("rubric", 0.9 if n % 3 else 0.1)]))
    judges = learner.estimates.judges
    wrong, right = judges.sums[0] / judges.labels[0]
    assert judges.labels[0, 0].sum() > 10.0
    assert wrong < -0.2 < 0.2 < right


def test_cost_and_latency_are_learnt_from_calls_and_reported_outcomes(worlds):
    """Whoever made the call."""
    for reported in (False, True):
        learner = worlds.learner_of()
        step = Step("cheap", 0.003, 4000.0, 30, 300)
        for n in range(40):
            episode = worlds.episode_of(kind="chat", n=n, steps=(step,))
            unanswered = replace(episode, steps=(), answer=None)
            if reported:
                learner.apply_one(OutcomeReported(f"e{n}", "acme", 1.0, "cheap", 0.003, 4000.0), unanswered)
            else:
                learner.apply_one(episode)
        expected = learner.estimates.expect(worlds.context_of("chat"))
        assert expected.cost[0] == pytest.approx(0.003, rel=0.2)
        assert expected.latency[0] == pytest.approx(4000.0, rel=0.2)


TOLD = {"cost_usd": 0.003, "latency_ms": 4000.0}


@pytest.mark.parametrize("told", TOLD)
def test_a_partial_outcome_teaches_only_what_it_tells(worlds, told):
    """120 outcomes that tell one of cost and latency leave what is expected of the other as it was, to the bit."""
    learner = worlds.learner_of()
    before = learner.estimates.expect(worlds.context_of("chat"))
    for n in range(120):
        outcome = OutcomeReported(f"e{n}", "acme", 1.0, "cheap", **{told: TOLD[told]})
        learner.apply_one(outcome, worlds.episode_of(kind="chat", n=n))
    after = learner.estimates.expect(worlds.context_of("chat"))
    assert bool(after.cost[0] == before.cost[0]) is (told != "cost_usd")
    assert bool(after.latency[0] == before.latency[0]) is (told != "latency_ms")
    told_of = after.cost[0] if told == "cost_usd" else after.latency[0]
    assert told_of == pytest.approx(TOLD[told], rel=0.2)


def test_an_outcome_that_tells_no_cost_does_not_pace(worlds):
    """What was not told is not taken for 0 dollars: lambda stays."""
    learner = worlds.learner_of()
    learner.apply_one(BudgetPut(0.0, "acme", 1.0))
    before = learner.snapshot().cost_weight("acme")
    learner.apply_one(OutcomeReported("e0", "acme", 2.0, "dear", latency_ms=10.0), worlds.episode_of("dear"))
    assert learner.snapshot().cost_weight("acme") == before
    learner.apply_one(OutcomeReported("e0", "acme", 2.0, "dear", cost_usd=0.0), worlds.episode_of("dear"))
    assert learner.snapshot().cost_weight("acme") < before


FAILURES = [
    *("timeout", "refused", "rate_limited", "garbage", "empty", "unavailable", "auth", "invalid", "unknown_model"),
    *("cancelled", None),
]


@pytest.mark.parametrize("kind", FAILURES)
def test_an_outage_is_not_bad_quality(worlds, kind):
    """A hundred queries whose calls failed, here or told of, teach what a hundred routed ones do, to the bit."""
    failed = Step("cheap", 0.0, 30_000.0, error="said the provider", failure_kind=kind)
    outcome = OutcomeReported(
        "e0", "acme", 1.0, "cheap", failure_kind=kind, error="said the provider", latency_ms=30_000.0
    )
    routed = replace(worlds.episode_of(), steps=(), answer=None)
    ill, told, well = (worlds.learner_of() for _ in range(3))
    for learner in (ill, told, well):
        learner.apply_one(worlds.episode_of("cheap"))
    for _ in range(100):
        ill.apply_one(replace(routed, steps=(failed,)))
        told.apply_one(routed)
        told.apply_one(outcome, routed)
        well.apply_one(routed)
    assert ill.digest() == well.digest()
    assert told.snapshot().to_bytes() == well.snapshot().to_bytes()


def test_a_word_on_an_episode_whose_calls_all_failed_is_about_no_answer(worlds):
    """Users are angry at an outage; the model did not say anything wrong."""
    learner = worlds.learner_of()
    failed = worlds.episode_of(steps=(Step("cheap", 0.0, 10.0, failure_kind="unavailable"),))
    learner.apply_one(failed)
    before = learner.estimates.expect(worlds.context_of("chat")).quality[0]
    labels = learner.estimates.labels
    learner.apply_one(FeedbackRecorded("r", "e0", "acme", 1.0, "thumb", 0.0), failed)
    assert learner.estimates.expect(worlds.context_of("chat")).quality[0] == before
    assert learner.estimates.labels == labels


@pytest.mark.parametrize(
    "event",
    [
        OperatorActed(1.0, "ann", "SetModel", "r", "f", {"models.cheap.enabled": False}, ("tenants.acme",), "why"),
        ConfigurationDeclared(1.0, "serve", {"server.port": (50051, "default")}),
    ],
    ids=lambda event: event.kind,
)
def test_what_is_logged_for_others_leaves_the_state_as_it_is(lived, event):
    """To the bit: learning does not depend on how often an operator or a start spoke."""
    learner = Learner.from_bytes(lived.learner.to_bytes())
    learner.apply_one(event)
    assert learner.digest() == lived.learner.digest()


def test_a_price_change_moves_the_expected_cost_at_once_and_is_relearnt(worlds):
    """What was measured at the old price counts as one call; the quality stays."""
    learner = worlds.learner_of()
    worlds.teach(learner, "cheap", "chat", 0.9, 40)
    context = worlds.context_of("chat")
    before = learner.estimates.expect(context)
    learner.apply_one(ModelPut(2.0, Model("cheap", 10.0, 15.0)))
    after = learner.estimates.expect(context)
    assert after.cost[0] > 5 * before.cost[0]
    assert after.quality[0] == before.quality[0]


def test_a_budget_paces_its_tenant_only_until_it_is_lifted(worlds):
    """Lambda is the tenant's; a request that names its own gets that."""
    learner = worlds.learner_of()
    learner.apply_one(BudgetPut(0.0, "acme", 1.0))
    start = learner.snapshot().cost_weight("acme")
    for n in range(60):
        learner.apply_one(worlds.episode_of("dear", "chat", n))
    assert learner.snapshot().cost_weight("acme") > start
    assert learner.snapshot().cost_weight("acme", 3.0) == 3.0
    assert learner.snapshot().cost_weight("other") == learner.estimates.settings.default_cost_weight
    raised = learner.snapshot().cost_weight("acme")
    learner.apply_one(BudgetPut(1.0, "acme", 10.0))
    assert learner.snapshot().cost_weight("acme") < raised
    learner.apply_one(OutcomeReported("e0", "acme", 2.0, "dear", 5.0, 10.0), worlds.episode_of("dear"))
    learner.apply_one(BudgetPut(2.0, "acme", None))
    assert learner.snapshot().cost_weight("acme") == learner.estimates.settings.default_cost_weight


def test_a_models_change_for_the_worse_is_noticed(worlds):
    """Drift: after the alarm the estimates follow faster than without the part."""
    quality = {}
    for drift in (True, False):
        learner = worlds.learner_of(settings=worlds.without(drift=drift))
        for rate, times in ((0.95, 400), (0.15, 120)):
            for n in range(times):
                worlds.teach(learner, "dear", "chat", float(int((n + 1) * rate) > int(n * rate)))
        quality[drift] = float(learner.estimates.expect(worlds.context_of("chat")).quality[2])
        assert (sum(learner.estimates.drift.alarms) > 0) == drift
    assert quality[True] < quality[False]


def test_unknown_models_in_a_log_do_no_harm(worlds):
    """It may be an older one's, or another's."""
    learner = worlds.learner_of()
    episode = worlds.episode_of("left-long-ago", "chat")
    before = learner.estimates.expect(worlds.context_of("chat")).quality
    learner.apply_one(episode)
    learner.apply_one(FeedbackRecorded("f", "e0", "acme", 1.0, "thumb", 1.0), episode)
    assert learner.estimates.expect(worlds.context_of("chat")).quality == pytest.approx(before)


def test_an_empty_learner_takes_any_event(worlds):
    """In any order: an episode before any model, a node before its parent."""
    learner = Learner()
    episode = worlds.episode_of("cheap", "chat")
    learner.apply_one(episode)
    learner.apply_one(FeedbackRecorded("f", "e0", "acme", 1.0, "thumb", 1.0), episode)
    learner.apply_one(TaxonomyNodePut(0.0, {"id": "child", "parent": "later", "center": [1.0, 0.0]}))
    learner.apply_one(ModelPut(1.0, worlds.models[0]))
    learner.apply_one(episode)
    assert learner.snapshot().models == ("cheap",)


def test_what_was_spent_speaks_of_the_lambda_it_was_decided_under(worlds):
    """Not where the caller asked for one, nor under the default of a router that had no snapshot."""

    def paced(lam, asked=None):
        learner = worlds.World(seed=3).learner
        learner.apply_one(BudgetPut(0.0, "acme", 1.0))
        episode = worlds.episode_of(n=1, steps=(Step("dear", 0.001, 90.0),))
        decision = replace(episode.decision, cost_weight=lam)
        constraints = replace(episode.constraints, cost_weight=asked)
        learner.apply_one(replace(episode, decision=decision, constraints=constraints))
        return learner.estimates.pacers["acme"].cost_weight

    now = paced(LearnerSettings().default_cost_weight)
    assert paced(now / 2) < now < paced(now * 2)
    assert paced(now * 2, asked=now * 2) == now


def test_an_episode_that_is_left_out_counts_what_was_spent_and_teaches_nothing_else(worlds):
    """And what users say of it later is learnt as of any other."""
    world = worlds.World(seed=3).run(60)
    learner = world.learner
    learner.apply_one(BudgetPut(0.0, "acme", 1.0))
    before = learner.estimates
    episode = worlds.episode_of(n=1, steps=(Step("dear", 0.5, 90.0),))
    seen, spent, effects = before.moments.n, before.pacers["acme"].cost_weight, before.effects.ratio_sum.copy()
    learner.apply_one(replace(episode, left_out=True))
    assert (before.moments.n, before.effects.ratio_sum.tolist()) == (seen, effects.tolist())
    assert before.pacers["acme"].cost_weight > spent
    labels = before.labels
    word = FeedbackRecorded("w", episode.episode_id, "acme", 2.0, "thumb", 1.0)
    learner.apply_one(word, replace(episode, left_out=True))
    assert before.labels > labels
