"""What scheduled jobs did, and which were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class JobStore(Protocol):
    """Last run and outcome of each scheduled job, and requests to run one now."""

    def record(self, name: str, started_at: float, ended_at: float, outcome: str, detail: Mapping[str, Any]) -> None:
        """outcome: "changed" | "unchanged" | "failed"."""

    def last_runs(self) -> Mapping[str, Mapping[str, Any]]:
        """By job name: started_at, ended_at, outcome, detail."""

    def request(self, name: str, at: float) -> None:
        """Ask that the job runs as soon as the learner sees it."""

    def take_requests(self) -> Sequence[str]:
        """Names requested since the last take."""
