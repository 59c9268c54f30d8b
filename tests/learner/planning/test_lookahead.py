"""What plans are worth, against an enumeration of everything that could happen."""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pointsman_learner.belief.joint_model import JointModel, believe
from pointsman_learner.normal import WEIGHTS, quantile
from pointsman_learner.planning.judge_bundles import JudgeBundle, bins_of
from pointsman_learner.planning.lookahead import Prospect, ask_judge_values, first_call_values, next_call_values
from pointsman_learner.planning.two_call_plans import NEVER

pytestmark = pytest.mark.no_cover  # thousands of rounds, which counting lines slows down by four fifths

JOINTS = st.builds(JointModel, rho=st.floats(0.0, 2.5), collides=st.floats(0.02, 0.5), differs=st.floats(0.0, 0.3))
POOL = st.lists(st.tuples(st.floats(0.1, 0.97), st.floats(0.0, 0.02)), min_size=2, max_size=4)
LAM = st.just(0.0) | st.floats(0.0, 20.0)
KEYS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3)


@dataclass(frozen=True)
class Story:
    """One way in which answers can come out: who shares a unit with whom, and which unit is the right one."""

    units: tuple[int, ...] = ()
    right: int | None = None


def tell(joint, story, p):
    """(probability, story) of every way in which one more answer, right with probability p, can come out."""
    new = max(story.units, default=-1) + 1
    if story.right is None:
        yield p, Story((*story.units, new), new)
    else:
        yield p * (1 - joint.differs), Story((*story.units, story.right), story.right)
        yield p * joint.differs, Story((*story.units, new), story.right)
    wrong = [u for u in story.units if u != story.right]
    for u in wrong:
        yield (1 - p) * joint.collides / len(wrong), Story((*story.units, u), story.right)
    yield (1 - p) * (1 - joint.collides if wrong else 1.0), Story((*story.units, new), story.right)


def worlds(joint, right, order):
    """{observed units: {right unit: (Z,) probability}} after calling models in this order, by enumeration."""
    found = {}
    for z, w in enumerate(WEIGHTS):
        stories = [(w, Story())]
        for m in order:
            stories = [(q * share, s) for q, story in stories for share, s in tell(joint, story, right[m, z])]
        for q, s in stories:
            found.setdefault(s.units, {}).setdefault(s.right, np.zeros(len(WEIGHTS)))[z] += q
    return found


def accept(rights):
    """Probability of being right with the likeliest unit."""
    return max((float(p.sum()) for unit, p in rights.items() if unit is not None), default=0.0)


def best_after(joint, p, order, calls_left, seen=()):
    """Best utility after these calls given the units seen, weighted by their probability, by brute force."""
    here = worlds(joint, p.right, order)
    mass = sum(float(q.sum()) for q in here[seen].values())
    value = accept(here[seen])
    if calls_left:
        for m in range(len(p.cost)):
            if p.callable[m] and m not in order:
                then = [u for u in worlds(joint, p.right, (*order, m)) if u[:-1] == seen]
                total = sum(best_after(joint, p, (*order, m), calls_left - 1, u) for u in then)
                value = max(value, total - p.lam * p.cost[m] * mass)
    return value


def prospect(joint, pool, lam, **more):
    """Models of these (quality, cost), all callable."""
    quality, cost = np.array(pool).T
    return Prospect(joint, joint.right_at(quantile(quality)), cost, lam, np.ones(len(pool), dtype=bool), **more)


def sides(bundle):
    """(2, bins) P(bin | wrong) and P(bin | right) of one bundle of judges."""
    bins = bins_of([bundle])
    return np.stack([bins.wrong, bins.good])


def units_of(keys):
    """The same partition by number."""
    seen = list(dict.fromkeys(keys))
    return tuple(seen.index(k) for k in keys)


@settings(max_examples=60, deadline=None)
@given(JOINTS, POOL, LAM)
def test_a_first_call_is_worth_what_enumeration_of_every_plan_of_three_says(joint, pool, lam):
    """Alone, or with a second and, where that then pays, a third."""
    p = prospect(joint, pool, lam)
    values, follow = first_call_values(p, exclusive=True)
    for a in range(len(pool)):
        single = float(p.right[a] @ WEIGHTS) - lam * p.cost[a]
        pairs = {}
        for b in range(len(pool)):
            if b != a:
                order = (min(a, b), max(a, b))
                partitions = worlds(joint, p.right, order)
                pairs[b] = sum(best_after(joint, p, order, 1, u) for u in partitions) - lam * (p.cost[a] + p.cost[b])
        assert values[a] == pytest.approx(max(single, *pairs.values()))
        assert follow[a] == -1 or pairs[follow[a]] == pytest.approx(max(pairs.values()))


