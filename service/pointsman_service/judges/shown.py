"""What a judging model is shown: the whole conversation, with tool calls and their results, and the answer.

Each message is a part of its own, named by its role, so that no message can pass for another's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pointsman_service.domain import AnswerUnderJudgement, ChatMessage, ModelAnswer, Question

MAX_CONVERSATION_CHARS = 24_000
"""Of what was said beside the question itself, about 6,000 tokens; the oldest messages are left out."""
_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "tool_result"}


def shown(subject: AnswerUnderJudgement) -> list[tuple[str, str]]:
    """(name, text) of every message, the last one of the user named "question".

    >>> asked = Question((ChatMessage("system", "Be brief."), ChatMessage("user", "2 + 2?")))
    >>> shown(AnswerUnderJudgement(asked, ModelAnswer("4", "stop", 1, 1, 0.0, 1.0), "small"))
    [('system', 'Be brief.'), ('question', '2 + 2?')]
    """
    messages = subject.question.messages
    asked = _asked(subject.question)
    parts = [
        ("question" if i == asked else _ROLES.get(m.role, "message"), _message_text(m)) for i, m in enumerate(messages)
    ]
    unseen = ", ".join(sorted(subject.question.modalities))
    note = [("note", f"Not shown to you, but to who answered: {unseen}")] if unseen else []
    return [*_newest(parts, asked), *note]


def answer_text(answer: ModelAnswer) -> str:
    """An answer as the judge reads it: with its tool calls, its refusal, and a word for each part that is not text."""
    parts = [f"[not shown to you: {part.get('type')}]" for part in answer.parts]
    refusal = [f"[refuses] {answer.refusal}"] if answer.refusal else []
    return "\n".join([answer.text, *_calls(answer.tool_calls), *parts, *refusal]).strip() or "[empty answer]"


def _asked(question: Question) -> int:
    """The place of the last message of the user; of the last message where there is none."""
    users = [i for i, m in enumerate(question.messages) if m.role == "user"]
    return users[-1] if users else len(question.messages) - 1


def _message_text(message: ChatMessage) -> str:
    return "\n".join(text for text in (message.content, *_calls(message.tool_calls)) if text)


def _calls(calls: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"[calls a tool] {json.dumps(call.get('function', call), default=str)}" for call in calls]


def _newest(parts: list[tuple[str, str]], asked: int) -> Iterator[tuple[str, str]]:
    """The parts that fit into the bound, newest first to be kept; the question and what the system says always are."""
    left, kept = MAX_CONVERSATION_CHARS, []
    for i, (name, text) in reversed(list(enumerate(parts))):
        always = i == asked or name == "system"
        if always or len(text) <= left:
            kept.append((name, text))
            left -= 0 if always else len(text)
        elif left > 0:
            kept.append(("note", "Earlier messages are left out."))
            left = 0
    yield from reversed(kept)
