"""What another policy would have brought, for whole cascades, in a world where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from pointsman_learner.evaluation.choices import choices_of
from pointsman_learner.evaluation.estimate import Always, compare, evaluate
from pointsman_learner.evaluation.per_decision import terms_of
from pointsman_learner.evaluation.table import Told, table_of
from pointsman_learner.evaluation.target import Logged
from pointsman_learner.types import Step

from .cascade_world import COST, JUDGE_COST, Chances, alone, log_of, truth_of

LOGGING = Chances()
OTHER = Chances(first=0.85, accept=0.25, ask=0.6, doubted=0.1)
LOGS, EPISODES = 100, 400


def test_an_episode_is_told_as_its_choices_with_what_was_known_at_each():
    """A verdict that was asked for is there from then on, and its dollars are those of asking."""
    told = next(t for t in log_of(LOGGING, 200, 1) if len(t.episode.actions) == 4)
    choices = choices_of(told.episode)
    assert [c.taken[0] for c in choices] == ["call", "ask", "call", "accept"]
    assert [len(c.steps) for c in choices] == [0, 1, 1, 2]
    assert [bool(c.steps and c.steps[0].verdicts) for c in choices] == [False, False, True, True]
    assert [c.cost_usd for c in choices] == pytest.approx([COST["small"], JUDGE_COST, COST["large"], 0.0])
    assert all(sum(c.chances.values()) == pytest.approx(1) and c.taken in c.chances for c in choices)


def test_steps_that_no_policy_chose_belong_to_the_call_before():
    """A model that was tried again, and a call beside a slow one."""
    told = next(t for t in log_of(LOGGING, 200, 1) if len(t.episode.actions) == 3 and len(t.episode.steps) == 2)
    again = Step("small", 0.002, 100.0, failure_kind="timeout")
    first, second = told.episode.steps
    episode = replace(told.episode, steps=(first, again, second))
    choices = choices_of(episode)
    assert [len(c.steps) for c in choices] == [0, 2, 3]
    assert [c.cost_usd for c in choices] == pytest.approx([COST["small"] + 0.002, COST["large"], 0.0])


def test_an_episode_without_steps_is_its_first_choice_alone():
    """Whatever actions it has: there is no answer that they could be about."""
    told = next(t for t in log_of(LOGGING, 200, 1) if len(t.episode.actions) == 4)
    (choice,) = choices_of(replace(told.episode, steps=(), answer=None))
    assert (choice.taken[0], choice.steps, choice.cost_usd, choice.whole) == ("call", (), 0.0, True)


def test_the_policy_in_force_is_what_the_log_shows():
    """Every ratio is 1 and all of it has support; the log's own means, but for what is known of luck."""
    told = log_of(LOGGING, 500, 2)
    found = evaluate(told, Logged())
    assert (found.support, found.effective) == (1.0, 500)
    assert found.quality.mean == pytest.approx(np.mean([t.reward for t in told]), abs=0.02)
    assert found.cost_usd.mean == pytest.approx(np.mean([t.episode.cost_usd for t in told]))


@pytest.mark.parametrize("told", [1.0, 0.3], ids=["all-told", "a-third-told"])
def test_intervals_hold_the_truth_as_often_as_they_say(told):
    """Ninety-five of a hundred logs, of which chance may take five; and far narrower than importance sampling's."""
    quality, cost = truth_of(OTHER)
    covers, widths, plain = [], [], []
    for seed in range(LOGS):
        log = log_of(LOGGING, EPISODES, (3, seed), told=told)
        found = evaluate(log, OTHER)
        covers.append(
            (found.quality.low <= quality <= found.quality.high, found.cost_usd.low <= cost <= found.cost_usd.high)
        )
        widths.append(found.quality.high - found.quality.low)
        plain.append(_width_by_importance_sampling(log, OTHER))
    assert np.mean(covers, axis=0).min() >= 0.9
    assert np.mean(widths) < 0.6 * np.mean(plain)


def test_words_about_a_part_of_the_log_say_no_more_of_it_than_they_are():
    """A hundred of four hundred tell as much where they are the first as where they are every fourth."""
    log = log_of(LOGGING, 400, 5)

    def width(heard):
        quality = evaluate(
            [Told(t.episode, t.reward if heard(k) else None) for k, t in enumerate(log)], Logged()
        ).quality
        return quality.high - quality.low

    spread = width(lambda k: k % 4 == 0)
    assert width(lambda k: k < 100) > 0.8 * spread > 1.2 * width(lambda _: True)


