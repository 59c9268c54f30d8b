"""Decisions and what follows each answer: under every constraint, with exact propensities."""

import dataclasses

import numpy as np
import pytest
from msgspec.structs import replace
from pointsman_learner.actions import Accept, ActionTaken, AskJudge, CallModel
from pointsman_learner.events import ModelPut
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import Constraints, Judge, Model, NoModelFits, Step, Verdict

AGREEMENT = Judge("agreement")
FREE = Constraints(cost_weight=0.0)


@pytest.fixture
def snapshot(worlds):
    """Of a learner that knows: cheap is good at chat only, dear at all."""
    learner = worlds.learner_of()
    for kind, cheap, dear in (("chat", 0.95, 0.95), ("math", 0.2, 0.95)):
        worlds.teach(learner, "cheap", kind, cheap, 40)
        worlds.teach(learner, "dear", kind, dear, 40)
        worlds.teach(learner, "coder", kind, 0.6, 40)
    return learner.snapshot()


def answered(model, key=None, *, cost=0.001, failure_kind=None, verdicts=()):
    """A step of that model."""
    found = (Verdict("agreement", None, key=key),) if key else ()
    return Step(model, cost, 500.0, 30, 300, (*found, *verdicts), failure_kind=failure_kind)


def draws(snapshot, context, constraints, n=300):
    """So many decisions."""
    rng = np.random.default_rng(3)
    return [snapshot.decide(context, constraints, rng) for _ in range(n)]


def test_propensities_sum_to_one_and_the_chosen_ones_is_the_decisions(snapshot, worlds):
    """What is logged is what was drawn from."""
    for d in draws(snapshot, worlds.context_of("math"), Constraints(cost_weight=5.0), 40):
        p = {x.model: x.propensity for x in d.predictions}
        assert sum(p.values()) == pytest.approx(1.0)
        assert p[d.model] == d.propensity > 0


def test_models_are_drawn_as_often_as_their_propensities_say(worlds):
    """2,000 draws of an unsure learner; a right one fails with probability under 1e-3 (chi-squared, 2 degrees)."""
    snapshot = worlds.learner_of().snapshot()
    found = draws(snapshot, worlds.context_of("chat"), Constraints(cost_weight=1.0), 2000)
    p = {x.model: x.propensity for x in found[0].predictions}
    count = {m: sum(d.model == m for d in found) for m in p}
    assert sum((count[m] - 2000 * p[m]) ** 2 / (2000 * p[m]) for m in p if p[m] > 0) < 13.8


def test_the_dial_moves_traffic_from_the_best_to_the_cheapest(snapshot, worlds):
    """At the same knowledge."""
    context = worlds.context_of("math")
    share = [
        np.mean([d.model == "dear" for d in draws(snapshot, context, Constraints(cost_weight=w, max_steps=1), 100)])
        for w in (0.0, 20.0, 5000.0)
    ]
    assert share[0] > 0.8
    assert share[2] < 0.1
    assert share == sorted(share, reverse=True)


def test_knowledge_is_per_kind(worlds):
    """Where the cheap one is as good it is taken, elsewhere not: after 20 outcomes of each model at each kind."""
    learner = worlds.learner_of()
    for n in range(20):
        for kind in worlds.kinds:
            for model, quality in worlds.quality.items():
                worlds.teach(learner, model, kind, float(int((n + 1) * quality[kind]) > int(n * quality[kind])))
    for kind, model in (("chat", "cheap"), ("math", "dear")):
        found = draws(learner.snapshot(), worlds.context_of(kind), Constraints(cost_weight=20.0), 60)
        assert np.mean([d.model == model for d in found]) > 0.7


def test_a_decision_says_why(snapshot, worlds):
    """Strategy, path, familiarity, plan, lambda, versions."""
    d = draws(snapshot, worlds.context_of("math"), Constraints(cost_weight=5.0, judges=(AGREEMENT,)), 1)[0]
    assert d.strategy in {"taxonomy", "learned", "fused", "control"}
    assert d.node_path == ("root", "math-domain", "math")
    assert 0 < d.familiarity < 1
    assert d.plan[0] == d.model
    assert len(set(d.plan)) == len(d.plan)
    assert (d.cost_weight, d.feature_version, d.policy) == (5.0, "v1", "unified")


