"""What a line can ask for."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from opentelemetry.sdk.trace import TracerProvider

from conformance import told
from pointsman import RetryPolicy, error_of_status, v1

_RESULTS = {
    "route": told.route_of,
    "report_outcome": told.outcome_of,
    "feedback": told.receipt_of,
    "record_session_outcome": told.session_of,
    "get_episode": told.episode_of,
}
_FIRST = {
    "complete": "messages", "stream_complete": "messages", "route": "messages", "report_outcome": "episode_id",
    "feedback": "episode_id", "record_session_outcome": "session_id", "get_episode": "episode_id",
    "explain_episode": "episode_id",
}  # fmt: skip
"""The argument that is not a keyword."""


class Unsupported(Exception):
    """The line asks for what this runner does not have."""


class Operations:
    """What was opened, begun and answered so far, by the names that the lines give."""

    def __init__(self, side: Any) -> None:
        self._side = side
        self._clients: dict[str, Any] = {}
        self._calls: dict[str, asyncio.Task[Any]] = {}
        self._answers: dict[str, Any] = {}
        self._batchers: dict[str, Any] = {}
        self._refused: dict[str, list[dict[str, Any]]] = {}

    async def do(self, line: dict[str, Any]) -> dict[str, Any]:
        """What the line asks for. Raises PointsmanError, CancelledError, Unsupported."""
        operation = getattr(self, f"_{line['op']}", None)
        if operation is None:
            raise Unsupported(f"op {line['op']}")
        result: dict[str, Any] = await operation(_texts(line))
        return result

    async def close(self) -> None:
        """End what is open."""
        for client in self._clients.values():
            await self._side.close(client)

    async def _open(self, line: dict[str, Any]) -> dict[str, Any]:
        options = dict(line.get("options", {}))
        if "retry" in options:
            options["retry"] = RetryPolicy(**options["retry"])
        if "metadata" in options:
            options["metadata"] = [tuple(pair) for pair in options["metadata"]]
        if options.get("telemetry"):
            options["telemetry"] = TracerProvider()
        self._clients[line["client"]] = self._side.make(options)
        return {}

    async def _close(self, line: dict[str, Any]) -> dict[str, Any]:
        if line["client"] in self._clients:
            await self._side.close(self._clients[line["client"]])
        return {}

    async def _start(self, line: dict[str, Any]) -> dict[str, Any]:
        self._calls[line["call"]] = asyncio.ensure_future(self._call(line))
        return {}

    async def _await(self, line: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = await self._calls.pop(line["call"])
        return result

    async def _call(self, line: dict[str, Any]) -> dict[str, Any]:
        client, method = self._clients[line["client"]], line["method"]
        args, fields = _arguments(method, line)
        if method == "stream_complete":
            heard = await self._side.stream(client, args, fields, line.get("cancel_after"))
            self._keep(line, heard.stream.answer)
            return heard.told()
        name = "call" if method == "request" else method
        result = await self._side.unary(client, name, args, fields, line.get("cancel_after"))
        return self._told(line, method, result)

    def _told(self, line: dict[str, Any], method: str, result: Any) -> dict[str, Any]:
        match method:
            case "complete":
                self._keep(line, result)
                return told.answer_of(result)
            case "feedback_batch":
                return {"results": [_result(r) for r in result]}
            case "explain_episode":
                episode_id = result.episode.episode_id
                return {"episode_id": episode_id, "summary": result.summary, "moves": len(result.moves)}
            case "request":
                return {"message": MessageToDict(result)}
        return _RESULTS[method](result)

    def _keep(self, line: dict[str, Any], answer: Any) -> None:
        if "as" in line:
            self._answers[line["as"]] = answer

    async def _handle(self, line: dict[str, Any]) -> dict[str, Any]:
        args = [line["value"]] if "value" in line else []
        answer = self._answers[line["answer"]]
        return told.receipt_of(await self._side.handle(answer, line["do"], args, _options(line)))

    async def _batcher_open(self, line: dict[str, Any]) -> dict[str, Any]:
        name, refused = line["batcher"], []
        client = self._clients[line["client"]]
        self._batchers[name] = client.batcher(
            on_refused=lambda request, error: refused.append(
                {"episode_id": request.feedback.episode_id, "error": told.error_of(error)}
            ),
            **line.get("options", {}),
        )
        self._refused[name] = refused
        return {}

    async def _batcher_add(self, line: dict[str, Any]) -> dict[str, Any]:
        batcher, accepted, slowest_s = self._batchers[line["batcher"]], 0, 0.0
        for item in line["items"] * line.get("times", 1):
            fields = {name: value for name, value in item.items() if name != "episode_id"}
            begun = time.perf_counter()
            accepted += batcher.add(item["episode_id"], **fields)
            slowest_s = max(slowest_s, time.perf_counter() - begun)
        return {"accepted": accepted, "slowest_ms": slowest_s * 1e3}

    async def _batcher_flush(self, line: dict[str, Any]) -> dict[str, Any]:
        await self._side.settled(self._batchers[line["batcher"]].flush)
        return await self._batcher_stats(line)

    async def _batcher_close(self, line: dict[str, Any]) -> dict[str, Any]:
        await self._side.settled(self._batchers[line["batcher"]].close)
        return await self._batcher_stats(line)

    async def _batcher_stats(self, line: dict[str, Any]) -> dict[str, Any]:
        stats = dataclasses.asdict(self._batchers[line["batcher"]].stats())
        return {**stats, "refused": self._refused[line["batcher"]]}


def _arguments(method: str, line: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    args, options = dict(line.get("args", {})), _options(line)
    if method == "request":
        return [ParseDict(args["message"], getattr(v1, f"{args['rpc']}Request")())], options
    if method == "feedback_batch":
        return [[feedback_item(item) for item in args["items"]]], options
    if "failure" in args:
        args["failure"] = (args["failure"]["kind"], args["failure"]["message"])
    if "verdicts" in args:
        args["verdicts"] = [v1.Verdict(**verdict) for verdict in args["verdicts"]]
    return [args.pop(_FIRST[method])], {**args, **options}


def feedback_item(item: Mapping[str, Any]) -> v1.RecordFeedbackRequest:
    """A word of feedback, as a batch takes it."""
    fields = {name: value for name, value in item.items() if name != "request_id"}
    if "thumb" in fields:
        fields["thumb"] = f"THUMB_{fields['thumb'].upper()}"
    request = v1.RecordFeedbackRequest(feedback=v1.Feedback(**fields))
    if "request_id" in item:
        request.request_id = item["request_id"]
    return request


def _options(line: dict[str, Any]) -> dict[str, Any]:
    options = dict(line.get("options", {}))
    if "metadata" in options:
        options["metadata"] = [tuple(pair) for pair in options["metadata"]]
    return options


def _result(result: v1.FeedbackResult) -> dict[str, Any]:
    if result.HasField("error"):
        return {"error": told.error_of(error_of_status(result.error))}
    return {"receipt": told.receipt_of(result.receipt)}


def _texts(value: Any) -> Any:
    """With texts in place of their UTF-16 code units, halves of surrogate pairs among them."""
    if isinstance(value, dict):
        if value.keys() == {"$utf16"}:
            return b"".join(unit.to_bytes(2, "little") for unit in value["$utf16"]).decode("utf-16-le", "surrogatepass")
        return {key: _texts(v) for key, v in value.items()}
    return [_texts(v) for v in value] if isinstance(value, list) else value
