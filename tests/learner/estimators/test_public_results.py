"""Public results foretell abilities, by kind of query, and outcomes say what they are worth."""

import numpy as np
import pytest
from msgspec.structs import replace
from pointsman_learner.estimators.taxonomy import Place, Places
from pointsman_learner.events import ModelPut, TaxonomyNodePut
from pointsman_learner.learner import Learner
from pointsman_learner.snapshot import Snapshot
from pointsman_learner.types import Model

PROSE, CODE = (("prose", 1.0), ("code", -1.0)), (("prose", -1.0), ("code", 1.0))
WRITER = Model("writer", 1.0, 1.0, True, PROSE, 40.0)
CODER = Model("coder", 1.0, 1.0, True, CODE, 40.0)
STRANGER = Model("x", 1.0, 1.0)
LETTERS = {"id": "letters", "parent": "root", "center": (1.0, 0.0), "nearness": {"prose": 0.9, "code": 0.1}}
PROGRAMS = {"id": "programs", "parent": "root", "center": (0.0, 1.0), "nearness": {"prose": 0.1, "code": 0.9}}
NODES = (LETTERS, PROGRAMS)


def learner_of(models=(WRITER, CODER, STRANGER), nodes=NODES, *, nodes_first=False):
    """One that was told of these, and of nothing else."""
    learner = Learner()
    told = [*(ModelPut(0.0, m) for m in models)], [*(TaxonomyNodePut(0.0, n) for n in nodes)]
    for event in (*told[nodes_first], *told[not nodes_first]):
        learner.apply_one(event)
    return learner


def at(learner, node):
    """Abilities at a node, by model."""
    e = learner.estimates
    weights = np.zeros((1, len(e.taxonomy)))
    weights[0, [0, e.taxonomy.index(node)]] = 1.0
    mean, var = e.effects.opinion(Places(weights, [("root", node)], [1.0]))
    return dict(zip((m.name for m in e.models), zip(mean[0], var[0], strict=True), strict=True))


def teach(learner, node, model, residual, times):
    """So many observations above, or below, what was expected."""
    e = learner.estimates
    place = Place(np.array([0, e.taxonomy.index(node)]), np.ones(2), (), 1.0)
    for _ in range(times):
        e.effects.learn(place, e.row(model), residual)


def test_a_model_is_taken_to_be_able_where_its_results_are_good():
    """Each at the kind whose category is near; who has none is as their mean."""
    learner = learner_of()
    letters, programs = at(learner, "letters"), at(learner, "programs")
    assert letters["writer"][0] > letters["x"][0] > letters["coder"][0]
    assert programs["coder"][0] > programs["x"][0] > programs["writer"][0]
    assert letters["writer"][1] < letters["x"][1], "what has results is surer"


def test_the_order_in_which_models_and_nodes_are_told_is_nothing():
    """A start tells models first, an operator may not."""
    one, other = learner_of(), learner_of((STRANGER, CODER, WRITER), NODES[::-1], nodes_first=True)
    for node in ("letters", "programs"):
        for name, found in at(one, node).items():
            assert found == pytest.approx(at(other, node)[name])


def test_a_category_that_foretells_nothing_fades():
    """Outcomes of the two speak for the third that has the same results: what results are worth is shared."""
    twin = replace(CODER, name="twin")
    learner = learner_of((WRITER, CODER, twin))
    before = at(learner, "programs")
    teach(learner, "programs", "coder", -1.0, 30)
    teach(learner, "programs", "writer", 1.0, 30)
    after = at(learner, "programs")
    gap = [b["twin"][0] - b["writer"][0] for b in (before, after)]
    assert gap[1] < gap[0]
    shrunk = learner.estimates.effects.results
    assert shrunk.mean[0] @ np.array([-1.0, 1.0]) < 0.0, "at the root, code speaks against"


def test_evidence_outweighs_results():
    """Whatever is said beforehand."""
    learner = learner_of()
    for _ in range(300):
        mean, _ = at(learner, "programs")["coder"]
        teach(learner, "programs", "coder", -0.5 - mean, 1)
    assert at(learner, "programs")["coder"][0] == pytest.approx(-0.5, abs=0.05)


