"""The vectors are whole: every situation and every error reason has one, and each says what it expects."""

from __future__ import annotations

import pytest
from pointsman import v1

from .book import setups, vectors

GROUPS = {
    "batcher", "cancel", "deadline", "environment", "errors", "feedback", "idempotency", "keepalive", "keys", "large",
    "optimistic", "options", "parts", "restart", "retry", "streaming", "text", "tls", "tools", "unary",
}  # fmt: skip
"""What callers meet: a group that is lost, or renamed by a slip, would be missed here."""
REASONS = [name.removeprefix("ERROR_REASON_") for name, value in v1.ErrorReason.items() if value]


def test_every_situation_has_vectors():
    """None is lost."""
    assert {vector["group"] for vector in vectors()} == GROUPS


@pytest.mark.parametrize("reason", REASONS)
def test_every_error_reason_has_a_vector(reason):
    """A client that drops a reason, or puts it into the wrong family, is found out."""
    told = [v for v in vectors() if v["group"] == "errors" and v["name"].startswith(f"{reason}: ")]
    assert told, f"no vector of errors.jsonl begins with {reason}:"
    expected = [step["expect"]["error"] for v in told for step in v["steps"] if "error" in step.get("expect", {})]
    assert any(error.get("reason") == reason and error.get("family") for error in expected)


def test_every_vector_can_be_told_from_the_others_and_plays_on_a_setup_that_there_is():
    """By group and name; and each does something (what a step does not say, it expects to go well)."""
    names = [(v["group"], v["name"]) for v in vectors()]
    assert len(set(names)) == len(names)
    assert {v["setup"] for v in vectors()} <= setups().keys()
    assert all(v["steps"] for v in vectors())