@pytest.mark.parametrize(
    ("constraints", "named"),
    [
        ({"models": ("nobody",)}, "models"),
        ({"models": ()}, "models"),
        ({"max_cost_usd": 1e-9}, "max_cost_usd"),
        ({"min_quality": 0.999}, "min_quality"),
    ],
)
def test_a_constraint_that_leaves_no_model_is_named(snapshot, worlds, constraints, named):
    """So that the caller knows what to loosen."""
    with pytest.raises(NoModelFits) as e:
        draws(snapshot, worlds.context_of("math"), Constraints(cost_weight=1.0, **constraints), 1)
    assert e.value.constraint == named


def test_a_learner_whose_models_are_all_disabled_names_the_models(worlds):
    """As does one that has none."""
    for models in ((), [replace(m, enabled=False) for m in worlds.models]):
        with pytest.raises(NoModelFits) as e:
            draws(worlds.learner_of(models).snapshot(), worlds.context_of("chat"), FREE, 1)
        assert e.value.constraint == "models"


def test_only_allowed_models_are_called(snapshot, worlds):
    """At first, and later in the cascade."""
    constraints = Constraints(models=("coder", "cheap"), cost_weight=0.0, judges=(AGREEMENT,))
    context = worlds.context_of("math")
    for d in draws(snapshot, context, constraints, 40):
        assert d.model in constraints.models
        assert {p.model for p in d.predictions} <= set(constraints.models)
        action = snapshot.next_action(context, d, [answered(d.model, "a")], constraints, np.random.default_rng(0))
        assert not isinstance(action, CallModel) or action.model in constraints.models


def test_a_cost_ceiling_is_kept_by_the_first_call_and_by_what_follows(snapshot, worlds):
    """Models that are expected to cost more than what is left are not called."""
    constraints = Constraints(max_cost_usd=0.004, cost_weight=0.0, judges=(AGREEMENT,))
    context = worlds.context_of("math")
    for d in draws(snapshot, context, constraints, 40):
        assert d.model != "dear"
    d = draws(snapshot, context, constraints, 1)[0]
    spent = [answered("cheap", "a", cost=0.0039)]
    assert isinstance(snapshot.next_action(context, d, spent, constraints, np.random.default_rng(0)), Accept)


def test_a_quality_floor_leaves_only_models_predicted_above_it(snapshot, worlds):
    """And an answer believed below it is not accepted while another can be called."""
    constraints = Constraints(min_quality=0.75, cost_weight=2000.0)
    context = worlds.context_of("math")
    found = draws(snapshot, context, constraints, 40)
    assert {d.model for d in found} == {"dear"}
    action = snapshot.next_action(context, found[0], [answered("cheap")], constraints, np.random.default_rng(0))
    assert isinstance(action, CallModel)


def test_a_deadline_leaves_the_models_that_can_make_it_or_else_the_fastest(worlds):
    """Latency is learnt from calls; with no time for any the fastest may try, and later none is called."""
    learner = worlds.learner_of()
    for n in range(60):
        slow = replace(worlds.episode_of("dear", "chat", n).steps[0], latency_ms=9000.0)
        fast = replace(worlds.episode_of("cheap", "chat", n).steps[0], latency_ms=200.0)
        for step in (slow, fast):
            learner.apply_one(worlds.episode_of(kind="chat", n=n, steps=(step,)))
    snapshot, context = learner.snapshot(), worlds.context_of("chat")
    in_time = Constraints(deadline_ms=4000.0, cost_weight=0.0)
    assert all(d.model != "dear" for d in draws(snapshot, context, in_time, 60))
    too_late = Constraints(deadline_ms=10.0, cost_weight=0.0)
    found = draws(snapshot, context, too_late, 60)
    assert {d.model for d in found} == {"cheap"}
    action = snapshot.next_action(context, found[0], [answered("cheap", "a")], too_late, np.random.default_rng(0))
    assert isinstance(action, Accept)