def test_other_results_move_what_was_not_learnt_and_nothing_else():
    """An upgraded table, or one that is switched off."""
    fresh, lived = learner_of(), learner_of()
    teach(lived, "letters", "writer", 0.0, 2000)
    for learner in (fresh, lived):
        learner.apply_one(ModelPut(1.0, Model("writer", 1.0, 1.0)))
    assert at(fresh, "letters")["writer"] == pytest.approx(at(fresh, "letters")["x"])
    assert at(lived, "letters")["writer"][0] == pytest.approx(at(learner_of(), "letters")["writer"][0], abs=0.1)


def test_a_model_that_comes_later_is_measured_from_the_same_mean():
    """What is known of the others does not move because one more has results."""
    learner = learner_of((WRITER, CODER))
    learner.estimates.episodes = 1.0
    before = at(learner, "letters")
    learner.apply_one(ModelPut(1.0, Model("best", 1.0, 1.0, True, (("prose", 3.0), ("code", 3.0)), 40.0)))
    after = at(learner, "letters")
    assert {name: after[name] for name in before} == before
    assert after["best"][0] > after["writer"][0]


def test_a_snapshot_has_them(worlds):
    """And is read back with them."""
    learner = learner_of()
    teach(learner, "programs", "coder", -1.0, 5)
    context = worlds.context_of("code")
    living = learner.estimates.expect(context)
    snapshot = learner.snapshot()
    again = Snapshot.from_bytes(snapshot.to_bytes(), 1)
    for policy in (snapshot, again):
        assert policy.expect(context).mean == pytest.approx(living.mean, abs=1e-6)
        assert policy.expect(context).var == pytest.approx(living.var, rel=1e-5)
    assert Learner.from_bytes(learner.to_bytes()).digest() == learner.digest()


def test_without_results_nothing_is_different():
    """Nodes that say how near they are to categories change nothing where no model has results."""
    plain = [{k: v for k, v in node.items() if k != "nearness"} for node in NODES]
    one, other = learner_of((STRANGER,), NODES), learner_of((STRANGER,), plain)
    assert at(one, "letters") == at(other, "letters")


def test_a_node_that_a_job_grew_is_as_near_as_its_parent():
    """It says nothing of categories itself."""
    learner = learner_of()
    learner.apply_one(TaxonomyNodePut(1.0, {"id": "letters.love", "parent": "letters", "center": (0.9, 0.1)}))
    effects = learner.estimates.effects
    assert effects.results.prior[learner.estimates.taxonomy.index("letters.love")] == pytest.approx([0.0, 0.0])


def test_what_the_operator_expects_counts_as_some_outcomes():
    """Once, however often the model is told anew; another figure is another word."""
    learner = learner_of((STRANGER,))
    before = at(learner, "letters")["x"]
    trusted = replace(STRANGER, expected_quality=0.95)
    learner.apply_one(ModelPut(1.0, trusted))
    after = at(learner, "letters")["x"]
    assert after[0] > before[0]
    assert after[1] < before[1]
    learner.apply_one(ModelPut(2.0, replace(trusted, input_usd_per_million=2.0)))
    assert at(learner, "letters")["x"] == after
    learner.apply_one(ModelPut(3.0, replace(trusted, expected_quality=0.3)))
    assert at(learner, "letters")["x"][0] < before[0]


def test_a_model_that_comes_later_starts_from_what_was_learnt_of_its_relative():
    """Most of it, and only where something could be learnt."""
    learner = learner_of()
    teach(learner, "programs", "x", -1.0, 30)
    learner.apply_one(ModelPut(1.0, replace(STRANGER, name="early", relative="x")))
    learner.estimates.episodes = 1.0
    learner.apply_one(ModelPut(2.0, replace(STRANGER, name="late", relative="x")))
    found = at(learner, "programs")
    assert found["x"][0] < found["late"][0] < found["early"][0]
    assert found["late"][1] > found["x"][1]
