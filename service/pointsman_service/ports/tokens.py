"""Tokens that another issuer signs."""

from __future__ import annotations

from typing import Protocol

from pointsman_service.domain.identity import Identity


class TokenVerifier(Protocol):
    """Checks a token and reads whom it stands for."""

    def verify(self, token: str, now: float) -> Identity:
        """Whom it stands for. now: seconds since the epoch. Raises Unauthenticated."""