def test_a_session_keeps_its_model_unless_the_gain_beats_the_switch(snapshot, worlds):
    """Then with propensity 1; a model that is much worse, disabled or unknown is not kept."""
    chat, math = worlds.context_of("chat"), worlds.context_of("math")
    kept = Constraints(sticky_model="cheap", cost_weight=20.0, max_steps=1)
    found = draws(snapshot, chat, kept, 30)
    assert {(d.model, d.strategy, d.propensity) for d in found} == {("cheap", "sticky", 1.0)}
    assert all(d.strategy != "sticky" for d in draws(snapshot, math, replace(kept, cost_weight=0.0), 30))
    for gone in (replace(kept, sticky_model="unheard-of"), replace(kept, models=("dear", "coder"))):
        assert all(d.strategy != "sticky" for d in draws(snapshot, chat, gone, 10))


def test_the_first_call_is_the_decisions(snapshot, worlds):
    """With its propensity; where there is no cascade its answer is accepted unseen."""
    context = worlds.context_of("math")
    d = draws(snapshot, context, FREE, 1)[0]
    first = snapshot.next_action(context, d, [], FREE, np.random.default_rng(0))
    assert first == CallModel(d.model, d.propensity, final=False)
    only = snapshot.next_action(context, d, [], replace(FREE, max_steps=1), np.random.default_rng(0))
    assert only == CallModel(d.model, d.propensity, final=True)


def test_two_that_agree_are_accepted_and_two_that_disagree_call_a_third(worlds):
    """Agreement of the cheap ones saves the dear call."""
    learner = worlds.learner_of()
    for model, value in (("cheap", 0.7), ("coder", 0.7), ("dear", 0.97)):
        worlds.teach(learner, model, "chat", value, 40)
    snapshot, context = learner.snapshot(), worlds.context_of("chat")
    constraints = Constraints(cost_weight=5.0, judges=(AGREEMENT,))
    d = draws(snapshot, context, constraints, 1)[0]
    rng = np.random.default_rng(0)
    agree = snapshot.next_action(context, d, [answered("cheap", "a"), answered("coder", "a")], constraints, rng)
    differ = snapshot.next_action(context, d, [answered("cheap", "a"), answered("coder", "b")], constraints, rng)
    assert isinstance(agree, Accept)
    assert agree.quality > 0.8
    assert isinstance(differ, CallModel)
    assert differ.model == "dear"


def test_where_nothing_can_tell_two_answers_apart_no_second_is_paid_for(worlds):
    """Before anything is known, when hope is highest; but where there is a judge, or a floor above the first answer."""
    snapshot, context = worlds.learner_of().snapshot(), worlds.context_of("chat")
    d, rng = draws(snapshot, context, Constraints(cost_weight=1.0), 1)[0], np.random.default_rng(0)
    bounds = [Constraints(cost_weight=1.0, **b) for b in ({}, {"judges": (AGREEMENT,)}, {"min_quality": 0.9})]
    for bound, may_call in zip(bounds, (False, True, True), strict=True):
        found = {type(snapshot.next_action(context, d, [answered(d.model)], bound, rng)) for _ in range(40)}
        assert (CallModel in found) is may_call
    told = answered(d.model, verdicts=(Verdict("theirs", 0.2),))  # by a judge of the caller's own
    assert isinstance(snapshot.next_action(context, d, [told], bounds[0], rng), CallModel)


def test_without_keys_no_second_is_called_for_hope_alone(worlds):
    """A judge that is too dear to ask tells nothing of it, and the least known model's answer would be shown."""
    learner = worlds.learner_of()
    worlds.teach(learner, "coder", "chat", 1.0, 20)
    snapshot, context = learner.snapshot(), worlds.context_of("chat")
    bounds = Constraints(cost_weight=20.0, judges=(Judge("rubric", 0.05),))
    rng = np.random.default_rng(0)
    d = draws(snapshot, context, bounds, 1)[0]
    found = [snapshot.next_action(context, d, [answered("coder")], bounds, rng) for _ in range(40)]
    assert sum(isinstance(action, Accept) for action in found) >= 38  # the rest is drawn


