"""What users and measurements say, checked: thumbs, ratings, scores."""

from __future__ import annotations

from pointsman import v1

from pointsman_service.rpc.enums import THUMBS
from pointsman_service.rpc.validation import Violations


def read_value(
    given: v1.Feedback | v1.RecordSessionOutcomeRequest, signal: str | None, path: str, wrong: Violations
) -> float:
    """The figure of a thumb (0 or 1), a rating (1 to 5) or a score (0 to 1). path: of `given`, with the dot."""
    if signal == "thumb":
        return 1.0 if wrong.required_choice(f"{path}thumb", THUMBS, given.thumb) == "up" else 0.0
    if signal == "rating":
        wrong.between(f"{path}rating", given.rating, 1.0, 5.0)
        return given.rating
    wrong.between(f"{path}score", given.score, 0.0, 1.0)
    return given.score
