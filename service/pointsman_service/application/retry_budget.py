"""How often calls are made again in all: a share of those that are made anyway, so that an outage meets no storm.

A bucket for each model: a call puts a fifth of a try into it, a try takes one out. While providers are well it is full,
and each call that fails may be made again; while one is down, at most a fifth more calls reach it than queries do. That
is Finagle's retry budget (20 %; twitter.github.io/finagle, RetryBudget), with gRPC's reserve of ten (gRFC A6,
maxTokens).
"""

from __future__ import annotations

from collections.abc import Callable

SHARE = 0.2
RESERVE = 10.0
"""Tries that a model has at first, and at most."""


Changed = Callable[[str, bool], None]


def _unheard(_model: str, _spent: bool) -> None:
    """Nobody listens."""


class RetryBudget:
    """One process's, by model. It grows with the models that are configured, not with what callers say."""

    def __init__(self, share: float = SHARE, reserve: float = RESERVE, changed: Changed = _unheard) -> None:
        """changed: told of a model (its name, True) when a try was not left, and (False) when half the reserve is."""
        self._share, self._reserve, self._changed = share, reserve, changed
        self._left: dict[str, float] = {}
        self._spent: set[str] = set()

    def called(self, model: str) -> None:
        """A call of a model begins, which is no try again."""
        left = self._left[model] = min(self._reserve, self._left.get(model, self._reserve) + self._share)
        if model in self._spent and left >= self._reserve / 2.0:
            self._spent.discard(model)
            self._changed(model, False)

    def take(self, model: str) -> bool:
        """Whether a call of it may be made again; it is counted then.

        >>> budget = RetryBudget(reserve=1.0)
        >>> budget.take("small"), budget.take("small")
        (True, False)
        """
        left = self._left.get(model, self._reserve)
        if left < 1.0:
            if model not in self._spent:
                self._spent.add(model)
                self._changed(model, True)
            return False
        self._left[model] = left - 1.0
        return True
