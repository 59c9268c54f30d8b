"""A model's tool calls, made well-typed, from their pieces: a whole message is one of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pointsman_service.chat.call_errors import garbage
from pointsman_service.domain import ToolCallDelta, strict_json
from pointsman_service.domain.well_formed import TextJoiner, well_formed


@dataclass(slots=True)
class _Call:
    """One call as far as it has come. number: among those that were told of, None before its name came."""

    call_id: str | None = None
    name: str = ""
    arguments: str = ""
    number: int | None = None
    joiner: TextJoiner = field(default_factory=TextJoiner)

    @property
    def is_whole(self) -> bool:
        """Whether its arguments are a JSON document: nothing can follow."""
        try:
            json.loads(self.arguments)
        except (ValueError, RecursionError):
            return False
        return True

    def as_openai(self) -> dict[str, Any]:
        """In OpenAI's form."""
        call: dict[str, Any] = {"type": "function", "function": {"name": self.name, "arguments": self.arguments}}
        return call if self.call_id is None else {**call, "id": self.call_id}


class ToolCallPieces:
    """Folds the pieces of tool calls into whole ones, numbered in the order in which their names came.

    >>> pieces = ToolCallPieces()
    >>> pieces.add([{"index": 0, "id": "t1", "function": {"name": "look", "arguments": "{"}}])
    [ToolCallDelta(index=0, arguments='{', id='t1', function='look')]
    >>> pieces.add([{"index": 0, "function": {"arguments": "}"}}])
    [ToolCallDelta(index=0, arguments='}', id=None, function=None)]
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._at: dict[int | str, _Call] = {}
        self._told = 0

    def add(self, deltas: object) -> list[ToolCallDelta]:
        """Take in a chunk's `tool_calls`, whatever it is, and return what it adds."""
        read = [delta for delta in _listed(deltas) if isinstance(delta, Mapping) and _is_function(delta)]
        added = [self._add(delta) for delta in read]
        return [delta for delta in added if delta is not None]

    def end(self) -> list[ToolCallDelta]:
        """What was still held of them. Raises ModelCallError: garbage, where a call never said what it calls."""
        told: list[ToolCallDelta] = []
        for call in self._calls:
            rest = call.joiner.end()
            call.arguments += rest
            if call.number is not None and rest:
                told.append(ToolCallDelta(call.number, rest))
            elif call.number is None and call.arguments:
                raise garbage("a tool call has no function name", call.arguments)
        return told

    def calls(self) -> tuple[Mapping[str, Any], ...]:
        """The calls as far as they have come; those without a name are none."""
        named = [call for call in self._calls if call.number is not None]
        return tuple(call.as_openai() for call in sorted(named, key=lambda call: call.number or 0))

    def _add(self, delta: Mapping[str, Any]) -> ToolCallDelta | None:
        call_id, function = _id_of(delta), delta["function"]
        name, given = _name_of(function), _arguments(function.get("arguments"))
        call = self._call(_key_of(delta.get("index")), call_id, name, goes_on=not given)
        new_id = call_id if call.call_id is None else None
        call.call_id = call.call_id or new_id
        # Some providers repeat the name with every piece, none splits it.
        call.name = call.name or name
        arguments = call.joiner.add(given)
        call.arguments += arguments
        if call.number is not None:
            return ToolCallDelta(call.number, arguments, new_id)
        if not call.name:
            return None  # whoever is told of a call is told first what it calls
        call.number, self._told = self._told, self._told + 1
        return ToolCallDelta(call.number, call.arguments, call.call_id, call.name)

    def _call(self, key: int | str | None, call_id: str | None, name: str, *, goes_on: bool) -> _Call:
        """The call that this is a piece of: that at its index, else the last, unless it is told to be another."""
        known = self._at.get(key) if key is not None else (self._calls[-1] if self._calls else None)
        if known is None or _is_another(known, call_id, name, goes_on=goes_on or key is not None):
            known = _Call()
            self._calls.append(known)
        if key is not None:
            self._at[key] = known
        return known


def _is_another(known: _Call, call_id: str | None, name: str, *, goes_on: bool) -> bool:
    # Some providers give every call the index 0, or none: an id of its own tells it apart, or that it says once more
    # what it calls after the one before was whole. With every piece they repeat the name only beside an index.
    if call_id is not None and known.call_id is not None:
        return call_id != known.call_id
    return bool(name and known.name) and (name != known.name or (not goes_on and known.is_whole))


def _listed(calls: object) -> list[Any]:
    return calls if isinstance(calls, list) else [calls]


def _is_function(delta: Mapping[str, Any]) -> bool:
    return isinstance(delta.get("function"), Mapping)


def _key_of(index: object) -> int | str | None:
    """What tells the calls of a stream apart: OpenAI's number; some send it as a text, a float, or a word."""
    if isinstance(index, bool) or not isinstance(index, int | float | str):
        return None
    try:
        return int(index)
    except (ValueError, OverflowError):
        return str(index)


def _id_of(delta: Mapping[str, Any]) -> str | None:
    found = delta.get("id")
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return well_formed(found) if isinstance(found, str) and found else None


def _name_of(function: Mapping[str, Any]) -> str:
    name = function.get("name")
    return well_formed(name) if isinstance(name, str) else ""


def _arguments(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    try:
        # llama.cpp and others hand back parsed arguments.
        return strict_json.dumps(value)
    except RecursionError as error:
        raise garbage("the arguments of a tool call are nested too deeply", None) from error
