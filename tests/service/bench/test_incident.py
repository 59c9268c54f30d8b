"""An incident lived through: what happens when, and that the way back is one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pointsman_bench.conditions import TENANT, Conditions
from pointsman_bench.incident import BROKEN, IncidentPlayer, RememberingLearner
from pointsman_bench.plan import Plan
from pointsman_bench.replay import begin, play
from pointsman_bench.source import read_source
from pointsman_learner.events import EvidenceForgotten, FeedbackRecorded, ModelPut
from pointsman_service.adapters.embedder_wordllama import WordLlamaEmbedder

from tests.service.bench.test_bench_command import bench


def lived(made: Path, *, forgets: bool) -> tuple[RememberingLearner, np.ndarray]:
    """The learner at the end, and who answered."""
    stream = read_source(Plan(str(made)), WordLlamaEmbedder(), []).stream
    learner, conditions = RememberingLearner(), Conditions(0.003, feedback_rate=0.5, feedback_delay=2)
    begin(learner, stream, [], conditions.budget_usd)
    trace = play(stream, IncidentPlayer(stream, learner, conditions, forgets=forgets), conditions)
    return learner, trace.answered


def test_everything_happens_at_its_time(made: Path) -> None:
    """Of eighty queries: the model that answered most is gone from 24 to 31, the broken key speaks from 40 to 51."""
    learner, answered = lived(made, forgets=True)
    gone, back = (e for e, _ in learner.log if isinstance(e, ModelPut) and e.at > 0.0)
    assert (gone.at, gone.model.enabled, back.at, back.model.enabled) == (24.0, False, 32.0, True)
    column = ("small", "middle", "large").index(gone.model.name)
    assert not (answered[24:32] == column).any()
    broken = [e.at for e, _ in learner.log if isinstance(e, FeedbackRecorded) and e.client == BROKEN]
    assert broken == [float(t) for t in range(40, 52)]


def test_after_forget_the_state_is_that_of_a_log_without_the_broken_words(made: Path) -> None:
    """To the bit; without forget they are still in it."""
    learner, _ = lived(made, forgets=False)
    poisoned = learner.digest()
    assert learner.pinned is None
    clean = RememberingLearner()
    for event, episode in learner.log:
        if not (isinstance(event, FeedbackRecorded) and event.client == BROKEN):
            clean.apply_one(event, episode)
    learner.forget(EvidenceForgotten("x", 80.0, TENANT, BROKEN))
    assert learner.digest() == clean.digest() != poisoned


def test_the_report_has_each_window_in_each_world(made: Path, tmp_path: Path) -> None:
    """Before anything happens the three are one."""
    report = bench(made, "--incident", "--budget", "3", "--seeds", "1", out=tmp_path)
    before, *rest = report["windows"]
    assert before["undisturbed"] == before["with all that"] == before["without forget"]
    assert rest[0]["what"] == "the model that answers most is gone"
    assert "its words are forgotten" in (tmp_path / "report.md").read_text()
