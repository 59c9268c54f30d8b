"""Which judges judge in which process: those of the service that compute in one, each plug-in in its own."""

from __future__ import annotations

from importlib.metadata import EntryPoint

from pointsman_service.domain import JudgeConfig
from pointsman_service.judges.apart.frames import Made
from pointsman_service.judges.apart.judge import ApartJudge, LongApartJudge
from pointsman_service.judges.apart.judge_process import JudgeProcess
from pointsman_service.ports import AnswerJudge

COMPUTING = ("format", "agreement")
"""Kinds that call nobody, and whose work grows with the texts."""


class Apart:
    """The processes of one service's judges; none is begun before it is needed."""

    def __init__(self) -> None:
        self._shared = JudgeProcess()

    def plug_in(self, config: JudgeConfig, point: EntryPoint) -> AnswerJudge:
        """A plug-in, which was made here already to see that it can be."""
        made = Made(config.name, "", dict(config.options), (point.name, point.value, point.group))
        return ApartJudge(config.name, JudgeProcess([made]))

    def long(self, judge: AnswerJudge, config: JudgeConfig) -> AnswerJudge:
        """The judge, apart where texts are long and it computes."""
        if config.kind not in COMPUTING:
            return judge
        self._shared.add(Made(config.name, config.kind, dict(config.options)))
        return LongApartJudge(judge, self._shared)
