"""What parent and child say to each other while the child runs, a line each: a word, and JSON after it.

| who | line | what it means |
| --- | --- | --- |
| child, on stdout | `changed {...}` | a condition holds, or no longer: the parent tells it, once for all children |
| child, on stdout | anything else | it is ready |
| parent, on stdin | `log_level "debug"` | write so much from now on; `null` is as configured |
| parent, on stdin | `configured_level "info"` | the configured level is another now |
| parent, on stdin | `learner {...}` | how the learner does: workers tell it when somebody asks for their health |

Signs of life go by a pipe of their own (`heart`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pointsman_service.domain.conditions import Condition, Kind
from pointsman_service.observability.changes_told import Changes
from pointsman_service.observability.log_level import change_level, reconfigured_level
from pointsman_service.process.lives import ChildHealth

CHANGED = "changed"
LOG_LEVEL = "log_level"
CONFIGURED_LEVEL = "configured_level"
LEARNER = "learner"


class ToldToParent:
    """Implements `observability.Changes` in a child: the parent writes the lines, so that each is written once.

    What it has said is not said again: a full pipe would hold up whoever says it.

    >>> from pointsman_service.domain.conditions import Kind
    >>> told = ToldToParent(print)
    >>> for _ in range(2):
    ...     told.heard(Condition.of(Kind.LOG_UNWRITABLE), True, "disk full")
    changed {"kind": "log_unwritable", "facts": {}, "holds": true, "why": "disk full"}
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._holding: set[Condition] = set()

    def heard(self, condition: Condition, holds: bool, why: str, process: str = "") -> None:  # noqa: ARG002 - Changes' own signature
        """See Changes."""
        if holds == (condition in self._holding):
            return
        (self._holding.add if holds else self._holding.discard)(condition)
        facts = dict(condition.facts)
        self._tell(f"{CHANGED} {json.dumps({'kind': condition.kind, 'facts': facts, 'holds': holds, 'why': why})}")


def hearing(process: str, changes: Changes, ready: Callable[[], None]) -> Callable[[str], None]:
    """What a parent does with the lines of one child."""

    def hear(line: str) -> None:
        word, _, rest = line.partition(" ")
        if word != CHANGED:
            ready()
            return
        said: dict[str, Any] = json.loads(rest)
        changes.heard(Condition.of(Kind(said["kind"]), **said["facts"]), said["holds"], said["why"], process)

    return hear


def level_line(level: str | None) -> str:
    """How a parent says it; None is as configured."""
    return f"{LOG_LEVEL} {json.dumps(level)}"


def configured_level_line(level: str) -> str:
    """How a parent says that the configured level is another now."""
    return f"{CONFIGURED_LEVEL} {json.dumps(level)}"


def learner_line(health: ChildHealth) -> str:
    """How a parent says how the learner does."""
    return f"{LEARNER} {json.dumps(health.as_facts())}"


class Heard:
    """What a child has heard of its parent.

    >>> heard = Heard()
    >>> heard.obey(learner_line(ChildHealth(False, "it ended")))
    >>> heard.learner.why
    'it ended'
    """

    def __init__(self) -> None:
        self.learner: ChildHealth | None = None

    def obey(self, line: str) -> None:
        """Do what a line says; one that is not known means nothing."""
        word, _, rest = line.partition(" ")
        if word == LOG_LEVEL:
            change_level(json.loads(rest))
        elif word == CONFIGURED_LEVEL:
            reconfigured_level(json.loads(rest))
        elif word == LEARNER:
            self.learner = ChildHealth.of_facts(json.loads(rest))
