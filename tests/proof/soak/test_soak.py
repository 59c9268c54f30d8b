"""`make soak`, short: a few seconds; and that it finds what grows."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from tests.proof.table import report

from .measures import Measures, Sample, slope_per_hour
from .plot import plot
from .run import soak
from .targets import rows

SECONDS = 6.0


async def test_a_short_soak_measures_everything(tmp_path):
    """Memory of each process, times of each call, what is not yet learnt, and the plot. Growth needs the long form."""
    measures = await soak(SECONDS, io.StringIO(), look_every_s=0.5)
    assert {"main", "learner"} <= set(measures.samples[-1].mb)
    assert {"Route", "Complete", "Check", "RecordFeedback", "ReportOutcome"} <= set(measures.times)
    assert measures.errors == 0
    assert any(row.what.startswith("memory of learner") for row in rows(measures, SECONDS))
    plot(measures, tmp_path / "soak.png", window_s=1.0)
    assert (tmp_path / "soak.png").stat().st_size > 10_000
    measures.write(tmp_path / "measures.json")
    assert len(json.loads((tmp_path / "measures.json").read_text())["samples"]) == len(measures.samples)


def lived(*, mb_an_hour=0.0, slower=1.0, machine=1.0, seconds=1_800.0):
    """Half an hour as it would be measured. slower: by how much Route is, in the last third; machine: everything."""
    rng, measures = np.random.default_rng(0), Measures()
    for at in np.arange(0.0, seconds, 5.0):
        measures.samples.append(Sample(at, {"main": 150 + mb_an_hour * at / 3_600 + rng.normal(0, 0.2)}, 3))
    for at in np.arange(0.0, seconds, 0.1):
        late = machine if at > seconds * 2 / 3 else 1.0
        for method, own in (("Route", slower), ("Complete", 1.0), ("Check", 1.0)):
            factor = late * (own if at > seconds * 2 / 3 else 1.0)
            measures.times[method].append((at, factor * rng.lognormal(-6, 0.3)))
    return measures


@pytest.mark.parametrize(
    ("life", "code"),
    [
        ({}, 0),
        ({"mb_an_hour": 12.0}, 1),
        ({"slower": 1.5}, 1),
        ({"machine": 1.5}, 0),
        ({"mb_an_hour": -12.0}, 0),
    ],
)
def test_growth_misses_a_target(life, code):
    """Of memory, and of time where the machine is not to blame: then an empty call takes longer as well."""
    assert report("soak", rows(lived(**life), 1_800.0)) == code


def test_what_callers_saw_fail_and_learning_that_falls_behind_miss_targets():
    """Each by itself."""
    failed, behind = lived(), lived()
    failed.errors = 1
    for sample in behind.samples:
        sample.lag = int(sample.at)
    assert report("failed", rows(failed, 1_800.0)) == report("behind", rows(behind, 1_800.0)) == 1


def test_memory_that_is_given_back_and_taken_again_is_no_growth():
    """A process at its most, which sinks by a tenth now and then, less often later."""
    calm, rng = lived(), np.random.default_rng(1)
    for sample in calm.samples:
        sample.mb["main"] = 282.0 - 12.0 * (rng.random() < 0.6 - 0.5 * sample.at / 1_800.0)
    assert report("calm", rows(calm, 1_800.0)) == 0


def test_a_jump_is_no_growth():
    """The median of slopes stays where a process allocated something once."""
    at = np.arange(0.0, 600.0, 5.0)
    values = np.where(at > 500, 160.0, 150.0)
    assert slope_per_hour(at, values) == pytest.approx(0.0)
