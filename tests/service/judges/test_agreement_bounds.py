"""What a key costs: no text makes the work grow faster than the text, and no text makes it more than a little."""

import time

import pytest
from pointsman_service.judges.final_answer import answer_key

SHORT, LONG = 5_000, 20_000
QUESTIONS = (
    "How many cows does he have?",
    "Which one?\n(A) oxygen\n(B) carbon dioxide",
    "What does this return?\ndef f(x):\n    return x\nassert f('a') == ??",
    "What is the phone number, and who has it?",
)
GROWTH = 10.0
"""Four times the text may take four times as long; 16 times would be quadratic. Between them is room for noise."""
QUICK_S = 0.1
"""Below this a ratio measures the clock."""
HOSTILE = {
    "backticks": "`",
    "spaces": " ",
    "stated, spaces": "the answer is" + " " * 60,
    "open braces": "{",
    "boxes": "\\boxed{",
    "fractions": "\\frac{",
    "roots": "\\sqrt{",
    "brackets": "([",
    "hashes": "####",
    "digits": "9",
    "grouped digits": "1,234",
    "ones": "1 ",
    "equals": "= ",
    "answers": "answer ",
    "answer fields": '"answer": ',
    "stated": "the answer is ",
    "signs": "-",
    "letters": "a",
    "stars": "**",
    "think": "<think>",
    "closed think": "</think>",
    "options": "(A) ",
    "stated options": "option A ",
    "quotes": "\"'",
    "newlines": "\n",
    "dollars": "$x",
    "fences": "```\n",
    "commas": "x = 1, ",
    "ors": "1 or ",
    "powers": "2^",
    "words": "twelve ",
    "stops": "a.b. ",
    "underscores": "_ ",
    "initials": "a.",
}


def test_a_fence_that_never_ends_costs_what_its_text_costs():
    """Its label could be any beginning of it."""
    for fill in ("x", "1", " ", "\n"):
        _assert_linear(lambda n, fill=fill: answer_key("How many cows does he have?", "```" + fill * n))


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_work_grows_no_faster_than_the_text(unit):
    """As an answer, as a stated answer, in a JSON field, and as the question itself."""
    for question in QUESTIONS:
        for form in ("{}", "The answer is {}", '{{"answer": "{}', "\\boxed{{{}}}"):
            _assert_linear(lambda n, q=question, f=form: answer_key(q, f.format(unit * (n // len(unit)))))
    _assert_linear(lambda n: answer_key(unit * (n // len(unit)), "5"))


def _assert_linear(work):
    short, long = _seconds(work, SHORT), _seconds(work, LONG)
    if long > QUICK_S:
        assert long / max(short, QUICK_S / 10) < GROWTH, (short, long)


def _seconds(work, size):
    """Of the processor, which other processes do not add to; the best of two."""
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        work(size)
        best = min(best, time.process_time() - start)
    return best


def test_a_megabyte_costs_what_its_end_costs():
    """Final answers stand at the end, so that is what is looked at."""
    assert answer_key("How many?", "x " * 500_000 + "\nThe answer is 12.") == answer_key("How many?", "12")


def test_a_formula_too_large_to_be_worked_out_is_compared_as_it_is_written():
    """Towers of powers, products of sums, nested brackets: no work that the writer did not do."""
    question = "Compute the value of the expression."
    for text in (
        "9^9^9^9",
        "(a+b+c)^12" * 6,
        "(" * 200 + "1" + ")" * 200,
        "99999999!",
        "2^(3^(4^5))",
        "sqrt(" * 50 + "2" + ")" * 50,
    ):
        assert answer_key(question, text) == answer_key(question, f"**{text}**")
