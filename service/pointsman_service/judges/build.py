"""From configured judges to judges: the kinds that are built in, and plug-ins for every other kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import cast

import numpy as np

from pointsman_service.domain import JudgeConfig, ModelConfig
from pointsman_service.errors import ConfigurationError
from pointsman_service.judges.agreement import AgreementJudge
from pointsman_service.judges.apart.processes import Apart
from pointsman_service.judges.consistency import ConsistencyJudge
from pointsman_service.judges.contained import ContainedJudge
from pointsman_service.judges.equivalence import EquivalenceJudge
from pointsman_service.judges.format import FormatJudge
from pointsman_service.judges.logprob import LogprobJudge
from pointsman_service.judges.pairwise import PairwiseJudge
from pointsman_service.judges.plugins import BUILT_IN, load_judge, point_of
from pointsman_service.judges.recorded import RecordedJudge
from pointsman_service.judges.retrieval import RetrievalJudge
from pointsman_service.judges.rubric import RubricJudge
from pointsman_service.ports import AnswerJudge, Embedder, ModelCaller
from pointsman_service.ports.rated_answers import RatedAnswers


@dataclass(frozen=True, slots=True)
class JudgeParts:
    """What judges are built from.

    models: configured models by name; caller_of: who calls a model; rng: draws the order of answers that are compared;
    plugins: entry points to choose from, None for the installed ones. rated, embedder: for the retrieval judge, the
    answers that were liked before, and what makes questions comparable; None where there is no log. apart: whose
    processes plug-ins, and judges of long texts, judge in; None for this one.
    """

    models: Mapping[str, ModelConfig]
    caller_of: Callable[[ModelConfig], ModelCaller]
    rng: np.random.Generator
    plugins: Iterable[EntryPoint] | None = None
    rated: RatedAnswers | None = None
    embedder: Embedder | None = None
    apart: Apart | None = None


def build_judges(configs: Iterable[JudgeConfig], parts: JudgeParts) -> dict[str, ContainedJudge]:
    """Each configured judge by its name. Raises ConfigurationError, naming the judge that cannot be built."""
    return {config.name: build_judge(config, parts) for config in configs}


def build_judge(config: JudgeConfig, parts: JudgeParts) -> ContainedJudge:
    """One judge, contained. Raises ConfigurationError naming it: unknown kind, model or option, a broken plug-in."""
    make = _KINDS.get(config.kind)
    if make is None:
        return ContainedJudge(_plug_in(config, parts), config.name)
    try:
        judge = make(config, parts)
        return ContainedJudge(judge if parts.apart is None else parts.apart.long(judge, config), config.name)
    except TypeError as error:
        raise ConfigurationError(f"judge {config.name!r} of kind {config.kind!r}: options: {error}") from error


def _plug_in(config: JudgeConfig, parts: JudgeParts) -> AnswerJudge:
    judge = load_judge(config, parts.plugins)
    return judge if parts.apart is None else parts.apart.plug_in(config, point_of(config, parts.plugins))


def check_judge(config: JudgeConfig, models: Mapping[str, ModelConfig]) -> None:
    """Whether a start could build it; nobody is called. Raises as `build_judge`.

    >>> check_judge(JudgeConfig("f", "format", options={"strict": 1}), {})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    pointsman_service.errors.ConfigurationError: judge 'f' of kind 'format': options: ...
    """
    if not config.is_asked:
        return
    nobody = object()
    parts = JudgeParts(
        models,
        lambda _: cast("ModelCaller", nobody),
        np.random.default_rng(0),
        rated=cast("RatedAnswers", nobody),
        embedder=cast("Embedder", nobody),
    )
    build_judge(config, parts)


def _format(config: JudgeConfig, _: JudgeParts) -> AnswerJudge:
    return FormatJudge(config.name, **config.options)


def _agreement(config: JudgeConfig, _: JudgeParts) -> AnswerJudge:
    return AgreementJudge(config.name, **config.options)


def _logprob(config: JudgeConfig, _: JudgeParts) -> AnswerJudge:
    return LogprobJudge(config.name, **config.options)


def _recorded(config: JudgeConfig, _: JudgeParts) -> AnswerJudge:
    return RecordedJudge(config.name, cost_usd=config.cost_usd, **config.options)


def _rubric(config: JudgeConfig, parts: JudgeParts) -> AnswerJudge:
    model = _model_of(config, parts)
    return RubricJudge(config.name, parts.caller_of(model), model, **config.options)


def _pairwise(config: JudgeConfig, parts: JudgeParts) -> AnswerJudge:
    model = _model_of(config, parts)
    return PairwiseJudge(config.name, parts.caller_of(model), model, parts.rng, **config.options)


def _equivalence(config: JudgeConfig, parts: JudgeParts) -> AnswerJudge:
    model = _model_of(config, parts)
    return EquivalenceJudge(config.name, parts.caller_of(model), model, parts.rng, **config.options)


def _consistency(config: JudgeConfig, parts: JudgeParts) -> AnswerJudge:
    return ConsistencyJudge(config.name, parts.models, parts.caller_of, **config.options)


def _retrieval(config: JudgeConfig, parts: JudgeParts) -> AnswerJudge:
    if parts.rated is None or parts.embedder is None:
        raise ConfigurationError(f"judge {config.name!r} of kind 'retrieval' works in the service alone, over its log")
    return RetrievalJudge(config.name, parts.rated, parts.embedder, **config.options)


def _model_of(config: JudgeConfig, parts: JudgeParts) -> ModelConfig:
    model = parts.models.get(config.model or "")
    if model is None:
        known = ", ".join(parts.models) or "none"
        raise ConfigurationError(
            f"judge {config.name!r} of kind {config.kind!r}: model {config.model!r} is not configured (known: {known})"
        )
    return model


_KINDS: Mapping[str, Callable[[JudgeConfig, JudgeParts], AnswerJudge]] = dict(
    zip(
        BUILT_IN,
        (_format, _agreement, _logprob, _recorded, _rubric, _pairwise, _consistency, _retrieval, _equivalence),
        strict=True,
    )
)
