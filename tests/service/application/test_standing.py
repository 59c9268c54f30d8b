"""Pieces that were promised to stand do, and the answer is what they say."""

import pytest
from pointsman_service.application.standing import Standing
from pointsman_service.domain import ModelAnswer
from pointsman_service.domain.chat import ReasoningDelta, StartedAnew, TextDelta, ToolCallDelta

ANEW = StartedAnew("it was something else")


@pytest.mark.parametrize(
    ("came", "told", "text"),
    [
        ([TextDelta("42")], [TextDelta("42")], "42"),
        ([ReasoningDelta("so"), TextDelta("42")], [ReasoningDelta("so"), TextDelta("42")], "42"),
        (
            [TextDelta("so"), ANEW, ReasoningDelta("so."), TextDelta("42")],
            [TextDelta("so"), TextDelta(".\n\n"), TextDelta("42")],
            "so.\n\n42",
        ),
        ([ReasoningDelta("42"), ANEW, TextDelta("42")], [ReasoningDelta("42"), TextDelta("42")], "42"),
        ([ToolCallDelta(0, "{}", "t", "f")], [ToolCallDelta(0, "{}", "t", "f")], ""),
    ],
)
def test_what_was_told_as_text_is_the_answer(came, told, text):
    """Thinking that was told as text stays in it; an answer that was told as thinking is told as text, too."""
    standing = Standing()
    assert [piece for delta in came for piece in standing.pieces(delta)] == told
    answer = ModelAnswer("42" if text else "", "stop", 1, 1, 0.0, 1.0)
    assert standing.answer(answer).text == text
