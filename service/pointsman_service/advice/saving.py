"""What routing to the configured models could save, kind by kind, and at what risk.

Money is arithmetic: the log's tokens times prices. What is not certain is how many answers would be worse, and so how
often the present model would have to be asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pointsman_learner.types import Context

from pointsman_service.advice.quality import Figure, difference, measured
from pointsman_service.advice.spending import Alternative, Group, Moments

Expected = Callable[[str, Sequence[Context]], Figure | None]


@dataclass(frozen=True, slots=True)
class Option:
    """Another model in place of the present one on a kind's calls that it can take.

    cost_usd: of them at the most; low_usd, high_usd: what is saved where it answers them alone, between what other
    tokens it may be charged for;
    again_usd: what is saved where the present model is asked again for each answer that is wrong, of as many as the low
    end of its quality says; it may be a loss. loss: of quality, where it answers alone.
    """

    model: str
    calls: int
    cost_usd: float
    low_usd: float
    high_usd: float
    again_usd: float
    quality: Figure
    loss: Figure


@dataclass(frozen=True, slots=True)
class KindSpending:
    """A kind of query and the model that answers it today. kind: None where the log has no prompt.

    quality: of today's answers, None where nothing can be said; option: of the cheaper models whose expected loss is no
    larger than asked for, the one that is worth most, which is then advised; else the one that loses least. why:
    nothing is advised.
    """

    kind: str | None
    model: str
    calls: int
    spent_usd: float
    unpriced: int
    rated: int
    quality: Figure | None
    option: Option | None
    why: str = ""

    @property
    def advised(self) -> bool:
        """Whether the option is."""
        return self.option is not None and not self.why


@dataclass(frozen=True, slots=True)
class Bar:
    """What is advised: most_loss: of quality, that may be expected; cost_weight: lambda, by which worth is weighed.

    Of two models that are within the loss, the cheapest is not the best where little is known: half a percent more
    saved is not worth the weakest model that there is. So an option is worth quality - lambda * cost, as in a decision.
    """

    most_loss: float
    cost_weight: float

    def best(self, options: Iterable[Option]) -> Option | None:
        """The option that is worth most within the loss."""
        within = (o for o in options if o.loss.mean <= self.most_loss)
        return max(
            within, key=lambda o: (o.quality.mean - self.cost_weight * o.cost_usd / o.calls, o.model), default=None
        )


def kinds_of(groups: Sequence[Group], expected: Expected, bar: Bar) -> list[KindSpending]:
    """Every group, the dearest first."""
    words = {(group.kind, group.model): group.rated for group in groups}
    found = [_kind(group, words, expected, bar) for group in groups]
    return sorted(found, key=lambda k: (-k.spent_usd, -k.calls, k.kind or "", k.model))


def _kind(group: Group, words: Mapping[tuple[str | None, str], Moments], expected: Expected, bar: Bar) -> KindSpending:
    contexts = group.sample.kept if group.sample is not None else []

    def quality(model: str) -> Figure | None:
        said = words.get((group.kind, model))
        return (measured(said) if said is not None else None) or expected(model, contexts)

    present = quality(group.model)
    each = (_option(name, a, present, quality(name)) for name, a in group.alternatives.items())
    options = [option for option in each if option is not None]
    cheaper = [o for o in options if o.low_usd > 0.0]
    good = bar.best(cheaper)
    return KindSpending(
        kind=group.kind,
        model=group.model,
        calls=group.calls,
        spent_usd=group.spent_usd,
        unpriced=group.calls - group.priced,
        rated=group.rated.n,
        quality=present,
        option=good or min(cheaper, key=lambda o: (o.loss.mean, o.model), default=None),
        why="" if good is not None else _why_not(group, options, cheaper),
    )


def _option(name: str, alternative: Alternative, present: Figure | None, quality: Figure | None) -> Option | None:
    if present is None or quality is None:
        return None
    spent, most = alternative.spent_usd, alternative.high_usd
    return Option(
        model=name,
        calls=alternative.calls,
        cost_usd=most,
        low_usd=spent - most,
        high_usd=spent - alternative.low_usd,
        again_usd=quality.low * spent - most,
        quality=quality,
        loss=difference(present, quality),
    )


def _why_not(group: Group, options: Sequence[Option], cheaper: Sequence[Option]) -> str:
    if group.kind is None:
        return "no prompt is in the log, so their kinds are not known"
    if not group.priced:
        return "nobody knows what they cost"
    if not options:
        return "no other configured model can be compared on them"
    return BEYOND if cheaper else "no other configured model is cheaper"


BEYOND = "what is cheaper is expected to lose more"


@dataclass(frozen=True, slots=True)
class Move:
    """Calls of several kinds that other models could answer. models: which, with how many kinds.

    loss: the mean over the calls; measured: share of them where the log's words on both models' answers say it.
    """

    calls: int
    models: Mapping[str, int]
    low_usd: float
    high_usd: float
    again_usd: float
    loss: Figure
    measured: float


@dataclass(frozen=True, slots=True)
class ModelSaving:
    """What could be saved of one model's calls. calls, spent_usd: of all of them.

    advised: where another model is; beyond: where what is cheaper is expected to lose more than asked for.
    """

    model: str
    calls: int
    spent_usd: float
    advised: Move | None
    beyond: Move | None


def by_model(kinds: Sequence[KindSpending]) -> list[ModelSaving]:
    """Sums over kinds, the model that most is spent on first."""
    names = dict.fromkeys(k.model for k in kinds)
    found = []
    for name in names:
        own = [k for k in kinds if k.model == name]
        found.append(
            ModelSaving(
                model=name,
                calls=sum(k.calls for k in own),
                spent_usd=sum(k.spent_usd for k in own),
                advised=_move([k.option for k in own if k.option is not None and k.advised]),
                beyond=_move([k.option for k in own if k.option is not None and not k.advised]),
            )
        )
    return sorted(found, key=lambda s: (-s.spent_usd, -s.calls, s.model))


def _move(options: Sequence[Option]) -> Move | None:
    """What is not known of quality in one kind is likely not known in others: intervals are averaged, not narrowed."""
    calls = sum(o.calls for o in options)
    if not calls:
        return None
    models: dict[str, int] = {}
    for o in options:
        models[o.model] = models.get(o.model, 0) + 1
    mean, low, high = (sum(o.calls * float(getattr(o.loss, end)) for o in options) / calls for end in ENDS)
    by_log = sum(o.calls for o in options if o.loss.basis == "log") / calls
    return Move(
        calls=calls,
        models=models,
        low_usd=sum(o.low_usd for o in options),
        high_usd=sum(o.high_usd for o in options),
        again_usd=sum(o.again_usd for o in options),
        loss=Figure(mean, low, high, "log" if by_log == 1.0 else "prior", sum(o.loss.rated for o in options)),
        measured=by_log,
    )


ENDS = ("mean", "low", "high")
