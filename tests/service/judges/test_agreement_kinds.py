"""Agreement by kinds of answers: which say the same, which do not, and which say nothing."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_service.judges.final_answer import answer_key

KINDS = [json.loads(line) for line in Path(__file__).with_name("agreement_kinds.jsonl").read_text("utf-8").splitlines()]
PAIRS = [json.loads(line) for line in Path(__file__).with_name("agreement_pairs.jsonl").read_text("utf-8").splitlines()]
SUM = "Compute the value of the expression."
WAGE = "Olga earns $15 an hour. Yesterday she worked 40 minutes. How much did she earn?"
WHO = "Who wrote the book?"


@pytest.mark.parametrize("kind", KINDS, ids=[kind["kind"] for kind in KINDS])
def test_answers_that_say_the_same_have_one_key_and_others_have_another(kind):
    """One key for each class, none for two of them, none at all for what says nothing."""
    question = kind["question"]
    keys = [{answer: answer_key(question, answer) for answer in said} for said in kind["classes"]]
    for said in keys:
        assert len(set(said.values())) == 1, said
        assert None not in said.values(), said
    for one, other in itertools.combinations(keys, 2):
        assert not set(one.values()) & set(other.values()), (one, other)
    assert [s for s in kind["silent"] if answer_key(question, s) is not None] == []


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{pair['a'][:30]} | {pair['b'][:30]}" for pair in PAIRS])
def test_two_answers_agree_where_a_careful_person_says_so(pair):
    """And nowhere else."""
    one, other = (answer_key(pair["question"], pair[name]) for name in "ab")
    assert (one is not None and one == other) is pair["same"]


def test_the_kinds_make_more_than_three_thousand_pairs():
    """Most of them are answers that differ: a wrong "same" ends a cascade with confidence."""
    same = sum(len(c) * (len(c) - 1) // 2 for kind in KINDS for c in kind["classes"])
    different = sum(
        len(one) * len(other) for kind in KINDS for one, other in itertools.combinations(kind["classes"], 2)
    )
    assert same > 500
    assert different > 2000


VALUES = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.decimals(-1000, 1000, places=2, allow_nan=False).map(str),
    st.tuples(st.integers(1, 99), st.integers(2, 99)).map(lambda p: rf"\frac{{{p[0]}}}{{{p[1]}}}"),
    st.tuples(st.integers(2, 9), st.sampled_from("xyz"), st.integers(1, 9)).map(lambda p: f"{p[0]}{p[1]} + {p[2]}"),
    st.tuples(st.integers(-9, 9), st.integers(-9, 9)).map(lambda p: f"({p[0]}, {p[1]})"),
)
WRAPPINGS = (
    "{}",
    "**{}**",
    r"\boxed{{{}}}",
    "The answer is {}.",
    "Answer: {}",
    "${}$",
    "  {}\n",
    "<think>no: 7</think>{}",
    "`{}`",
)


@given(VALUES, st.sampled_from(WRAPPINGS))
def test_a_harmless_wrapping_changes_no_key(value, wrapping):
    """Bold, boxed, stated, as a formula: it is the same answer."""
    assert answer_key(SUM, wrapping.format(value)) == answer_key(SUM, value) is not None


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_two_whole_numbers_agree_only_where_they_are_equal(one, other):
    """A digit or a sign more is another number."""
    assert (answer_key(SUM, str(one)) == answer_key(SUM, f"The answer is {other:,}.")) is (one == other)


@given(st.integers(0, 999_999), st.integers(0, 999_999), st.integers(1, 6))
def test_two_decimals_of_one_length_agree_only_where_they_are_equal(one, other, places):
    """Some stand for a simple fraction, but never two for the same."""
    texts = [f"{n // 10**places}.{n % 10**places:0{places}d}" for n in (one, other)]
    assert (answer_key(SUM, texts[0]) == answer_key(SUM, texts[1])) is (float(texts[0]) == float(texts[1]))


@given(st.integers(1, 10**6), st.permutations(["$", "\u20ac", "\u00a3", " cents", " km", " kg", " hours", "%"]))
def test_a_number_of_one_thing_is_no_number_of_another(amount, units):
    """The unit belongs to the answer, unless it is the one asked for."""
    texts = [f"{u}{amount}" if len(u) == 1 and u != "%" else f"{amount}{u}" for u in units[:2]]
    assert answer_key(WAGE, texts[0]) != answer_key(WAGE, texts[1])


@given(st.sampled_from(["Ann Lee", "the sea", "Paris", "12 Angry Men", "yes", "C"]), st.sampled_from(["not", "never"]))
def test_a_denial_is_another_answer(text, denial):
    """Or it has no key."""
    key = answer_key(WHO, f"{denial} {text}")
    assert key is None or key != answer_key(WHO, text)


@given(st.text(max_size=60), st.text(max_size=60))
def test_agreement_is_the_equality_of_keys(question, answer):
    """So it is symmetric and transitive; and reading twice gives the same key."""
    assert answer_key(question, answer) == answer_key(question, answer)
