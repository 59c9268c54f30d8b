"""Judges of other packages: entry points of the group `pointsman.judges`.

The entry point is a callable, called at start with the judge's name and the options of its configuration; it returns an
AnswerJudge. In the plug-in's pyproject.toml:

    [project.entry-points."pointsman.judges"]
    profanity = "acme_judges:ProfanityJudge"

A plug-in that cannot be loaded stops the start with a ConfigurationError that names it; one that misbehaves later is
contained (see contained.py). In the service it judges in a process of its own (see apart/): one that blocks is ended
there at its deadline, and holds nothing else. So it is made twice, once to see that it can be, and has no state of the
service's process.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points

from pointsman_service.domain import JudgeConfig
from pointsman_service.errors import ConfigurationError
from pointsman_service.ports import AnswerJudge

GROUP = "pointsman.judges"
BUILT_IN = (
    "format",
    "agreement",
    "logprob",
    "recorded",
    "rubric",
    "pairwise",
    "consistency",
    "retrieval",
    "equivalence",
)
"""Kinds that need no plug-in."""


def installed() -> tuple[EntryPoint, ...]:
    """The judges that installed packages offer."""
    return tuple(entry_points(group=GROUP))


def load_judge(config: JudgeConfig, offered: Iterable[EntryPoint] | None = None) -> AnswerJudge:
    """The plug-in judge whose entry point is named as `config.kind`.

    offered: entry points to choose from, the installed ones by default. Raises ConfigurationError, naming the judge,
    where there is none of this name, its import or its constructor fails, or what it makes is not a judge.
    """
    point = point_of(config, offered)
    judge = _made(config, point)
    if not inspect.iscoroutinefunction(getattr(judge, "judge", None)):
        raise ConfigurationError(
            f"judge {config.name!r}: plug-in {point.value} made a {type(judge).__name__}, "
            f"which has no `async def judge(subject, timeout_s)`"
        )
    return judge


def point_of(config: JudgeConfig, offered: Iterable[EntryPoint] | None = None) -> EntryPoint:
    """The entry point named as `config.kind`. Raises ConfigurationError where there is none."""
    points = {point.name: point for point in (installed() if offered is None else offered)}
    if config.kind not in points:
        known = ", ".join(sorted(points)) or "none"
        raise ConfigurationError(
            f"judge {config.name!r}: kind {config.kind!r} is neither built in ({', '.join(BUILT_IN)}) nor an entry "
            f"point of {GROUP} (installed: {known}); correct it, or install the package that offers it"
        )
    return points[config.kind]


def _made(config: JudgeConfig, point: EntryPoint) -> AnswerJudge:
    try:
        make: Callable[..., AnswerJudge] = point.load()
        return make(config.name, **config.options)
    except Exception as error:
        raise ConfigurationError(
            f"judge {config.name!r}: plug-in {point.name} ({point.value}) cannot be loaded: "
            f"{type(error).__name__}: {error}"
        ) from error
