"""What could be saved, at what risk: sums, bounds, and which option is advised."""

import numpy as np
import pytest
from pointsman_learner.context.query import make_context
from pointsman_learner.events import ModelPut
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import Model
from pointsman_service.advice.logged_call import LoggedCall
from pointsman_service.advice.model_names import MOST_NAMES, OTHERS, UNTOLD, ModelNames
from pointsman_service.advice.quality import Expectations, Figure, difference, measured
from pointsman_service.advice.saving import Bar, by_model, kinds_of
from pointsman_service.advice.spending import SAMPLE, TAUGHT, Knowing, Moments, Rated, Spending, bounds_usd
from pointsman_service.domain import ChatMessage, ModelConfig, ModelPrices, Question, Usage
from pointsman_service.errors import ConfigurationError

BIG, SMALL = ModelPrices(10.0, 10.0, "configured"), ModelPrices(1.0, 1.0, "configured")
PRICES = {"big": BIG, "small": SMALL}


def context(text="q"):
    """What a policy sees of a text."""
    return make_context(text, {}, np.ones(4, np.float32) / 2, "e")


def knowing(**changes):
    """Two models, every query of one kind, unless a test says otherwise."""
    usual = {
        "context_of": lambda q: context(q.text),
        "kind_of": lambda _c: "math",
        "price_of": lambda model, *_: PRICES.get(model),
        "able": lambda _q, _tokens: PRICES,
        "candidates": PRICES,
    }
    return Knowing(**(usual | changes))


def call(prompt="What?", **changes):
    """A call of a thousand tokens, in all."""
    question = None if prompt is None else Question((ChatMessage("user", prompt),))
    return LoggedCall(question=question, answer="x", usage=Usage(500, None, 500), **changes)


def spent(calls, **changes):
    """What adding (call, model, quality) gives."""
    spending = Spending(knowing(**changes))
    for each, model, quality in calls:
        spending.add(each, model, quality)
    return spending


def test_spending_is_told_where_the_log_tells_it_and_computed_else():
    """And not known where neither price nor cost is."""
    found = spent([(call(cost_usd=0.5), "big", None), (call(), "big", None), (call(), "mine", None)])
    big, mine = found.groups["math", "big"], found.groups["math", "mine"]
    assert (big.calls, big.priced, big.spent_usd) == (2, 2, 0.51)
    assert (mine.calls, mine.priced, mine.spent_usd) == (1, 0, 0.0)
    assert (found.seen.computed, found.seen.unpriced) == (1, 1)


def test_another_model_takes_its_price_for_the_same_tokens():
    """Only for calls that it can take."""
    found = spent([(call(), "big", None)] * 3, able=lambda _q, tokens: ["small"] if tokens == 1000 else [])
    other = found.groups["math", "big"].alternatives["small"]
    assert (other.calls, round(other.spent_usd, 9), round(other.low_usd, 9)) == (3, 0.03, 0.003)
    assert not spent([(call(), "big", None)], able=lambda _q, _t: ()).groups["math", "big"].alternatives


def test_a_cache_and_thoughts_make_bounds():
    """Another provider may have nothing cached; another model may not think."""
    cheap = ModelPrices(1.0, 10.0, "configured", cached_input_usd_per_million=0.1)
    low, high = bounds_usd(cheap, Usage(1000, 900, 100, 60))
    assert (round(low, 9), high) == (0.00059, 0.002)


def test_tokens_that_are_not_told_are_guessed_from_the_texts_and_counted():
    """Without a prompt there is nothing to guess by."""
    bare = Question((ChatMessage("user", "a" * 400),))
    found = spent([(LoggedCall(question=bare, answer="b" * 40), "big", None), (LoggedCall(answer="b"), "big", None)])
    assert found.groups["math", "big"].spent_usd == pytest.approx(110 * 10 / 1e6)
    assert (found.seen.estimated, found.seen.unpriced, found.seen.without_prompt) == (2, 1, 1)


