"""Where a fold of a pruned log begins: the state that pruning left, also where release 0.2.0 left it.

What pruned episodes taught is in that state alone. So it is gone on from under any settings, and read from any release.
States that a log can be folded to anew are not: what today's rules learn from the same events is better.
"""

from __future__ import annotations

from dataclasses import replace

from pointsman_learner.learner import Learner
from pointsman_learner.settings import LearnerSettings

from pointsman_service.observability.structured_log import structlog
from pointsman_service.ports import Checkpoints
from pointsman_service.process.fold import Mark, format_of, settings_key

OF_0_2_0 = 1
"""The format that release 0.2.0 wrote; no release wrote 2 to 4."""
ANEW = "policies that were promoted, and judges where they are combined otherwise"
"""What is of the settings, and begins anew under others."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


def kept_base(checkpoints: Checkpoints, settings: LearnerSettings) -> Mark | None:
    """Where a fold of the kept log begins, None for empty. A base that cannot be read is lost, but stops nothing."""
    base = checkpoints.base()
    if base is None:
        return None
    try:
        mark = _read(base[0])
    except ValueError as e:
        _log.warning("what was learnt from pruned episodes is lost: folding what the log still has", why=str(e))
        return None
    is_other = mark.settings != settings_key(settings)
    if is_other or format_of(base[0]) == OF_0_2_0:
        anew = ANEW if is_other else "nothing"
        _log.info("going on from what pruned episodes taught", position=mark.position, anew=anew)
    return _under(mark, settings) if is_other else mark


def _read(payload: bytes) -> Mark:
    if format_of(payload) != OF_0_2_0:
        return Mark.from_bytes(payload)
    from pointsman_learner import release_0_2_0  # noqa: PLC0415 - hardly a start needs it

    mark = Mark.read(payload)
    state = release_0_2_0.read(mark.state).to_bytes()
    return replace(mark, state=state, settings=settings_key(release_0_2_0.settings_of(mark.settings)))


def _under(mark: Mark, settings: LearnerSettings) -> Mark:
    """The same, under other settings than it was learnt under."""
    learner = Learner.from_bytes(mark.state)
    learner.follow(settings)
    return replace(mark, state=learner.to_bytes(), settings=settings_key(settings))
