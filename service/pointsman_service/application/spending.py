"""Spending under a hard ceiling: what a call may cost is held before it is made, what it cost is settled after.

| what was seen of a model's limits | what is held | beside others like it |
| --- | --- | --- |
| nothing, or not enough | its longest answer, as far as there is money, the limit's at least | no |
| within them, many times | its longest answer, likewise | yes |
| an answer cut off at its limit | what the limit allows | yes |
| a call that cost more than its limit allowed | what that cost at least | no, for good |

Parameters of a request that nobody knows (`call_kinds`) are never proven. So where a provider ignores limits, a ceiling
is broken by one call at most: while it is under way, no other of its kind is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from pointsman_service.application.call_kinds import SIMPLER
from pointsman_service.application.call_price import Quote, dearest_of, input_tokens, quoted
from pointsman_service.application.queues import Queues
from pointsman_service.application.surviving import surviving
from pointsman_service.domain import ModelAnswer, ModelConfig, Question
from pointsman_service.errors import BudgetExhausted, PointsmanError
from pointsman_service.ports import Ledger, LimitsSeen, Reservation, RoomTaken

JUDGE_FACTOR = 2.0
"""Over the listed price of a judge that calls no model of ours: plug-ins say what a verdict cost after it."""
PROOF_CALLS = 20
"""Calls within their limits that count as proof: with none beyond in 20, at most 14 % go beyond (95 %)."""
SLACK_TOKENS = 16
"""Over a limit that are still within it: some providers count the marks that end an answer."""
POLL_S = 0.02
"""Between two looks at what other processes hold."""
SETTLING_S = 5.0
"""After the last moment of a call, in which its end is written down."""


@dataclass(frozen=True, slots=True)
class Bid:
    """What is asked of a ceiling for one call. usd: at least; most_usd: up to; alone: beside no other that is alone."""

    usd: float
    most_usd: float
    alone: bool = False


class Hold:
    """A reservation that is settled however the call ends: `async with hold`, and set `spent_usd` when it is known.

    Until then the whole hold counts as spent, since a provider may charge for a call that was cancelled.
    """

    def __init__(self, purse: Purse, reservation: Reservation) -> None:
        self._purse = purse
        self._reservation = reservation
        self.held_usd = reservation.usd
        self.spent_usd = reservation.usd

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reservation.id:
            # To its end: a caller who hangs up must not leave the hold open for ever.
            await surviving(self._purse.settle(self._reservation, self.spent_usd))


class Purse:
    """The ledger, as one process uses it. A tenant without a ceiling has nothing to reserve and costs no write.

    models: in force, by name; now: seconds since the epoch.
    """

    def __init__(
        self, ledger: Ledger, now: Callable[[], float], models: Mapping[str, ModelConfig] | None = None
    ) -> None:
        self._ledger = ledger
        self._now = now
        self._models = {} if models is None else models
        self._queues = Queues()
        self._settled = asyncio.Event()

    def quote(self, model: ModelConfig, question: Question) -> Quote:
        """The call as it is bounded."""
        return quoted(model, question, dearest_of(self._models.values()))

    def bid(self, quote: Quote) -> Bid:
        """What the call asks of a ceiling, by what was seen of its model."""
        seen = self._seen(quote)
        if ignoring := next((s for s in (seen, *self._seen_of_simpler(quote)) if s.ignores), None):
            usd = max(quote.least_usd, ignoring.most_usd * quote.factor + quote.fee_usd)
            return Bid(usd, max(usd, quote.most_usd), alone=True)
        if seen.cut and quote.kind != "unknown":
            return Bid(quote.least_usd, quote.least_usd)
        return Bid(quote.least_usd, quote.most_usd, alone=quote.kind == "unknown" or seen.within < PROOF_CALLS)

    def affordable(self, tenant: str, models: Iterable[ModelConfig], question: Question) -> frozenset[str]:
        """Names of those that the tenant has the money for, once the calls that are under way have ended."""
        left = self._ledger.left(tenant, self._now())
        if left is None:
            return frozenset(model.name for model in models)
        tokens, dearest = input_tokens(question), dearest_of(self._models.values())
        quotes = (quoted(model, question, dearest, tokens) for model in models)
        return frozenset(q.model.name for q in quotes if self.bid(q).usd <= left)

    async def hold(
        self, tenant: str, bid: Callable[[], Bid | None], *, seconds: float, patience_s: float = 0.0
    ) -> Hold:
        """Hold dollars of the tenant's ceiling for a call of so many seconds. Raises BudgetExhausted.

        bid: what is asked, looked at anew before each try, since what is seen of a model changes it; None for nothing.
        patience_s: to wait for calls under way, where what they hold would do.
        """
        asked = bid()
        if asked is None:
            return Hold(self, Reservation("", 0.0))
        ends_at = asyncio.get_running_loop().time() + patience_s
        async with self._queues.turn((tenant, asked.alone), ends_at):
            while True:
                try:
                    return Hold(self, await self._reserve(tenant, bid() or asked, seconds))
                except RoomTaken as e:
                    if not await self._more_room(ends_at):
                        raise BudgetExhausted(str(e), **e.facts) from e

    async def settle(self, reservation: Reservation, usd: float) -> None:
        """Replace the hold by what was spent, and wake who waits for room."""
        await self._ledger.settle(reservation, usd)
        self._settled.set()
        self._settled = asyncio.Event()

    async def saw(self, quote: Quote, answer: ModelAnswer | None, usd: float) -> None:
        """Remember what a model made of its limit. usd: what the call cost, also where it brought no answer."""
        seen, news = self._seen(quote), _news(quote, answer, usd)
        if news is None:
            return
        if news.ignores:
            is_known = seen.most_usd >= news.most_usd and seen.within == 0
        else:
            is_known = seen.ignores or seen.cut or (seen.within >= PROOF_CALLS and not news.cut)
        if not is_known:
            await self._ledger.saw_limits(_identity(quote.model), quote.kind, news)

    def _seen(self, quote: Quote) -> LimitsSeen:
        return self._ledger.limits_seen(_identity(quote.model), quote.kind)

    def _seen_of_simpler(self, quote: Quote) -> Iterator[LimitsSeen]:
        """Who ignores limits in plain calls does so whatever else is asked for; the reverse need not be."""
        for kind in SIMPLER[quote.kind]:
            yield self._ledger.limits_seen(_identity(quote.model), kind)

    async def _reserve(self, tenant: str, bid: Bid, seconds: float) -> Reservation:
        reserving = asyncio.ensure_future(
            self._ledger.reserve(
                tenant, bid.usd, self._now(), most_usd=bid.most_usd, seconds=seconds + SETTLING_S, alone=bid.alone
            )
        )
        try:
            return await asyncio.shield(reserving)
        except asyncio.CancelledError:  # a caller who hangs up here leaves nothing held, either
            await surviving(self._release(reserving))
            raise

    async def _more_room(self, ends_at: float) -> bool:
        """Wait until something was settled here, or may have been elsewhere; whether there is time to look again."""
        left_s = ends_at - asyncio.get_running_loop().time()
        if left_s <= 0.0:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(min(POLL_S, left_s)):
                await self._settled.wait()
        return True

    async def _release(self, reserving: asyncio.Future[Reservation]) -> None:
        with suppress(PointsmanError):  # then there is nothing to release
            await self.settle(await reserving, 0.0)


def _news(quote: Quote, answer: ModelAnswer | None, usd: float) -> LimitsSeen | None:
    slack_usd = quote.prices.most_usd(0, SLACK_TOKENS) * quote.factor
    if usd > quote.least_usd + slack_usd:
        return LimitsSeen(most_usd=(usd - quote.fee_usd) / quote.factor)
    if answer is None:
        return None
    is_cut = answer.truncated and not quote.is_own and not answer.tokens_estimated
    return LimitsSeen(within=1, cut=is_cut and abs(answer.output_tokens - quote.limit) <= SLACK_TOKENS)


def _identity(model: ModelConfig) -> str:
    """Whom the limits were asked of: another provider under the same name has to be seen anew."""
    return "\n".join((model.name, model.provider_model, model.base_url or ""))
