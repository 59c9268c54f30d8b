"""The log's one codec: what is logged is what was meant, it is small, and what could not be read back is refused."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pointsman_learner.actions import ActionTaken, Alternative
from pointsman_learner.codec import decode, encode, from_json, to_builtins, to_json
from pointsman_learner.events import (
    BudgetPut,
    ConfigurationDeclared,
    EpisodeRecorded,
    EvidenceForgotten,
    EvidenceRestored,
    FeedbackRecorded,
    JobApplied,
    ModelPut,
    OperatorActed,
    OutcomeReported,
    SessionOutcomeRecorded,
    ShadowRecorded,
    TaxonomyNodePut,
    WarmStarted,
)
from pointsman_learner.types import (
    Constraints,
    Context,
    Decision,
    Judge,
    KnownOutcome,
    Model,
    ModelPrediction,
    Step,
    Verdict,
)
from pointsman_learner.vectors import LONG, logged, packed, unpacked

MOST_BYTES = 2_350
"""Half of what an episode of one step over nine models took before."""

TEXT = st.text(max_size=8)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
UNIT = st.floats(0, 1)
COUNT = st.integers(0, 10**7)


def maybe(strategy):
    """Or nothing."""
    return st.none() | strategy


def some(strategy):
    """A few, as a tuple."""
    return st.lists(strategy, max_size=2).map(tuple)


def labels(values):
    """A small mapping."""
    return st.dictionaries(TEXT, values, max_size=2)


def vectors(size):
    """float32 arrays that the codec holds exactly: multiples of a 126th of the largest."""
    steps = st.lists(st.integers(-126, 126), min_size=size - 1, max_size=size - 1)
    return st.builds(lambda k, top: (np.array([*k, 126]) / 126 * np.float32(top)).astype(np.float32), steps, UNIT)


JSON = st.recursive(
    maybe(st.booleans() | COUNT | NUMBER | TEXT),
    lambda inner: st.lists(inner, max_size=2) | labels(inner),
    max_leaves=4,
)
MODELS = st.builds(Model, TEXT, maybe(NUMBER), maybe(NUMBER), st.booleans())
VERDICTS = st.builds(Verdict, TEXT, maybe(UNIT), NUMBER, NUMBER, maybe(TEXT), maybe(TEXT))
MEASURED = {"cached_input_tokens": maybe(COUNT), "reasoning_tokens": maybe(COUNT), "failure_kind": maybe(TEXT)}
STEPS = st.builds(
    Step, TEXT, NUMBER, NUMBER, COUNT, COUNT, some(VERDICTS), maybe(TEXT), UNIT,
    deployment=maybe(TEXT), finish_reason=maybe(TEXT), **MEASURED,
)  # fmt: skip
CONTEXTS = st.builds(Context, TEXT, vectors(4), vectors(2), COUNT, labels(TEXT))
PREDICTIONS = st.builds(ModelPrediction, TEXT, UNIT, NUMBER, NUMBER, NUMBER, UNIT)
DECISIONS = st.builds(
    Decision, TEXT, UNIT, some(PREDICTIONS), some(TEXT), TEXT, some(TEXT), UNIT, NUMBER, COUNT, TEXT, TEXT,
    would=some(TEXT),
)  # fmt: skip

JUDGES = st.builds(Judge, TEXT, NUMBER, NUMBER)
CONSTRAINTS = st.builds(
    Constraints, maybe(some(TEXT)), maybe(NUMBER), maybe(NUMBER), maybe(UNIT), maybe(NUMBER), some(JUDGES), maybe(TEXT),
    TEXT, COUNT, maybe(NUMBER), maybe(NUMBER), labels(TEXT),
)  # fmt: skip
KINDS = st.sampled_from(["call", "ask", "accept"])
ALTERNATIVES = st.builds(Alternative, KINDS, maybe(TEXT), maybe(TEXT), maybe(COUNT), UNIT)
ACTIONS = st.builds(
    ActionTaken, KINDS, UNIT, maybe(TEXT), maybe(TEXT), maybe(COUNT), some(ALTERNATIVES), some(maybe(UNIT)), maybe(TEXT)
)
KNOWN_OUTCOMES = st.builds(KnownOutcome, TEXT, UNIT, UNIT, maybe(NUMBER), maybe(NUMBER), labels(UNIT))
WORDS = MODELS | VERDICTS | STEPS | DECISIONS | PREDICTIONS | KNOWN_OUTCOMES | CONSTRAINTS | JUDGES | ACTIONS
EVENTS = st.one_of(
    st.builds(
        EpisodeRecorded, TEXT, TEXT, NUMBER, CONTEXTS, DECISIONS, some(STEPS), maybe(COUNT), TEXT, maybe(UNIT),
        CONSTRAINTS, some(ACTIONS), maybe(TEXT), maybe(TEXT), maybe(TEXT), some(TEXT), maybe(NUMBER),
    ),
    st.builds(
        OutcomeReported, TEXT, TEXT, NUMBER, TEXT, maybe(NUMBER), maybe(NUMBER), maybe(COUNT), maybe(COUNT),
        verdicts=some(VERDICTS), error=maybe(TEXT), propensity=maybe(UNIT), request_id=maybe(TEXT), **MEASURED,
    ),
    st.builds(FeedbackRecorded, TEXT, TEXT, TEXT, NUMBER, TEXT, UNIT, maybe(TEXT), NUMBER, maybe(TEXT)),
    st.builds(SessionOutcomeRecorded, TEXT, TEXT, TEXT, NUMBER, UNIT, TEXT, maybe(TEXT)),
    st.builds(ShadowRecorded, TEXT, TEXT, NUMBER, some(STEPS)),
    st.builds(ModelPut, NUMBER, MODELS),
    st.builds(BudgetPut, NUMBER, TEXT, maybe(NUMBER)),
    st.builds(TaxonomyNodePut, NUMBER, labels(JSON)),
    st.builds(JobApplied, NUMBER, TEXT, labels(JSON)),
    st.builds(WarmStarted, TEXT, NUMBER, some(st.tuples(CONTEXTS, some(KNOWN_OUTCOMES)))),
    st.builds(OperatorActed, NUMBER, TEXT, TEXT, maybe(TEXT), TEXT, labels(JSON), some(TEXT), TEXT),
    st.builds(
        EvidenceForgotten, TEXT, NUMBER, *(2 * [maybe(TEXT)]), some(COUNT), maybe(TEXT), *(2 * [maybe(NUMBER)]),
    ),
    st.builds(EvidenceRestored, TEXT, NUMBER),
    st.builds(ConfigurationDeclared, NUMBER, TEXT, labels(st.tuples(JSON, TEXT))),
)  # fmt: skip


@settings(max_examples=300)
@given(EVENTS)
def test_every_event_survives_the_log(event):
    """As JSON, with its kind; arrays that the codec holds exactly are the same."""
    again = decode(encode(event))
    assert type(again) is type(event)
    assert to_builtins(again) == to_builtins(event)
    assert json.loads(encode(event))["kind"] == event.kind
    if not isinstance(event, EpisodeRecorded | WarmStarted):  # a context equals itself alone
        assert again == event


@given(WORDS)
def test_every_word_survives_the_log(word):
    """Equal, not only alike."""
    assert from_json(to_json(word), type(word)) == word


@given(st.lists(st.floats(-1, 1, width=32), max_size=40))
def test_a_long_array_survives_to_half_a_step_of_its_largest(numbers):
    """A step is a 126th; the largest itself, a half of it, and 0 are exact; what was read is written as it was read."""
    x = np.array([*np.zeros(LONG), *numbers, 0.5, 0.0, 1.0], dtype=np.float32)
    context = Context("v", x, x[:1], 3, {"task": "algebra"})
    again = from_json(to_json(context), Context)
    assert again.embedding.dtype == np.float32
    assert np.abs(again.embedding - x).max() <= 0.5 / 126 + 1e-6
    assert again.embedding[-3:].tolist() == [0.5, 0.0, 1.0]
    assert to_json(again) == to_json(context)
    assert (again.feature_version, again.input_tokens, again.hints) == ("v", 3, {"task": "algebra"})


@given(st.lists(st.floats(-1, 1, width=32), max_size=40))
def test_a_short_array_survives_as_float16(numbers):
    """Three digits each, whatever the largest is: surface features differ in size."""
    x = np.array(numbers, dtype=np.float32)
    assert np.array_equal(unpacked(packed(x)), x.astype(np.float16).astype(np.float32))


@given(st.lists(st.floats(-1, 1, width=32), max_size=100))
def test_what_a_context_is_made_of_is_what_the_log_has(numbers):
    """To the bit: what decides is what is learnt from."""
    x = logged(np.array(numbers, dtype=np.float32))
    assert np.array_equal(unpacked(packed(x)), x)


def test_an_embedding_keeps_its_direction():
    """What is learnt of a logged context is what was decided on, up to a ten-thousandth."""
    for seed in range(50):
        x = np.random.default_rng(seed).normal(size=256).astype(np.float32)
        again = from_json(to_json(Context("v", x, x[:0], 1)), Context).embedding
        assert x @ again / np.linalg.norm(x) / np.linalg.norm(again) > 0.9999


@given(st.sampled_from(["v", "w", "", None]))
def test_a_decisions_features_are_those_of_its_context_unless_it_says_others(version):
    """The log says the version once."""
    episode = an_episode_over_nine_models()
    decision = replace(episode.decision, feature_version=version)
    episode = replace(episode, context=replace(episode.context, feature_version="v"), decision=decision)
    again = decode(encode(episode))
    assert again.decision.feature_version == ("v" if version is None else version)
    assert ("feature_version" in encode(episode)) is (version in {"w", ""})


def an_episode_over_nine_models(*, told=False):
    """As the service logs one: 256 dimensions, one call accepted after the free judges' verdicts.

    told: with a judge that is paid, and all that a caller may tell besides.
    """
    rng = np.random.default_rng(0)
    names = ("gpt-4o-mini", "gpt-4o-2024-08-06", "o1-mini", "deepseek-v2.5", "llama-3.1-70b-instruct",
             "llama-3.1-405b-instruct", "claude-3-5-sonnet", "mistral-large-2", "qwen-2.5-72b")  # fmt: skip
    embedding, version = rng.normal(size=256).astype(np.float32), "wordllama-0.4.0.post1-256d-2000c+s1"
    hints = {"task": "algebra"} if told else {}
    context = Context(version, embedding, rng.random(34).astype(np.float32), 113, hints)
    p = rng.dirichlet(np.ones(9)).tolist()
    predictions = tuple(
        ModelPrediction(m, (712345 + k) / 1e6, 0.0312345, 0.000173658, 1503.12, p[k]) for k, m in enumerate(names)
    )
    path = ("root", "math", "algebra")
    decision = Decision(names[0], p[0], predictions, names[:2], "fused", path, 0.569025, 20.0, 117, version, "unified")
    verdicts = Verdict("format", 1.0, latency_ms=0.071), Verdict("agreement", key="9f86d081884c7d65", latency_ms=0.051)
    step = Step(names[0], 0.000206925, 812.346, 131, 312, verdicts, None, p[0], finish_reason="stop")
    q = rng.dirichlet(np.ones(3)).tolist()
    ask = (Alternative("ask", None, "rubric", 0, q[1]),) if told else ()
    among = (Alternative("accept", None, None, 0, q[0]), *ask, Alternative("call", names[2], None, None, q[2]))
    actions = (
        ActionTaken("call", p[0], names[0]),
        ActionTaken("accept", q[0], step=0, alternatives=among, believed=(0.871234,)),
    )
    judges = (Judge("format"), Judge("agreement"), *([Judge("rubric", 0.000413, 900.0)] if told else []))
    constraints = Constraints(tenant="acme", judges=judges, deadline_ms=119750.0)
    more = ("session-1234", "58158820c40bcd7c", ("eu",)) if told else (None, None, ())
    return EpisodeRecorded(
        "0190a5b7c3d14f6e8a9b0c1d2e3f4a5b", "acme", 1_730_000_000.123456, context, decision, (step,), 0, "utility",
        0.871234, constraints, actions, "7d4448409dc011d1b2455ffdce74fad2", *more, 843.123,
    )  # fmt: skip


@pytest.mark.parametrize(("told", "most"), [(False, MOST_BYTES), (True, 2_600)])
def test_an_episode_of_one_step_over_nine_models_is_small(told, most):
    """Its predictions are a third of it, its context a fifth."""
    assert len(encode(an_episode_over_nine_models(told=told)).encode()) <= most


def test_predictions_and_actions_have_no_names_and_sql_finds_the_rest():
    """What analysts read with json_extract has names."""
    told = json.loads(encode(an_episode_over_nine_models(told=True)))
    assert told["decision"]["predictions"][0][0] == told["steps"][0]["model"] == "gpt-4o-mini"
    assert told["actions"][1][5][1][:4] == ["ask", None, "rubric", 0]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("event", [BudgetPut(1.0, "t", None), JobApplied(1.0, "j", {})], ids=["typed", "free"])
def test_a_number_that_is_none_is_refused_where_it_is_logged(event, number):
    """JSON has no word for it; read back as null it would be another fact, or stop the fold."""
    field = {"usd_per_thousand": number} if isinstance(event, BudgetPut) else {"change": {"a": [number]}}
    with pytest.raises(ValueError, match="cannot be logged as JSON"):
        encode(replace(event, **field))


@pytest.mark.parametrize(
    "event",
    [
        JobApplied(1.0, "j", {"a": object()}),
        JobApplied(1.0, "j", {"a": np.zeros(3)}),
        FeedbackRecorded("r", "e", "t", 1.0, "thumb", "up"),  # type: ignore[arg-type]
        ModelPut(1.0, None),  # type: ignore[arg-type]
    ],
    ids=["no JSON", "an array", "a word for a number", "nothing for a model"],
)
def test_what_could_not_be_read_back_is_refused_where_it_is_logged(event):
    """One such event would stop every reader of the log for good."""
    with pytest.raises(ValueError, match=r"cannot be logged|no event"):
        encode(event)


def test_a_lone_surrogate_becomes_a_question_mark():
    """A provider's error may hold one, and no database takes it."""
    step = Step("m", 0.0, 1.0, error="half \ud800 of é", failure_kind="garbage")
    assert from_json(to_json(step), Step) == replace(step, error="half ? of é")


