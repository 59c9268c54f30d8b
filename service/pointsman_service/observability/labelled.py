"""Series by their labels, found in a dictionary: prometheus_client takes a lock and makes texts for each look-up."""

from __future__ import annotations

from typing import Generic, TypeVar

from prometheus_client import Counter, Gauge, Histogram, Summary

M = TypeVar("M", Counter, Gauge, Histogram, Summary)


class Labelled(Generic[M]):
    """A metric with labels; calling it with their values gives the series.

    >>> calls = Labelled(Counter("doc_calls", "Calls", ("method",), registry=None))
    >>> calls("Route").inc()
    >>> calls("Route") is calls("Route")
    True
    """

    __slots__ = ("_metric", "_series")

    def __init__(self, metric: M) -> None:
        self._metric: M = metric
        self._series: dict[tuple[str, ...], M] = {}

    def __call__(self, *values: str) -> M:
        """The series of these values, in the order of the labels."""
        series = self._series.get(values)
        if series is None:
            series = self._series[values] = self._metric.labels(*values)
        return series
