"""What came of routed queries whose model the caller ran: told once, and only what was told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pointsman_learner.events import EpisodeRecorded, OutcomeReported

from pointsman_service.application.idempotency import id_of_content
from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.told_reach import ToldReach
from pointsman_service.domain import ModelConfig
from pointsman_service.domain.requests import Caller, Outcome, OutcomeReceipt
from pointsman_service.errors import InvalidRequest
from pointsman_service.ports import EventLog, StoredEpisode


@dataclass(frozen=True, slots=True)
class OutcomeTaker:
    """now: seconds since the epoch; reach: is told who could be reached, None for nobody."""

    log: EventLog
    models: ModelRegistry
    now: Callable[[], float]
    reach: ToldReach | None = None

    async def report(self, outcome: Outcome, caller: Caller) -> OutcomeReceipt:
        """Log it.

        Raises UnknownEpisode, EpisodeExpired, UnknownModel, RequestConflict, LogUnavailable, InvalidRequest where the
        episode was answered here.
        """
        stored = await self.log.episode(outcome.episode_id, caller.tenant)
        if stored.episode.stop != "route_only":
            raise InvalidRequest([("episode_id", "names an episode that the service answered itself: it knows more")])
        request_id = outcome.request_id or id_of_content("outcome", outcome)
        event = self._event(outcome, stored, request_id, caller.tenant)
        position, is_new = await self.log.append_outcome(event)
        if is_new and self.reach is not None:
            self.reach.outcome(caller.tenant, event.model, failed=event.failed, kind=event.failure_kind)
        return OutcomeReceipt(request_id, event.episode_id, event.model, event.cost_usd, position, replayed=not is_new)

    def _event(self, outcome: Outcome, stored: StoredEpisode, request_id: str, tenant: str) -> OutcomeReported:
        name, usage = outcome.model or stored.episode.decision.model, outcome.usage
        chances = _chances(stored.episode)
        if name not in chances and name not in self.models:
            raise self.models.unknown(name)
        return OutcomeReported(
            episode_id=outcome.episode_id,
            tenant=tenant,
            at=self.now(),
            model=name,
            cost_usd=self._cost_usd(outcome, name, stored, request_id),
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


def _priced(model: ModelConfig | None, outcome: Outcome) -> float | None:
    """The told tokens at the prices in force, None where one of them is not known."""
    prices = None if model is None else model.prices_in_force
    if prices is None or None in (outcome.usage.input_tokens, outcome.usage.output_tokens):
        return None
    return prices.bill_usd(outcome.usage)
