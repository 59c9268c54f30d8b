"""GET /openapi.json: what there is, in OpenAPI 3.1. Bodies of OpenAI's and Anthropic's form are theirs to describe."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from pointsman_service.domain.request_limits import MAX_COMMENT
from pointsman_service.http.savings import PARAMETERS

_TEXT, _NUMBER, _SHARE = {"type": "string"}, {"type": "number"}, {"type": "number", "minimum": 0, "maximum": 1}
_TEXTS = {"type": "array", "items": _TEXT}
_EXTENSION = {
    "type": "object",
    "additionalProperties": False,
    "description": "What is ours in a request; x-pointsman-* headers say the same words.",
    "properties": {
        "dial": {**_SHARE, "description": "0 is the cheapest acceptable answer, 1 the best"},
        "cost_weight": {**_NUMBER, "description": "utility per dollar, instead of a dial"},
        "latency_weight": {**_NUMBER, "description": "utility per second"},
        "max_cost_usd": {**_NUMBER, "description": "of all calls and judges together"},
        "max_latency_ms": _NUMBER,
        "min_quality": {**_SHARE, "description": "a floor on the predicted quality"},
        "models": {**_TEXTS, "description": "that may be called"},
        "require_tags": _TEXTS,
        "session_id": {**_TEXT, "description": "a session keeps its model unless another gains more"},
        "end_user_id": _TEXT,
        "request_id": {**_TEXT, "description": "the same id again gets the first answer again"},
        "task": _TEXT,
        "domain": _TEXT,
        "language": _TEXT,
        "labels": {"type": "object", "additionalProperties": _TEXT},
        "metadata": {"type": "object", "additionalProperties": _TEXT, "description": "the same as labels"},
        "single_call": {"type": "boolean", "description": "the first model's answer is taken"},
        "include_predictions": {"type": "boolean"},
        "stream_mode": {"enum": ["settled"]},
    },
}
_FEEDBACK = {
    "type": "object",
    "additionalProperties": False,
    "description": "One of episode_id, id (of a completion, response or message), session_id; and one signal.",
    "properties": {
        "episode_id": _TEXT,
        "id": _TEXT,
        "session_id": _TEXT,
        "thumb": {"enum": ["up", "down"]},
        "rating": {"type": "number", "minimum": 1, "maximum": 5},
        "score": _SHARE,
        "correction": {**_TEXT, "description": "the text of the right answer"},
        "comment": {
            **_TEXT,
            "minLength": 1,
            "maxLength": MAX_COMMENT,
            "description": "beside a signal, of one answer: for people who read, never learnt from",
        },
        "model": _TEXT,
        "end_user_id": _TEXT,
        "user": _TEXT,
        "request_id": _TEXT,
    },
}


def described(paths: Mapping[tuple[str, str], str | None]) -> dict[str, Any]:
    """The whole description. paths: by method and path, the role that a caller needs, None for none."""
    told: dict[str, dict[str, Any]] = {}
    for (method, path), role in paths.items():
        shown = f"{path}{{model}}" if path.endswith("/") else path
        told.setdefault(shown, {})[method.lower()] = _operation(method, path, role)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pointsman", "version": version("pointsman")},
        "paths": told,
        "components": {
            "schemas": {"Pointsman": _EXTENSION, "Feedback": _FEEDBACK, "Error": _error()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            },
        },
    }


_SUMMARIES = {
    "/v1/chat/completions": "OpenAI's chat completions",
    "/v1/responses": "OpenAI's responses: text and functions",
    "/v1/messages": "Anthropic's messages",
    "/v1/embeddings": "OpenAI's embeddings, passed through",
    "/v1/feedback": "What a user says of an answer, or of a session",
    "/v1/savings": "What was spent and how good it was, against another policy",
    "/v1/models": "What `model` may say",
    "/v1/models/": "One of them",
    "/healthz": "Whether the process answers",
    "/readyz": "Whether calls should be sent here",
    "/metrics": "Prometheus's text",
    "/openapi.json": "This description",
}


def _operation(method: str, path: str, role: str | None) -> dict[str, Any]:
    refused = {"description": "Refused", "content": {"application/json": {"schema": _ref("Error")}}}
    operation: dict[str, Any] = {
        "summary": _SUMMARIES[path],
        "responses": {"200": {"description": "As asked"}, "default": refused},
        "security": [] if role is None else [{"bearer": []}, {"key": []}],
    }
    if role is not None:
        operation["description"] = f"Needs the role `{role}` where keys are asked for."
    if path.endswith("/"):
        operation["parameters"] = [{"name": "model", "in": "path", "required": True, "schema": _TEXT}]
    if path == "/v1/savings":
        operation["parameters"] = [
            {"name": name, "in": "query", "schema": _TEXT, "description": what} for name, what in PARAMETERS.items()
        ]
    if method == "POST":
        schema = _ref("Feedback") if path == "/v1/feedback" else _asked(path)
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _asked(path: str) -> dict[str, Any]:
    model = {**_TEXT, "description": '"pointsman", "pointsman:DIAL", or the name of a configured model'}
    if path == "/v1/embeddings":
        return {"type": "object", "required": ["model", "input"], "properties": {"model": _TEXT, "input": {}}}
    return {
        "type": "object",
        "required": ["model"],
        "properties": {"model": model, "stream": {"type": "boolean"}, "pointsman": _ref("Pointsman")},
    }


def _error() -> dict[str, Any]:
    nullable = {"type": ["string", "null"]}
    told = {"message": _TEXT, "type": _TEXT, "param": nullable, "code": nullable, "pointsman": {"type": "object"}}
    return {"type": "object", "properties": {"error": {"type": "object", "properties": told}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