def test_an_answer_that_a_majority_gave_is_accepted_from_its_first_giver(snapshot, worlds):
    """The index points at an answer with that key, and failed steps are never accepted."""
    context = worlds.context_of("math")
    d = draws(snapshot, context, FREE, 1)[0]
    steps = [answered("coder", failure_kind="timeout"), answered("cheap", "x"), answered("dear", "x")]
    action = snapshot.next_action(context, d, steps, FREE, np.random.default_rng(0))
    assert isinstance(action, Accept)
    assert action.index in {1, 2}


def test_a_failed_call_is_followed_by_another_model_and_the_last_failure_is_named(snapshot, worlds):
    """No model twice; when all have failed there is none left."""
    context = worlds.context_of("math")
    d = draws(snapshot, context, FREE, 1)[0]
    steps = []
    for _ in range(3):
        action = (
            snapshot.next_action(context, d, steps, FREE, np.random.default_rng(0)) if steps else CallModel("dear", 1)
        )
        assert isinstance(action, CallModel)
        assert action.model not in {s.model for s in steps}
        steps.append(answered(action.model, failure_kind="timeout"))
    with pytest.raises(NoModelFits) as e:
        snapshot.next_action(context, d, steps, FREE, np.random.default_rng(0))
    assert e.value.constraint == "models"


def test_the_most_steps_are_never_exceeded(snapshot, worlds):
    """Then what is best so far is accepted, and says so."""
    context = worlds.context_of("math")
    d = draws(snapshot, context, FREE, 1)[0]
    steps = [answered("cheap", "a"), answered("coder", "b")]
    action = snapshot.next_action(context, d, steps, replace(FREE, max_steps=2), np.random.default_rng(0))
    assert isinstance(action, Accept)
    assert action.reason == "max_steps"


def test_a_judge_is_asked_when_its_verdict_could_change_what_happens_and_is_worth_its_price(worlds):
    """A cheap one about a doubtful answer of models that are known; never a dear one, never one that has spoken."""
    learner = worlds.learner_of()
    worlds.teach(learner, "cheap", "math", 0.55, 40)
    worlds.teach(learner, "coder", "math", 0.45, 40)
    worlds.teach(learner, "dear", "math", 0.95, 40)
    snapshot, context = learner.snapshot(), worlds.context_of("math")
    rng = np.random.default_rng(0)
    cheap, dear = (Constraints(cost_weight=15.0, judges=(Judge("rubric", c),)) for c in (1e-5, 1.0))
    d = draws(snapshot, context, cheap, 1)[0]
    action = snapshot.next_action(context, d, [answered("cheap")], cheap, rng)
    assert isinstance(action, AskJudge)
    assert (action.judge, action.index) == ("rubric", 0)
    assert not isinstance(snapshot.next_action(context, d, [answered("cheap")], dear, rng), AskJudge)
    spoken = [answered("cheap", verdicts=(Verdict("rubric", 0.5),))]
    assert not isinstance(snapshot.next_action(context, d, spoken, cheap, rng), AskJudge)


def test_the_answer_of_a_model_that_may_be_good_is_shown_but_not_to_who_sets_a_floor(worlds):
    """Of two answers that differ: only what users see teaches of a model, and a floor is a promise."""
    learner = worlds.learner_of()
    worlds.teach(learner, "cheap", "math", 0.7, 40)
    snapshot, context = learner.snapshot(), worlds.context_of("math")
    expected, steps = snapshot.expect(context), [answered("cheap", "a"), answered("coder", "b")]
    belief = snapshot.beliefs.belief(expected, steps)
    assert belief.best() == 0
    shown = [
        snapshot.next_action(context, d, steps, c, np.random.default_rng(0))
        for c in (Constraints(max_steps=2), Constraints(max_steps=2, min_quality=0.01))
        for d in draws(snapshot, context, c, 1)
    ]
    assert [action.index for action in shown] == [1, 0]
    assert [action.quality for action in shown] == pytest.approx(belief.quality[[1, 0]], rel=1e-5)