@settings(max_examples=20, deadline=None)
@given(JOINTS, st.lists(st.tuples(st.floats(0.1, 0.97), st.floats(0.0, 0.02)), min_size=4, max_size=4), LAM, KEYS)
def test_a_next_call_is_worth_what_enumeration_says(joint, pool, lam, keys):
    """After up to three answers, with one call more where that pays."""
    p = prospect(joint, pool, lam)
    order = tuple(range(len(keys)))
    p.callable[list(order)] = False
    belief = believe(joint, p.right[list(order)], keys)
    seen = units_of(keys)
    mass = sum(float(q.sum()) for q in worlds(joint, p.right, order)[seen].values())
    values = next_call_values(p, belief)
    for m in range(len(pool)):
        if m in order:
            assert values[m] < -1e6
        else:
            then = [u for u in worlds(joint, p.right, (*order, m)) if u[:-1] == seen]
            total = sum(best_after(joint, p, (*order, m), 1, u) for u in then)
            assert values[m] == pytest.approx(total / mass - lam * p.cost[m], abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(JOINTS, POOL, LAM, KEYS)
def test_the_belief_is_what_enumeration_says(joint, pool, lam, keys):
    """Bayes' rule over all stories gives the same probabilities, and the same evidence."""
    keys = keys[: len(pool)]
    p = prospect(joint, pool, lam)
    order = tuple(range(len(keys)))
    rights = worlds(joint, p.right, order)[units_of(keys)]
    mass = sum(float(q.sum()) for q in rights.values())
    belief = believe(joint, p.right[list(order)], keys)
    expected = [float(rights.get(u, np.zeros(1)).sum()) / mass for u in range(len(belief.sizes))]
    assert belief.unit_quality == pytest.approx(expected)
    assert belief.log_evidence == pytest.approx(np.log(mass))


@settings(max_examples=25, deadline=None)
@given(JOINTS, POOL, LAM, st.floats(0.2, 3.0), st.floats(0.0, 0.01))
def test_without_keys_a_first_call_is_worth_what_enumeration_over_verdicts_says(joint, pool, lam, separation, price):
    """Call a, see a verdict, accept or call another, judged or not, and take the likeliest answer."""
    bundles = (JudgeBundle((), 0.0, 0.0), JudgeBundle(("rubric",), separation, price))
    p = prospect(joint, pool, lam, bins=bins_of(bundles))
    values, _ = first_call_values(p, exclusive=False)
    for a in range(len(pool)):
        plans = [float(p.right[a] @ WEIGHTS) - lam * p.cost[a]]
        for first in bundles:
            total = -lam * (p.cost[a] + first.cost_usd)
            for s in range(sides(first).shape[1]):
                right, wrong = (WEIGHTS * x * sides(first)[y, s] for x, y in ((p.right[a], 1), (1 - p.right[a], 0)))
                options = [right.sum()]
                for c, then in product(range(len(pool)), bundles):
                    if c != a:
                        after = -lam * (p.cost[c] + then.cost_usd) * (right + wrong).sum()
                        for if_wrong, if_right in sides(then).T:
                            chance = p.right[c] * if_right + (1 - p.right[c]) * if_wrong
                            after += max((right @ chance), (right + wrong) @ (p.right[c] * if_right))
                        options.append(after)
                total += max(options)
            plans.append(total)
        assert values[a] == pytest.approx(max(plans))


@settings(max_examples=50, deadline=None)
@given(st.tuples(JOINTS, LAM), POOL, st.floats(0.0, 1.0), st.booleans(), st.integers(0, 3))
def test_calling_is_worth_no_less_when_a_price_falls(shared, pool, share, exclusive, which):
    """Any one price, for every plan that could start with any model."""
    joint, lam = shared
    which %= len(pool)
    cheaper = [(q, c * share if i == which else c) for i, (q, c) in enumerate(pool)]
    before, _ = first_call_values(prospect(joint, pool, lam), exclusive=exclusive)
    after, _ = first_call_values(prospect(joint, cheaper, lam), exclusive=exclusive)
    assert (after >= before - 1e-9).all()


@settings(max_examples=50, deadline=None)
@given(JOINTS, POOL, st.lists(st.sampled_from(["a", "b", None]), min_size=1, max_size=3), st.floats(0.2, 3.0))
def test_what_is_free_never_hurts(joint, pool, keys, separation):
    """Another answer or verdict at no cost is worth at least accepting now: it can be ignored."""
    keys = keys[: len(pool)]
    p = prospect(joint, [(q, 0.0) for q, _ in pool], 10.0)
    belief = believe(joint, p.right[: len(keys)], keys)
    now = belief.unit_quality.max()
    assert (next_call_values(p, belief) >= now - 1e-9).all()
    assert ask_judge_values(p, belief, 0, bins_of([JudgeBundle(("free",), separation, 0.0)]))[0] >= now - 1e-9


@settings(max_examples=50, deadline=None)
@given(JOINTS, POOL, LAM, st.lists(st.sampled_from(["a", "b", None]), min_size=1, max_size=2))
def test_what_cannot_be_called_need_not_be_worked_out(joint, pool, lam, keys):
    """Values of what can be are the same without the rows of those that have answered, but for the last bits."""
    keys = keys[: len(pool) - 1]
    p = prospect(joint, pool, lam)
    p.callable[: len(keys)] = False
    among = replace(p, right=p.right[len(keys) :], cost=p.cost[len(keys) :], callable=p.callable[len(keys) :])
    belief = believe(joint, p.right[: len(keys)], keys)
    values, fewer = next_call_values(p, belief), next_call_values(among, belief)
    assert (values[: len(keys)] == NEVER).all()
    assert values[len(keys) :] == pytest.approx(fewer, abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(JOINTS | st.just(JointModel(differs=0.0)), st.floats(0.1, 0.9), st.sampled_from([["a"], ["a", "b"], [None]]))
def test_a_free_perfect_model_is_always_called(joint, quality, keys):
    """Its answer is right, but for a right answer in other words than an earlier right one."""
    right = np.vstack([joint.right_at(quantile(np.full(len(keys), quality))), np.ones((1, len(WEIGHTS)))])
    callable_ = np.array([False] * len(keys) + [True])
    p = Prospect(joint, right, np.zeros(len(right)), 5.0, callable_)
    belief = believe(joint, right[:-1], keys)
    value, now = next_call_values(p, belief)[-1], belief.unit_quality.max()
    assert value >= max(now, 1 - joint.differs) - 1e-9
    if not joint.differs:
        assert value == pytest.approx(1.0)


def test_two_cheap_models_that_may_disagree_are_worth_asking_only_with_a_third():
    """Disagreement decides the third call; without one it decides nothing, so one cheap model is better than two."""
    joint = JointModel(rho=1.0, collides=0.2, differs=0.03)
    pool = [(0.75, 0.0005), (0.75, 0.0005), (0.95, 0.02)]
    p = prospect(joint, pool, lam=10.0)
    values, follow = first_call_values(p, exclusive=True)
    assert follow[0] == 1
    assert values[0] > max(q - 10.0 * c for q, c in pool) + 0.01
    p.callable[2] = False
    values, follow = first_call_values(p, exclusive=True)
    assert follow[0] == follow[1] == -1
    assert values[0] == pytest.approx(float(p.right[0] @ WEIGHTS) - 10.0 * 0.0005)


def test_a_judge_is_worth_more_the_better_it_tells_right_from_wrong():
    """And nothing but its price where it tells nothing."""
    joint = JointModel()
    p = prospect(joint, [(0.6, 0.0), (0.9, 0.01)], lam=10.0)
    p.callable[0] = False
    belief = believe(joint, p.right[:1], [None])
    values = [ask_judge_values(p, belief, 0, bins_of([JudgeBundle(("j",), d, 0.001)]))[0] for d in (0.0, 1.0, 2.0, 4.0)]
    assert values == sorted(values)
    assert values[0] == pytest.approx(ask_judge_values(p, belief, 0, bins_of([JudgeBundle((), 0.0, 0.0)]))[0] - 0.01)


@given(st.floats(0.0, 6.0))
def test_the_bins_of_a_verdict_are_distributions_ordered_by_likelihood_ratio(separation):
    """Of wrong and of right answers; a higher bin speaks more for right."""
    bins = sides(JudgeBundle(("j",), separation, 0.0))
    assert bins.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert (bins >= 0).all()
    held = bins[:, bins.min(axis=0) > 1e-9]
    assert (np.diff(held[1] / held[0]) >= -1e-9).all()
