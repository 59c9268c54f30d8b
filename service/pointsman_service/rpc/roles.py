"""Which role each method needs: the one table. A method that is not in it is refused to everybody."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman_service.domain.identity import Role

ROLE_OF_SERVICE: Mapping[str, Role] = {"pointsman.v1.AdminService": "admin"}
"""Services of which every method needs the same."""

ROLE_OF_METHOD: Mapping[str, Role] = {
    "pointsman.v1.RouterService/Route": "call",
    "pointsman.v1.RouterService/Complete": "call",
    "pointsman.v1.RouterService/StreamComplete": "call",
    "pointsman.v1.RouterService/ReportOutcome": "call",
    "pointsman.v1.RouterService/GetEpisode": "read",
    "pointsman.v1.RouterService/ExplainEpisode": "read",
    "pointsman.v1.FeedbackService/RecordFeedback": "feedback",
    "pointsman.v1.FeedbackService/RecordFeedbackBatch": "feedback",
    "pointsman.v1.FeedbackService/RecordSessionOutcome": "feedback",
}


def role_of(method: str) -> Role:
    """What a method needs, by its path. Raises KeyError for one that nobody gave a role.

    >>> role_of("/pointsman.v1.RouterService/Route"), role_of("/pointsman.v1.AdminService/ListModels")
    ('call', 'admin')
    """
    name = method.removeprefix("/")
    service = name.partition("/")[0]
    return ROLE_OF_SERVICE.get(service) or ROLE_OF_METHOD[name]
