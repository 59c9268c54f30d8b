"""Reads the body of a response of status 200 while it comes: events or JSON, whichever was asked for. No I/O.

What counts is what came: providers send events where JSON was asked for, and the reverse, and name either as they like.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from typing import Final

from pointsman_service.chat.call_errors import error_of_payload, garbage
from pointsman_service.chat.completion import Completion, StreamedCompletion
from pointsman_service.chat.provider_json import parse_json
from pointsman_service.chat.server_sent_events import FIELDS, EventParser, ServerSentEvent
from pointsman_service.domain import AnswerDelta
from pointsman_service.errors import ModelCallError

MAX_RESPONSE_BYTES = 32 * 2**20
"""Beyond this a response is garbage; the longest answers of today's models are a hundredth of it."""

DONE: Final = "[DONE]"
_EVENTS: Final = (b":", *(f"{field}:".encode() for field in FIELDS))
_SHOWN: Final = 200


class AnswerReader:
    r"""Takes the body in pieces, gives what they add to the answer, and the whole at the end.

    >>> reader = AnswerReader()
    >>> reader.feed(b'data: {"choices": [{"delta": {"content": "42"}, "finish_reason": "stop"}]}\n\n')
    [TextDelta(text='42')]
    >>> reader.has_finished, reader.is_done, reader.end(), reader.completion().text
    (True, False, [], '42')
    """

    def __init__(self, most_bytes: int = MAX_RESPONSE_BYTES, *, thinks_unsaid: bool = False) -> None:
        self._most, self._size = most_bytes, 0
        self._held = bytearray()
        self._events: EventParser | None = None
        self._answer = StreamedCompletion(thinks_unsaid=thinks_unsaid)
        self._heard = False
        self._is_whole = False
        self.is_done = False

    @property
    def has_finished(self) -> bool:
        """Whether the answer is whole, so that whatever becomes of the connection cannot take it back."""
        return self.is_done or self._answer.said_why

    @property
    def thought_unsaid(self) -> bool:
        """Whether the model thought before a mark that was never opened."""
        return self._answer.thought_unsaid

    @property
    def is_counted(self) -> bool:
        """Whether its tokens were counted, so that there is nothing left to wait for."""
        return self._answer.is_counted

    def feed(self, piece: bytes) -> list[AnswerDelta]:
        """What the piece adds. Raises ModelCallError: garbage, or the error that the provider sent."""
        self._size += len(piece)
        if self._size > self._most:
            raise garbage(f"the response is longer than {self._most} bytes", None)
        if self._events is None:
            self._held += piece
            if not _are_events(self._held):
                return []
            self._events, piece = EventParser(), bytes(self._held)
            self._held.clear()
        return self._take(self._events.feed(piece))

    def end(self) -> list[AnswerDelta]:
        """What the end of the body adds. Raises as `feed`."""
        if self._events is not None:
            return [*self._take(self._events.end()), *self._answer.end()]
        payload, self._is_whole = _json(bytes(self._held)), True
        return [*self._answer.add_whole(payload), *self._answer.end()]

    def completion(self) -> Completion:
        """The whole, after its `end`. Raises ModelCallError(unavailable) where it broke off before that."""
        if self._is_whole:
            return self._answer.completion()
        if not self._heard:
            raise garbage("the stream ended before the answer began", None, kind="unavailable")
        # Gateways say [DONE] after an answer that was cut, too; a provider that has counted it has finished it.
        if not self._answer.said_why and not (self.is_done and self._answer.is_counted):
            raise garbage("the stream ended before the answer did", None, kind="unavailable")
        return self._answer.completion()

    def _take(self, events: Iterable[ServerSentEvent]) -> list[AnswerDelta]:
        found: list[AnswerDelta] = []
        for event in events:
            if self.is_done:
                break
            try:
                found += self._read(event)
            except ModelCallError:
                if not self._answer.is_past_its_end:
                    raise
                self.is_done = True  # what was whole before is not taken back
        return found

    def _read(self, event: ServerSentEvent) -> list[AnswerDelta]:
        if event.name == "error":
            raise _said_by_event(event.data)
        found: list[AnswerDelta] = []
        for data in _documents(event.data):
            if data.strip('"').upper() == DONE:
                self.is_done = True
            # Some keep the connection alive with data that is a word.
            elif data.startswith(("{", "[")):
                found += self._answer.add(_json(data))
                self._heard = True
        return found


def _documents(data: str) -> list[str]:
    """What an event says: one document over all its lines, or, of servers that leave out blank lines, one in each."""
    whole = data.strip()
    lines = [line.strip() for line in whole.split("\n")]
    if len(lines) == 1:
        return lines
    try:
        parse_json(whole)
    except ValueError:
        return lines
    return [whole]


def _are_events(begun: bytearray) -> bool:
    start = bytes(begun[:_SHOWN]).removeprefix(codecs.BOM_UTF8).lstrip()
    return start.startswith(_EVENTS)


def _json(raw: bytes | str) -> object:
    try:
        return parse_json(raw)
    except ValueError as error:
        shown = raw[:_SHOWN].decode(errors="replace") if isinstance(raw, bytes) else raw[:_SHOWN]
        if not shown.strip():
            raise garbage("the response is empty", None) from error
        raise garbage(f"the response is not JSON ({error})", shown) from error


def _said_by_event(data: str) -> ModelCallError:
    try:
        said = parse_json(data)
    except ValueError:
        said = data.strip()
    told = said if isinstance(said, dict) and said.get("error") else {"error": said or "no reason given"}
    return error_of_payload(told)
