"""Who speaks: slip rates are found, inherited and forgotten, and no source moves the others beyond a bound."""

import numpy as np
import pytest
from pointsman_learner.belief.sources import Sources, softened
from pointsman_learner.hyperparameters import H

ACME, OTHER = ("acme",), ("other",)


def speak(sources, path, words, flip=0.0, *, seed=0, believed=0.85):
    """So many thumbs on answers that are right as often as believed, `flip` of which say the opposite."""
    rng = np.random.default_rng(seed)
    right = rng.random(words) < believed
    said = right != (rng.random(words) < flip)
    return [sources.learn(path, 0, believed, float(v)) for v in said]


@pytest.mark.parametrize("seed", range(5))
def test_who_slips_often_is_told_from_who_does_not(seed):
    """By 200 thumbs on answers of which .97 are taken to be right."""
    honest, careless = Sources(), Sources()
    speak(honest, ACME, 200, 0.0, seed=seed, believed=0.97)
    speak(careless, ACME, 200, 0.2, seed=seed, believed=0.97)
    assert honest.slip(ACME) < 0.03
    assert 0.1 < careless.slip(ACME) < 0.3


def test_a_new_end_user_is_taken_to_slip_as_those_of_its_tenant_do():
    """Of which its own words, which count in full, soon say more."""
    sources = Sources()
    before = sources.slip((*ACME, "key", "ann"))
    for user in range(20):
        speak(sources, (*ACME, "key", f"user-{user}"), 10, 0.3, seed=user, believed=0.97)
    inherited = sources.slip((*ACME, "key", "ann"))
    speak(sources, (*ACME, "key", "ann"), 300, 0.0, believed=0.97)
    assert before < 0.05 < inherited
    assert sources.slip((*ACME, "key", "ann")) < inherited / 2
    assert sources.slip(OTHER) == before


def test_what_one_source_says_against_all_others_is_bounded():
    """A thousand thumbs down count for less than 30, of whichever of its end users they come."""
    sources = Sources()
    speak(sources, ACME, 500)
    alone = [sources.learn(OTHER, 0, 0.85, 0.0) for _ in range(1000)]
    of_many = [sources.learn(("third", f"user-{n}"), 0, 0.85, 0.0) for n in range(1000)]
    assert sum(alone[:100]) < 15
    assert max(sum(alone), sum(of_many)) < 30


def test_who_says_what_is_so_counts_in_full():
    """Whichever share of all words is its own; and alone it counts in full whatever it says."""
    sources = Sources()
    alone = [sources.learn(ACME, 0, 0.85, 0.0) for _ in range(100)]
    assert alone == [1.0] * 100
    sources = Sources()
    speak(sources, OTHER, 300, seed=1)
    assert np.mean(speak(sources, ACME, 300)) > 0.97


def test_a_word_in_the_other_direction_counts_in_full():
    """A source that has been too hard on a model may always take it back."""
    sources = Sources()
    speak(sources, ACME, 300)
    for _ in range(100):
        sources.learn(OTHER, 0, 0.85, 0.0)
    assert sources.learn(OTHER, 0, 0.85, 0.0) < 0.1
    assert sources.learn(OTHER, 0, 0.85, 1.0) == 1.0


def test_scores_of_one_half_tell_nothing_of_slips():
    """And one that is measured is taken as it is."""
    sources = Sources()
    before = sources.slip(ACME)
    for _ in range(100):
        sources.learn(ACME, 0, 0.9, 0.5)
    assert sources.slip(ACME) == before
    assert softened(0.5, 0.9, 0.4) == 0.5


def test_memory_is_bounded():
    """Anybody may name an end user: those that spoke last are remembered."""
    sources = Sources()
    for n in range(2 * H.sources):
        sources.learn(("acme", f"user-{n}"), 0, 0.8, 1.0)
    assert len(sources.said) == H.sources
    assert ACME in sources.said
