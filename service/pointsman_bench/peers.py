"""Other routers on the same stream, with the same features, feedback and budget; and bounds of hindsight."""

from __future__ import annotations

from pointsman_service.errors import ConfigurationError

from pointsman_bench.conditions import Conditions
from pointsman_bench.players import Player
from pointsman_bench.stream import Stream

HINDSIGHT = ("static-category", "oracle")
"""See what no router sees: true category labels and every outcome, or every outcome of the very query."""
PEERS = ("paretobandit", "linucb", "knn", "thompson", *HINDSIGHT)


def peer(policy: str, stream: Stream, conditions: Conditions, absent: frozenset[str], measured_from: int) -> Player:
    """A fresh peer. Raises ConfigurationError where its package is not installed or the name is unknown."""
    try:
        if policy == "paretobandit":
            from pointsman_bench.peers_paretobandit import ParetoBanditPlayer  # noqa: PLC0415

            return ParetoBanditPlayer(stream, conditions, absent)
        if policy == "linucb":
            from pointsman_bench.peers_linucb import LinUCBPlayer  # noqa: PLC0415

            return LinUCBPlayer(stream, conditions, absent)
        if policy == "knn":
            from pointsman_bench.peers_knn import NearestPlayer  # noqa: PLC0415

            return NearestPlayer(stream, conditions, absent)
        if policy == "thompson":
            from pointsman_bench.peers_thompson import ThompsonPlayer  # noqa: PLC0415

            return ThompsonPlayer(stream, conditions, absent)
    except ImportError as missing:
        raise ConfigurationError(f"--peers: {missing.name} is missing: pip install 'pointsman[bench]'") from missing
    if policy in HINDSIGHT:
        from pointsman_bench.peers_hindsight import HindsightPlayer  # noqa: PLC0415

        return HindsightPlayer(policy, stream, conditions, measured_from)
    raise ConfigurationError(f"{policy!r} is not a policy")
