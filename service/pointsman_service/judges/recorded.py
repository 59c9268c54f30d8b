"""The recorded judge: a verdict that was recorded with an answer, from the replay provider. For demos and benchmarks.

It asks the provider's `POST /judge` with {"prompt", "model", "judge"} and gets {"score": number or null}.
"""

from __future__ import annotations

import json

import aiohttp
from pointsman_learner.types import Verdict

from pointsman_service.domain import AnswerUnderJudgement
from pointsman_service.domain.verdict_errors import Why, error_text


class RecordedJudge:
    """AnswerJudge over HTTP. The verdicts are recorded ones, not opinions of the text at hand.

    url: of the replay provider ("http://127.0.0.1:8123"); judge: the recorded judge's name, None for the table's own
    score; cost_usd: what each verdict is listed at, as if it were paid for.
    """

    def __init__(self, name: str, url: str, judge: str | None = None, *, cost_usd: float = 0.0) -> None:
        self.name = name
        self._address = url.rstrip("/") + "/judge"
        self._judge = judge
        self._cost_usd = cost_usd
        self._session: aiohttp.ClientSession | None = None

    async def judge(self, subject: AnswerUnderJudgement, timeout_s: float) -> Verdict:
        """The recorded score; without one where none was recorded or the provider cannot be asked."""
        asked = {"prompt": subject.question.text, "model": subject.model, "judge": self._judge}
        try:
            status, body = await self._post(asked, timeout_s)
        except TimeoutError:
            return Verdict(self.name, None, error=error_text(Why.TIMEOUT, f"no verdict within {timeout_s:g} s"))
        except (aiohttp.ClientError, UnicodeError) as error:
            return Verdict(
                self.name, None, error=error_text(Why.UNAVAILABLE, f"{self._address} cannot be asked: {error}")
            )
        return self._read(status, body)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, asked: dict[str, str | None], timeout_s: float) -> tuple[int, str]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        async with self._session.post(self._address, json=asked, timeout=timeout) as response:
            return response.status, await response.text(errors="replace")

    def _read(self, status: int, body: str) -> Verdict:
        if status != 200:
            return Verdict(
                self.name, None, error=error_text(Why.UNAVAILABLE, f"the provider answered {status}: {body[:200]}")
            )
        try:
            score = json.loads(body)["score"]
        except (ValueError, KeyError, TypeError):
            return Verdict(self.name, None, error=error_text(Why.GARBAGE, f"the provider sent no score: {body[:200]}"))
        if score is None:
            wrong = error_text(Why.NOT_OFFERED, "no verdict was recorded for this answer")
            return Verdict(self.name, None, cost_usd=self._cost_usd, error=wrong)
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
            return Verdict(self.name, None, error=error_text(Why.OUT_OF_RANGE, f"a score is in [0, 1], not {score!r}"))
        return Verdict(self.name, float(score), cost_usd=self._cost_usd)
