"""What the free judges say of given answers, and what is read from a judging model's reply: no model is called.

A trial is a JSON object: `question` and `answers`, a list of texts (or `a` and `b`, or `answer`), with `conversation`,
the messages before the question, and `finish_reason`; or `kind` ("rubric", "pairwise") with `reply`. Other fields are
ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from pointsman_service.chat.finish_reason import finish_reason_of
from pointsman_service.domain import ChatMessage, ModelAnswer, Question
from pointsman_service.domain.verdict_errors import Unreadable, error_text
from pointsman_service.judges.agreement import key_of
from pointsman_service.judges.format import worst_finding
from pointsman_service.judges.judge_reply import score_of, winner_of
from pointsman_service.judges.thinking import without_thinking

_KINDS = ("rubric", "pairwise")


class BadTrial(ValueError):  # noqa: N818 - named for the fact
    """A trial that cannot be meant. field: which field is wrong; the message: why."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field


def tried(trial: object) -> dict[str, Any]:
    """What is said of a trial: `answers` (format and agreement of each), `same` (pairs that agree), `reply`.

    Raises BadTrial, naming the field.

    >>> said = tried({"question": "How many?", "a": "7", "b": "The answer is 7."})
    >>> said["same"], said["answers"][0]["format"]
    ([[0, 1]], {'score': 1.0, 'reason': ''})
    >>> tried({"kind": "rubric", "reply": '{"score": 8}'})["reply"]
    {'score': 0.8, 'winner': None, 'error': None}
    """
    if not isinstance(trial, Mapping):
        raise BadTrial("line", "must be a JSON object")
    replied = trial.get("reply") is not None
    texts = _answers(trial)
    if not replied and texts is None:
        raise BadTrial("answers", "give `answers`, or `a` and `b`, or `answer`, or `kind` with `reply`")
    said: dict[str, Any] = {"answers": [], "same": [], "reply": _reply(trial) if replied else None}
    return said if texts is None else said | _opinions(_question(trial), texts, _finish_reason(trial))


def _opinions(question: Question, texts: Sequence[str], finish_reason: str) -> dict[str, Any]:
    # As the callers do: what a model thought before is no part of its answer.
    answers = [ModelAnswer(without_thinking(text), finish_reason, 0, 0, 0.0, 0.0) for text in texts]
    keys = [key_of(question.text, answer) for answer in answers]
    found = [worst_finding(question, answer) for answer in answers]
    return {
        "answers": [
            {"format": {"score": f.score, "reason": f.reason}, "agreement": {"key": key}}
            for f, key in zip(found, keys, strict=True)
        ],
        "same": [[i, j] for i, j in combinations(range(len(keys)), 2) if keys[i] is not None and keys[i] == keys[j]],
    }


def _reply(trial: Mapping[str, Any]) -> dict[str, Any]:
    kind, reply = trial.get("kind"), _text(trial, "reply")
    if kind not in _KINDS:
        raise BadTrial("kind", f"must be one of {', '.join(_KINDS)} where `reply` is given")
    score, winner, error = None, None, None
    try:
        if kind == "rubric":
            score = score_of(reply)
        else:
            winner = winner_of(reply)
    except Unreadable as wrong:
        error = error_text(wrong.why, str(wrong))
    return {"score": score, "winner": winner, "error": error}


def _answers(trial: Mapping[str, Any]) -> list[str] | None:
    if "answers" in trial:
        given = trial["answers"]
        if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
            raise BadTrial("answers", "must be a list of texts")
        return given
    if "a" in trial or "b" in trial:
        return [_text(trial, "a"), _text(trial, "b")]
    return [_text(trial, "answer")] if "answer" in trial else None


def _question(trial: Mapping[str, Any]) -> Question:
    before = trial.get("conversation") or ()
    if not isinstance(before, list | tuple):
        raise BadTrial("conversation", "must be a list of messages")
    messages = [_message(message, i) for i, message in enumerate(before)]
    if "question" in trial or not messages:
        messages.append(ChatMessage("user", _text(trial, "question")))
    return Question(tuple(messages))


def _message(message: object, i: int) -> ChatMessage:
    role = message.get("role") if isinstance(message, Mapping) else None
    if not isinstance(message, Mapping) or not isinstance(role, str):
        raise BadTrial(f"conversation[{i}]", "must be an object with `role` and `content`")
    content = message.get("content")
    if not isinstance(content, str | None):
        raise BadTrial(f"conversation[{i}].content", "must be a text")
    return ChatMessage(role, content or "")


def _finish_reason(trial: Mapping[str, Any]) -> str:
    said = trial.get("finish_reason")
    if not isinstance(said, str | None):
        raise BadTrial("finish_reason", "must be a text")
    return finish_reason_of(said)


def _text(trial: Mapping[str, Any], field: str) -> str:
    if not isinstance(trial.get(field), str):
        raise BadTrial(field, "must be a text" if field in trial else "is missing")
    return str(trial[field])
