"""What was spent and how good it was, against what another policy would have cost and been: in words first.

The other policy is a model that answers alone, by default the tenant's baseline, or an earlier snapshot. What it
would have brought is estimated from the log (see `what_if`), pair by pair with what happened, so that what was luck for
both cancels out.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Iterator

from pointsman_learner.evaluation.estimate import Always, Comparison, Interval, compare
from pointsman_learner.evaluation.target import Logged, Target

from pointsman_service.application.model_registry import ModelRegistry
from pointsman_service.application.one_at_a_time import OneAtATime
from pointsman_service.application.snapshot_watch import SnapshotWatch
from pointsman_service.application.tenants import DEFAULT_TENANT, TenantBook
from pointsman_service.application.told_episodes import NOTHING, Selection, key_of
from pointsman_service.application.what_if import ALWAYS, SNAPSHOT
from pointsman_service.domain.near_miss import nearest
from pointsman_service.domain.operations import Bounds, Saved, Savings, SavingsQuery
from pointsman_service.errors import Fault, InvalidRequest, UnknownTenant
from pointsman_service.ports import OfSnapshot, OneModel, PolicyEvaluator, SavingsAsked

NAMES_TOLD = 20
MOST_GROUPS = 100
"""The largest; a group of a handful of episodes has no estimate anyway."""


class SavingsEstimator:
    """Says which policy is meant, and has it valued on the log beside what happened."""

    def __init__(
        self, evaluator: PolicyEvaluator, models: ModelRegistry, watch: SnapshotWatch, tenants: TenantBook
    ) -> None:
        self._evaluator, self._models, self._watch, self._tenants = evaluator, models, watch, tenants
        self._alone = OneAtATime("savings")

    async def estimate(self, query: SavingsQuery) -> Savings:
        """One at a time, ended with its caller.

        Raises InvalidRequest, UnknownModel, UnknownSnapshot, CorruptSnapshot, UnknownTenant where there is no episode
        because nobody configured whose they would be, OverLimit, and what the evaluator raises.
        """
        asked = await asyncio.to_thread(self._asked, query)
        with self._alone:
            found = await self._evaluator.savings(asked)
        tenant = query.episodes.tenant
        if not found.total.episodes and tenant is not None and not self._tenants.has(tenant):
            known = nearest(tenant, self._tenants.names[:NAMES_TOLD])
            why = f"no tenant {tenant!r} is configured, and no such episode is in the log{known}"
            raise UnknownTenant(why, tenant=tenant)
        return found

    def _asked(self, query: SavingsQuery) -> SavingsAsked:
        """With the other policy, and its name in words."""
        against = query.against
        if against is not None and against.startswith(SNAPSHOT):
            version = against.removeprefix(SNAPSHOT)
            if not version.isdecimal():
                raise InvalidRequest([("against", f"is no snapshot: {against!r}")], Fault.UNKNOWN_VALUE)
            return SavingsAsked(query, OfSnapshot(*self._watch.payload(int(version))), f"snapshot {version}")
        named = against or self._tenants.of(query.episodes.tenant or DEFAULT_TENANT).baseline
        if named is None:
            raise InvalidRequest([("against", "must name a model: none is configured")], Fault.REQUIRED)
        model = self._models[named if named in self._models else named.removeprefix(ALWAYS)].name
        return SavingsAsked(query, OneModel(model), f"always {model}")


def savings(told: Selection, other: Target | Always, name: str, query: SavingsQuery) -> Savings:
    """What these episodes saved, in all and by group. name: of the other policy, in words."""
    of_all = (("", told), *_grouped(told, query.group))
    total, *groups = (saved(key, of, other, name, query.confidence) for key, of in of_all)
    return Savings(name, total, tuple(groups))


def _grouped(told: Selection, group: str) -> Iterator[tuple[str, Selection]]:
    """By tenant or by leaf of the taxonomy, the largest first."""
    if group == "none":
        return
    for key, _ in Counter(key_of(o.tenant, o.leaf, group) for o in told.all).most_common(MOST_GROUPS):
        yield key, told.of(key, group)


def saved(key: str, told: Selection, other: Target | Always, name: str, confidence: float) -> Saved:
    """What these episodes saved against the other policy: the mean of the sample, times all."""
    n, rated = len(told.all), sum(o.rated for o in told.all)
    spent = math.fsum(o.cost_usd for o in told.all)
    if not told.sample:
        why = f"none of its {n:,} episodes is in the sample" if n else NOTHING
        nothing = f"nothing to tell of: {why}"
        return Saved(key, n, rated, spent, None, None, None, None, None, 0.0, why, nothing)
    found = compare(told.sample, Logged(), other, confidence=confidence)
    gain = None if found.quality is None else _bounds(found.quality)
    saving = None if found.cost_usd is None else _bounds(found.cost_usd, -n)
    return Saved(
        key=key,
        episodes=n,
        rated=rated,
        spent_usd=spent,
        quality=None if found.policy.quality is None else _bounds(found.policy.quality),
        other_quality=None if found.other.quality is None else _bounds(found.other.quality),
        other_usd=None if found.other.cost_usd is None else _bounds(found.other.cost_usd, n),
        saved_usd=saving,
        quality_gain=gain,
        support=found.other.support,
        why=found.other.why or found.policy.why,
        summary=sentence(n, spent, name, saving, gain, found),
    )


def sentence(  # noqa: PLR0917 - the parts of one sentence, in their order
    n: int, spent: float, name: str, saving: Bounds | None, gain: Bounds | None, found: Comparison
) -> str:
    """The same in words."""
    queries = f"{n:,} quer{'y' if n == 1 else 'ies'} cost {_dollars(spent)}"
    if found.policy.n < n:
        queries += f" ({found.policy.n:,} of them, drawn evenly, stand for all)"
    if saving is None:
        return f"{queries}; what {name} would have cost cannot be told: {found.other.why}."
    whole = spent + saving.mean
    share = saving.mean / whole if whole > 0 else 0.0
    words, low, high = ("saved", saving.low, saving.high) if saving.mean >= 0 else ("lost", -saving.high, -saving.low)
    money = (
        f"{queries}; {name} would have cost {_dollars(whole)}: {_dollars(abs(saving.mean))} {words}"
        f" ({abs(share):.0%}; from {_dollars(low)} to {_dollars(high)})"
    )
    if gain is None or found.policy.quality is None or found.other.quality is None:
        return f"{money}. How good either was cannot be told: {found.other.why or found.policy.why}."
    return (
        f"{money}. Quality was {found.policy.quality.mean:.3f} against {found.other.quality.mean:.3f}, a difference of"
        f" {gain.mean:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})."
    )


def _dollars(amount: float) -> str:
    """To three digits, so that cents of a small log are told, too.

    >>> _dollars(1234.5), _dollars(0.01234), _dollars(-2.0)
    ('$1,234', '$0.0123', '-$2.00')
    """
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    if size >= 100:
        return f"{sign}${size:,.0f}"
    return f"{sign}${size:.2f}" if size >= 1 or size == 0 else f"{sign}${size:.3g}"


def _bounds(interval: Interval, times: float = 1.0) -> Bounds:
    """A mean a query as a total; a negative factor turns it round.

    >>> _bounds(Interval(1.0, 0.5, 2.0), -10)
    Bounds(mean=-10.0, low=-20.0, high=-5.0)
    """
    low, high = sorted((interval.low * times, interval.high * times))
    return Bounds(interval.mean * times, low, high)
