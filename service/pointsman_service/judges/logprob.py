"""The log-probability judge: how sure the model was of its own words, where the provider says so.

The score is exp(mean log-probability of the answer's tokens), the geometric mean of the tokens' probabilities, in
(0, 1]. It is comparable within one model only; calibration per model and node makes it useful. Free and deterministic.
"""

from __future__ import annotations

import math

from pointsman_learner.types import Verdict

from pointsman_service.domain import AnswerUnderJudgement
from pointsman_service.domain.verdict_errors import Why, error_text


class LogprobJudge:
    """AnswerJudge that reads `ModelAnswer.mean_logprob`."""

    def __init__(self, name: str = "logprob") -> None:
        self.name = name

    async def judge(self, subject: AnswerUnderJudgement, timeout_s: float) -> Verdict:  # noqa: ARG002 - never waits
        """The geometric mean probability; without a score where the provider sent none."""
        mean = subject.answer.mean_logprob
        if mean is None:
            wrong = "the provider sent no log-probabilities"
        elif not math.isfinite(mean) or mean > 0:
            wrong = f"a mean log-probability is at most 0, not {mean}"
        else:
            return Verdict(self.name, math.exp(mean))
        return Verdict(self.name, None, error=error_text(Why.NOT_OFFERED, wrong))