def test_memory_does_not_grow_with_the_log():
    """A few contexts of a group, a few hundred rated calls of a model."""
    found = spent([(call(f"q {i}"), "big", 1.0) for i in range(3 * TAUGHT)])
    assert len(found.groups["math", "big"].sample.kept) == SAMPLE
    assert len(found.taught["big"].kept) == TAUGHT
    assert found.groups["math", "big"].rated.n == 3 * TAUGHT


@pytest.mark.parametrize(
    ("times", "days"), [((0, 43_200), None), ((0, 86_400 * 2), 2.0), ((0, None), None), ((), None)]
)
def test_a_rate_a_day_needs_a_day_at_least(times, days):
    """And the time of every call: less is no support."""
    found = spent([(call(at=None if t is None else 1e9 + t), "big", None) for t in times])
    assert found.seen.days == days


def test_few_words_are_no_measurement():
    """Twenty are the fewest, as in evaluations of the service's own log."""
    assert measured(Moments(19, 10.0, 10.0)) is None
    found = measured(Moments(20, 10.0, 10.0))
    assert 0.2 < found.low < 0.5 < found.high < 0.8
    alike = measured(Moments(50, 50.0, 50.0))
    assert (alike.mean, alike.high) == (1.0, 1.0)
    assert 0.8 < alike.low < 1.0


def test_measured_bounds_hold_about_as_often_as_they_say():
    """95 %, of one model and of a difference; of 1,000 draws fewer than 920 with a chance of 1 in 10,000."""
    rng = np.random.default_rng(1)
    held = np.zeros(2)
    for _ in range(1_000):
        n, right = rng.integers(20, 200, 2), rng.uniform(0.5, 0.95, 2)
        totals = rng.binomial(n, right).astype(float)
        one, other = (measured(Moments(int(k), total, total)) for k, total in zip(n, totals, strict=True))
        between = difference(one, other)
        held += one.low <= right[0] <= one.high, between.low <= right[0] - right[1] <= between.high
    assert (held > 920).all()
    assert (held < 995).all()


def test_a_difference_is_as_unsure_as_both_are():
    """And rests on the log where both do."""
    sure, guess = Figure(0.9, 0.85, 0.95, "log", 100), Figure(0.6, 0.2, 1.0, "prior")
    found = difference(sure, guess)
    assert found.basis == "prior"
    assert (found.mean, found.low, found.high) == (0.3, -0.103, 0.703)  # by their half-widths' hypotenuse
    assert difference(sure, sure).basis == "log"
    assert difference(sure, sure).rated == 100


def kinds(spending, quality, most_loss=0.05):
    """By qualities that are said, of every kind."""
    bar = Bar(most_loss, cost_weight=20.0)
    return kinds_of(list(spending.groups.values()), lambda model, _contexts: quality.get(model), bar)


def prior(mean):
    """A guess."""
    return Figure(mean, max(0.0, mean - 0.3), min(1.0, mean + 0.3), "prior")


def test_an_option_within_the_loss_is_advised():
    """With its saving, its risk, and what is left where the present model is asked again."""
    found = spent([(call(), "big", None)] * 10)
    (kind,) = kinds(found, {"big": prior(0.7), "small": prior(0.68)})
    assert kind.advised
    assert kind.option.model == "small"
    assert (kind.option.low_usd, kind.option.high_usd) == (pytest.approx(0.09), pytest.approx(0.09))
    assert kind.option.again_usd == pytest.approx(0.38 * 0.1 - 0.01)
    assert kind.option.loss.mean == 0.02
    (saving,) = by_model([kind])
    assert saving.beyond is None
    assert (saving.advised.calls, saving.advised.models, saving.advised.measured) == (10, {"small": 1}, 0.0)


def test_of_two_within_the_loss_the_better_is_advised_where_the_cheaper_saves_hardly_more():
    """Worth is quality less lambda times cost, as the service decides."""
    prices = {**PRICES, "tiny": ModelPrices(0.9, 0.9, "configured"), "dear": ModelPrices(9.0, 9.0, "configured")}
    found = spent([(call(), "big", None)] * 10, able=lambda _q, _t: prices, candidates=prices)
    quality = {"big": prior(0.7), "small": prior(0.69), "tiny": prior(0.66), "dear": prior(0.7)}
    (kind,) = kinds(found, quality)
    assert kind.option.model == "small"


