"""The learner's state as a fold over the log, with one rule for a poison event: it is as if it had never been there.

An event that `apply_one` cannot take may have changed half of the state. So the fold goes back to its last mark, and
replays the log without that event. Which events are skipped thus depends on the log alone, and a fold from empty
skips the same ones: `doctor --verify` holds for a log with poison in it, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from msgspec import Struct
from pointsman_learner.codec import from_json, to_json
from pointsman_learner.learner import Learner
from pointsman_learner.settings import LearnerSettings

from pointsman_service.config.declared import Declared
from pointsman_service.ports import Logged, Reads

BATCH = 500
FORMAT = 1
"""Of a checkpoint: changes whenever the learner's state does, so that one of an older version is folded anew."""


class _Format(Struct, frozen=True):
    """What is read first of a checkpoint's head: by which rules to read the rest."""

    format: int


class _Head(Struct, frozen=True):
    """What stands before the state in a checkpoint, as in `Mark`."""

    format: int
    position: int
    declared: Declared
    skipped: tuple[int, ...]
    settings: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of the fold that it can start from again. state: the learner's bytes."""

    position: int
    state: bytes
    declared: Declared
    skipped: tuple[int, ...]
    settings: str

    def to_bytes(self) -> bytes:
        """One JSON line about the state, then the state."""
        head = _Head(FORMAT, self.position, self.declared, self.skipped, self.settings)
        return to_json(head).encode() + b"\n" + self.state

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        """Inverse of `to_bytes`. Raises ValueError where it cannot be read."""
        line, _, state = payload.partition(b"\n")
        if (found := from_json(line, _Format).format) != FORMAT:
            raise ValueError(f"a checkpoint of format {found}, not {FORMAT}")
        head = from_json(line, _Head)
        return cls(head.position, state, head.declared, head.skipped, head.settings)


class Fold:
    """Applies the log to a learner, in order. on_poison: told of an event that is skipped, with the error."""

    def __init__(
        self,
        log: Reads,
        settings: LearnerSettings,
        start: Mark | None = None,
        on_poison: Callable[[Logged, Exception], None] = lambda _event, _error: None,
    ) -> None:
        self._log = log
        self._on_poison = on_poison
        self._base = start or empty_mark(settings)
        self.learner: Learner
        self.declared: Declared
        self.position: int
        self.skipped: tuple[int, ...]
        self._restore(self._base.skipped)

    def advance(self, limit: int = BATCH, until: int | None = None) -> int:
        """Apply up to `limit` events after the position (none beyond `until`); how many were taken or skipped."""
        taken = 0
        for logged in self._log.read(self.position, limit):
            if until is not None and logged.position > until:
                break
            taken += 1
            if logged.position not in self.skipped:
                self._apply(logged)
            self.position = logged.position
        return taken

    def run_to(self, position: int) -> None:
        """Apply all events up to a position, inclusive."""
        while self.position < position and self.advance(until=position):
            pass

    def mark(self) -> Mark:
        """A point to start from again. The fold itself goes back no further from now on."""
        self._base = replace(
            self._base,
            position=self.position,
            state=self.learner.to_bytes(),
            declared=self.declared.copy(),
            skipped=self.skipped,
        )
        return self._base

    def _apply(self, logged: Logged) -> None:
        try:
            self.learner.apply_one(logged.event, logged.episode)
            self.declared.apply_one(logged.event)
        except Exception as e:  # noqa: BLE001 - the edge: whatever is wrong with one event, the next ones are learnt
            self._on_poison(logged, e)
            before = self.position
            self._restore((*self.skipped, logged.position))
            self.run_to(before)
            self.mark()  # so that the next poison event has little to go back over

    def _restore(self, skipped: tuple[int, ...]) -> None:
        self.learner = Learner.from_bytes(self._base.state)
        self.declared = self._base.declared.copy()
        self.position = self._base.position
        self.skipped = skipped


def empty_mark(settings: LearnerSettings) -> Mark:
    """Where a fold from empty starts."""
    return Mark(0, Learner(settings).to_bytes(), Declared(), (), settings_key(settings))


def settings_key(settings: LearnerSettings) -> str:
    """Names the settings that a state is a fold under: under others it must be folded anew."""
    return repr(settings)
