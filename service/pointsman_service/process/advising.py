"""Advice before adoption: a log that a team has, read, summed up and valued, and what of it is a warm start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from pointsman_learner.estimators.taxonomy import Taxonomy
from pointsman_learner.events import Event, TaxonomyNodePut
from pointsman_learner.types import Context

from pointsman_service.adapters.embedder_wordllama import shared_embedder
from pointsman_service.adapters.prices.book import PriceBook
from pointsman_service.advice.formats import FORMATS, Format, calls_of, format_of
from pointsman_service.advice.logged_call import Damaged, LeftOut, LoggedCall
from pointsman_service.advice.model_names import OTHERS, UNTOLD, ModelNames
from pointsman_service.advice.quality import Expectations
from pointsman_service.advice.records import Record, records
from pointsman_service.advice.report import Advice
from pointsman_service.advice.saving import Bar, by_model, kinds_of
from pointsman_service.advice.scores import Scale, Scoring
from pointsman_service.advice.scores_beside import ScoresBeside
from pointsman_service.advice.spending import Knowing, Spending
from pointsman_service.application.eligibility import Needs, excluded
from pointsman_service.application.feedback import feedback_value
from pointsman_service.application.query_context import context_of
from pointsman_service.config import Settings
from pointsman_service.config.rules import Rules
from pointsman_service.domain import ModelConfig, ModelPrices, Question
from pointsman_service.domain.configuration import InForce, Layers
from pointsman_service.domain.well_formed import well_formed
from pointsman_service.errors import ConfigurationError, NoModelLeft
from pointsman_service.process.declaring import checked, declaration
from pointsman_service.process.opening import rules
from pointsman_service.replay.outcome_table import RecordedModel
from pointsman_service.replay.table_writing import Outcome, OutcomeWriter

DAMAGED_TOLD = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """form: name of the log's format, None to find it out; by: "domain" or "leaf", how kinds are grouped.

    renamed: configured names by the log's; scales: see `scores.asked_scales`; scores: files of Langfuse's scores;
    most_loss: of quality, that may be expected where another model is advised; warm_start: the folder to write.
    """

    form: str | None = None
    by: str = "domain"
    renamed: Mapping[str, str] = field(default_factory=dict)
    scales: Mapping[str, Scale | None] = field(default_factory=dict)
    scores: Sequence[Path] = ()
    most_loss: float = 0.05
    warm_start: Path | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """damaged: how many places could not be read, and the first of them; told: outcomes in the warm start's table.

    dropped: rated calls that are not in it, by why.
    """

    advice: Advice
    damaged: int
    first_damaged: Sequence[Damaged]
    told: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)


def advise(
    paths: Sequence[Path], settings: Settings, wanted: Wanted, progress: Callable[[int], None] = lambda _records: None
) -> Found:
    """Read the logs and say what they tell. progress: told of the records read.

    Raises ConfigurationError for a file that cannot be opened, is of no known format, or in which nothing can be read;
    for names that are not configured; where the warm start's folder exists; LogUnavailable where it cannot be written.
    """
    return _Advising(settings, wanted, progress).of(paths)


class _Advising:
    def __init__(self, settings: Settings, wanted: Wanted, progress: Callable[[int], None]) -> None:
        self._settings, self._wanted, self._progress = settings, wanted, progress
        self._book, self._embedder = PriceBook(), shared_embedder()
        self._rules = rules()
        self._now = _in_force(self._rules, settings)
        self._models = tuple(m for m in self._now.models.values() if m.enabled)
        self._names = ModelNames(self._models, wanted.renamed)
        self._scoring = Scoring(feedback_value, wanted.scales)
        self._taxonomy = Taxonomy()
        for event in self._rules.taught(InForce(), self._now, 0.0):
            if isinstance(event, TaxonomyNodePut):
                self._taxonomy.put_dict(event.node)
        self._prices: dict[str, ModelPrices | None] = {}
        candidates = {m.name: p for m in self._models if (p := m.prices_in_force) is not None}
        self._spending = Spending(Knowing(self._context, self._kind, self._price, self._able, candidates))
        self._damaged: list[Damaged] = []
        self._damages = self._records = 0
        self._title = ""
        self._dropped: dict[str, int] = {}

    def of(self, paths: Sequence[Path]) -> Found:
        to = self._wanted.warm_start
        if to is not None and to.exists():
            raise ConfigurationError(f"--warm-start {to}: exists already: name a new folder")
        beside = ScoresBeside(self._wanted.scores, lambda: self._calls(paths, quiet=True), self._damage)
        with ExitStack() as stack:
            table = None if to is None else stack.enter_context(OutcomeWriter(to))
            for call in self._calls(paths):
                self._take(call, beside, table)
            if not self._spending.seen.calls:
                raise ConfigurationError(self._nothing(paths))
            told = 0 if table is None else table.outcomes
            if table is not None and told:
                table.finish(self._recorded())
        return Found(self._advice(), self._damages, tuple(self._damaged), told, self._dropped)

    def _calls(self, paths: Sequence[Path], *, quiet: bool = False) -> Iterator[LoggedCall]:
        """Each answered call; what is none is counted. quiet: counts nothing, for a first look."""
        given = next((f for f in FORMATS if f.name == self._wanted.form), None)
        for path in paths:
            form = given
            for record in records(path):
                if isinstance(record, Damaged):
                    if not quiet:
                        self._damage(record)
                    continue
                form = form or format_of(record.fields)
                if form is None:
                    raise ConfigurationError(_unknown(path, record.line))
                if not quiet:
                    self._records += 1
                    self._progress(self._records)
                self._title = form.title
                yield from self._told(form, record, quiet=quiet)

    def _told(self, form: Format, record: Record, *, quiet: bool) -> Iterator[LoggedCall]:
        seen = self._spending.seen
        try:
            for told in calls_of(form, record.fields):
                if not isinstance(told, LeftOut):
                    yield told
                elif not quiet:
                    seen.failed += told.why == "failed"
                    seen.other += told.why == "other"
        except RecursionError:
            if not quiet:
                self._damage(Damaged(record.line, "is nested too deep"))

    def _damage(self, damaged: Damaged) -> None:
        self._damages += 1
        if len(self._damaged) < DAMAGED_TOLD:
            self._damaged.append(damaged)

    def _take(self, call: LoggedCall, beside: ScoresBeside, table: OutcomeWriter | None) -> None:
        model = self._names.of(call.model, call.asked)
        quality = self._scoring.value((*call.scores, *beside.of(call)))
        cost = self._spending.add(call, model, quality)
        if table is None or quality is None:
            return
        prompt = "" if call.question is None else well_formed(call.question.text)
        why = "no prompt" if not prompt.strip() else "no model" if model in {UNTOLD, OTHERS} else "no cost"
        if why == "no cost" and cost is not None:
            amounts = (cost, call.usage.input_tokens, call.usage.output_tokens, call.latency_ms)
            table.add(Outcome(str(self._spending.seen.calls), prompt, model, quality, amounts))
        else:
            self._dropped[why] = self._dropped.get(why, 0) + 1

    def _context(self, question: Question) -> Context:
        return context_of(question, {}, self._embedder)

    def _kind(self, context: Context) -> str:
        path = self._taxonomy.places([context]).paths[0]
        return path[min(1, len(path) - 1)] if self._wanted.by == "domain" else path[-1]

    def _price(self, model: str, *names: str) -> ModelPrices | None:
        """Of the configured model, else of the first of the log's names that the price map has."""
        if model not in self._prices:
            configured = self._now.models.get(model)
            if model in {UNTOLD, OTHERS} or configured is not None:
                self._prices[model] = None if configured is None else configured.prices_in_force
            else:
                listed = (self._book(ModelConfig(name, "litellm", name)) for name in (model, *names) if name)
                self._prices[model] = next((p for p in listed if p is not None), None)
        return self._prices[model]

    def _able(self, question: Question, tokens: int) -> Iterable[str]:
        wants_schema = (question.response_format or {}).get("type") == "json_schema"
        needs = Needs(None, (), question.modalities, bool(question.tools), wants_schema, tokens)
        try:
            out = excluded(self._models, needs)
        except NoModelLeft:
            return ()
        return (m.name for m in self._models if m.name not in out and m.prices_in_force is not None)

    def _others(self) -> list[str]:
        """Models of the log that are not configured."""
        return [n for n in dict.fromkeys(model for _, model in self._spending.groups) if n not in self._now.models]

    def _events(self, others: Sequence[str]) -> Sequence[Event]:
        """What the learner of a service would be told at its start, were the log's other models configured, too."""
        priced = ((name, self._prices.get(name)) for name in others)
        also = {
            name: ModelConfig(
                name,
                "litellm",
                name,
                input_usd_per_million=prices.input_usd_per_million if prices else None,
                output_usd_per_million=prices.output_usd_per_million if prices else None,
            )
            for name, prices in priced
        }
        return self._rules.taught(InForce(), replace(self._now, models={**self._now.models, **also}), 0.0)

    def _recorded(self) -> list[RecordedModel]:
        """Every model of the log, with its prices where somebody knows them."""
        names = dict.fromkeys(model for _, model in self._spending.groups)
        priced = [(n, self._price(n)) for n in names]
        return [
            RecordedModel(n, "", p.input_usd_per_million, p.output_usd_per_million) if p else RecordedModel(n)
            for n, p in priced
        ]

    def _advice(self) -> Advice:
        spending, others = self._spending, self._others()
        taught = [rated for reservoir in spending.taught.values() for rated in reservoir.kept]
        policy = self._settings.learner.policy
        expectations = Expectations(policy, self._events(others), taught)
        bar = Bar(self._wanted.most_loss, policy.default_cost_weight)
        kinds = kinds_of(list(spending.groups.values()), expectations.figure, bar)
        named = [n for n in others if n not in {UNTOLD, OTHERS}]
        return Advice(
            format=self._title,
            seen=spending.seen,
            days=spending.seen.days,
            kinds=kinds,
            models=by_model(kinds),
            candidates=[m.name for m in self._models if m.prices_in_force is not None],
            unpriced=[n for n in named if self._prices.get(n, True) is None],
            not_configured=named,
            used=self._scoring.used,
            unused=self._scoring.unused,
        )

    def _nothing(self, paths: Sequence[Path]) -> str:
        seen, named = self._spending.seen, ", ".join(map(str, paths))
        first = f"; line {self._damaged[0].line} {self._damaged[0].why}" if self._damaged else ""
        form = f" as {self._title}" if self._title else ""
        return (
            f"{named}: no answered call in it{form}: {seen.failed:,} failed, {seen.other:,} that are no call of a "
            f"model, {self._damages:,} damaged{first}"
        )


def _in_force(checks: Rules, settings: Settings) -> InForce:
    """What a start with these settings would have in force, with nothing stored."""
    layers = Layers()
    return checked(checks, layers.after(declaration(settings, 0.0), layers.version))


def _unknown(path: Path, line: int) -> str:
    known = ", ".join(form.name for form in FORMATS)
    return f"{path}: line {line} is of no format that is known; say --format ({known})"
