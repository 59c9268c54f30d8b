"""A safe start: the baseline answers until evidence says otherwise, and what is lost to learning is bounded."""

import numpy as np
import pytest
from msgspec.structs import replace
from pointsman_learner.actions import Accept, CallModel
from pointsman_learner.events import OutcomeReported
from pointsman_learner.hyperparameters import H
from pointsman_learner.learner import Learner
from pointsman_learner.planning.guarantee import Guarantee
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.types import Constraints, Judge, Step, Verdict

AGREEMENT = Judge("agreement")
SAFE = Constraints(cost_weight=20.0, judges=(AGREEMENT,), tenant="acme", baseline="coder")


def decided(learner, worlds, constraints, n=40):
    """So many decisions."""
    snapshot, rng = learner.snapshot(), np.random.default_rng(0)
    return [snapshot.decide(worlds.context_of("code", rng), constraints, rng) for _ in range(n)]


@pytest.fixture
def fresh(worlds):
    """A learner that knows of models and kinds, and nothing else."""
    return worlds.learner_of()


def test_before_anything_is_known_the_baseline_answers_and_alone(fresh, worlds):
    """Its answer is accepted, whatever a judge makes of it; the others stand among the predictions."""
    for decision in decided(fresh, worlds, SAFE):
        assert (decision.model, decision.propensity, decision.strategy) == ("coder", 1.0, "baseline")
        assert [p.model for p in decision.predictions] == ["cheap", "coder", "dear"]
        assert 0.0 < decision.margin < SAFE.alpha
    snapshot, rng, context = fresh.snapshot(), np.random.default_rng(0), worlds.context_of("code")
    first = snapshot.next_action(context, decision, (), SAFE, rng)
    assert isinstance(first, CallModel)
    assert first.final
    doubted = Step("coder", 0.003, 800.0, verdicts=(Verdict("rubric", 0.0), Verdict("agreement", None, key="x")))
    assert isinstance(snapshot.next_action(context, decision, (doubted,), SAFE, rng), Accept)


def test_a_baseline_that_fails_is_stood_in_for(fresh, worlds):
    """A guarantee is of utility: no answer has none."""
    (decision,) = decided(fresh, worlds, SAFE, 1)
    failed = Step("coder", 0.0, 100.0, error="no", failure_kind="unavailable")
    action = fresh.snapshot().next_action(
        worlds.context_of("code"), decision, (failed,), SAFE, np.random.default_rng(0)
    )
    assert isinstance(action, CallModel)
    assert action.model != "coder"


def test_what_was_saved_up_is_what_may_be_risked(fresh, worlds):
    """Credit enough for one of them lets it be tried; each try is told with what it may have cost."""
    fresh.estimates.guarantees["acme"] = Guarantee(credit=5.0, baseline="coder", alpha=SAFE.alpha)
    decisions = decided(fresh, worlds, SAFE, 200)
    tried = [d for d in decisions if d.model != "coder"]
    assert tried
    assert all(d.margin < 0.0 for d in tried)
    assert all(d.strategy != "baseline" for d in decisions)


def test_an_alpha_of_nothing_never_departs(fresh, worlds):
    """Whatever is known."""
    worlds.teach(fresh, "dear", "code", 1.0, 60)
    worlds.teach(fresh, "coder", "code", 0.0, 60)
    never = replace(SAFE, alpha=0.0, cost_weight=0.0)
    assert {d.model for d in decided(fresh, worlds, never)} == {"coder"}
    assert "dear" in {d.model for d in decided(fresh, worlds, replace(never, alpha=0.05))}


@pytest.mark.parametrize("baseline", [None, "unheard of", "dear"])
def test_where_no_baseline_may_be_called_nothing_is_guaranteed(fresh, worlds, baseline):
    """None is named, none is known, or the request leaves it out."""
    asked = replace(SAFE, baseline=baseline, models=("cheap", "coder"))
    free = decided(fresh, worlds, replace(asked, baseline=None))
    assert decided(fresh, worlds, asked) == free
    assert all(d.margin is None for d in free)


def test_the_credit_is_learnt_from_the_log_and_is_in_snapshots(fresh, worlds):
    """Each tenant's own; what is saved up is bounded, and so is what one decision can save or lose."""
    (decision,) = decided(fresh, worlds, SAFE, 1)
    episode = replace(worlds.episode_of("coder", "code"), decision=decision, constraints=SAFE)
    fresh.apply_one(episode)
    departed = replace(worlds.episode_of("dear", "code"), decision=decision, constraints=SAFE)
    fresh.apply_one(replace(departed, decision=replace(decision, model="dear", margin=-0.5)))
    for _ in range(40):
        fresh.apply_one(replace(episode, tenant="other", decision=replace(decision, gain=1e9, margin=1e9)))
    mine, other = (fresh.estimates.guarantees[tenant] for tenant in ("acme", "other"))
    assert mine.credit == pytest.approx(decision.margin - 0.5)
    assert (mine.decisions, mine.departed, other.credit) == (2.0, 1.0, H.most_credit)
    read = Snapshot.from_bytes(fresh.snapshot().to_bytes(), 1)
    assert read.estimates.guarantees == {"acme": mine.told(), "other": other.told()}
    assert Learner.from_bytes(fresh.to_bytes()).digest() == fresh.digest()


