"""End users that must be forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was found of an end user and is gone: counts of episodes, of words of feedback, of sessions' outcomes.

    scrubbed: whether no file holds the bytes any more; False while a long reader needs the old pages: ask again.
    """

    episodes: int
    feedback: int
    session_outcomes: int
    scrubbed: bool


class EndUsers(Protocol):
    """The part of the storage that knows who asked."""

    def forget(self, tenant: str, end_user_id: str, pseudonym: str) -> Forgotten:
        """Erase texts, quotes, hints, labels and who it was, of all that the end user asked and said. Blocks.

        What is learnt from it stays, and stays the fold of the log. Raises LogUnavailable; asked again it goes on.
        """
