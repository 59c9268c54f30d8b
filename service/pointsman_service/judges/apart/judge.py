"""Judges that judge apart, as the service asks them."""

from __future__ import annotations

from pointsman_learner.types import Verdict

from pointsman_service.domain import AnswerUnderJudgement
from pointsman_service.domain.verdict_errors import Why, error_text
from pointsman_service.judges.apart.judge_process import JudgedNot, JudgeProcess
from pointsman_service.judges.schema_check import TooMuch, few_steps
from pointsman_service.ports import AnswerJudge

LONG_CHARS = 8_000
"""Of question, answer and the others together: what is read of so much takes a few milliseconds on the event loop."""


class ApartJudge:
    """AnswerJudge of another package: always in a process of its own."""

    def __init__(self, name: str, process: JudgeProcess) -> None:
        self.name = name
        self._process = process

    async def judge(self, subject: AnswerUnderJudgement, timeout_s: float) -> Verdict:
        """Its verdict; without a score where it does not come in time, or its process was ended."""
        return await _asked(self._process, self.name, subject, timeout_s)

    async def close(self) -> None:
        """End its process."""
        await self._process.close()


class LongApartJudge:
    """AnswerJudge of the service's own that computes: apart where it takes long, here where it does not.

    Its own work is linear in the texts, so until the process is there, it judges here.
    """

    def __init__(self, inner: AnswerJudge, process: JudgeProcess) -> None:
        self.name = inner.name
        self.inner = inner
        self._process = process

    async def judge(self, subject: AnswerUnderJudgement, timeout_s: float) -> Verdict:
        """As `inner`."""
        if chars_of(subject) <= LONG_CHARS:
            try:
                with few_steps():
                    return await self.inner.judge(subject, timeout_s)
            except TooMuch:  # a schema that takes long, whatever the answer
                pass
        if not self._process.ready:
            self._process.begin()
            return await self.inner.judge(subject, timeout_s)
        return await _asked(self._process, self.name, subject, timeout_s)

    async def close(self) -> None:
        """End the process."""
        await self._process.close()


def chars_of(subject: AnswerUnderJudgement) -> int:
    """Characters that a judge may read: of the question's messages, and of all answers with their tool calls.

    Schemas are no part of it: the steps that they are checked in are counted.
    """
    question, answers = subject.question, (subject.answer, *subject.others)
    said = sum(len(m.content) for m in question.messages) + sum(len(a.text) for a in answers)
    called = sum(len(str(call)) for a in answers for call in a.tool_calls)
    return said + called


async def _asked(process: JudgeProcess, name: str, subject: AnswerUnderJudgement, timeout_s: float) -> Verdict:
    try:
        return await process.ask(name, subject, timeout_s)
    except JudgedNot as no:
        return Verdict(name, None, error=error_text(Why.BROKEN, str(no)))