def test_another_promise_begins_anew(fresh, worlds):
    """Another baseline, or another alpha: what was saved for the one is none of the other's."""
    (decision,) = decided(fresh, worlds, SAFE, 1)
    episode = replace(worlds.episode_of("coder", "code"), decision=decision, constraints=SAFE)
    for _ in range(3):
        fresh.apply_one(episode)
    assert fresh.snapshot().credit(SAFE) == pytest.approx(3 * decision.margin)
    assert fresh.snapshot().credit(replace(SAFE, alpha=0.1)) == 0.0
    fresh.apply_one(replace(episode, constraints=replace(SAFE, alpha=0.1)))
    assert fresh.snapshot().credit(replace(SAFE, alpha=0.1)) == pytest.approx(decision.margin)
    assert fresh.snapshot().credit(SAFE) == 0.0


def test_nothing_is_saved_by_what_answered_nothing(fresh, worlds):
    """A routed query saves when its caller tells of its answer; one whose baseline failed saves nothing."""
    (decision,) = decided(fresh, worlds, SAFE, 1)
    routed = replace(worlds.episode_of("coder", "code"), steps=(), answer=None, decision=decision, constraints=SAFE)
    fresh.apply_one(routed)
    guarantee = fresh.estimates.guarantees["acme"]
    assert guarantee.credit == 0.0
    fresh.apply_one(OutcomeReported(routed.episode_id, "acme", 1.0, "coder", failure_kind="timeout"), routed)
    assert guarantee.credit == 0.0
    fresh.apply_one(OutcomeReported(routed.episode_id, "acme", 1.0, "coder", cost_usd=0.003), routed)
    assert guarantee.credit == pytest.approx(decision.margin)
    failed = Step("coder", 0.0, 100.0, error="no", failure_kind="unavailable")
    stood_in = worlds.episode_of(steps=(failed, Step("dear", 0.01, 100.0)))
    fresh.apply_one(replace(stood_in, decision=decision, constraints=SAFE))
    assert guarantee.credit == pytest.approx(decision.margin)


def test_a_session_is_held_to_it_too(fresh, worlds):
    """Its model stays where that is the baseline, and alone; another that the session had must wait."""
    for sticky in ("coder", "dear"):
        asked = replace(SAFE, alpha=0.0, sticky_model=sticky)
        (decision,) = decided(fresh, worlds, asked, 1)
        assert (decision.model, decision.strategy) == ("coder", "baseline")
        action = fresh.snapshot().next_action(worlds.context_of("code"), decision, (), asked, np.random.default_rng(0))
        assert action.final


def test_seconds_and_outages_are_the_baselines_too(worlds, fresh):
    """Where time has a price the baseline's utility has it, as that of the others; so has one that seldom answers."""
    worlds.teach(fresh, "dear", "code", 1.0, 80)
    worlds.teach(fresh, "coder", "code", 0.4, 80)
    for weight in (0.0, 0.1, 0.5, 2.0):
        asked = replace(SAFE, cost_weight=0.0, latency_weight=weight)
        assert "dear" in {d.model for d in decided(fresh, worlds, asked)}
    away = replace(SAFE, availability={"coder": 0.05})
    (here,), (gone,) = decided(fresh, worlds, SAFE, 1), decided(fresh, worlds, away, 1)
    assert gone.margin != here.margin


@pytest.fixture
def room_for_two():
    """Of tenants' guarantees, until the test is over."""
    before = H.guaranteed_tenants
    object.__setattr__(H, "guaranteed_tenants", 2)
    yield
    object.__setattr__(H, "guaranteed_tenants", before)


@pytest.mark.usefixtures("room_for_two")
def test_no_more_tenants_are_remembered_than_there_is_room_for(fresh, worlds):
    """The one that asked longest ago begins anew."""
    (decision,) = decided(fresh, worlds, SAFE, 1)
    episode = replace(worlds.episode_of("coder", "code"), decision=decision, constraints=SAFE)
    for tenant in ("a", "b", "a", "c"):
        fresh.apply_one(replace(episode, tenant=tenant))
    assert list(fresh.estimates.guarantees) == ["a", "c"]


def earned(worlds, baseline, seed, queries):
    """Mean expected utility of what was called first, and of the baseline, on the same queries."""
    world = worlds.World(seed=seed, baseline=baseline).run(queries)

    def utility(model, kind):
        return worlds.quality[model][kind] - world.cost_weight * worlds.costs[model]

    mine = [utility(called[0], kind) for called, kind in zip(world.called, world.kinds, strict=True)]
    base = [utility(baseline, kind) for kind in world.kinds]
    return np.cumsum(mine), np.cumsum(base)


@pytest.mark.parametrize("baseline", ["cheap", "coder", "dear"])
def test_at_every_time_no_more_than_alpha_is_lost(worlds, baseline):
    """In a world whose truth is known, from the fiftieth query on, over seeds; and in the end there is a gain."""
    sums = [earned(worlds, baseline, seed, 300) for seed in range(6)]
    mine, base = (np.mean([s[k] for s in sums], axis=0) for k in (0, 1))
    assert (mine[50:] >= (1 - SAFE.alpha) * base[50:]).all()
    if baseline != "dear":
        assert mine[-1] > base[-1]
