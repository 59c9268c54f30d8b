"""What is measured of a service that lives on: memory of each process, times of calls, how far learning is behind."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import psutil

MB = 2**20
WINDOWS = 10
"""Of the time that is looked at: a minute each, in the last third of half an hour."""


@dataclass
class Sample:
    """at: seconds since the start. mb: resident memory by process ("worker-1"). lag: events not yet learnt."""

    at: float
    mb: dict
    lag: int


@dataclass
class Measures:
    """times: by method, (seconds since the start when it ended, seconds it took)."""

    samples: list = field(default_factory=list)
    times: dict = field(default_factory=lambda: defaultdict(list))
    errors: int = 0
    _began: float = field(default_factory=time.monotonic)

    def now(self):
        """Seconds since the start."""
        return time.monotonic() - self._began

    def taken(self, method, seconds):
        """A call ended well."""
        self.times[method].append((self.now(), seconds))

    def look(self, processes, lag):
        """Take a sample."""
        memory = {}
        for part, found in processes.items():
            for n, process in enumerate(found):
                with suppress(psutil.Error):
                    memory[f"{part}-{n}" if len(found) > 1 else part] = process.memory_info().rss / MB
        self.samples.append(Sample(self.now(), memory, lag))

    def write(self, file):
        """Samples and times, for whoever wants to look further."""
        times = {method: [[round(at, 2), round(took, 5)] for at, took in found] for method, found in self.times.items()}
        file.write_text(json.dumps({"samples": [vars(s) for s in self.samples], "times": times}))

    def between(self, method, since, until):
        """Seconds that calls of this method took."""
        return np.array([seconds for at, seconds in self.times[method] if since <= at < until])


def slope_per_hour(at, values):
    """How fast a value grows: the median of the slopes between all pairs, which a few jumps do not move.

    at: seconds. Theil (1950), Sen (1968).

    >>> slope_per_hour([0, 1800, 3600], [5.0, 6.0, 7.0])
    2.0
    """
    at, values = np.asarray(at, float), np.asarray(values, float)
    first, second = np.triu_indices(len(at), k=1)
    apart = at[second] - at[first]
    return round(float(np.median((values[second] - values[first])[apart > 0] / apart[apart > 0])) * 3_600, 3)


def peaks(points, windows=WINDOWS):
    """The highest value of each window of time, with its time: memory that was given back is taken again soon.

    points: (seconds, value), in order.

    >>> peaks([(0, 5), (10, 7), (20, 6), (30, 7)], windows=2)
    [(10, 7), (30, 7)]
    """
    since = points[0][0]
    width = (points[-1][0] - since) / windows or 1.0
    by_window = defaultdict(list)
    for point in points:
        by_window[min(int((point[0] - since) / width), windows - 1)].append(point)
    return [max(found, key=lambda point: (point[1], point[0])) for _, found in sorted(by_window.items())]


def growth(before, after, percent=99):
    """By which factor a percentile of the times grew."""
    return float(np.percentile(after, percent) / np.percentile(before, percent))
