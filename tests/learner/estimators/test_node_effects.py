"""What each kind of query tells of each model, shrunk toward the kind above."""

import numpy as np
import pytest
from pointsman_learner.estimators.node_effects import Effects
from pointsman_learner.estimators.taxonomy import Place, Taxonomy
from pointsman_learner.hyperparameters import H

ROOT, DOMAIN, A, B, OTHER = range(5)


@pytest.fixture
def effects():
    """Two models over root > domain > (a, b), and root > other."""
    taxonomy = Taxonomy()
    for name, parent in (("domain", "root"), ("a", "domain"), ("b", "domain"), ("other", "root")):
        taxonomy.put_dict({"id": name, "parent": parent})
    e = Effects()
    e.resize(taxonomy, 2)
    return e


def at(*nodes):
    """Wholly at these."""
    return Place(np.array(nodes), np.ones(len(nodes)), (), 1.0)


def learn(effects, place, model, value, times):
    """So many outcomes of this value."""
    for _ in range(times):
        mean, _ = effects.predict(place)
        effects.learn(place, model, value - float(mean[model]))


def test_without_evidence_every_kind_says_the_level_and_is_unsure(effects):
    """The less so, the more particular it is."""
    mean, var = effects.predict(at(ROOT, DOMAIN, A))
    assert mean == pytest.approx([H.level, H.level])
    assert (var > effects.predict(at(ROOT))[1]).all()


def test_a_kind_without_evidence_says_what_its_parent_says(effects):
    """What was learnt at a tells of b, its sibling, and less of the other domain."""
    learn(effects, at(ROOT, DOMAIN, A), 0, 0.2, 30)
    a, b, other = (float(effects.predict(at(*p))[0][0]) for p in ((0, 1, A), (0, 1, B), (0, OTHER)))
    assert a < b < other < H.level


def test_a_kind_that_one_model_finds_hard_is_harder_for_one_never_tried_there(effects):
    """By the shared effect, and less than for the model itself."""
    learn(effects, at(ROOT, DOMAIN, A), 0, 0.1, 30)
    mean, var = effects.predict(at(ROOT, DOMAIN, A))
    assert mean[0] < mean[1] < H.level
    assert var[0] < var[1]


def test_evidence_finds_the_mean_and_narrows_the_variance(effects):
    """After 300 outcomes within 0.03 of what they were."""
    learn(effects, at(ROOT, DOMAIN, A), 1, 0.95, 300)
    mean, var = effects.predict(at(ROOT, DOMAIN, A))
    assert mean[1] == pytest.approx(0.95, abs=0.03)
    assert var[1] < effects.own_prior[A, 1]


def test_a_lesson_counts_by_its_weight_and_by_how_much_the_query_belongs(effects):
    """Half a membership and half a lesson teach less."""

    def moved(place, weight):
        e = Effects(*(getattr(effects, n).copy() for n in Effects.__dataclass_fields__))
        e.learn(place, 0, -0.5, weight)
        return H.level - float(e.predict(at(ROOT, DOMAIN, A))[0][0])

    whole, soft = at(ROOT, DOMAIN, A), Place(np.array([0, 1, A]), np.array([1.0, 0.5, 0.5]), (), 1.0)
    assert moved(whole, 1.0) > moved(whole, 0.5) > 0
    assert moved(whole, 1.0) > moved(soft, 1.0) > 0


def test_evidence_is_counted_where_the_query_belongs_and_forgotten(effects):
    """By how much it belongs there and how much of an outcome it was."""
    place = Place(np.array([ROOT, DOMAIN, A]), np.array([1.0, 0.5, 0.5]), (), 1.0)
    effects.count(place, 1, 0.8)
    assert effects.evidence[[ROOT, A], 1].tolist() == [0.8, 0.4]
    effects.forget(0.5)
    assert effects.evidence[ROOT].tolist() == [0.0, 0.4]


def test_forgetting_widens_toward_the_prior_and_keeps_the_mean(effects):
    """What was known is known less, not otherwise."""
    place = at(ROOT, DOMAIN, A)
    learn(effects, place, 0, 0.3, 50)
    before, sure = effects.predict(place)
    effects.forget(0.5)
    after, unsure = effects.predict(place)
    assert after == pytest.approx(before)
    assert (unsure > sure).all()
    for _ in range(200):
        effects.forget(0.5)
    assert effects.own_var == pytest.approx(effects.own_prior)


def test_an_alarm_widens_one_model_only(effects):
    """Then it learns fast again."""
    place = at(ROOT, DOMAIN, A)
    for m in (0, 1):
        learn(effects, place, m, 0.8, 50)
    _, before = effects.predict(place)
    effects.widen(0, 0.5)
    _, after = effects.predict(place)
    assert after[0] > before[0]
    assert after[1] == before[1]


def test_costs_are_ratios_to_the_list_shrunk_to_the_kind_above(effects):
    """Three times the list at a; b, without calls, is taken to be like its parents; a price change is relearnt."""
    for _ in range(50):
        effects.learn_ratio(0, at(ROOT, DOMAIN, A), 0, 3.0)
    ratio = effects.predict_ratios(at(ROOT, DOMAIN, A))[0]
    assert ratio[0] == pytest.approx(3.0, abs=0.3)
    assert 1.0 < ratio[1] <= 3.0
    assert effects.predict_ratios(at(ROOT, DOMAIN, A))[1] == pytest.approx([1.0, 1.0])
    effects.relearn_cost(0)
    for _ in range(30):
        effects.learn_ratio(0, at(ROOT, DOMAIN, A), 0, 1.0)
    assert effects.predict_ratios(at(ROOT, DOMAIN, A))[0][0] == pytest.approx(1.0, abs=0.3)


def test_room_for_new_kinds_and_models_keeps_what_was_learnt(effects):
    """A new node starts at its prior and says what its parent says."""
    learn(effects, at(ROOT, DOMAIN, A), 0, 0.2, 30)
    before = effects.predict(at(ROOT, DOMAIN, A))[0][0]
    taxonomy = Taxonomy()
    for name, parent in (("domain", "root"), ("a", "domain"), ("b", "domain"), ("other", "root"), ("a1", "a")):
        taxonomy.put_dict({"id": name, "parent": parent})
    effects.resize(taxonomy, 3)
    assert effects.predict(at(ROOT, DOMAIN, A))[0][0] == before
    assert effects.predict(at(ROOT, DOMAIN, A, 5))[0][0] == before
    assert len(effects.predict(at(ROOT))[0]) == 3
