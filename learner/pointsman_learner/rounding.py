"""Numbers as they are told: to 6 significant digits, which is more than any estimate is worth."""

from __future__ import annotations


def rounded(x: float) -> float:
    """The float that is nearest to x in 6 significant digits, so that its decimal text is short.

    >>> rounded(0.00017365812345), rounded(123456789.0)
    (0.000173658, 123457000.0)
    """
    return float(f"{x:.6g}")
