"""What a policy sees of a query: surface features, the token estimate and the context made of them."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_learner.codec import from_json, to_json
from pointsman_learner.context.query import (
    SURFACE_FEATURES,
    SURFACE_VERSION,
    estimated_tokens,
    make_context,
    surface_features,
)
from pointsman_learner.types import Context

ANY_TEXT = st.text(alphabet=st.characters(), max_size=400)  # surrogates included


def feature(text, name, **wants):
    """One surface feature of a text."""
    return float(surface_features(text, **wants)[SURFACE_FEATURES.index(name)])


@given(ANY_TEXT)
def test_every_feature_of_any_text_is_a_number_between_0_and_1(text):
    """Estimators may rely on the scale, also for empty, binary and unpaired-surrogate texts."""
    x = surface_features(text)
    assert x.shape == (len(SURFACE_FEATURES),)
    assert x.dtype == np.float32
    assert np.isfinite(x).all()
    assert (x >= 0).all()
    assert (x <= 1).all()


@given(ANY_TEXT)
def test_features_depend_on_the_text_only(text):
    """A replay sees what the live service saw."""
    assert np.array_equal(surface_features(text), surface_features(text))


@given(ANY_TEXT)
def test_estimated_tokens_are_positive_and_at_most_one_a_byte(text):
    """A cost estimate is never zero, and never beyond what any byte-level tokenizer could need."""
    assert 1 <= estimated_tokens(text) <= max(1, len(text.encode("utf-8", "replace")))


@pytest.mark.parametrize(
    "huge", ["x" * 1_000_000, "(A) y\n" * 170_000, "\ud800" * 1_000_000, "数" * 1_000_000, "| a | b |\n" * 100_000]
)
def test_a_megabyte_is_bounded_work(huge):
    """One long prompt must not hold up the router: tens of milliseconds at worst, on a busy machine, and no error."""
    best = min(_seconds(huge) for _ in range(3))
    assert best < 0.1


def _seconds(text):
    start = time.perf_counter()
    surface_features(text)
    return time.perf_counter() - start


@pytest.mark.parametrize(
    ("name", "has", "lacks"),
    [
        ("multiple_choice", "Pick one:\nA) red\nB) blue", "Pick a colour."),
        ("multiple_choice", "Which? (A) red (B) blue", "Plan (A) was chosen."),
        ("code_words", "def f(x):\n    return x", "The cat sat."),
        ("ends_as_question", "What is love?", "Love is."),
        ("question_word", "Why is the sky blue", "The sky is blue"),
        ("imperative", "Summarise this text", "This text is long"),
        ("latex", r"Find $\frac{1}{2} + x$", "Find a half plus x"),
        ("listed", "1. one\n2. two", "one\ntwo"),
        ("tabular", "a | b | c\n1 | 2 | 3", "a b c"),
        ("asks_translation", "Translate to French: dog", "The dog barks"),
        ("url", "see https://example.org", "see the page"),
        ("fenced", "```\nx\n```", "x"),
        ("digit_share", "12 345", "twelve"),
        ("script_cjk", "请把这句话翻译", "please"),
        ("script_cyrillic", "переведи", "translate"),
        ("script_arabic", "ترجم", "translate"),
        ("script_other", "Ελληνικά", "Greek"),
    ],
)
def test_a_feature_tells_texts_apart(name, has, lacks):
    """Each is there for a kind of query that the embedding of words does not show."""
    assert feature(has, name) > feature(lacks, name)


def test_what_the_request_wants_are_features():
    """A response format and tools are seen even when the text does not mention them."""
    assert feature("hi", "wants_json", wants_json=True) == 1
    assert feature("hi", "wants_tools", wants_tools=True) == 1
    assert feature("hi", "wants_json") == feature("hi", "wants_tools") == 0


def test_feature_names_are_unique():
    """A column has one meaning."""
    assert len(set(SURFACE_FEATURES)) == len(SURFACE_FEATURES)


def test_a_context_carries_its_parts_and_survives_the_log():
    """Embedding, features and hints come back, numbers to a 252nd of their largest."""
    embedding = np.full(4, 0.5, dtype=np.float32)
    context = make_context("How many?", {"domain": "math"}, embedding, "e-4d", wants_json=True, input_tokens=77)
    assert context.feature_version == f"e-4d+{SURFACE_VERSION}"
    assert context.input_tokens == 77
    again = from_json(to_json(context), Context)
    assert again.hints == {"domain": "math"}
    assert np.allclose(again.surface, context.surface, atol=5e-3)
    assert np.allclose(again.embedding, embedding)
