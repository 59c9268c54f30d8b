"""The consistency judge: does the model that answered come to the same final answer when it is asked in other words?

A model that knows says the same again; one that guesses often does not. The second answer is a call of the same model,
with the parameters of the first. Compared are final answers, as the agreement judge does; an answer without one is not
asked about again. Wang et al. (2022), "Self-Consistency Improves Chain of Thought Reasoning".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from pointsman_learner.types import Verdict

from pointsman_service.domain import AnswerUnderJudgement, ChatMessage, ModelConfig, Question
from pointsman_service.domain.verdict_errors import Why, error_text
from pointsman_service.errors import ModelCallError
from pointsman_service.judges.agreement import key_of
from pointsman_service.ports import ModelCaller

LEAD = "Somebody asks the following. Work it out anew from the beginning, in your own way, then give the final answer."
"""Before the question: what is asked stays, word by word, since a rewording by rules could change what it means."""


class ConsistencyJudge:
    """AnswerJudge: 1.0 where the second answer is the same, 0.0 where it is another.

    models: by name, of which the one that answered is asked again; caller_of: who calls it; only: names of models that
    are asked again, None for all; lead: the words before the question.
    """

    def __init__(
        self,
        name: str,
        known: Mapping[str, ModelConfig],
        caller_of: Callable[[ModelConfig], ModelCaller],
        *,
        models: Iterable[str] | None = None,
        lead: str = LEAD,
    ) -> None:
        if isinstance(models, str):
            raise TypeError(f"models must be a list of names, not the text {models!r}")
        self.name = name
        self._known, self._caller_of, self._lead = known, caller_of, lead
        self._asked = None if models is None else frozenset(models)

    async def judge(self, subject: AnswerUnderJudgement, timeout_s: float) -> Verdict:
        """Ask again, and compare; the cost is the call's."""
        text = subject.question.text
        key = key_of(text, subject.answer)
        model = self._known.get(subject.model)
        if model is None or (self._asked is not None and model.name not in self._asked):
            return self._none(Why.NOT_OFFERED, f"the model {subject.model} is not asked again")
        if key is None:
            return self._none(Why.NOTHING_TO_COMPARE, "the answer has no final answer")
        try:
            again = await self._caller_of(model).call(model, rephrased(subject.question, self._lead), timeout_s)
        except ModelCallError as failed:
            return self._none(failed.kind, f"the model {model.name}, asked again: {failed}", cost_usd=failed.cost_usd)
        second = key_of(text, again)
        if second is None:
            wrong = "the second answer has no final answer"
            return self._none(Why.NOTHING_TO_COMPARE, wrong, cost_usd=again.cost_usd)
        return Verdict(self.name, float(second == key), cost_usd=again.cost_usd, latency_ms=again.latency_ms)

    def _none(self, why: Why | str, detail: str, *, cost_usd: float = 0.0) -> Verdict:
        return Verdict(self.name, None, cost_usd=cost_usd, error=error_text(why, detail))


def rephrased(question: Question, lead: str) -> Question:
    r"""The same question with other words before it; pictures and the conversation stay.

    >>> rephrased(Question((ChatMessage("user", "2 + 2?"),)), "Think.").text
    'Think.\n\n2 + 2?'
    """
    last = max((i for i, m in enumerate(question.messages) if m.role == "user"), default=len(question.messages) - 1)
    messages = (_led(m, lead) if i == last else m for i, m in enumerate(question.messages))
    return replace(question, messages=tuple(messages))


def _led(message: ChatMessage, lead: str) -> ChatMessage:
    parts = ({"type": "text", "text": lead}, *message.parts) if message.parts else ()
    return replace(message, content=f"{lead}\n\n{message.content}", parts=parts)
