"""Policies by name: the learner whole, each of its parts alone, the learner without a part, and plain ones."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from pointsman_learner.events import WarmStarted
from pointsman_learner.settings import LearnerSettings, Parts

from pointsman_service.bench.conditions import Conditions
from pointsman_service.bench.peers import PEERS, peer
from pointsman_service.bench.players import FixedPlayer, LearnerPlayer, Player, RandomPlayer
from pointsman_service.bench.replay import new_learner
from pointsman_service.bench.stream import Stream
from pointsman_service.errors import ConfigurationError

UNIFIED = "unified"
COLD = "cold"
"""The learner whole, but without the prior of --warm-start."""
RANDOM = "random"
SINGLE = "single:"
"""Prefix of the policy that always calls one model."""
WITHOUT = "without:"
"""Prefix of the learner with one part switched off."""
ALONE: Mapping[str, Mapping[str, bool]] = {
    UNIFIED: {},
    COLD: {},
    "taxonomy": {"learned": False, "cascade": False},
    "learned": {"taxonomy": False, "cascade": False},
    "cascade": {"taxonomy": False, "learned": False},
}
"""The learner's policies: which parts are off."""
PARTS = tuple(f.name for f in fields(Parts))


def default_policies(
    models: Sequence[str], without: Sequence[str], *, peers: bool, warm: bool = False
) -> tuple[str, ...]:
    """What is compared when nothing is chosen. warm: the learner has a prior."""
    found = [
        *(name for name in ALONE if name != COLD or warm),
        *(WITHOUT + part for part in without),
        *(PEERS if peers else ()),
        RANDOM,
    ]
    return (*found, *(SINGLE + m for m in models))


def chosen_policies(asked: Sequence[str], models: Sequence[str], without: Sequence[str]) -> tuple[str, ...]:
    """The policies of --policies; "single" is every single model. Raises ConfigurationError for unknown ones."""
    every = [SINGLE + m for m in models]
    known = [*ALONE, *(WITHOUT + part for part in PARTS), *PEERS, RANDOM, *every]
    found: list[str] = []
    for name in asked:
        if name == "single":
            found += every
        elif name in known:
            found.append(name)
        else:
            near = ", ".join(difflib.get_close_matches(name, known, n=3, cutoff=0.4)) or "none"
            there = ", ".join([*ALONE, RANDOM, "single", "single:MODEL", "without:PART", *PEERS])
            raise ConfigurationError(f"--policies: {name!r} is unknown (near: {near}); there are {there}")
    return tuple(dict.fromkeys([*found, *(WITHOUT + part for part in without)]))


def check_parts(without: Sequence[str]) -> None:
    """Raises ConfigurationError for a part that the learner does not have."""
    for part in without:
        if part not in PARTS:
            raise ConfigurationError(f"--without {part}: the learner's parts are {', '.join(PARTS)}")


def settings_of(policy: str) -> LearnerSettings | None:
    """The learner's settings under a policy's name, None where it is not one of the learner's."""
    settings = LearnerSettings()
    if policy.startswith(WITHOUT):
        return replace(settings, parts=replace(settings.parts, **{policy.removeprefix(WITHOUT): False}))
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
) -> Player:
    """A fresh player of that name.

    absent: models that an event adds later; measured_from: for policies of hindsight; known: the learner's prior.
    """
    settings = settings_of(policy)
    if settings is not None:
        learner = new_learner(stream, settings, nodes, conditions.budget_usd, absent)
        if known is not None and policy != COLD:
            learner.apply_one(known)
        return LearnerPlayer(stream, learner, conditions)
    if policy == RANDOM:
        return RandomPlayer(stream, absent, conditions.seed)
    if policy.startswith(SINGLE):
        return FixedPlayer(stream, stream.table.model_names.index(policy.removeprefix(SINGLE)))
    return peer(policy, stream, conditions, absent, measured_from)
