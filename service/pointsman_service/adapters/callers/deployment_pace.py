"""How long calls of one deployment take: those that answer, and those that fail."""

from __future__ import annotations

from dataclasses import dataclass, field

from pointsman_service.domain.pace import Mean


@dataclass(slots=True)
class Pace:
    """answer: until the whole answer; failure: until a call had failed.

    cut_off: of a place that has not answered yet, how long the longest call was that a time limit of ours cut off.
    """

    answer: Mean = field(default_factory=Mean)
    failure: Mean = field(default_factory=Mean)
    cut_off: Mean = field(default_factory=Mean)
