"""Injected failures of the replay provider: how often, and on which calls. They repeat from run to run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields

from pointsman_service.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class FailureRates:
    """Shares of (prompt, model) pairs that fail, each in [0, 1] and at most 1 together.

    timeout: no answer comes; unavailable: status 500; garbage: status 200, but no JSON; truncated: half the text and
    finish_reason "length"; empty: an answer without text; rate_limited: status 429 with Retry-After of one second.
    """

    timeout: float = 0.0
    unavailable: float = 0.0
    garbage: float = 0.0
    truncated: float = 0.0
    empty: float = 0.0
    rate_limited: float = 0.0

    def __post_init__(self) -> None:
        for kind, rate in self._rates():
            if not 0.0 <= rate <= 1.0:
                raise ConfigurationError(f"failure rate {kind}: expected a share from 0 to 1, found {rate}")
        if sum(rate for _, rate in self._rates()) > 1.0 + 1e-9:
            raise ConfigurationError("failure rates: are more than 1 together")

    @classmethod
    def evenly(cls, rate: float) -> FailureRates:
        """`rate` in all, the same share of each kind.

        >>> FailureRates.evenly(0.6).garbage
        0.1
        """
        kinds = [f.name for f in fields(cls)]
        return cls(**{kind: round(rate / len(kinds), 9) for kind in kinds})

    @classmethod
    def parse(cls, text: str) -> FailureRates:
        """From "timeout=0.1,empty=0.05", or one number for all kinds together. Raises ConfigurationError.

        >>> FailureRates.parse("timeout=0.1").timeout
        0.1
        """
        if "=" not in text:
            return cls.evenly(_number("all", text))
        kinds = [f.name for f in fields(cls)]
        rates: dict[str, float] = {}
        for part in text.split(","):
            kind, _, rate = (piece.strip() for piece in part.partition("="))
            if kind not in kinds:
                raise ConfigurationError(f"failure rate {kind!r}: expected one of {', '.join(kinds)}")
            rates[kind] = _number(kind, rate)
        return cls(**rates)

    def drawn(self, prompt_digest: str, model: str, seed: int) -> str | None:
        """The kind of failure of this pair, None for most: always the same one for the same seed."""
        digest = hashlib.blake2b(f"{seed}\0{model}\0{prompt_digest}".encode(), digest_size=8).digest()
        u = int.from_bytes(digest, "big") / 2**64
        for kind, rate in self._rates():
            if u < rate:
                return kind
            u -= rate
        return None

    def _rates(self) -> list[tuple[str, float]]:
        return [(f.name, getattr(self, f.name)) for f in fields(self)]


def _number(kind: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ConfigurationError(f"failure rate {kind}: expected a number, found {text!r}") from error