def test_a_ceiling_on_latency_is_hard_and_counts_what_was_spent_already(worlds):
    """Unlike a deadline, which lets the fastest try: here no model is called that is expected to end after it."""
    learner = worlds.learner_of()
    for n in range(30):
        for model, ms in (("cheap", 200.0), ("coder", 9000.0), ("dear", 9000.0)):
            learner.apply_one(worlds.episode_of(steps=(Step(model, 0.001, ms),), kind="chat", n=n))
    snapshot, context = learner.snapshot(), worlds.context_of("chat")
    took = dict(zip(worlds.costs, snapshot.expect(context).latency.tolist(), strict=True))
    bound = Constraints(max_latency_ms=took["cheap"] + 100.0, judges=(AGREEMENT,))
    assert {d.model for d in draws(snapshot, context, bound, 50)} == {"cheap"}
    with pytest.raises(NoModelFits) as refused:
        snapshot.decide(context, Constraints(max_latency_ms=1.0), np.random.default_rng(0))
    assert refused.value.constraint == "max_latency_ms"
    (d,) = draws(snapshot, context, bound, 1)
    with pytest.raises(NoModelFits) as spent:
        snapshot.next_action(context, d, [answered("dear", failure_kind="garbage")], bound, np.random.default_rng(0))
    assert spent.value.constraint == "max_latency_ms"
    late = [answered("dear", "a")]
    assert isinstance(snapshot.next_action(context, d, late, bound, np.random.default_rng(0)), Accept)


def test_predictions_are_told_as_they_were_decided_on_to_six_digits(snapshot, worlds):
    """Propensities are exact."""
    d = snapshot.decide(worlds.context_of("math"), Constraints(), np.random.default_rng(0))
    for p in d.predictions:
        for number in (p.quality, p.quality_sd, p.cost_usd, p.latency_ms):
            assert number == float(f"{number:.6g}")
    assert sum(p.propensity for p in d.predictions) == pytest.approx(1.0, abs=1e-12)


def test_every_action_says_what_else_could_have_been_done_and_how_likely(lived, worlds):
    """Chances sum to 1, the one taken is among them with its own, and beliefs are of each step that answered."""
    snapshot, rng = lived.learner.snapshot(), np.random.default_rng(7)
    judges = (AGREEMENT, Judge("rubric", 1e-4))
    kinds, split = set(), 0
    for n in range(150):
        context = worlds.context_of(worlds.kinds[n % 3], rng)
        constraints = Constraints(cost_weight=20.0, judges=judges)
        d, steps = snapshot.decide(context, constraints, rng), []
        while not isinstance(action := snapshot.next_action(context, d, steps, constraints, rng), Accept):
            check_alternatives(action, steps)
            kinds.add(type(action))
            if isinstance(action, CallModel):
                failure_kind = "garbage" if rng.random() < 0.1 else None
                steps.append(answered(action.model, f"k{rng.integers(2)}", failure_kind=failure_kind))
            else:
                asked = steps[action.index]
                verdict = Verdict(action.judge, float(rng.random()))
                steps[action.index] = replace(asked, verdicts=(*asked.verdicts, verdict))
            split += len([a for a in action.alternatives if a.probability > 0]) > 1
        check_alternatives(action, steps)
        assert action.quality == action.believed[action.index]
    assert kinds == {CallModel, AskJudge}
    assert split > 10


def check_alternatives(action, steps):
    """As the log will have it."""
    taken = ActionTaken.of(action, first=not steps)
    assert len(taken.believed) == len(steps)
    assert [b is None for b in taken.believed] == [s.failed for s in steps]
    if steps:
        assert sum(a.probability for a in taken.alternatives) == pytest.approx(1.0)
        own = [a for a in taken.alternatives if (a.kind, a.model, a.judge, a.step) == taken_as(taken)]
        assert [a.probability for a in own] == [taken.probability]
        assert taken.probability > 0
    else:
        assert taken.alternatives == ()


