"""The learner's state as a fold over the log, with one rule for a poison event: it is as if it had never been there.

An event that `apply_one` cannot take may have changed half of the state. So the fold goes back to its last mark, and
replays the log without that event. Which events are skipped thus depends on the log alone, and a fold from empty
skips the same ones: `doctor --verify` holds for a log with poison in it, too. So it is with what cannot even be read.

What operators forget (`EvidenceForgotten`) teaches nothing, nor what they restore afterwards, as if it had never been
forgotten. Either is known only when the log comes to it, so there the fold begins again, where the kept log begins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from msgspec import Struct
from pointsman_learner.codec import from_json, to_json
from pointsman_learner.events import EpisodeRecorded, EvidenceForgotten, EvidenceRestored
from pointsman_learner.forgetting import leaves_out, left_out_by
from pointsman_learner.learner import Learner
from pointsman_learner.settings import LearnerSettings

from pointsman_service.config.declared import Declared
from pointsman_service.ports import Logged, Reads, Unreadable

BATCH = 500
FORMAT = 11
"""Of a checkpoint: changes whenever the learner's state does, so that one of an older version is folded anew.

What pruning left cannot be folded anew: `base` reads the formats that releases wrote.
"""


class _Format(Struct, frozen=True):
    """What is read first of a checkpoint's head: by which rules to read the rest."""

    format: int


class Forgotten(Struct, frozen=True):
    """What teaches nothing though it could be learnt.

    events: by which it was forgotten, with their positions; until: position of the last word on it, forgotten or
    restored, that was heeded; begun: ids of those that have left out an event so far.
    """

    events: tuple[tuple[int, EvidenceForgotten], ...] = ()
    until: int = 0
    begun: tuple[str, ...] = ()

    def after(self, position: int, event: EvidenceForgotten | EvidenceRestored) -> Self:
        """With one more word, at the start of a fold that heeds it."""
        kept = tuple((at, e) for at, e in self.events if e.forget_id != event.forget_id)
        added = ((position, event),) if isinstance(event, EvidenceForgotten) else ()
        return type(self)((*kept, *added), position)


NOTHING = Forgotten()


