"""The learner's state is a fold of the log: marks, restarts, poison, and what the configuration declares."""

from dataclasses import asdict

import numpy as np
import pytest
from pointsman_learner.belief.calibration import OddsCalibration
from pointsman_learner.belief.discriminant import DiscriminantJudges
from pointsman_learner.belief.registry import COMBINATIONS
from pointsman_learner.codec import from_json, to_json
from pointsman_learner.estimates import Estimates
from pointsman_learner.events import BudgetPut, EpisodeRecorded, FeedbackRecorded, JobApplied, ModelPut, TaxonomyNodePut
from pointsman_learner.learner import Learner
from pointsman_learner.parts import Parts
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import Context, Decision, Model, ModelPrediction, Step
from pointsman_service.config.declared import Configured, Declared
from pointsman_service.ports import Logged
from pointsman_service.process.base import kept_base
from pointsman_service.process.fold import Fold, Mark, empty_mark, settings_key
from pointsman_service.process.learner_loop import starting_mark
from pointsman_service.process.verify import verify

SETTINGS = LearnerSettings()
BUDGET = 3.0


class ListLog:
    """A log in memory."""

    def __init__(self, events):
        self.events = [Logged(i + 1, *(e if isinstance(e, tuple) else (e,))) for i, e in enumerate(events)]

    def read(self, after, limit=1000):
        return [e for e in self.events if e.position > after][:limit]


class Kept:
    """Checkpoints in memory."""

    def __init__(self, latest=None, base=None):
        self._latest, self._base = latest, base

    def put(self, payload, position, at):
        self._latest = payload, position

    def latest(self):
        return self._latest

    def base(self):
        return self._base


POISON = ModelPut(0.0, None)  # no learner can take it


def episode(k):
    """An answered episode, then its feedback."""
    rng = np.random.default_rng(k)
    embedding = rng.normal(size=256).astype(np.float32)
    embedding /= np.linalg.norm(embedding)
    surface = np.zeros(len(_surface()), np.float32)
    names = ("a", "b")
    model = names[k % 2]
    predictions = tuple(ModelPrediction(n, 0.5, 0.1, 0.01, 100.0, 0.5) for n in names)
    decision = Decision(model, 0.5, predictions, (model,), "learned", ("root",), 0.0, 20.0, 0, "f", "p")
    context = Context("f", embedding, surface, 10)
    return EpisodeRecorded(f"e{k}", "t", float(k), context, decision, (Step(model, 0.01, 50.0),), 0, "utility", 0.5)


def _surface():
    from pointsman_learner.context.query import SURFACE_FEATURES

    return SURFACE_FEATURES


def history(n=30):
    """Models, a budget, then n episodes, each with a thumb."""
    events = [ModelPut(0.0, Model("a", 1.0, 1.0)), ModelPut(0.0, Model("b", 2.0, 2.0)), BudgetPut(0.0, "t", BUDGET)]
    for k in range(n):
        e = episode(k)
        events += [e, (FeedbackRecorded(f"f{k}", e.episode_id, "t", k + 0.5, "thumb", float(k % 3 == 0)), e)]
    return events


def run(fold, log):
    """Fold it all."""
    fold.run_to(log.events[-1].position)
    return fold.learner.digest()


def test_a_fold_from_a_mark_equals_one_from_empty():
    """To the bit, through the bytes of a checkpoint."""
    log = ListLog(history())
    whole = Fold(log, SETTINGS)
    digest = run(whole, log)
    part = Fold(log, SETTINGS)
    part.run_to(20)
    resumed = Fold(log, SETTINGS, Mark.from_bytes(part.mark().to_bytes()))
    assert resumed.position == 20
    assert run(resumed, log) == digest
    assert resumed.declared == whole.declared