def taken_as(taken):
    """What an alternative is known by."""
    return taken.kind, taken.model, taken.judge, taken.step


def test_every_cascade_ends(snapshot, worlds):
    """Whatever answers come, within the steps allowed and a verdict of each judge on each answer."""
    rng = np.random.default_rng(5)
    judges = (AGREEMENT, Judge("format"), Judge("rubric", 1e-4), Judge("strict", 2e-4))
    for n in range(60):
        constraints = Constraints(cost_weight=float(rng.choice([0.0, 5.0, 50.0])), judges=judges)
        context = worlds.context_of(worlds.kinds[n % 3], rng)
        d = snapshot.decide(context, constraints, rng)
        steps, actions = [], 0
        while not isinstance(action := snapshot.next_action(context, d, steps, constraints, rng), Accept):
            actions += 1
            assert actions <= 12
            if isinstance(action, CallModel):
                key = str(rng.integers(3)) if rng.random() < 0.8 else None
                steps.append(answered(action.model, key, verdicts=(Verdict("format", 1.0),)))
            else:
                s = steps[action.index]
                verdict = Verdict(action.judge, float(rng.random()), 1e-4)
                steps[action.index] = replace(s, verdicts=(*s.verdicts, verdict))
        assert len(steps) <= constraints.max_steps
        assert not steps[action.index].failed
        assert 0 <= action.quality <= 1


def test_a_disabled_model_leaves_at_once_and_comes_back_with_what_was_learnt(worlds):
    """No decision, no later call; its statistics stay."""
    learner = worlds.learner_of()
    worlds.teach(learner, "cheap", "chat", 0.95, 30)
    context = worlds.context_of("chat")
    before = {p.model: p.quality for p in draws(learner.snapshot(), context, FREE, 1)[0].predictions}
    learner.apply_one(ModelPut(9.0, replace(worlds.models[0], enabled=False)))
    snapshot = learner.snapshot()
    assert snapshot.models == ("coder", "dear")
    for d in draws(snapshot, context, Constraints(cost_weight=1000.0), 40):
        assert d.model != "cheap"
        assert "cheap" not in {p.model for p in d.predictions}
    learner.apply_one(ModelPut(10.0, worlds.models[0]))
    after = {p.model: p.quality for p in draws(learner.snapshot(), context, FREE, 1)[0].predictions}
    assert after == before


def test_a_new_model_starts_from_what_its_price_says_and_earns_its_share(worlds):
    """Between its neighbours in price at first; then, being as good as the dearest and cheaper, it takes over."""
    world = worlds.World(seed=6).run(120)
    for name, price in (("budget", 0.5), ("mid", 8.0), ("lux", 300.0)):
        world.learn(ModelPut(1.0, Model(name, price, price)))
    context = worlds.context_of("math")
    quality = {p.model: p.quality for p in draws(world.learner.snapshot(), context, FREE, 1)[0].predictions}
    assert quality["budget"] < quality["mid"] < quality["lux"]
    worlds.teach(world.learner, "mid", "math", 0.97, 40)
    found = draws(world.learner.snapshot(), context, Constraints(cost_weight=20.0, max_steps=1), 60)
    assert np.mean([d.model == "mid" for d in found]) > 0.7


@pytest.mark.parametrize(
    "parts",
    [
        {"exploration": False},
        {"cascade": False},
        {"lookahead": False},
        {"agreement": False},
        {"taxonomy": False},
        {"learned": False},
        {"recalibration": False},
        {"price_prior": False},
        {"soft_labels": False},
        {"joint_tuning": False},
        {"calibration": False},
        {"drift": False},
        {"taxonomy": False, "learned": False},
    ],
    ids="-".join,
)
def test_each_part_can_be_switched_off(worlds, parts):
    """For ablation: it still decides, learns, and names exact propensities."""
    world = worlds.World(seed=1, settings=worlds.without(**parts)).run(40)
    d = draws(world.learner.snapshot(), worlds.context_of("code"), Constraints(cost_weight=20.0), 1)[0]
    assert sum(p.propensity for p in d.predictions) == pytest.approx(1.0)
    if not parts.get("cascade", True):
        assert all(len(models) == 1 for models in world.called)


