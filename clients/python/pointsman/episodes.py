"""Requests about one episode, from its id."""

from __future__ import annotations

from pointsman import v1
from pointsman.arguments import put, refuse_unknown
from pointsman.settings import CallOptions


def get_request(episode_id: str, options: CallOptions) -> v1.GetEpisodeRequest:
    """The request of `get_episode`."""
    refuse_unknown("get_episode", options, CallOptions.__annotations__)
    request = v1.GetEpisodeRequest()
    put(request, "episode_id", episode_id)
    return request


def explain_request(episode_id: str, options: CallOptions) -> v1.ExplainEpisodeRequest:
    """The request of `explain_episode`."""
    refuse_unknown("explain_episode", options, CallOptions.__annotations__)
    request = v1.ExplainEpisodeRequest()
    put(request, "episode_id", episode_id)
    return request