def test_a_poison_event_is_as_if_it_had_never_been_there():
    """The state equals that of a log without it, whether the fold began at a mark or from empty."""
    clean = history()
    poisoned = [*clean[:25], POISON, *clean[25:40], POISON, *clean[40:]]
    told = []
    log = ListLog(poisoned)
    from_empty = Fold(log, SETTINGS, on_poison=lambda e, error: told.append((e.position, error)))
    digest = run(from_empty, log)
    assert [position for position, _ in told] == [26, 42]
    assert from_empty.skipped == (26, 42)
    with_marks = Fold(log, SETTINGS)
    while with_marks.advance(7):
        with_marks.mark()
    assert with_marks.learner.digest() == digest
    clean_log = ListLog(clean)
    assert run(Fold(clean_log, SETTINGS), clean_log) == digest


def test_an_advance_takes_at_most_its_limit():
    """So that the loop can look at the clock."""
    log = ListLog(history())
    fold = Fold(log, SETTINGS)
    assert (fold.advance(5), fold.position) == (5, 5)
    assert (fold.advance(100), fold.advance(100)) == (58, 0)


@pytest.mark.parametrize("payload", [b"", b"garbage\nx", b"{}\nx", b"[]\nx", b'{"position": 1}\n'])
def test_bytes_that_are_no_mark_are_a_value_error(payload):
    """Whatever is wrong with them."""
    with pytest.raises(ValueError, match=r"."):
        Mark.from_bytes(payload)


def test_verification_holds_for_a_fold_and_says_how_far():
    """Digest of the checkpoint and of a fold from empty."""
    log = ListLog([*history(), POISON])
    fold = Fold(log, SETTINGS)
    run(fold, log)
    result = verify(log, Kept((fold.mark().to_bytes(), 64)), SETTINGS)
    assert result.holds
    assert (result.position, result.since, result.skipped) == (64, 0, (64,))
    assert str(result).startswith("verified: learnt state is the fold of events 1 to 64, 1 skipped")


def test_verification_finds_a_state_that_is_not_the_fold():
    """A state that learnt something that is not in the log."""
    log = ListLog(history())
    fold = Fold(log, SETTINGS)
    run(fold, log)
    fold.learner.apply_one(BudgetPut(0.0, "intruder", 1.0))
    fold.learner.apply_one(ModelPut(0.0, Model("intruder")))
    result = verify(log, Kept((fold.mark().to_bytes(), 63)), SETTINGS)
    assert not result.holds
    assert str(result).startswith("NOT EQUAL")


def test_verification_of_a_pruned_log_begins_at_the_base():
    """The checkpoint that pruning relied on."""
    log = ListLog(history())
    fold = Fold(log, SETTINGS)
    fold.run_to(20)
    base = fold.mark().to_bytes()
    run(fold, log)
    kept = Kept((fold.mark().to_bytes(), 63), (base, 20))
    log.events = log.events[20:]
    result = verify(log, kept, SETTINGS)
    assert (result.holds, result.since) == (True, 20)


def test_a_pruned_log_is_folded_under_the_settings_of_today():
    """What pruned episodes taught stays, and each start goes on from a state that is a fold under its settings."""
    log = ListLog(history())
    fold = Fold(log, SETTINGS)
    fold.run_to(20)
    kept = Kept(base=(fold.mark().to_bytes(), 20))
    log.events = log.events[20:]
    today = LearnerSettings(default_cost_weight=9.0, half_life=100.0)
    again = Fold(log, today, kept_base(kept, today))
    assert again.learner.estimates.episodes == fold.learner.estimates.episodes > 0
    run(again, log)
    assert again.learner.estimates.settings == today
    kept.put(again.mark().to_bytes(), 63, 1.0)
    result = verify(log, kept, today)
    assert (result.holds, result.since) == (True, 20)
    assert starting_mark(kept, today, log).position == 63


def test_what_was_promoted_under_other_settings_is_not_in_force_under_those_of_today():
    """Nor is there anything to roll back to."""
    learner = Learner(SETTINGS)
    learner.record.earned.add(0.5)
    promotion = {"kind": "promote", "parts": asdict(Parts(learned=False)), "evidence": {"incumbent": 0.5}}
    learner.apply_one(JobApplied(1.0, "promote", promotion))
    assert (learner.estimates.settings.opinion, learner.record.before) == ("taxonomy", SETTINGS.opinion)
    learner.follow(SETTINGS)
    assert (learner.estimates.settings, learner.record.before) == (SETTINGS, None)


