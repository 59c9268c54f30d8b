"""What a request's `model` says: who routes, and how, or which model is pinned."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pointsman_service.domain.names import MAX_NAME
from pointsman_service.domain.near_miss import nearest
from pointsman_service.errors import Fault, InvalidRequest, UnknownModel
from pointsman_service.http.endpoints import Models

ROUTED = "pointsman"
"""The model's name under which the service decides."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """dial: of this request, None for the tenant's. pinned: the one model that may answer, None where it is decided."""

    dial: float | None = None
    pinned: str | None = None


def wanted(name: object, models: Models) -> Wanted:
    """Who is to answer. Raises InvalidRequest, UnknownModel.

    >>> wanted("pointsman:0.3", {}), wanted("pointsman", {})
    (Wanted(dial=0.3, pinned=None), Wanted(dial=None, pinned=None))
    """
    if not isinstance(name, str) or not name:
        why = f'must be "{ROUTED}", "{ROUTED}:DIAL" or the name of a configured model'
        raise InvalidRequest([("model", why)], Fault.REQUIRED)
    head, colon, dial = name.partition(":")
    if head == ROUTED:
        return Wanted(_dial(dial)) if colon else Wanted()
    if models.get(name) is None:
        meant = nearest(name[:MAX_NAME], [ROUTED, *models])
        raise UnknownModel(f"no model is named {name[:MAX_NAME]!r}{meant}", model=name[:MAX_NAME])
    return Wanted(pinned=name)


def _dial(text: str) -> float:
    try:
        dial = float(text)
    except ValueError:
        dial = math.nan
    if not 0.0 <= dial <= 1.0:
        why = f'"{ROUTED}:{text[:20]}": a dial is a number between 0 (cheapest) and 1 (best)'
        raise InvalidRequest([("model", why)], Fault.OUT_OF_RANGE)
    return dial