def _width_by_importance_sampling(log, target):
    rated = [t for t in log if t.reward is not None]
    choices = [choices_of(t.episode) for t in rated]
    weight = terms_of(
        table_of(rated, choices, [target.chances(t.episode, c) for t, c in zip(rated, choices, strict=True)])
    ).weight
    terms = weight * np.array([t.reward for t in rated])
    return 2 * 1.96 * terms.std(ddof=1) / len(terms) ** 0.5


@pytest.mark.parametrize("model", ["small", "large"])
def test_one_model_alone_is_valued_by_all_its_answers(model):
    """Also those that followed another's: how good an answer is does not depend on what was called before it."""
    covers, costs = [], []
    for seed in range(LOGS):
        found = evaluate(log_of(Chances(first=0.9), EPISODES, (4, seed), told=0.5), Always(model))
        covers.append(found.quality.low <= alone(model) <= found.quality.high)
        costs.append(found.cost_usd.mean)
    assert np.mean(covers) >= 0.9
    assert np.mean(costs) == pytest.approx(COST[model], rel=0.02)


def test_a_confidence_that_rounds_to_certainty_has_an_interval():
    """Wider than that of a lesser one, and finite."""
    log = log_of(LOGGING, 200, 8)
    nearly, usual = (evaluate(log, Logged(), confidence=c).quality for c in (1.0 - 2.0**-53, 0.95))
    assert nearly.low < usual.low < usual.high < nearly.high


def test_without_support_there_is_no_number():
    """The log's policy never called the model, or never in a way that the other would."""
    only_small = Chances(first=1.0, accept=1.0, ask=0.0)
    log = log_of(only_small, 300, 5)
    found = evaluate(log, Always("large"))
    assert (found.quality, found.cost_usd, found.utility) == (None, None, None)
    assert "no support" in found.why
    assert evaluate(log, Chances(first=0.2)).quality is None


def test_what_has_no_support_widens_the_interval_by_as_much_as_it_could_matter():
    """A tenth of what the policy would do could never be seen: its quality may be anything."""
    log = log_of(Chances(ask=0.0, accept=0.6), 1_000, 6)
    found = evaluate(log, Chances(ask=0.2, accept=0.5))
    assert 0.8 < found.support < 0.95
    assert found.quality.high - found.quality.low > 1 - found.support
    quality, _ = truth_of(Chances(ask=0.2, accept=0.5))
    assert found.quality.low <= quality <= found.quality.high


def test_too_few_words_of_users_give_no_quality_but_a_cost():
    """Dollars are known of every episode."""
    found = evaluate(log_of(LOGGING, 300, 7, told=0.01), OTHER)
    assert found.quality is None
    assert found.cost_usd is not None
    assert "feedback" in found.why


def test_two_policies_on_one_log_are_compared_pair_by_pair():
    """What chance did to both cancels out, so that the difference is surer than either."""
    log = log_of(LOGGING, 1_000, 8, told=0.5)
    found = compare(log, OTHER)
    truth = truth_of(OTHER)[0] - truth_of(LOGGING)[0]
    assert found.quality.low <= truth <= found.quality.high
    apart = (found.policy.quality.high - found.policy.quality.low) ** 2 + (
        found.other.quality.high - found.other.quality.low
    ) ** 2
    assert found.quality.high - found.quality.low < apart**0.5


def test_values_stay_in_their_range():
    """Of few episodes, too, where ratios are large."""
    for seed in range(20):
        found = evaluate(log_of(Chances(first=0.3), 60, (9, seed)), Chances(first=0.9, accept=0.1))
        if found.quality is not None:
            assert 0 <= found.quality.low <= found.quality.mean <= found.quality.high <= 1
        if found.cost_usd is not None:
            assert 0 <= found.cost_usd.low <= found.cost_usd.mean <= found.cost_usd.high


def test_no_episodes_are_an_error():
    """As there is nothing to say anything of."""
    with pytest.raises(ValueError, match="no episodes"):
        evaluate([], Logged())
    assert Told(log_of(LOGGING, 1, 0)[0].episode).reward is None
