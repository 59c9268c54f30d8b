"""Proof that learnt state is the fold of the log: folds it anew and compares digests with the newest checkpoint."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pointsman_learner.events import ConfigurationDeclared, OperatorActed
from pointsman_learner.learner import Learner
from pointsman_learner.settings import LearnerSettings

from pointsman_service.domain.configuration import Layers
from pointsman_service.ports import Checkpoints, ConfigurationStore, Reads
from pointsman_service.process.base import kept_base
from pointsman_service.process.fold import Fold, Forgotten, Mark, empty_mark, settings_key


@dataclass(frozen=True, slots=True)
class Verification:
    """position: of the checkpoint that was proved; since: where the fold began, 0 for an empty learner.

    live, folded: hex sha256 of the two states; skipped: positions of events that could not be learnt from.
    problem: why nothing could be compared, None where it was.
    """

    position: int
    since: int
    live: str
    folded: str
    skipped: tuple[int, ...] = ()
    problem: str | None = None

    @property
    def holds(self) -> bool:
        """Whether the live state is the fold."""
        return self.problem is None and self.live == self.folded

    def __str__(self) -> str:
        if self.problem is not None:
            return f"not verified: {self.problem}"
        events = f"the fold of events {self.since + 1} to {self.position}"
        skipped = f", {len(self.skipped)} skipped" if self.skipped else ""
        if self.holds:
            return f"verified: learnt state is {events}{skipped} (sha256 {self.live[:12]})"
        return f"NOT EQUAL: learnt state is {self.live[:12]}, {events}{skipped} is {self.folded[:12]}"


def verify_configuration(log: Reads, store: ConfigurationStore) -> bool:
    """Whether what is kept of the configuration is the fold of the log, to the order of its entries."""
    kept, layers, after = store.read(), Layers(), 0
    while page := log.read(after):
        for logged in page:
            if isinstance(logged.event, OperatorActed | ConfigurationDeclared):
                layers = layers.after(logged.event, logged.position)
        after = page[-1].position
    in_order = [list(layer) for each in (kept, layers) for layer in (each.declared, each.changed)]
    return kept == layers and in_order[:2] == in_order[2:]


def verify(log: Reads, checkpoints: Checkpoints, settings: LearnerSettings) -> Verification:
    """Fold the log to the newest checkpoint's position and compare.

    The fold begins with an empty learner, or, once episodes were pruned, at the checkpoint that pruning left.
    """
    newest = checkpoints.latest()
    if newest is None:
        return Verification(0, 0, "", "", problem="there is no checkpoint yet; start the service, then stop it")
    try:
        live = Mark.from_bytes(newest[0])
    except ValueError as e:
        problem = f"the checkpoint is {e}; start the service once with this version"
        return Verification(newest[1], 0, "", "", problem=problem)
    if live.settings != settings_key(settings):
        problem = "the checkpoint is of other learner settings; start the service once with these"
        return Verification(live.position, 0, "", "", problem=problem)
    start = kept_base(checkpoints, settings) or empty_mark(settings)
    fold = Fold(log, settings, replace(start, forgotten=Forgotten(live.forgotten.events, live.forgotten.until)))
    since = fold.position
    fold.run_to(live.position)
    live_digest = Learner.from_bytes(live.state).digest()
    return Verification(live.position, since, live_digest, fold.learner.digest(), fold.skipped)
