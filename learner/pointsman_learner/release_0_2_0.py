"""A learner's state as release 0.2.0 saved it, read as one of today.

Where retention has removed episodes, the log folds from the state that the removing left, and only that state still
knows what they taught: so it is read for as long as a folder may hold one. What it says means today what it meant then.
Other are the names of its classes, and where they stand in each other: so it is unpickled by a table that knows the
names of then and no other, and its parts are put where they stand now.
"""

from __future__ import annotations

import ast
import io
import pickle
from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np
from river._river_rust.drift import AdaptiveWindowing

from pointsman_learner import river_alone
from pointsman_learner.belief.calibration import OddsCalibration, Recalibration
from pointsman_learner.belief.discriminant import DiscriminantJudges
from pointsman_learner.belief.joint_model import JointModel
from pointsman_learner.belief.joint_tuning import JointTuning
from pointsman_learner.context.clusters import TrafficClusters
from pointsman_learner.context.standardise import Moments
from pointsman_learner.estimates import Estimates
from pointsman_learner.estimators.drift import DriftWatch
from pointsman_learner.estimators.learned_router import LearnedRouter
from pointsman_learner.estimators.node_effects import Effects
from pointsman_learner.estimators.public_results import PublicResults
from pointsman_learner.estimators.taxonomy import Node, Taxonomy
from pointsman_learner.estimators.trust import Trust
from pointsman_learner.evaluation.trials import Record
from pointsman_learner.learner import Learner
from pointsman_learner.parts import Parts, opinion_of
from pointsman_learner.planning.pacing import Pacer
from pointsman_learner.recent import RecentOutcomes, RecentResiduals
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.types import Context, Decision, Model, ModelPrediction


class _Then:
    """A part that is none any more, or another one: its fields as attributes."""


class _Values:
    """A frozen part that has more fields now: the values of those that it had, in order."""

    def __setstate__(self, values: list[Any]) -> None:
        self.values = values


_PARTS = (
    *("taxonomy", "learned", "cascade", "lookahead", "agreement", "calibration", "exploration", "soft_labels"),
    *("drift", "price_prior", "recalibration", "joint_tuning"),
)
_SETTINGS = ("exploration", "half_life", "default_cost_weight", "max_steps", "policy")
_KNOWN: Mapping[tuple[str, str], Any] = {
    ("pointsman_learner.belief", "JointModel"): JointModel,
    ("pointsman_learner.drift", "DriftWatch"): DriftWatch,
    ("pointsman_learner.growth", "Evidence"): _Then,
    ("pointsman_learner.joint_tuning", "JointTuning"): JointTuning,
    ("pointsman_learner.knowledge", "Knowledge"): _Then,
    ("pointsman_learner.learned_router", "LearnedRouter"): _Then,
    ("pointsman_learner.node_statistics", "Effects"): Effects,
    ("pointsman_learner.pacing", "Pacer"): Pacer,
    ("pointsman_learner.promotion", "Record"): Record,
    ("pointsman_learner.recalibrate", "Outcomes"): _Then,
    ("pointsman_learner.settings", "LearnerSettings"): _Values,
    ("pointsman_learner.settings", "Parts"): _Values,
    ("pointsman_learner.standardise", "Moments"): Moments,
    ("pointsman_learner.taxonomy", "Node"): Node,
    ("pointsman_learner.taxonomy", "Taxonomy"): Taxonomy,
    ("pointsman_learner.teaching", "Teacher"): _Then,
    ("pointsman_learner.traffic_kinds", "TrafficKinds"): TrafficClusters,
    ("pointsman_learner.trust", "Trust"): Trust,
    ("pointsman_learner.verdicts", "JudgeCalibration"): DiscriminantJudges,
    ("pointsman_learner.verdicts", "OddsCalibration"): OddsCalibration,
    ("pointsman_learner.verdicts", "Recalibration"): Recalibration,
    ("pointsman_learner.words", "Context"): Context,
    ("pointsman_learner.words", "Decision"): Decision,
    ("pointsman_learner.words", "Model"): Model,
    ("pointsman_learner.words", "ModelPrediction"): ModelPrediction,
    ("collections", "deque"): deque,
    ("numpy", "dtype"): np.dtype,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy._core.multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],
    ("numpy._core.multiarray", "scalar"): np.float64(0.0).__reduce__()[0],
    ("river._river_rust.drift", "AdaptiveWindowing"): AdaptiveWindowing,
    ("river.drift.adwin", "ADWIN"): river_alone.ADWIN,
    ("river.linear_model.bayesian_lin_reg", "BayesianLinearRegression"): river_alone.BayesianLinearRegression,
}
"""By the name that a class had: what reads it now."""


