"""Thinking is told apart from the answer in the same way whole and in pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman_service.chat.thinking import MARKS, ThinkSplitter
from pointsman_service.domain.chat import ReasoningDelta, StartedAnew, TextDelta

PARTS = st.sampled_from(
    [*MARKS, *MARKS.values(), "a", "42", "\n", " ", "`", "<", "</", "<thi", "think>", "[", "\u25c1"]
)
TEXTS = st.lists(PARTS, max_size=8).map("".join)


def _split(*pieces: str, thinks_unsaid: bool = False) -> tuple[str, str]:
    """What was thought, without white space around it, and what was answered, in the end."""
    splitter, thought, text = ThinkSplitter(thinks_unsaid=thinks_unsaid), "", ""
    for delta in [d for piece in pieces for d in splitter.add(piece)] + list(splitter.end()):
        match delta:
            case StartedAnew():
                thought = text = ""
            case ReasoningDelta(piece):
                thought += piece
            case TextDelta(piece):
                text += piece
    return thought.strip(), text


@given(TEXTS, st.data())
def test_where_a_text_is_cut_makes_no_difference(text, data):
    """Within a mark, before it, letter by letter."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert _split(*pieces) == _split(text)
    assert _split(*text) == _split(text)


@given(st.text())
def test_a_text_without_marks_is_all_answer(text):
    """To the last letter, white space too, but where nothing else came."""
    if not any(mark in text for mark in (*MARKS, *MARKS.values())):
        assert _split(text) == ("", text)


@given(st.sampled_from(sorted(MARKS)), st.text(st.characters(exclude_characters="<[\u25c1")))
def test_what_is_between_the_marks_was_thought(opening, thought):
    """And the answer begins after them, at its first letter."""
    assert _split(f"{opening}{thought}{MARKS[opening]}\n\n42\n") == (thought.strip(), "42\n")


@pytest.mark.parametrize(
    "text",
    [
        "Put <think> before and </think> after it.",
        "The mark `</think>` ends it.",
        "```\n</think>\n```\nis how it ends.",
        "It ends with </think>, always.",
        'It ends with "</think>".',
        "<b>bold</b>",
        "Yes. <think>no</think>",
    ],
)
def test_a_text_that_tells_of_marks_is_not_cut(text):
    """Amid a sentence, quoted, or after the answer has begun."""
    assert _split(text) == ("", text)


@pytest.mark.parametrize(
    "text", ["6 times 7\n</think>\n\n42", "6 times 7</think>42", "It is 42. </think> 42", "6 times 7.</think>\n42"]
)
def test_a_mark_that_is_closed_and_never_opened_ends_what_was_thought(text):
    """As templates have it that open it in the prompt."""
    thought, answer = _split(text)
    assert thought.strip() == text.partition("</think>")[0].strip()
    assert answer == "42"


def test_what_a_model_says_first_that_is_known_for_it_is_given_as_thought():
    """As it comes; where no mark ends it, it was the answer."""
    splitter = ThinkSplitter(thinks_unsaid=True)
    assert list(splitter.add("6 times 7")) == [ReasoningDelta("6 times 7")]
    assert list(splitter.add("\n</think>\n42")) == [ReasoningDelta("\n"), TextDelta("42")]
    splitter = ThinkSplitter(thinks_unsaid=True)
    assert list(splitter.add("42")) == [ReasoningDelta("42")]
    anew, text = splitter.end()
    assert isinstance(anew, StartedAnew)
    assert text == TextDelta("42")


@given(TEXTS)
def test_what_is_known_of_a_model_changes_only_what_is_given_early(text):
    """In the end the same was thought and answered."""
    assert _split(*text, thinks_unsaid=True) == _split(text)


def test_what_was_given_as_text_and_was_thought_is_taken_back():
    """Where only the closing mark is written; the pieces after it are the answer."""
    splitter = ThinkSplitter()
    assert list(splitter.add("6 times 7")) == [TextDelta("6 times 7")]
    anew, thought, text = splitter.add("\n</think>\n\n42")
    assert isinstance(anew, StartedAnew)
    assert (thought, text) == (ReasoningDelta("6 times 7\n"), TextDelta("42"))
