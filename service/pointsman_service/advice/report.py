"""The advice in words: what is spent, what could be saved, at what risk, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pointsman_service.advice.model_names import UNTOLD
from pointsman_service.advice.quality import Figure
from pointsman_service.advice.saving import BEYOND, KindSpending, ModelSaving, Move
from pointsman_service.advice.spending import Seen

MODELS_TOLD = 3
NAMES_TOLD = 5


@dataclass(frozen=True, slots=True)
class Advice:
    """All that is said of a log.

    format: its title; days: that it is of, None where its times do not tell; candidates: configured models that could
    answer; unpriced: of the log's models, those whose price nobody knows; not_configured: of them, those that the file
    does not have; used, unused: scores by name, with how many.
    """

    format: str
    seen: Seen
    days: float | None
    kinds: Sequence[KindSpending]
    models: Sequence[ModelSaving]
    candidates: Sequence[str]
    unpriced: Sequence[str]
    not_configured: Sequence[str]
    used: Mapping[str, int]
    unused: Mapping[str, int]


def summary(advice: Advice) -> Iterator[str]:
    """Sentences, the model that most is spent on first."""
    told = [m for m in advice.models if m.calls]
    for saving in told[:MODELS_TOLD]:
        yield _spent(saving, advice)
        move = saving.advised
        if move is not None:
            yield _saved(saving, move, advice)
            yield _risk(move, advice)
            yield _again(saving, move, advice)
        else:
            yield _nothing(saving, advice)
    if rest := told[MODELS_TOLD:]:
        several = f"{len(rest)} other model{'s' * (len(rest) != 1)}"
        yield f"{_money(sum(m.spent_usd for m in rest), advice)} went to {several} (--json has each)."


def _spent(saving: ModelSaving, advice: Advice) -> str:
    calls = f"{saving.calls / advice.days:,.0f} calls a day" if advice.days else _calls(saving.calls)
    of = "models that the log does not name" if saving.model == UNTOLD else saving.model
    unpriced = sum(k.unpriced for k in advice.kinds if k.model == saving.model)
    if unpriced == saving.calls:
        return f"What you spend on {calls} with {of} is not known."
    return f"You spend {_money(saving.spent_usd, advice)} on {calls} with {of}."


def _saved(saving: ModelSaving, move: Move, advice: Advice) -> str:
    kinds = sum(move.models.values())
    return (
        f"{move.calls / saving.calls:.0%} of these are of {kinds} kind{'s' * (kinds != 1)} where {_who(move)} could "
        f"answer: alone, that would save {_between(saving, move, advice)}, by the log's tokens and prices."
    )


def _who(move: Move) -> str:
    many = len(move.models) > 1
    return " or ".join(f"{name} ({kinds} of them)" if many else name for name, kinds in move.models.items())


def _between(saving: ModelSaving, move: Move, advice: Advice) -> str:
    low, high = _money(move.low_usd, advice), _money(move.high_usd, advice)
    shares = [f"{100 * usd / saving.spent_usd:.0f}" for usd in (move.low_usd, move.high_usd)]
    if low == high:
        return f"{low} ({shares[0]} %)"
    return f"between {low} and {high} ({' to '.join(dict.fromkeys(shares))} %)"


def _risk(move: Move, advice: Advice) -> str:
    loss = move.loss
    said = f"Quality there would be {_lower(loss.mean)}, from {_lower(loss.high)} to {_lower(loss.low)} with 95 %"
    by_log = "as words on both models' answers say, though on different queries"
    guess = "by what is known of models beforehand" + " and the log's words on other answers" * bool(advice.seen.rated)
    if move.measured == 1.0:
        return f"{said}, {by_log}."
    if not move.measured:
        return f"{said}: a guess, {guess}."
    return f"{said}: of {move.measured:.0%} of the calls {by_log}, of the others by a guess, {guess}."


def _again(saving: ModelSaving, move: Move, advice: Advice) -> str:
    asked = (
        f"Were {saving.model} asked again wherever that answer is wrong, as often as the low end of its quality has it,"
    )
    if move.again_usd > 0.0:
        return f"{asked} {_money(move.again_usd, advice)} of it would be left."
    return f"{asked} it would cost {_money(-move.again_usd, advice)} more than today."


def _nothing(saving: ModelSaving, advice: Advice) -> str:
    if not advice.candidates:
        return "What could be saved is not known: no model is configured (--config names the file)."
    move = saving.beyond
    if move is None:
        whys = dict.fromkeys(k.why for k in advice.kinds if k.model == saving.model)
        return f"Nothing is advised for these: {'; '.join(whys)}."
    return (
        f"Nothing is advised for these: {_who(move)} would save {_between(saving, move, advice)}, but {BEYOND} than "
        f"--most-loss allows. {_risk(move, advice)}"
    )


def not_known(advice: Advice) -> Iterator[str]:
    """What the figures leave open, each in a line."""
    seen, compared = advice.seen, bool(advice.candidates)
    meant = _names(advice.not_configured)
    unnamed = f" ({_names(advice.unpriced)})" if advice.unpriced else ""
    everything: Sequence[tuple[object, str]] = (
        (
            not seen.rated,
            "how good answers are: the log has no word on them (a thumb, a rating, a score) beside a prompt",
        ),
        (
            seen.rated and seen.rated < seen.calls,
            f"how good {seen.calls - seen.rated:,} of {_calls(seen.calls)} were answered: nobody said",
        ),
        (
            advice.unused,
            f"what these scores say of quality: {_listed(advice.unused)}; --score NAME takes one from 0 to 1, "
            "--score NAME=WORST:BEST any other",
        ),
        (
            compared,
            "how long other models' answers are, and how they count tokens: the log's own counts are taken for theirs",
        ),
        (advice.days is None, "how much it is a day: the log is of less, or does not tell when each call was"),
        (
            seen.without_prompt,
            f"the kind of {_calls(seen.without_prompt)}: the log has no prompt of theirs, so nothing is advised",
        ),
        (seen.unpriced, f"what {_calls(seen.unpriced)} cost: nobody knows a price, or tokens{unnamed}"),
        (seen.batched, f"what {_calls(seen.batched)} of a batch cost: by list price, of which providers may ask half"),
        (seen.estimated, f"the tokens of {_calls(seen.estimated)}: guessed from the length of texts"),
        (
            seen.odd,
            f"figures that cannot be (negative, no number, too large), taken for not told: {_listed(seen.odd)}",
        ),
        (
            compared and advice.not_configured,
            f"whether a configured model is meant by {meant}: --rename LOG_MODEL=MODEL says so",
        ),
    )
    return (said for holds, said in everything if holds)


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES_TOLD} more" if len(names) > NAMES_TOLD else ""
    return f"{', '.join(names[:NAMES_TOLD])}{more}"


def _listed(counts: Mapping[str, int]) -> str:
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    more = f" and {len(most) - NAMES_TOLD} more" if len(most) > NAMES_TOLD else ""
    return ", ".join(f"{name} ({count:,})" for name, count in most[:NAMES_TOLD]) + more


def _calls(n: int) -> str:
    return f"{n:,} call{'s' * (n != 1)}"


def _lower(loss: float) -> str:
    """A loss of quality in words.

    >>> _lower(0.04), _lower(-0.1), _lower(0.0)
    ('0.040 lower', '0.100 higher', 'the same')
    """
    if abs(loss) < 0.0005:
        return "the same"
    return f"{abs(loss):.3f} {'lower' if loss > 0 else 'higher'}"


def _money(usd: float, advice: Advice) -> str:
    return f"{dollars(usd / advice.days)} a day" if advice.days else dollars(usd)


def dollars(amount: float) -> str:
    """To three digits.

    >>> dollars(1234.5), dollars(12.345), dollars(0.01234), dollars(-2.0)
    ('$1,234', '$12.3', '$0.0123', '-$2')
    """
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}${size:,.0f}" if size >= 100 else f"{sign}${size:.3g}"


def basis_of(figure: Figure | None) -> str:
    """What a figure rests on, in a word or two.

    >>> basis_of(Figure(0.9, 0.8, 1.0, "log", 40)), basis_of(None)
    ('40 words', '-')
    """
    if figure is None:
        return "-"
    return f"{figure.rated:,} word{'s' * (figure.rated != 1)}" if figure.basis == "log" else "prior"