class _Reader(pickle.Unpickler):
    """Makes what the table knows, and refuses every other name."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - of any class
        if (known := _KNOWN.get((module, name))) is None:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a state of 0.2.0")
        return known


def read(state: bytes) -> Learner:
    """The learner of a saved state. Raises ValueError where it is none that 0.2.0 saved."""
    try:
        found = _Reader(io.BytesIO(state)).load()
        learner = Learner()
        learner.estimates = _estimates(found["known"], found["teacher"], found["drift"])
        learner.record, learner.events = found["record"], found["events"]
    except (pickle.UnpicklingError, EOFError, LookupError, AttributeError, TypeError, ValueError) as e:
        raise ValueError(f"no state of release 0.2.0: {e!r}") from e
    return learner


def settings_of(key: str) -> LearnerSettings:
    """The settings that a state was learnt under, from the text that named them. Raises ValueError where it is none.

    >>> settings_of("LearnerSettings(max_steps=2, parts=Parts(drift=False))").max_steps
    2
    """
    try:
        fields = _fields(ast.parse(key, mode="eval").body)
        return LearnerSettings(**{**fields, "parts": Parts(**fields["parts"])})
    except (SyntaxError, AttributeError, LookupError, TypeError) as e:
        raise ValueError(f"no settings of release 0.2.0: {e!r}") from e


def _fields(call: Any) -> dict[str, Any]:  # noqa: ANN401 - AttributeError where it is no call
    return {
        k.arg: _fields(k.value) if isinstance(k.value, ast.Call) else ast.literal_eval(k.value) for k in call.keywords
    }


def _estimates(known: Any, teacher: Any, drift: DriftWatch) -> Estimates:  # noqa: ANN401 - `_Then`, both
    """What was known, what taught it and what watched it are one today."""
    known.effects.results = PublicResults()  # there were none
    return Estimates(
        settings=_settings(known.settings),
        models=known.models,
        taxonomy=known.taxonomy,
        effects=known.effects,
        moments=known.moments,
        clusters=known.kinds,
        router=_router(known.router),
        trust=teacher.trust,
        judges=known.judges,
        odds=known.judged,
        recalibration=known.recalibration,
        tuning=teacher.tuning,
        joint=known.joint,
        pacers=known.pacers,
        drift=DriftWatch(drift.detectors, drift.alarms),
        keyed=known.keyed,
        labels=known.labels,
        episodes=known.episodes,
        residuals=RecentResiduals(teacher.growth.lessons),
        outcomes=RecentOutcomes(teacher.outcomes.judged, teacher.outcomes.recalibration),
    )


def _router(then: Any) -> LearnedRouter:  # noqa: ANN401 - `_Then`, of estimators of River's or, where nothing was learnt, None
    """The arrays of River's estimators, which had room for more features than there were."""
    router = LearnedRouter(np.zeros((1, then.width)), np.zeros((1, then.width, then.width)))
    router.resize(len(then.estimators) - 1)
    for e, estimator in enumerate(then.estimators):
        if estimator is None:
            router.reset(e - 1)
            continue
        cov = estimator._ss_inv_arr[: then.width, : then.width]  # noqa: SLF001 - as it was pickled
        router.cov[e], router.mean[e] = cov, cov @ estimator._eta_arr[: then.width]  # noqa: SLF001
    return router


def _settings(found: _Values) -> LearnerSettings:
    *values, parts = found.values
    switches = dict(zip(_PARTS, parts.values, strict=True))
    opinion = opinion_of(switches)  # nothing but a promotion had switched these two
    whole = Parts(**{**switches, "taxonomy": True, "learned": True})
    return LearnerSettings(**dict(zip(_SETTINGS, values, strict=True)), parts=whole, opinion=opinion)
