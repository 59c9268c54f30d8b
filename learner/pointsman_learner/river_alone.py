"""River's estimators, each imported alone.

A package of River's imports all estimators that it has, and with them scipy.stats, scikit-learn and pandas where these
are installed: two thirds of what the start of a learner took. The three that learn here need numpy and River's core.

>>> ADWIN(delta=0.002).drift_detected
False
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader, find_spec, module_from_spec
from types import ModuleType
from typing import Any

import river


def _spec_of(name: str) -> ModuleSpec:
    """Found without running the `__init__` of the package that it is in. Raises ImportError."""
    package = find_spec(name.rpartition(".")[0])
    spec = None if package is None else PathFinder.find_spec(name, package.submodule_search_locations)
    if spec is None:
        raise ImportError(f"River has no {name}", name=name)
    return spec


def _alone(name: str) -> ModuleType:
    """A module of River's, under its own name: River's packages take the same one, should they be imported, too."""
    if name not in sys.modules:
        spec = _spec_of(name)
        assert spec.loader is not None
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def _when_used(name: str) -> None:
    """Have a package of River's imported when something of it is first used, instead of by who imports it."""
    full = f"river.{name}"
    if full not in sys.modules:
        spec = _spec_of(full)
        assert spec.loader is not None
        spec.loader = LazyLoader(spec.loader)
        sys.modules[full] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
        setattr(river, name, sys.modules[full])


_when_used("proba")  # all of scipy.stats, for predictive distributions that nobody here asks a regression for
ADWIN: Any = _alone("river.drift.adwin").ADWIN
BayesianLinearRegression: Any = _alone("river.linear_model.bayesian_lin_reg").BayesianLinearRegression
KMeans: Any = _alone("river.cluster.k_means").KMeans
