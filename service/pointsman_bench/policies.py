"""Policies by name: the learner whole, each of its parts alone, the learner without a part, and plain ones."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from pointsman_learner.events import WarmStarted
from pointsman_learner.exploration.registry import EXPLORATIONS
from pointsman_learner.learner import JOBS
from pointsman_learner.parts import Parts
from pointsman_learner.settings import LearnerSettings
from pointsman_service.config.priors.known import KnownBeforehand
from pointsman_service.errors import ConfigurationError

from pointsman_bench.conditions import Conditions
from pointsman_bench.peers import PEERS, peer
from pointsman_bench.players import FixedPlayer, LearnerPlayer, Player, RandomPlayer
from pointsman_bench.replay import new_learner
from pointsman_bench.stream import Stream

UNIFIED = "unified"
COLD = "cold"
"""The learner whole, but without the prior of --warm-start."""
RANDOM = "random"
SINGLE = "single:"
"""Prefix of the policy that always calls one model."""
WITHOUT = "without:"
"""Prefix of the learner with one part switched off, or without one of its scheduled jobs."""
EXPLORER = "explorer:"
"""Prefix of the learner with another exploration."""
ALONE: Mapping[str, Mapping[str, bool]] = {
    UNIFIED: {},
    COLD: {},
    "taxonomy": {"learned": False, "cascade": False},
    "learned": {"taxonomy": False, "cascade": False},
    "cascade": {"taxonomy": False, "learned": False},
}
"""The learner's policies: which parts are off."""
PARTS = tuple(f.name for f in fields(Parts))
EXPLORERS = tuple(EXPLORER + name for name in EXPLORATIONS if name != LearnerSettings().explorer)


def default_policies(
    models: Sequence[str], without: Sequence[str], *, peers: bool, warm: bool = False
) -> tuple[str, ...]:
    """What is compared when nothing is chosen. warm: the learner has a prior."""
    found = [
        *(name for name in ALONE if name != COLD or warm),
        *(WITHOUT + part for part in without),
        *((*EXPLORERS, *PEERS) if peers else ()),
        RANDOM,
    ]
    return (*found, *(SINGLE + m for m in models))


def chosen_policies(asked: Sequence[str], models: Sequence[str], without: Sequence[str]) -> tuple[str, ...]:
    """The policies of --policies; "single" is every single model. Raises ConfigurationError for unknown ones."""
    every = [SINGLE + m for m in models]
    known = [*ALONE, *(WITHOUT + part for part in (*PARTS, *JOBS)), *EXPLORERS, *PEERS, RANDOM, *every]
    found: list[str] = []
    for name in asked:
        if name == "single":
            found += every
        elif name in known:
            found.append(name)
        else:
            near = ", ".join(difflib.get_close_matches(name, known, n=3, cutoff=0.4)) or "none"
            there = ", ".join([*ALONE, RANDOM, "single", "single:MODEL", "without:PART", *EXPLORERS, *PEERS])
            raise ConfigurationError(f"--policies: {name!r} is unknown (near: {near}); there are {there}")
    return tuple(dict.fromkeys([*found, *(WITHOUT + part for part in without)]))


def check_parts(without: Sequence[str], jobs: Sequence[str]) -> None:
    """Raises ConfigurationError for what is neither a part of the learner nor a job that runs."""
    for part in without:
        if part in JOBS and part not in jobs:
            raise ConfigurationError(f"--without {part}: it does not run; name it with --jobs, too")
        if part not in {*PARTS, *JOBS}:
            known = f"the learner's parts are {', '.join(PARTS)}; its jobs {', '.join(JOBS)}"
            raise ConfigurationError(f"--without {part}: {known}")


def settings_of(policy: str) -> LearnerSettings | None:
    """The learner's settings under a policy's name, None where it is not one of the learner's."""
    settings = LearnerSettings()
    if policy.startswith(WITHOUT):
        part = policy.removeprefix(WITHOUT)
        return settings if part in JOBS else replace(settings, parts=replace(settings.parts, **{part: False}))
    if policy.startswith(EXPLORER):
        return replace(settings, explorer=policy.removeprefix(EXPLORER))
    off = ALONE.get(policy)
    return None if off is None else replace(settings, parts=replace(settings.parts, **off))


def budgeted(policy: str) -> bool:
    """Whether a policy's behaviour depends on the budget: random and single models' does not."""
    return policy != RANDOM and not policy.startswith(SINGLE)


def player_of(  # noqa: PLR0917 - all of what a replay is given
    policy: str,
    stream: Stream,
    nodes: Sequence[Mapping[str, object]],
    conditions: Conditions,
    absent: frozenset[str] = frozenset(),
    measured_from: int = 0,
    known: WarmStarted | None = None,
    beforehand: KnownBeforehand | None = None,
) -> Player:
    """A fresh player of that name.

    absent: models that an event adds later; measured_from: for policies of hindsight; known, beforehand: what the
    learner knows of some queries, and of its models from public results.
    """
    settings = settings_of(policy)
    if settings is not None:
        learner = new_learner(stream, settings, nodes, conditions.budget_usd, absent, beforehand)
        if known is not None and policy != COLD:
            learner.apply_one(known)
        jobs = conditions.jobs.without(policy.removeprefix(WITHOUT))
        return LearnerPlayer(stream, learner, replace(conditions, jobs=jobs))
    if policy == RANDOM:
        return RandomPlayer(stream, absent, conditions.seed)
    if policy.startswith(SINGLE):
        return FixedPlayer(stream, stream.table.model_names.index(policy.removeprefix(SINGLE)))
    return peer(policy, stream, conditions, absent, measured_from)
