"""What a cascade may do next, and how likely each of it was: without that, no other policy can be held against the log.

A policy answers with an `Action`; the service does it, unless time or money forbids, and logs an `ActionTaken`.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from pointsman_learner.types import Value

ActionKind = Literal["call", "ask", "accept"]


class Alternative(Value, frozen=True, array_like=True):
    """One thing that could have been done, and its chance, exact and in [0, 1].

    "call" names the model, "ask" the judge and the step whose answer it is asked about, "accept" the step.
    """

    kind: ActionKind
    model: str | None
    judge: str | None
    step: int | None
    probability: float


class Accept(Struct, frozen=True):
    """Answer with step `index` of the episode. quality: P(that answer is right), as believed now; None where unknown.

    alternatives, believed: as in `ActionTaken`; no alternatives where nothing else was to choose.
    """

    index: int
    quality: float | None
    reason: str = "utility"
    probability: float = 1.0
    alternatives: tuple[Alternative, ...] = ()
    believed: tuple[float | None, ...] = ()


class AskJudge(Struct, frozen=True):
    """Ask `judge` about the answer of step `index` (its verdict could change what happens next)."""

    judge: str
    index: int
    probability: float = 1.0
    alternatives: tuple[Alternative, ...] = ()
    believed: tuple[float | None, ...] = ()


class CallModel(Struct, frozen=True):
    """Call `model` next, drawn with `propensity` given the steps so far. final: its answer will be accepted unseen."""

    model: str
    propensity: float
    final: bool = False
    alternatives: tuple[Alternative, ...] = ()
    believed: tuple[float | None, ...] = ()


Action = Accept | AskJudge | CallModel


class ActionTaken(Value, frozen=True, array_like=True):
    """One thing that a cascade did, with the chance of each alternative.

    kind, model, judge, step, probability: as in `Alternative`. alternatives: all that were considered, this one among
    them, with probabilities that sum to 1; what is not among them had none. Empty for the first call, whose
    alternatives are the decision's predictions. believed: P(right) of each step's answer when it was taken, None where
    the step had failed. forced: "deadline", "cost_ceiling", "max_steps" or "failed" where time, money or a want of
    models decided, and not the policy; None where the policy did.
    """

    kind: ActionKind
    probability: float
    model: str | None = None
    judge: str | None = None
    step: int | None = None
    alternatives: tuple[Alternative, ...] = ()
    believed: tuple[float | None, ...] = ()
    forced: str | None = None

    @classmethod
    def of(cls, action: Action, *, first: bool = False, forced: str | None = None) -> ActionTaken:
        """What doing an action logs. first: it is the episode's first call. forced: it was not the policy's choice.

        >>> ActionTaken.of(CallModel("small", 1.0)).alternatives[0].probability
        1.0
        """
        taken = _alternative_of(action)
        among = action.alternatives or (taken,)
        if forced is not None:
            taken = replace(taken, probability=1.0)
            among = (taken,)
        return cls(
            kind=taken.kind,
            probability=taken.probability,
            model=taken.model,
            judge=taken.judge,
            step=taken.step,
            alternatives=() if first else among,
            believed=action.believed,
            forced=forced,
        )


def without_calls(action: Action) -> Accept | AskJudge | None:
    """The action where no further model may be called: the chance of a call is then one of accepting, exactly.

    None where there is nothing to accept.

    >>> among = (Alternative("accept", None, None, 0, 0.25), Alternative("call", "large", None, None, 0.75))
    >>> without_calls(CallModel("large", 0.75, alternatives=among, believed=(0.5,)))
    Accept(index=0, quality=0.5, reason='utility', probability=1.0, alternatives=(...), believed=(0.5,))
    """
    calls = sum(a.probability for a in action.alternatives if a.kind == "call")
    if not isinstance(action, CallModel) and not calls:
        return action
    among = tuple(
        replace(a, probability=a.probability + calls) if a.kind == "accept" else a
        for a in action.alternatives
        if a.kind != "call"
    )
    accept = next((a for a in among if a.kind == "accept"), None)
    if isinstance(action, AskJudge):
        return replace(action, alternatives=among)
    if accept is None or accept.step is None:
        return None
    believed = action.quality if isinstance(action, Accept) else action.believed[accept.step]
    return Accept(accept.step, believed, "utility", accept.probability, among, action.believed)


def _alternative_of(action: Action) -> Alternative:
    match action:
        case CallModel():
            return Alternative("call", action.model, None, None, action.propensity)
        case AskJudge():
            return Alternative("ask", None, action.judge, action.index, action.probability)
        case Accept():
            return Alternative("accept", None, None, action.index, action.probability)
