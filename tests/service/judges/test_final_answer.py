"""Final answers: what is found in a model's text, and which answers are equal."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pointsman_service.judges.final_answer import answer_key, final_answer
from pointsman_service.judges.sameness.literal import output_key
from pointsman_service.judges.sameness.question_form import question_form

QUANTITY = "A farmer has 3 fields with 6 cows each. How many cows does he have?"
CHOICES = "Which gas do plants take in?\n(A) oxygen\n(B) carbon dioxide\n(C) nitrogen\n(D) helium"
OUTPUT = "What does this return?\ndef f(x):\n    return x\nassert f('a') == ??"
OPEN = "Tell me about the sea."
YES_NO = "Is 91 a prime number?"
ANY_TEXT = st.text(alphabet=st.characters(), max_size=300)


@pytest.mark.parametrize(
    ("question", "text", "found"),
    [
        (QUANTITY, '{"reasoning": "3 * 6", "answer": "18"}', "18"),
        (QUANTITY, 'Here:\n```json\n{"reasoning": "3 * 6", "answer": 18}\n```', "18"),
        (QUANTITY, '{"reasoning": "says "six" times", "answer": "18"\n}', "18"),
        (QUANTITY, "{'reasoning': 'x', 'final_answer': '18'}", "18"),
        (QUANTITY, '{"reasoning": "line\nbreak", "answer": "18', "18"),
        (QUANTITY, '{"reasoning": "3 * 6, and then', None),
        (QUANTITY, '{"reasoning": "x", "answer": "___"}', None),
        (QUANTITY, '{"thoughts": "x", "total": 18}', "18"),
        (QUANTITY, r"Thus \boxed{18} cows.", "18"),
        (OPEN, r"so \boxed{\frac{1}{\sqrt{2}}} and", r"\frac{1}{\sqrt{2}}"),
        (OPEN, "and so on and on " * 9 + r"\boxed{\frac{1}{2}", None),
        (QUANTITY, "3 * 6 = 18\n#### 18", "18"),
        (QUANTITY, "There are 3 fields. The answer is 18 cows. Each field has 6.", "18 cows"),
        (QUANTITY, "Step 1: 3 * 6.\n**Answer:** 18", "18"),
        (QUANTITY, "**Final Answer**\n18 cows", "18 cows"),
        (QUANTITY, "所以答案是18", "18"),
        (QUANTITY, "Each field has 6 cows, and 18 cows or 20 cows altogether, so that is what he has today.", None),
        (QUANTITY, "He has 18 cows", "He has 18 cows"),
        (CHOICES, "B", "B"),
        (CHOICES, "b) carbon dioxide", "B"),
        (
            CHOICES,
            "**B**. It is carbon dioxide, since photosynthesis needs it, and much else could be said of it here.",
            "B",
        ),
        (CHOICES, "Carbon dioxide.", "B"),
        (CHOICES, "The correct answer is (B), because plants need carbon.", "B"),
        (CHOICES, '{"reasoning": "x", "answer": "(B) carbon dioxide"}', "B"),
        (
            CHOICES,
            "I would say option C is the one, although it may be argued for a long while, as many people do.",
            "C",
        ),
        (
            CHOICES,
            "It depends on the plant and on the time of the day; many things can be said about that in general.",
            None,
        ),
        (OUTPUT, '{"reasoning": "x", "answer": "\'a\'"}', "'a'"),
        (OUTPUT, '{"reasoning": "x", "answer": ""}', ""),
        (YES_NO, "No, because 91 is 7 times 13, which anyone can check by hand with a little patience today.", "no"),
        (OPEN, "The sea is wide. " * 30, None),
        (OPEN, "", None),
        (OPEN, "Salt water", "Salt water"),
        ("Extract the facts as JSON.", '{"name": "Ada", "year": 1815}', '{"name": "Ada", "year": 1815}'),
        ("Extract the facts.", '```json\n{"result": {"name": "Ada"}, "explanation": "short"}\n```', '{"name": "Ada"}'),
    ],
)
def test_the_final_answer_is_found_where_people_and_models_put_it(question, text, found):
    """And none is made up where there is none."""
    assert final_answer(question, text) == found


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("'Ab'", '"Ab"', True),
        ("Ab", "'Ab'", True),
        ("'Ab'", "'ab'", False),
        ("' Ab'", "'Ab'", False),
        ("'a.'", "'a'", False),
        ("{'b': 1, 'a': 2}", '{"a": 2, "b": 1}', True),
        ("[true, null]", "[True, None]", True),
        ("{1, 2}", "{2, 1}", True),
        ("(1,)", "(1)", False),
        ("'a\\nb'", "a\\nb", True),
        ("08999", "8999", False),
        ("5", "'5'", False),
        ("`[1,2]`", "[1, 2]", True),
    ],
)
def test_program_output_counts_case_and_spaces_but_not_the_way_a_literal_is_written(one, other, equal):
    """What a program prints is exact."""
    assert (output_key(one) == output_key(other)) is equal


def test_equal_answers_in_different_clothes_have_one_key():
    """The point of it all: agreement across models with different manners."""
    texts = [
        '```json\n{"reasoning": "3 * 6", "answer": "18 cows"}\n```',
        "He has $18$.",
        "3 times 6 is 18.\n#### 18",
        r"We get \boxed{18}.",
        "The farmer has a total of 18 cows, which is a lot for one person, my friend.",
    ]
    keys = {answer_key(QUANTITY, text) for text in texts}
    assert len(keys) == 1
    assert None not in keys
    assert answer_key(QUANTITY, "The answer is 17.") not in keys


def test_a_sentence_answers_a_question_for_a_quantity_by_its_only_number():
    """But not where several numbers compete."""
    number = answer_key(QUANTITY, '{"answer": "18"}')
    assert answer_key(QUANTITY, '{"answer": "The farmer owns 18 cows in all."}') == number
    assert answer_key(QUANTITY, '{"answer": "The farmer owns 18 or 19 cows."}') != number


def test_a_choice_is_equal_by_letter_and_by_words():
    """One model writes the letter, another the option."""
    assert answer_key(CHOICES, "B") == answer_key(CHOICES, "Carbon dioxide") == answer_key(CHOICES, "(b).")
    assert answer_key(CHOICES, "A") != answer_key(CHOICES, "B")


def test_an_empty_program_output_is_an_answer():
    """A function that returns the empty string is answered by it; an empty answer to anything else is none."""
    assert answer_key(OUTPUT, '{"answer": "\'\'"}') == answer_key(OUTPUT, '{"answer": ""}') is not None
    assert answer_key(QUANTITY, '{"answer": ""}') is None


def test_a_single_option_is_not_multiple_choice():
    """A lone "A)" in a text is a list, not a choice."""
    assert question_form("A) Explain the sea.").choices == {}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("What does this print?\n```python\nprint(1)\n```", True),
        ("def f(x): return x", True),
        ('How many? Reply as\n```json\n{"answer": "___"}\n```', False),
        ("Assert your rights and define the function of law.", False),
    ],
)
def test_only_code_makes_answers_exact(text, code):
    """A JSON template in the question is not code: units and case of the answer still do not count."""
    assert question_form(text).code is code


@given(ANY_TEXT, ANY_TEXT)
def test_no_text_makes_extraction_fail(question, answer):
    """Surrogates, control characters and half-closed everything included; and the same texts give the same key."""
    key = answer_key(question, answer)
    assert key is None or len(key) == 16
    assert key == answer_key(question, answer)


@given(st.text(alphabet="{}[]()\"'\\:,$/.-=0123456789 \n`#%aeinorsw", max_size=200))
@settings(max_examples=300)
def test_no_tangle_of_brackets_quotes_and_digits_makes_extraction_fail(tangle):
    """The alphabet of JSON, LaTeX and literals is where parsers break."""
    for question in (QUANTITY, CHOICES, OUTPUT):
        answer_key(question, '{"answer": ' + tangle)
        answer_key(question, "the answer is " + tangle)


def test_a_phrase_can_be_compared_and_a_sentence_cannot():
    """Two right sentences hardly ever read alike, so their difference says nothing; two phrases do.

    Nor does a sentence that adds one thing to the words of the question.
    """
    question = "What is the capital of Australia?"
    assert answer_key(question, "Canberra.") == answer_key(question, "canberra")
    assert answer_key(question, "Canberra. Sydney is larger, but Canberra is the capital.") is None
    assert answer_key(question, "The capital of Australia is Canberra.") == answer_key(question, "Canberra")
    assert answer_key(question, "A city called Canberra has been chosen for it.") is None