def test_another_combination_of_judges_begins_anew(monkeypatch):
    """What odds are worth is worth nothing of other odds; the same combination stays as it is."""

    class Others(DiscriminantJudges):
        """Some other combination."""

    monkeypatch.setitem(COMBINATIONS, "others", Others)
    estimates = Estimates.of(SETTINGS)
    estimates.judges.see({"format": 1.0})
    estimates.odds.learn_one(0.5, 1.0, 1.0)
    judges, theta = estimates.judges, estimates.odds.theta
    estimates.follow(LearnerSettings(half_life=9.0))
    assert (estimates.judges, estimates.odds.theta is theta) == (judges, True)
    estimates.follow(LearnerSettings(judge_combination="others"))
    assert isinstance(estimates.judges, Others)
    assert (estimates.judges.names, estimates.odds.theta.tolist()) == ([], OddsCalibration().theta.tolist())


def test_without_a_comparable_checkpoint_nothing_is_claimed():
    """None yet, or one of other settings."""
    assert not verify(ListLog([]), Kept(), SETTINGS).holds
    other = Kept((empty_mark(LearnerSettings(default_cost_weight=9.0)).to_bytes(), 0))
    result = verify(ListLog([]), other, SETTINGS)
    assert not result.holds
    assert "other learner settings" in str(result)
    assert settings_key(SETTINGS) != settings_key(LearnerSettings(default_cost_weight=9.0))


def told(declared, *configured):
    """Apply the differences to what is declared."""
    events = list(declared.differences(Configured(*configured), 1.0))
    for e in events:
        declared.apply_one(e)
    return events


def node(node_id, title="T"):
    """A taxonomy node as its event carries it."""
    return {"id": node_id, "parent": "root", "title": title, "center": [0.1, 0.2]}


def test_only_differences_are_declared():
    """The first start tells everything, the next one nothing."""
    declared = Declared()
    models, budgets, nodes = [Model("a"), Model("b")], {"t": 3.0}, [node("x")]
    assert [type(e) for e in told(declared, models, budgets, nodes)] == [ModelPut, ModelPut, BudgetPut, TaxonomyNodePut]
    assert told(declared, models, budgets, nodes) == []
    assert from_json(to_json(declared), Declared) == declared == declared.copy()
    assert told(declared.copy(), [Model("a", 9.0), Model("b")], {"t": 4.0}, [node("x", "new")]) == [
        ModelPut(1.0, Model("a", 9.0)),
        BudgetPut(1.0, "t", 4.0),
        TaxonomyNodePut(1.0, node("x", "new")),
    ]


def test_what_is_configured_no_more_is_disabled_or_lifted():
    """Once."""
    declared = Declared()
    told(declared, [Model("a"), Model("b")], {"t": 3.0}, [])
    assert told(declared, [Model("a")], {}, []) == [ModelPut(1.0, Model("b", enabled=False)), BudgetPut(1.0, "t", None)]
    assert told(declared, [Model("a")], {}, []) == []


def test_a_change_tells_of_what_it_changes_and_of_nothing_else():
    """What is there no more is disabled, lifted or retired, as it was last."""
    before = Configured([Model("a"), Model("b")], {"t": 3.0}, [node("x"), node("y")])
    after = Configured([Model("a", 9.0)], {"u": 1.0}, [node("x"), node("z")])
    assert list(after.since(before, 1.0)) == [
        ModelPut(1.0, Model("a", 9.0)),
        ModelPut(1.0, Model("b", enabled=False)),
        BudgetPut(1.0, "u", 1.0),
        BudgetPut(1.0, "t", None),
        TaxonomyNodePut(1.0, node("z")),
        TaxonomyNodePut(1.0, {**node("y"), "retired": True}),
    ]
    assert list(after.since(after, 1.0)) == []


def test_a_learner_restored_from_a_mark_is_the_same():
    """What `Mark.state` promises."""
    learner = Learner(SETTINGS)
    assert Learner.from_bytes(learner.to_bytes()).digest() == learner.digest()
