"""Server-sent events from bytes as they come, by the rules of WHATWG, more lenient where providers are sloppy.

Lines end in LF, CR or CRLF, wherever the pieces are cut; a byte order mark at the start and comments are no content;
data of several lines is one text. UTF-8 that is none becomes U+FFFD. Unlike in a browser, an event counts that the end
of the stream finishes instead of a blank line.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

FIELDS = ("data", "event", "id", "retry")
"""The fields that events have, of which `id` and `retry` are for reconnecting, which nobody does here."""


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """data: its lines, joined. name: of the event, "" where it has none."""

    data: str
    name: str = ""


class EventParser:
    r"""Takes bytes in pieces and gives the events that they complete.

    >>> parser = EventParser()
    >>> parser.feed(b"event: error\r\nda"), parser.feed(b"ta: over\r\rdata: next")
    ([], [ServerSentEvent(data='over', name='error')])
    >>> parser.end()
    [ServerSentEvent(data='next', name='')]
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line: list[str] = []
        self._began = self._after_cr = False
        self._data: list[str] = []
        self._name = ""

    def feed(self, piece: bytes) -> list[ServerSentEvent]:
        """The events that are whole now."""
        return list(self._events(self._decoder.decode(piece)))

    def end(self) -> list[ServerSentEvent]:
        """The event that nothing but the end of the stream finishes, if there is one."""
        last = list(self._events(self._decoder.decode(b"", final=True)))
        self._field("".join(self._line))
        self._line.clear()
        return [*last, *self._finished()]

    def _events(self, text: str) -> Iterator[ServerSentEvent]:
        for line in self._lines(text):
            if line:
                self._field(line)
            else:
                yield from self._finished()

    def _lines(self, text: str) -> Iterator[str]:
        """The lines that are whole now. Not by splitlines, which knows ends of line that are content here."""
        if text and not self._began:
            self._began, text = True, text.removeprefix("\ufeff")
        if text and self._after_cr:
            # The LF of a CRLF that was cut in two ends no line of its own.
            self._after_cr, text = False, text.removeprefix("\n")
        self._after_cr = text.endswith("\r") or (self._after_cr and not text)
        *whole, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in whole:
            yield "".join((*self._line, line))
            self._line.clear()
        if rest:
            self._line.append(rest)

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value

    def _finished(self) -> Iterator[ServerSentEvent]:
        data, name = self._data, self._name
        self._data, self._name = [], ""
        if data:
            yield ServerSentEvent("\n".join(data), name)
