"""W3C Trace Context, read leniently."""

import pytest
from pointsman_service.domain.trace_context import TraceContext, trace_context

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"


def test_the_parent_is_read_with_its_state():
    """Several tracestate headers are one list."""
    assert trace_context([PARENT], ["a=1", "b=2"]) == TraceContext(int(TRACE, 16), int(SPAN, 16), True, "a=1,b=2")


@pytest.mark.parametrize(("flags", "sampled"), [("00", False), ("01", True), ("02", False), ("ff", True)])
def test_only_the_last_flag_says_that_the_caller_records(flags, sampled):
    """The others are for later versions."""
    assert trace_context([f"00-{TRACE}-{SPAN}-{flags}"]).sampled is sampled


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        "nonsense",
        PARENT.upper(),
        PARENT[:-1],
        PARENT + "-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"01-{TRACE}-{SPAN}-01more",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
    ],
)
def test_what_is_malformed_is_none(malformed):
    """And stops nothing."""
    assert trace_context([malformed]) is None


def test_a_later_version_may_carry_more():
    """What is known of it is read."""
    assert trace_context([f"01-{TRACE}-{SPAN}-01-more"]) == trace_context([PARENT])


def test_two_parents_are_none():
    """Nobody can say which."""
    assert trace_context([PARENT, PARENT]) is None


def test_a_state_that_is_too_long_is_dropped():
    """The parent stays."""
    assert trace_context([PARENT], ["a=" + "x" * 511]) == trace_context([PARENT])
