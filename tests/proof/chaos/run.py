"""Round after round: callers call, something is done to the service, it heals, and what was acknowledged is there."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.proof.table import Progress, Row, no_more_than
from tests.proof.traffic import settle

from .faults import LIBFAKETIME, all_faults
from .scene import scene
from .verify import compared, ends

TRUE_WITHIN_S = 5.0
HEALS_WITHIN_S = 30.0
"""For a round to go on at all; how long it took is told."""
LEARNS_WITHIN_S = 120.0
"""A learner takes seconds to start; minutes on a machine with other work, where it stands back."""


@dataclass
class Round:
    """What one round showed. healed_s: from the moment the fault was over until all was well, None where never."""

    fault: str
    false_s: float = 0.0
    healed_s: float | None = None
    learns: bool = True
    felt: bool = True
    lost: list = field(default_factory=list)
    doubled: list = field(default_factory=list)
    unsettled: int = 0
    acknowledged: int = 0
    lies: tuple = ()

    @property
    def health_is_true(self):
        """Its word was wrong for at most five seconds, and good again five seconds after the end."""
        return self.false_s <= TRUE_WITHIN_S and self.healed_s is not None


async def one_round(on, fault):
    """Do it, undo it, look."""
    made, before = Round(fault.name), len(on.everything_told.told)
    on.new_crowd().begin()
    on.watch.begin()
    await asyncio.sleep(0.5)
    began = time.monotonic()
    undo = await fault.act(on)
    await asyncio.sleep(fault.hold_s)
    if fault.learns:
        made.learns = await _learns(on)
    over = time.monotonic()
    if undo is not None:
        await undo()
        undone = time.monotonic()
    else:
        undone = began
    made.felt = not fault.stops or any(not one.written for one in on.watch.looks if began <= one.at < over)
    made.false_s = on.watch.false_for(began, over)
    made.healed_s = await on.watch.well(undone, HEALS_WITHIN_S)
    made.false_s = max(made.false_s, on.watch.false_for(undone, float("inf")))
    made.lies = tuple(one for one in on.watch.looks if not one.is_true)[:5]
    await on.crowd.end()
    await on.watch.end()
    made.unsettled = await settle(on.told, on.service.address)
    made.lost, made.doubled = compared(on.folder / "pointsman.db", on.told)
    made.learns &= await _learns(on)
    on.afterwards()
    on.afterwards = lambda: None
    made.acknowledged = len(on.told.told) - before
    return made


async def _learns(on):
    """Whether the learner has learnt all that was in the log just now."""
    end, _ = ends(on.folder / "pointsman.db")
    give_up = time.monotonic() + LEARNS_WITHIN_S
    while ends(on.folder / "pointsman.db")[1] < end:
        if time.monotonic() > give_up:
            return False
        await asyncio.sleep(0.1)
    return True


async def chaos(rounds, seed, out, faults=None, callers=6, *, may_mount=True):
    """So many rounds, each fault as often as another, in an order of the seed; what each showed."""
    progress, done = Progress(out, every_s=0.0), []
    kinds = list(faults or all_faults())
    order = [kinds[n % len(kinds)] for n in range(rounds)]
    random.Random(seed).shuffle(order)
    async with scene(callers=callers, may_mount=may_mount) as on:
        progress.say(f"disk: {'a tmpfs' if on.has_disk_of_its_own else 'RLIMIT_FSIZE, for nothing may be mounted'}")
        for n, fault in enumerate(order):
            made = await one_round(on, fault)
            done.append(made)
            progress.say(f"{n + 1}/{rounds} {_told(made)}")
    return done


def _told(made):
    healed = "never" if made.healed_s is None else f"{made.healed_s:.1f} s"
    text = (
        f"{made.fault}: {made.acknowledged} acknowledged, {len(made.lost)} lost, {len(made.doubled)} doubled, "
        f"well after {healed}, health false until {made.false_s:.1f} s, learns {made.learns}"
    )
    return text + (f"\n    {made.lies[:2]}" if not made.health_is_true else "")


def rows(done, wanted):
    """The targets."""
    acknowledged = sum(m.acknowledged for m in done)
    skipped = "" if LIBFAKETIME else "; libfaketime is not here, so the clock was not stepped"
    made = f"{len(done)}, of {len({m.fault for m in done})} faults{skipped}"
    return [
        Row("rounds", f">= {wanted}", made, len(done) >= wanted),
        _all("rounds in which the fault was felt", done, lambda m: m.felt),
        no_more_than(f"acknowledged lost, of {acknowledged}", 0, sum(len(m.lost) for m in done)),
        no_more_than("doubled", 0, sum(len(m.doubled) for m in done)),
        _all("rounds in which health was true within 5 s", done, lambda m: m.health_is_true),
        _all(
            "rounds after which all was well within 5 s",
            done,
            lambda m: m.healed_s is not None and m.healed_s <= TRUE_WITHIN_S,
        ),
        _all("rounds after which learning went on", done, lambda m: m.learns),
        no_more_than("requests that could not be settled afterwards", 0, sum(m.unsettled for m in done)),
    ]


def _all(what, done, holds):
    """All rounds have to; those that do not are named."""
    wrong = Counter(m.fault for m in done if not holds(m))
    named = ", ".join(f"{name} x{times}" if times > 1 else name for name, times in wrong.items())
    return Row(what, str(len(done)), f"{len(done) - wrong.total()} {named and 'not: '}{named}", not wrong)
