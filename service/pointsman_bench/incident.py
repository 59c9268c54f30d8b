"""An incident and the way back: an outage, a broken source of words, `forget`, and a snapshot of an earlier day.

The same queries are lived through three times: undisturbed; with all that happens; and with all but `forget`. What
happens, by share of the stream: the model that answered most is gone for a tenth, as a circuit breaker leaves it alone;
then a second key says of every answer the opposite of what is so; half a tenth after it was stopped its words are
forgotten, and the learner learns anew without them; later the snapshot from before the incident serves for a tenth,
while learning goes on.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec import structs
from pointsman_learner.events import EpisodeRecorded, Event, EvidenceForgotten, FeedbackRecorded, ModelPut
from pointsman_learner.forgetting import leaves_out
from pointsman_learner.learner import Learner
from pointsman_learner.settings import LearnerSettings
from pointsman_learner.snapshot import Snapshot
from rich.console import Console

from pointsman_bench.conditions import TENANT, Conditions, Trace
from pointsman_bench.markdown import table
from pointsman_bench.measures import interval
from pointsman_bench.plan import Plan
from pointsman_bench.players import Answered, LearnerPlayer
from pointsman_bench.replay import begin, play
from pointsman_bench.report import clean
from pointsman_bench.source import Source, default_budgets, ordered
from pointsman_bench.stream import Stream

BROKEN = "broken"
"""The key whose words are wrong."""

WINDOWS = (
    ("before", 0.2, 0.3),
    ("the model that answers most is gone", 0.3, 0.4),
    ("it is back", 0.4, 0.5),
    ("a second key says the opposite of every answer", 0.5, 0.65),
    ("it is stopped", 0.65, 0.7),
    ("its words are forgotten", 0.7, 0.85),
    ("the snapshot from before serves", 0.85, 0.95),
    ("the newest serves again", 0.95, 1.0),
)
"""What happens, from which share of the stream on, up to which."""
_AT = {name: since for name, since, _ in WINDOWS}
WORLDS = ("undisturbed", "with all that", "without forget")


class RememberingLearner(Learner):
    """A learner with its log, so that it can learn anew without what is forgotten. pinned: a snapshot that serves."""

    def __init__(self) -> None:
        super().__init__(LearnerSettings())
        self.log: list[tuple[Event, EpisodeRecorded | None]] = []
        self.pinned: Snapshot | None = None

    def apply_one(
        self, event: Event, episode: EpisodeRecorded | None = None, session: Sequence[EpisodeRecorded] = ()
    ) -> None:
        """Learn, and keep the event."""
        self.log.append((event, episode))
        super().apply_one(event, episode, session)

    def snapshot(self) -> Snapshot:
        """The one that serves."""
        return super().snapshot() if self.pinned is None else self.pinned

    def forget(self, word: EvidenceForgotten) -> None:
        """Learn anew without what the word names."""
        anew = Learner(LearnerSettings())
        for event, episode in self.log:
            if not leaves_out(word, event, episode):
                anew.apply_one(event, episode)
        self.__dict__.update(anew.__dict__)


class IncidentPlayer(LearnerPlayer):
    """The learner through all that happens. forgets: whether the operator forgets the broken key's words."""

    def __init__(self, stream: Stream, learner: RememberingLearner, conditions: Conditions, *, forgets: bool) -> None:
        super().__init__(stream, learner, conditions)
        self._remembering, self._forgets = learner, forgets
        self._calls_of: Counter[str] = Counter()
        self._gone = ""
        self._before: Snapshot | None = None

    def play(self, t: int) -> Answered:
        """One query, after what happens before it."""
        for name, since in _AT.items():
            if t == int(since * len(self._stream)):
                self._happens(name, t)
        answered = super().play(t)
        assert answered.episode is not None
        self._calls_of.update(step.model for step in answered.episode.steps)
        if self._is(t, "a second key says the opposite of every answer"):
            right = float(self._stream.table.scores[t, answered.model])
            episode = answered.episode
            word = FeedbackRecorded(f"b{t}", episode.episode_id, TENANT, float(t), "score", 1.0 - right, client=BROKEN)
            self._remembering.apply_one(word, episode)
        return answered

    def _happens(self, name: str, t: int) -> None:
        match name:
            case "the model that answers most is gone":
                self._gone = self._calls_of.most_common(1)[0][0]
                self._put(t, is_there=False)
            case "it is back":
                self._put(t, is_there=True)
            case "a second key says the opposite of every answer":
                self._before = self._remembering.snapshot()
            case "its words are forgotten" if self._forgets:
                self._remembering.forget(EvidenceForgotten("incident", float(t), TENANT, BROKEN))
            case "the snapshot from before serves":
                self._remembering.pinned = self._before
            case "the newest serves again":
                self._remembering.pinned = None

    def _put(self, t: int, *, is_there: bool) -> None:
        (model,) = [m.as_learner_model() for m in self._stream.table.models if m.name == self._gone]
        self.change(t, ModelPut(float(t), structs.replace(model, enabled=is_there)))

    def _is(self, t: int, name: str) -> bool:
        since, until = next((a, b) for window, a, b in WINDOWS if window == name)
        n = len(self._stream)
        return int(since * n) <= t < int(until * n)


