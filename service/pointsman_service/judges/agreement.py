"""The agreement judge: does another model's final answer match this one's?

It always gives the key of the answer where there is one, so that a later answer can be compared with it. The score says
what is known now: 1.0 where some other answer of the episode has the same key, 0.0 where others exist and none has it,
None where there is nothing to compare. Free and deterministic.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pointsman_learner.types import Verdict

from pointsman_service.domain import AnswerUnderJudgement, ModelAnswer
from pointsman_service.judges.final_answer import answer_key


class AgreementJudge:
    """AnswerJudge that compares final answers."""

    def __init__(self, name: str = "agreement") -> None:
        self.name = name

    async def judge(self, subject: AnswerUnderJudgement, timeout_s: float) -> Verdict:  # noqa: ARG002 - never waits
        """The key, and whether another answer has the same."""
        question = subject.question.text
        key = key_of(question, subject.answer)
        if key is None or not subject.others:
            return Verdict(self.name, None, key=key)
        agrees = any(key_of(question, other) == key for other in subject.others)
        return Verdict(self.name, 1.0 if agrees else 0.0, key=key)


def key_of(question: str, answer: ModelAnswer) -> str | None:
    """Digest of an answer's final answer; of its tool calls where it calls tools."""
    if answer.tool_calls:
        return _tool_key(answer.tool_calls)
    return answer_key(question, answer.text)


def _tool_key(calls: Sequence[Mapping[str, Any]]) -> str:
    """Equal for the same calls in any order, however their arguments are spelled as JSON."""
    called = sorted(json.dumps(_function_of(call), sort_keys=True, default=str) for call in calls)
    return hashlib.blake2b("\n".join(called).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _function_of(call: Mapping[str, Any]) -> list[object]:
    function = call.get("function")
    if not isinstance(function, Mapping):
        return [dict(call)]
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            arguments = arguments.strip()
    return [function.get("name"), arguments]