def test_a_larger_loss_is_told_but_not_advised():
    """The operator sees what it would be."""
    (kind,) = kinds(spent([(call(), "big", None)]), {"big": prior(0.9), "small": prior(0.5)})
    assert not kind.advised
    assert (kind.option.model, kind.why) == ("small", "what is cheaper is expected to lose more")
    (saving,) = by_model([kind])
    assert saving.advised is None
    assert saving.beyond.loss.mean == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("logged", "model", "why"),
    [
        (call(None), "big", "no prompt is in the log"),
        (LoggedCall(question=Question((ChatMessage("user", "q"),))), "mine", "nobody knows what they cost"),
        (call(), "small", "no other configured model is cheaper"),
    ],
)
def test_where_nothing_can_be_said_it_says_why(logged, model, why):
    """No support, no number."""
    (kind,) = kinds(spent([(logged, model, None)]), {"big": prior(0.7), "small": prior(0.7), "mine": prior(0.7)})
    assert kind.option is None
    assert kind.why.startswith(why)


def test_words_on_answers_beat_what_is_expected():
    """Where there are enough on this kind; else the guess stands."""
    calls = [(call(), "big", 1.0)] * 30 + [(call(), "small", 0.0)] * 30
    big, _small = kinds(spent(calls), {"big": prior(0.5), "small": prior(0.5)})
    assert (big.quality.mean, big.quality.basis, big.option.loss.basis) == (1.0, "log", "log")
    assert not big.advised


def test_expectations_begin_with_prices_and_follow_the_words():
    """A dearer model is taken to be abler, and what the log says of it moves that."""
    events = [ModelPut(0.0, Model("big", 10.0, 10.0)), ModelPut(0.0, Model("small", 0.1, 0.1))]
    untaught = Expectations(LearnerSettings(), events, ())
    asked = [context()]
    assert untaught.figure("big", asked).mean > untaught.figure("small", asked).mean
    assert untaught.figure("big", asked).high - untaught.figure("big", asked).low > 0.3
    assert untaught.figure("unheard of", asked) is untaught.figure("big", []) is None
    taught = Expectations(LearnerSettings(), events, [Rated("small", context(), 1.0, None, None)] * 60)
    assert taught.figure("small", asked).mean > untaught.figure("small", asked).mean + 0.1
    assert taught.figure("small", asked).low > untaught.figure("small", asked).low


MODELS = [
    ModelConfig("smart", "litellm", "openai/gpt-4o"),
    ModelConfig("quick", "litellm", "gpt-4o-mini"),
    ModelConfig("there", "litellm", "a/same"),
    ModelConfig("here", "litellm", "b/same"),
]


@pytest.mark.parametrize(
    ("model", "asked", "name"),
    [
        ("gpt-4o-2024-08-06", "gpt-4o", "smart"), ("openai/gpt-4o", "", "smart"), ("gpt-4o", "quick", "quick"),
        ("azure/gpt-4o-mini-2024-07-18", "", "quick"), ("same", "", "same"), ("a/same", "", "there"),
        ("gpt-4o-audio", "", "gpt-4o-audio"),
        ("", "", UNTOLD), ("x", "y", "x"), ("old", "", "smart"),
    ],
)  # fmt: skip
def test_a_logs_model_is_the_configured_one_where_that_is_plain(model, asked, name):
    """By name, provider's name, with or without provider and date; what two models have is neither's."""
    assert ModelNames(MODELS, {"old": "smart"}).of(model, asked) == name


def test_names_are_bounded_and_renames_are_checked():
    """A hostile log has a model a line."""
    names = ModelNames(MODELS, {})
    assert len({names.of(f"m{i}", "") for i in range(10 * MOST_NAMES)}) == MOST_NAMES + 1
    assert names.of("one more", "") == OTHERS
    with pytest.raises(ConfigurationError, match="no model is named 'smrt'; did you mean"):
        ModelNames(MODELS, {"old": "smrt"})