def test_numpys_numbers_are_numbers():
    """A job's change may hold them."""
    assert decode(encode(JobApplied(1.0, "j", {"a": np.float64(0.5), "b": np.float32(0.25)}))).change == {
        "a": 0.5,
        "b": 0.25,
    }


@pytest.mark.parametrize(
    "text",
    [
        '{"kind":"of-tomorrow"}',
        '{"kind":"budget","at":1.0,"tenant":"t","of_tomorrow":1}',
        '{"at":1.0}',
        '{"kind":"budget"',
        '{"kind":"budget","at":"noon","tenant":"t"}',
        "[]",
        "",
    ],
)
def test_an_event_of_a_newer_schema_or_none_at_all_is_an_error(text):
    """It must not be skipped, nor read in part: the state would differ."""
    with pytest.raises(ValueError, match="no event"):
        decode(text)


@pytest.mark.parametrize("text", ["AAA%", "AAA", "AA=="], ids=["a letter of none", "cut", "too short"])
def test_an_array_that_is_damaged_is_an_error(text):
    """Not a shorter one."""
    with pytest.raises(ValueError, match="no Context"):
        from_json(f'{{"fv":"v","e":"{text}","s":"","n":1}}', Context)


@given(EVENTS)
def test_events_and_words_are_copied_by_replace_and_cannot_be_changed(event):
    """They are values."""
    if isinstance(event, FeedbackRecorded):
        assert replace(event, value=1.0).value == 1.0
        assert hash(event) == hash(replace(event))
    with pytest.raises(AttributeError):
        event.at = 2.0
