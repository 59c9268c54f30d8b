"""A model's tool calls, made well-typed: whole, or from the pieces of a stream."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pointsman_service.domain import ToolCallDelta


def read_tool_calls(calls: object) -> tuple[Mapping[str, Any], ...]:
    """The calls of a whole message, as OpenAI has them. What is not a function call is left out.

    >>> read_tool_calls([{"id": "t1", "function": {"name": "look", "arguments": {"at": "cat"}}}, None])
    ({'type': 'function', 'function': {'name': 'look', 'arguments': '{"at": "cat"}'}, 'id': 't1'},)
    """
    pieces = ToolCallPieces()
    for index, call in enumerate(calls if isinstance(calls, list) else ()):
        if isinstance(call, Mapping):
            pieces.add([{**call, "index": index}])
    return pieces.calls()


class ToolCallPieces:
    """Folds the pieces of tool calls into whole ones, numbered in the order of their first pieces.

    >>> pieces = ToolCallPieces()
    >>> pieces.add([{"index": 0, "id": "t1", "function": {"name": "look", "arguments": "{"}}])
    [ToolCallDelta(index=0, arguments='{', id='t1', function='look')]
    >>> pieces.add([{"index": 0, "function": {"arguments": "}"}}])
    [ToolCallDelta(index=0, arguments='}', id=None, function=None)]
    """

    def __init__(self) -> None:
        self._calls: list[dict[str, Any]] = []
        self._number_of: dict[int, int] = {}

    def add(self, deltas: object) -> list[ToolCallDelta]:
        """Take in a chunk's `tool_calls`, whatever it is, and return what it adds."""
        read = deltas if isinstance(deltas, list) else ()
        return [self._add(delta) for delta in read if isinstance(delta, Mapping) and _is_function(delta)]

    def calls(self) -> tuple[Mapping[str, Any], ...]:
        """The calls as far as they have come."""
        return tuple(self._calls)

    def _add(self, delta: Mapping[str, Any]) -> ToolCallDelta:
        call_id, function = _id_of(delta), delta["function"]
        number = self._number(delta.get("index"), call_id)
        call = self._calls[number]
        new_id = call_id if "id" not in call else None
        if new_id is not None:
            call["id"] = new_id
        # Some providers repeat the name with every piece, none splits it.
        name = function.get("name") if not call["function"]["name"] else None
        new_name = name if isinstance(name, str) and name else None
        call["function"]["name"] += new_name or ""
        arguments = _arguments(function.get("arguments"))
        call["function"]["arguments"] += arguments
        return ToolCallDelta(number, arguments, new_id, new_name)

    def _number(self, index: object, call_id: str | None) -> int:
        key = index if isinstance(index, int) else 0
        number = self._number_of.get(key)
        # Some providers give every call the index 0: an id of its own tells it apart.
        if number is None or (call_id is not None and self._calls[number].get("id", call_id) != call_id):
            number = self._number_of[key] = len(self._calls)
            self._calls.append({"type": "function", "function": {"name": "", "arguments": ""}})
        return number


def _is_function(delta: Mapping[str, Any]) -> bool:
    return isinstance(delta.get("function"), Mapping)


def _id_of(delta: Mapping[str, Any]) -> str | None:
    found = delta.get("id")
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found if isinstance(found, str) and found else None


def _arguments(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    # llama.cpp and others hand back parsed arguments.
    return json.dumps(value, ensure_ascii=False)
