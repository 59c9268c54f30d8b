"""A child's signs of life: a thread writes a line to the parent every second, whatever the event loop does.

It has a pipe of its own, whose number the child finds among its arguments; without one it does not beat. Where nobody
reads it any more, the parent is gone. Then the child ends: by itself where it still can, and where it does
not within its time, at once.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from pointsman_service.process.child_lines import Heard

BEAT_S = 1.0
ORPHAN_S = 0.5
"""For a child without a parent to end by itself, unless it needs longer for the calls that run in it."""


@dataclass(slots=True)
class Heart:
    """pipe: where beats are written, None for nowhere. facts: what each says besides (JSON types), set by who knows it.

    heard: what the parent has said. orphan_s: that the process may live on without its parent.
    """

    pipe: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    heard: Heard = field(default_factory=Heard)
    orphan_s: float = ORPHAN_S
    _turned_at: float = field(default_factory=time.monotonic)
    _orphaned: threading.Event = field(default_factory=threading.Event)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Beat from now on, until the process ends."""
        self._turn(loop)
        threading.Thread(target=self._beat, name="pointsman-heart", daemon=True).start()

    def orphaned(self) -> None:
        """The parent is gone: end within `orphan_s`, by force if need be."""
        self._orphaned.set()

    def line(self) -> str:
        """One beat."""
        return json.dumps({"busy_s": round(time.monotonic() - self._turned_at, 3), **self.facts})

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._turned_at = time.monotonic()
        loop.call_later(BEAT_S / 4, self._turn, loop)

    def _beat(self) -> None:
        while self._beat_once() and not self._orphaned.wait(BEAT_S):
            pass
        time.sleep(self.orphan_s)
        os._exit(1)

    def _beat_once(self) -> bool:
        """False where nobody reads it."""
        if self.pipe is None:
            return True
        try:
            os.write(self.pipe, f"{self.line()}\n".encode())
        except OSError:
            return False
        return True
