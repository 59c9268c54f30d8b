"""Words and events: what is logged is what was meant."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pointsman_learner.events import (
    BudgetPut,
    EpisodeRecorded,
    FeedbackRecorded,
    JobApplied,
    ModelPut,
    OutcomeReported,
    TaxonomyNodePut,
    WarmStarted,
    event_from_dict,
)
from pointsman_learner.words import (
    Context,
    Decision,
    Judge,
    KnownOutcome,
    Model,
    ModelPrediction,
    NoModelFits,
    Step,
    Verdict,
    model_names,
)

TEXT = st.text(max_size=8)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
UNIT = st.floats(0, 1)
COUNT = st.integers(0, 10**7)
NAMES = st.lists(TEXT, max_size=3).map(tuple)


def maybe(strategy):
    """Or nothing."""
    return st.none() | strategy


def vectors(size):
    """float32 arrays that float16 holds exactly."""
    return st.lists(st.integers(-512, 512), min_size=size, max_size=size).map(
        lambda v: np.array(v, dtype=np.float32) / 512
    )


MODELS = st.builds(Model, TEXT, maybe(NUMBER), maybe(NUMBER), st.booleans())
VERDICTS = st.builds(Verdict, TEXT, maybe(UNIT), NUMBER, NUMBER, maybe(TEXT), maybe(TEXT))
STEPS = st.builds(
    Step, TEXT, NUMBER, NUMBER, COUNT, COUNT, st.lists(VERDICTS, max_size=2).map(tuple), maybe(TEXT), UNIT
)
CONTEXTS = st.builds(Context, TEXT, vectors(4), vectors(2), COUNT, st.dictionaries(TEXT, TEXT, max_size=2))
PREDICTIONS = st.builds(ModelPrediction, TEXT, UNIT, NUMBER, NUMBER, NUMBER, UNIT)
DECISIONS = st.builds(
    Decision,
    TEXT,
    UNIT,
    st.lists(PREDICTIONS, max_size=2).map(tuple),
    NAMES,
    TEXT,
    NAMES,
    UNIT,
    NUMBER,
    COUNT,
    TEXT,
    TEXT,
)
KNOWN_OUTCOMES = st.builds(
    KnownOutcome, TEXT, UNIT, UNIT, maybe(NUMBER), maybe(NUMBER), st.dictionaries(TEXT, UNIT, max_size=2)
)
KNOWN_QUERIES = st.tuples(CONTEXTS, st.lists(KNOWN_OUTCOMES, max_size=2).map(tuple))
JSON = st.dictionaries(TEXT, maybe(st.booleans() | COUNT | NUMBER | TEXT | st.lists(NUMBER, max_size=3)), max_size=3)
EVENTS = st.one_of(
    st.builds(
        EpisodeRecorded,
        TEXT,
        TEXT,
        NUMBER,
        CONTEXTS,
        DECISIONS,
        st.lists(STEPS, max_size=2).map(tuple),
        maybe(st.integers(0, 3)),
        TEXT,
        maybe(UNIT),
    ),
    st.builds(OutcomeReported, TEXT, TEXT, NUMBER, STEPS),
    st.builds(FeedbackRecorded, TEXT, TEXT, TEXT, NUMBER, TEXT, UNIT, maybe(TEXT), NUMBER),
    st.builds(ModelPut, NUMBER, MODELS),
    st.builds(BudgetPut, NUMBER, TEXT, maybe(NUMBER)),
    st.builds(TaxonomyNodePut, NUMBER, JSON),
    st.builds(JobApplied, NUMBER, TEXT, JSON),
    st.builds(WarmStarted, TEXT, NUMBER, st.lists(KNOWN_QUERIES, max_size=2).map(tuple)),
)


def through_json(value):
    """Written down and read again."""
    return json.loads(json.dumps(value.to_dict()))


@settings(max_examples=150)
@given(EVENTS)
def test_every_event_survives_the_log(event):
    """As JSON, with its kind; arrays that float16 holds are the same."""
    again = event_from_dict(through_json(event))
    assert type(again) is type(event)
    assert again.to_dict() == event.to_dict()
    if not isinstance(event, EpisodeRecorded | WarmStarted):  # arrays have no one equality
        assert again == event


@given(MODELS | VERDICTS | STEPS | DECISIONS | PREDICTIONS | KNOWN_OUTCOMES)
def test_every_word_survives_the_log(word):
    """Equal, not only alike."""
    assert type(word).from_dict(through_json(word)) == word


@given(CONTEXTS, st.floats(0.01, 10))
def test_a_context_survives_up_to_float16(context, scale):
    """Half precision: three digits of seven."""
    context = Context(context.feature_version, context.embedding * np.float32(scale), context.surface, 3, context.hints)
    again = Context.from_dict(through_json(context))
    assert again.embedding == pytest.approx(context.embedding, rel=1e-3, abs=1e-6)
    assert again.embedding.dtype == np.float32
    assert np.array_equal(again.surface, context.surface)
    assert (again.feature_version, again.input_tokens, again.hints) == (context.feature_version, 3, context.hints)


def test_an_event_of_a_newer_schema_is_an_error():
    """It must not be skipped: the state would differ."""
    with pytest.raises(KeyError):
        event_from_dict({"kind": "of-tomorrow"})


@given(st.lists(STEPS, max_size=3))
def test_an_episode_costs_its_calls_and_its_judges(steps):
    """All that it cost."""
    context = Context("v", np.zeros(1, np.float32), np.zeros(1, np.float32), 1)
    decision = Decision("m", 1.0, (), ("m",), "static", (), 0.0, 1.0, 0, "v", "p")
    episode = EpisodeRecorded("e", "t", 0.0, context, decision, tuple(steps))
    assert episode.cost_usd == sum(s.cost_usd + sum(v.cost_usd for v in s.verdicts) for s in steps)


def test_a_steps_key_is_the_first_that_a_judge_could_tell():
    """None where none could."""
    verdicts = (Verdict("format", 1.0), Verdict("agreement", None, key="k"), Verdict("other", None, key="l"))
    assert Step("m", 0.0, 0.0, verdicts=verdicts).key == "k"
    assert Step("m", 0.0, 0.0, verdicts=verdicts[:1]).key is None


def test_small_words_say_what_they_mean():
    """Enabled models in order; a judge without a price is free; the constraint that left none is named."""
    assert model_names([Model("a"), Model("b", enabled=False), Model("c")]) == ("a", "c")
    assert Judge("format").free
    assert not Judge("rubric", 0.001).free
    error = NoModelFits("deadline", "each takes longer")
    assert error.constraint == "deadline"
    assert "each takes longer" in str(error)