class _Head(Struct, frozen=True):
    """What stands before the state in a checkpoint, as in `Mark`."""

    format: int
    position: int
    declared: Declared
    skipped: tuple[int, ...]
    settings: str
    unread: tuple[int, ...] = ()
    forgotten: Forgotten = NOTHING


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of the fold that it can start from again. state: the learner's bytes.

    skipped: positions that taught nothing; unread: those of them that could not be read; forgotten: what else taught
    nothing.
    """

    position: int
    state: bytes
    declared: Declared
    skipped: tuple[int, ...]
    settings: str
    unread: tuple[int, ...] = ()
    forgotten: Forgotten = NOTHING

    def to_bytes(self) -> bytes:
        """One JSON line about the state, then the state."""
        head = _Head(
            FORMAT, self.position, self.declared, self.skipped, self.settings, self.unread, self.forgotten
        )  # fmt: skip
        return to_json(head).encode() + b"\n" + self.state

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        """Inverse of `to_bytes`. Raises ValueError where it cannot be read."""
        if (found := format_of(payload)) != FORMAT:
            raise ValueError(f"a checkpoint of format {found}, not {FORMAT}")
        return cls.read(payload)

    @classmethod
    def read(cls, payload: bytes) -> Self:
        """What stands there, whatever the format of the state is. Raises ValueError where that is nothing."""
        line, _, state = payload.partition(b"\n")
        head = from_json(line, _Head)
        return cls(head.position, state, head.declared, head.skipped, head.settings, head.unread, head.forgotten)


def format_of(payload: bytes) -> int:
    """Of a checkpoint: by which rules to read its state. Raises ValueError where it is none."""
    return from_json(payload.partition(b"\n")[0], _Format).format


class Fold:
    """Applies the log to a learner, in order.

    on_poison: told of an event that is skipped, and why; origin: where the kept log begins, None for empty.
    """

    def __init__(
        self,
        log: Reads,
        settings: LearnerSettings,
        start: Mark | None = None,
        on_poison: Callable[[Logged, str], None] = lambda _event, _why: None,
        origin: Callable[[], Mark | None] = lambda: None,
    ) -> None:
        self._log = log
        self._origin, self._settings = origin, settings
        self._on_poison = on_poison
        self._base = start or empty_mark(settings)
        self._mark_at: int | None = None
        self.learner: Learner
        self.declared: Declared
        self.position: int
        self.skipped: tuple[int, ...] = self._base.skipped
        self.unread: tuple[int, ...] = self._base.unread
        self.forgotten: Forgotten = self._base.forgotten
        self._restore()

    def advance(self, limit: int = BATCH, until: int | None = None) -> int:
        """Apply up to `limit` events after the position (none beyond `until`); how many were taken or skipped.

        After an event that cannot be learnt from, the position is that of the last mark again; what lies between counts
        anew, so that no call takes longer than another.
        """
        taken = 0
        while taken < limit and (page := self._log.read(self.position, limit - taken)):
            for logged in page:
                if until is not None and logged.position > until:
                    return taken
                taken += 1
                if not self._take(logged):
                    break
                self.position = logged.position
                if self.position == self._mark_at:
                    self.mark()  # so that the next poison event has little to go back over
            else:
                break
        return taken

    def run_to(self, position: int) -> None:
        """Apply all events up to a position, inclusive."""
        while self.position < position and self.advance(until=position):
            pass

    def mark(self) -> Mark:
        """A point to start from again. The fold itself goes back no further from now on."""
        self._mark_at = None
        self._base = replace(
            self._base,
            position=self.position,
            state=self.learner.to_bytes(),
            declared=self.declared.copy(),
            skipped=self.skipped,
            unread=self.unread,
            forgotten=self.forgotten,
        )
        return self._base

    def _take(self, logged: Logged) -> bool:
        """Apply or skip one event. False where the fold has gone back: it was poison, or says what is forgotten."""
        if logged.position in self.skipped:
            return True
        if isinstance(logged.event, EvidenceForgotten | EvidenceRestored) and logged.position > self.forgotten.until:
            self._begin_again(self.forgotten.after(logged.position, logged.event))
            return False
        if isinstance(logged.event, Unreadable):
            self.unread = (*self.unread, logged.position)
            self.skipped = (*self.skipped, logged.position)
            self._on_poison(logged, logged.event.why)
            return True
        if self._is_forgotten(logged):
            return True
        try:
            self.learner.apply_one(logged.event, logged.episode, self._remembered(logged))
            self.declared.apply_one(logged.event)
        except Exception as e:  # noqa: BLE001 - the edge: whatever is wrong with one event, the next ones are learnt
            self.skipped = (*self.skipped, logged.position)
            self._on_poison(logged, f"{type(e).__name__}: {e}")
            self._restore()
            self._mark_at = logged.position
            return False
        return True

    def _is_forgotten(self, logged: Logged) -> bool:
        later = self._forgotten_after(logged.position)
        if not later or isinstance(logged.event, Unreadable):
            return False
        begun = self.forgotten.begun
        of = set(left_out_by(later, logged.event, logged.episode, begun))
        if new := sorted(of.difference(begun)):
            self.forgotten = Forgotten(self.forgotten.events, self.forgotten.until, (*begun, *new))
        return bool(of)

    def _forgotten_after(self, position: int) -> list[EvidenceForgotten]:
        """The words by which what stands there may be forgotten."""
        return [event for at, event in self.forgotten.events if at > position]

    def _remembered(self, logged: Logged) -> Sequence[EpisodeRecorded]:
        """Of a session, what was not forgotten."""
        later = self._forgotten_after(logged.position)
        return [e for e in logged.session if not any(leaves_out(f, e) for f in later)] if later else logged.session

    def _begin_again(self, forgotten: Forgotten) -> None:
        """From where the kept log begins, which is as far back as anything can be forgotten."""
        self._base, self._mark_at = replace(self._origin() or empty_mark(self._settings), forgotten=forgotten), None
        self.skipped, self.unread = self._base.skipped, self._base.unread
        self._restore()

    def _restore(self) -> None:
        self.learner = Learner.from_bytes(self._base.state)
        self.declared = self._base.declared.copy()
        self.position, self.forgotten = self._base.position, self._base.forgotten


def empty_mark(settings: LearnerSettings) -> Mark:
    """Where a fold from empty starts."""
    return Mark(0, Learner(settings).to_bytes(), Declared(), (), settings_key(settings))


def settings_key(settings: LearnerSettings) -> str:
    """Names the settings that a state is a fold under: under others it must be folded anew."""
    return repr(settings)