def test_a_dear_model_that_failed_early_is_still_tried_and_one_that_is_known_to_be_worse_hardly_ever(worlds):
    """It lies far below the best, but nobody knows by how much; and control traffic fades as outcomes come in."""
    learner = worlds.learner_of()
    for n in range(300):
        worlds.teach(learner, "coder", "math", float(n % 5 > 0))
        worlds.teach(learner, "cheap", "math", float(n % 5 == 0))
        if n < 2:
            worlds.teach(learner, "dear", "math", 0.0)
    (d,) = draws(learner.snapshot(), worlds.context_of("math"), Constraints(cost_weight=5.0), 1)
    p = {x.model: x for x in d.predictions}
    assert p["dear"].quality < p["coder"].quality - 0.3
    assert p["dear"].propensity > 0.005
    assert p["cheap"].propensity < p["dear"].propensity / 2


def test_control_traffic_goes_where_little_is_known_and_less_of_it_as_outcomes_come_in(worlds):
    """Two models near the best, believed alike: the one with 8 outcomes is tried more than that with 200."""
    learner = worlds.learner_of(settings=dataclasses.replace(worlds.without(exploration=False), exploration=0.1))
    for model, value, times in (("coder", 0.9, 200), ("cheap", 0.75, 200), ("dear", 0.75, 8)):
        worlds.teach(learner, model, "math", value, times)
    (d,) = draws(learner.snapshot(), worlds.context_of("math"), Constraints(cost_weight=0.0), 1)
    p = {x.model: x.propensity for x in d.predictions}
    assert p["coder"] > 0.9
    assert p["dear"] > 2 * p["cheap"] > 0
    explores = worlds.learner_of(settings=LearnerSettings(exploration=0.05))
    control = []
    for labels in (0.0, 5000.0):
        explores.estimates.labels = labels
        many = draws(explores.snapshot(), worlds.context_of("math"), Constraints(cost_weight=1.0), 1)[0].predictions
        control.append(min(x.propensity for x in many))
    assert control[0] > 4 * control[1]


@pytest.mark.parametrize("exploration", [0.0, 0.01, 0.1, 0.5, 1.0])
def test_propensities_are_probabilities_whatever_the_control_share(worlds, exploration):
    """At the start it is eleven times as large, but never more than all traffic."""
    learner = worlds.learner_of(settings=LearnerSettings(exploration=exploration))
    for constraints in (FREE, Constraints(cost_weight=50.0), Constraints(models=("dear",))):
        (d,) = draws(learner.snapshot(), worlds.context_of("math"), constraints, 1)
        p = [x.propensity for x in d.predictions]
        assert min(p) >= 0
        assert sum(p) == pytest.approx(1.0)


def test_before_anything_is_known_the_likelier_answer_is_shown(worlds):
    """Every model may then be as able as can be, which is no reason to show the cheapest one's."""
    snapshot = worlds.learner_of().snapshot()
    steps = [answered("cheap", "a"), answered("dear", "b")]
    constraints = Constraints(cost_weight=1.0, judges=(AGREEMENT,), max_steps=2)
    decision = snapshot.decide(worlds.context_of("math"), constraints, np.random.default_rng(0))
    rng = np.random.default_rng(0)
    assert snapshot.next_action(worlds.context_of("math"), decision, steps, constraints, rng).index == 1


def test_without_exploration_only_the_control_share_is_not_the_best(worlds):
    """Greedy, with a known positive propensity for each model near the best."""
    snapshot = worlds.learner_of(settings=worlds.without(exploration=False)).snapshot()
    d = draws(snapshot, worlds.context_of("chat"), Constraints(cost_weight=1.0), 1)[0]
    p = sorted((x.propensity for x in d.predictions), reverse=True)
    assert p[0] >= 0.99
    assert sum(p) == pytest.approx(1.0)