def incident_report(plan: Plan, source: Source, console: Console) -> tuple[dict[str, Any], str]:
    """What belongs into report.json, and report.md: quality and dollars in each window, in each world."""
    budget = plan.budgets[0] if plan.budgets else default_budgets(source.stream.table)[0]
    traces: dict[str, list[Trace]] = {world: [] for world in WORLDS}
    for seed in range(plan.seeds):
        stream, _ = ordered(plan, source, seed)
        conditions = Conditions(
            budget / 1000.0, seed, plan.feedback_rate, plan.feedback_delay, flip=plan.flip,
            baseline=plan.baseline, alpha=plan.alpha,
        )  # fmt: skip
        for world in WORLDS:
            traces[world].append(_lived(stream, source, conditions, world))
            console.print(f"seed {seed}, {world}: done", highlight=False)
    windows = [_window(name, since, until, traces) for name, since, until in WINDOWS]
    report = {"table": source.stream.table.name, "budget_per_1k": budget, "seeds": plan.seeds, "windows": windows}
    rows = [[w["what"], *(cell for world in WORLDS for cell in _cells(w[world]))] for w in windows]
    headings = [cell for world in WORLDS for cell in (world, "$ per 1,000")]
    page = f"# An incident and the way back: {source.stream.table.name}, ${budget:g} per 1,000 queries\n\n"
    return clean(report), page + table(["queries while", *headings], rows) + "\n"


def _lived(stream: Stream, source: Source, conditions: Conditions, world: str) -> Trace:
    learner = RememberingLearner()
    begin(learner, stream, source.nodes, conditions.budget_usd, beforehand=source.beforehand)
    if world == "undisturbed":
        return play(stream, LearnerPlayer(stream, learner, conditions), conditions)
    forgets = world == "with all that"
    return play(stream, IncidentPlayer(stream, learner, conditions, forgets=forgets), conditions)


def _window(name: str, since: float, until: float, traces: dict[str, list[Trace]]) -> dict[str, Any]:
    found: dict[str, Any] = {"what": name, "since": since, "until": until}
    for world, of in traces.items():
        parts = [slice(int(since * len(t)), int(until * len(t))) for t in of]
        quality = interval([float(t.quality[part].mean()) for t, part in zip(of, parts, strict=True)])
        cost = [float(t.cost[part].mean()) for t, part in zip(of, parts, strict=True)]
        found[world] = {"quality": quality, "cost_per_1k": 1000.0 * sum(cost) / len(cost)}
    return found


def _cells(found: dict[str, Any]) -> tuple[str, str]:
    mean, low, high = found["quality"]
    spread = "" if math.isnan(low) else f" ± {(high - low) / 2:.3f}"
    return f"{mean:.3f}{spread}", f"{found['cost_per_1k']:.3g}"
