"""What came of routed queries whose model the caller ran: told once, and only what was told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pointsman_learner.events import EpisodeRecorded, OutcomeReported

from pointsman_service.application.idempotency import id_of_content
from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.told_judges import check_judges
from pointsman_service.application.told_reach import ToldReach
from pointsman_service.domain import ModelConfig, Usage
from pointsman_service.domain.requests import Caller, Outcome, OutcomeReceipt
from pointsman_service.errors import Fault, InvalidRequest
from pointsman_service.ports import EventLog, StoredEpisode

MOST_USD = 1_000.0
"""Of one call of a model whose price nobody knows: ten times what the dearest (o1-pro) takes for a full window."""
LEAST_USD = 1.0
"""What may be told of any model, free ones too: a caller's own provider may charge for it."""
MARGIN = 100.0
LONGEST_WINDOW = 1_000_000
"""Tokens, where the model's own is not known."""
MOST_VERDICT_USD = 100.0
"""Of one verdict: a judging model's call, or a person's quarter of an hour."""


@dataclass(frozen=True, slots=True)
class OutcomeTaker:
    """Checks an outcome against what was routed, and logs it.

    now: seconds since the epoch; reach: is told who could be reached, None for nobody. judges: of whom callers may
    tell, None for any.
    """

    log: EventLog
    models: ModelRegistry
    now: Callable[[], float]
    reach: ToldReach | None = None
    judges: frozenset[str] | None = None

    async def report(self, outcome: Outcome, caller: Caller) -> OutcomeReceipt:
        """Log it.

        Raises UnknownEpisode, EpisodeExpired, UnknownModel, RequestConflict, LogUnavailable, InvalidRequest where the
        episode was answered here.
        """
        check_judges(((f"verdicts[{i}].judge", v.judge) for i, v in enumerate(outcome.verdicts)), self.judges)
        stored = await self.log.episode(outcome.episode_id, caller.tenant)
        if stored.episode.stop != "route_only":
            raise InvalidRequest(
                [("episode_id", "names an episode that the service answered itself: it knows more")], Fault.NOT_ALLOWED
            )
        request_id = outcome.request_id or id_of_content("outcome", outcome)
        event = self._event(outcome, stored, request_id, caller)
        position, is_new = await self.log.append_outcome(event)
        if is_new and self.reach is not None:
            self.reach.outcome(caller.tenant, event.model, failed=event.failed, kind=event.failure_kind)
        return OutcomeReceipt(request_id, event.episode_id, event.model, event.cost_usd, position, replayed=not is_new)

    def _event(self, outcome: Outcome, stored: StoredEpisode, request_id: str, caller: Caller) -> OutcomeReported:
        name, usage = outcome.model or stored.episode.decision.model, outcome.usage
        cost_usd = self._cost_usd(outcome, name, stored, request_id)
        chances = _chances(stored.episode)
        if name not in chances and name not in self.models:
            raise self.models.unknown(name)
        _check_costs(outcome, cost_usd, self.models.get(name))
        return OutcomeReported(
            episode_id=outcome.episode_id,
            tenant=caller.tenant,
            at=self.now(),
            model=name,
            cost_usd=cost_usd,
            latency_ms=outcome.latency_ms,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cached_input_tokens=usage.cached_input_tokens,
            reasoning_tokens=usage.reasoning_tokens,
            verdicts=outcome.verdicts,
            failure_kind=outcome.failure_kind,
            error=outcome.failure,
            propensity=chances.get(name) or None,
            request_id=request_id,
            client=caller.client,
        )

    def _cost_usd(self, outcome: Outcome, name: str, stored: StoredEpisode, request_id: str) -> float | None:
        """What was told; else, in a repetition, what the first report came to, whatever prices are now; or computed."""
        if outcome.cost_usd is not None:
            return outcome.cost_usd
        first = next((o for o in stored.outcomes if o.request_id == request_id), None)
        return first.cost_usd if first is not None else _priced(self.models.get(name), outcome)


def _chances(episode: EpisodeRecorded) -> Mapping[str, float]:
    """The probability that each model had of being decided for."""
    return {p.model: p.propensity for p in episode.decision.predictions}


def most_usd(model: ModelConfig | None) -> float:
    """Dollars that may be told of one call: MARGIN times what a full window and the longest answer cost.

    Callers may have paid a dearer provider, or called in a loop; more is a typing error, or meant to be learnt from.
    """
    prices = None if model is None else model.prices_in_force
    if model is None or prices is None:
        return MOST_USD
    window = model.context_window or LONGEST_WINDOW
    out = min(model.max_output_tokens or window, window)
    return min(MOST_USD, max(LEAST_USD, MARGIN * prices.bill_usd(Usage(window, None, out))))


def _check_costs(outcome: Outcome, cost_usd: float | None, model: ModelConfig | None) -> None:
    most = most_usd(model)
    if cost_usd is not None and cost_usd > most:
        field = "usage" if outcome.cost_usd is None else "cost_usd"
        raise InvalidRequest(
            [(field, f"comes to ${cost_usd:g}; a call of this model can cost ${most:g} at most")], Fault.OUT_OF_RANGE
        )
    for i, verdict in enumerate(outcome.verdicts):
        if (verdict.cost_usd or 0.0) > MOST_VERDICT_USD:
            why = f"must be at most {MOST_VERDICT_USD:g}; it is {verdict.cost_usd:g}"
            raise InvalidRequest([(f"verdicts[{i}].cost_usd", why)], Fault.OUT_OF_RANGE)


def _priced(model: ModelConfig | None, outcome: Outcome) -> float | None:
    """The told tokens at the prices in force, None where one of them is not known."""
    prices = None if model is None else model.prices_in_force
    if prices is None or None in (outcome.usage.input_tokens, outcome.usage.output_tokens):
        return None
    return prices.bill_usd(outcome.usage)
