"""What the client answered, as JSON."""

from __future__ import annotations

import asyncio
from typing import Any

from pointsman import PointsmanError, v1


class HungUp(asyncio.CancelledError):
    """The caller hung up. heard: what had come of a stream."""

    def __init__(self, heard: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.heard = heard


def word(enum: Any, value: int) -> str | None:
    """A value of an enum in lower case without its prefix; None where nothing is said.

    >>> word(v1.StopReason, v1.STOP_REASON_UTILITY)
    'utility'
    """
    prefix = "".join(f"_{c}" if c.isupper() else c.upper() for c in enum.DESCRIPTOR.name).strip("_") + "_"
    return enum.Name(value).removeprefix(prefix).lower() if value else None


def answer_of(answer: Any) -> dict[str, Any]:
    """Of `complete`."""
    raw = answer.raw
    return {
        "text": answer.text,
        "model": answer.model,
        "usage": {"input_tokens": answer.usage.input_tokens, "output_tokens": answer.usage.output_tokens},
        "cost_usd": answer.cost_usd if raw.HasField("cost_usd") else None,
        "episode_id": answer.episode_id,
        "request_id": answer.request_id,
        "replayed": answer.replayed,
        "finish_reason": word(v1.FinishReason, raw.answer.finish_reason),
        "stop_reason": word(v1.StopReason, answer.stop_reason),
        "tool_calls": [
            {"id": call.tool_call_id, "function": call.function, "arguments": call.arguments_json}
            for call in raw.answer.tool_calls
        ],
        "steps": len(answer.steps),
        "predictions": len(answer.decision.predictions),
    }


class Heard:
    """A stream, item by item."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.texts: list[str] = []
        self.items: list[str] = []

    def hear(self, item: v1.StreamCompleteResponse) -> str:
        """Take an item; its kind."""
        kind = str(item.WhichOneof("item"))
        self.items.append(kind)
        if kind == "text":
            self.texts.append(item.text.text)
        elif kind == "retraction":
            self.texts.clear()
        return kind

    def told(self) -> dict[str, Any]:
        """What has come so far."""
        final = self.stream.answer
        return {
            "texts": self.texts,
            "items": self.items,
            "retractions": self.items.count("retraction"),
            "episode_id": self.stream.episode_id,
            "request_id": self.stream.request_id,
            "final": None if final is None else answer_of(final),
        }


def route_of(response: v1.RouteResponse) -> dict[str, Any]:
    """Of `route`."""
    decision = response.decision
    return {
        "episode_id": response.episode_id,
        "model": decision.model,
        "propensity": decision.propensity,
        "replayed": response.replayed,
        "predictions": len(decision.predictions),
    }


def outcome_of(response: v1.ReportOutcomeResponse) -> dict[str, Any]:
    """Of `report_outcome`."""
    return {
        "episode_id": response.episode_id,
        "request_id": response.request_id,
        "model": response.model,
        "cost_usd": response.cost_usd if response.HasField("cost_usd") else None,
        "replayed": response.replayed,
    }


def receipt_of(receipt: v1.FeedbackReceipt) -> dict[str, Any]:
    """Of `feedback` and of an answer's handle."""
    return {
        "episode_id": receipt.episode_id,
        "request_id": receipt.request_id,
        "value": receipt.value if receipt.HasField("value") else None,
        "replayed": receipt.replayed,
    }


def session_of(response: v1.RecordSessionOutcomeResponse) -> dict[str, Any]:
    """Of `record_session_outcome`."""
    return {
        "request_id": response.request_id,
        "value": response.value if response.HasField("value") else None,
        "episode_count": response.episode_count,
        "replayed": response.replayed,
    }


def episode_of(episode: v1.Episode) -> dict[str, Any]:
    """Of `get_episode`."""
    said = [
        {
            "request_id": f.request_id,
            "source": word(v1.FeedbackSource, f.source),
            "value": f.value,
            "comment": f.comment if f.HasField("comment") else None,
        }
        for f in episode.feedback
    ]
    return {
        "episode_id": episode.episode_id,
        "stop_reason": word(v1.StopReason, episode.stop_reason),
        "steps": len(episode.steps),
        "feedback": said,
        "outcomes": len(episode.outcomes),
    }


def error_of(error: PointsmanError | asyncio.CancelledError) -> dict[str, Any]:
    """What a caller can know of an error."""
    if not isinstance(error, PointsmanError):
        return {"family": "Cancelled", "code": "CANCELLED", "reason": "", "heard": getattr(error, "heard", None)}
    return {
        "family": type(error).__name__,
        "code": error.code.name,
        "reason": error.reason,
        "message": error.message,
        "metadata": dict(error.metadata),
        "field_violations": [{"field": f, "description": d} for f, d in error.field_violations],
        "quota_violations": [{"subject": s, "description": d} for s, d in error.quota_violations],
        "retry_after_s": error.retry_after_s,
    }
