"""Records of a file, one after the other: JSON lines, a JSON list, JSON values in a row, CSV; gzipped or not.

At no time is more in memory than one record and a chunk. A place that cannot be read is told, and the rest is read on.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointsman_service.advice.foreign import BadText, parsed
from pointsman_service.advice.logged_call import Damaged
from pointsman_service.errors import ConfigurationError

LONGEST_RECORD = 64 * 2**20
"""Bytes of one record: a trace with all its calls, where a file is one JSON value."""
CHUNK = 2**18
_BUFFER = 2**18
_GZIP = b"\x1f\x8b"
_STRUCTURE = re.compile(r'\\.|\n[ \t]*\{|["{}\[\]\n]', re.DOTALL)
_UNFINISHED = re.compile(r"(?:(?<!\\)(?:\\\\){0,2000}\\|\n[ \t]{0,4000})\Z")
"""What may be the beginning of a mark that ends in the next piece: no more of it than anybody writes."""
_KEEPS_BYTES = "surrogateescape"
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Record:
    """One object of a file, and the line that it begins in."""

    line: int
    fields: Mapping[str, Any]


def records(path: Path) -> Iterator[Record | Damaged]:
    """All of them, in order. Raises ConfigurationError for a file that cannot be opened, or has nothing in it."""
    with _opened(path) as (stream, unpacked, beginning):
        form = _form(path, beginning)
        yield from _READERS[form](stream)
        if unpacked is not None and unpacked.is_cut:
            yield Damaged(0, "the file ends amid its compressed data: what came before was read")


class _Unpacked(io.RawIOBase):
    """Gzipped bytes, unpacked as far as they go."""

    def __init__(self, packed: io.BufferedReader) -> None:
        self._gzip = gzip.GzipFile(fileobj=packed)
        self.is_cut = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever has bytes
        try:
            read = self._gzip.read1(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self.is_cut, read = True, b""
        buffer[: len(read)] = read
        return len(read)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[io.BufferedReader, _Unpacked | None, bytes]]:
    try:
        file: Any = io.FileIO(path)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be opened ({error.strerror})") from error
    with io.BufferedReader(file, _BUFFER) as raw:
        unpacked = _Unpacked(raw) if raw.peek(2)[:2] == _GZIP else None
        if unpacked is None:
            yield raw, None, raw.peek(_BUFFER)
            return
        bytes_of: Any = unpacked
        with io.BufferedReader(bytes_of, _BUFFER) as stream:
            yield stream, unpacked, stream.peek(_BUFFER)


def _form(path: Path, beginning: bytes) -> str:
    """Whether the file is JSON "lines", JSON "values" (a list, or values over several lines), or "csv"."""
    if beginning[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in beginning:
        raise ConfigurationError(f"{path}: is no text in UTF-8; convert it")
    text = beginning.decode("utf-8-sig", "replace").lstrip()
    if not text:
        raise ConfigurationError(f"{path}: is empty")
    first = text.partition("\n")[0].strip()
    if text[0] == "[":
        return "values"
    if text[0] == "{":
        # Pretty-printed JSON breaks its first line after a bracket or a comma.
        return "values" if "\n" in text and first[-1] in "{[," else "lines"
    return "csv" if "," in first else "lines"


def _json_lines(stream: io.BufferedReader) -> Iterator[Record | Damaged]:
    number = 0
    while line := stream.readline(LONGEST_RECORD):
        number += 1
        if len(line) == LONGEST_RECORD and not line.endswith(b"\n"):
            while (rest := stream.readline(CHUNK)) and not rest.endswith(b"\n"):
                pass
            yield Damaged(number, f"is longer than {LONGEST_RECORD >> 20} MB")
        elif line.strip(b" \t\r\n\xef\xbb\xbf"):
            yield _record(number, line)


def _record(number: int, line: bytes) -> Record | Damaged:
    try:
        value = parsed(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        return Damaged(number, f"is not UTF-8 (byte {error.start + 1})")
    except BadText as error:
        return Damaged(number, str(error))
    return Record(number, value) if isinstance(value, Mapping) else Damaged(number, "is no JSON object")


def _json_values(stream: io.BufferedReader) -> Iterator[Record | Damaged]:
    """Objects of a list, or objects in a row: each is found by its brackets, so that a bad one harms few others."""
    decoder = io.TextIOWrapper(stream, "utf-8-sig", errors=_KEEPS_BYTES, newline="")
    objects = _Objects()
    while chunk := decoder.read(CHUNK):
        yield from objects.within(chunk)
    yield from objects.end()
    decoder.detach()


class _Objects:
    """Finds where objects begin and end; what stands between them (a list's bracket, commas) is passed over.

    Where one never ends, the next is looked for at the beginning of a line that is indented no further.
    """

    def __init__(self) -> None:
        self._line, self._begun, self._indent = 1, 0, -1
        self._depth, self._chars, self._in_text = 0, 0, False
        self._parts: list[str] = []
        self._carried, self._start = "", 0

    def within(self, chunk: str) -> Iterator[Record | Damaged]:
        """The objects that end in this piece of the file."""
        text = self._carried + chunk
        cut = _UNFINISHED.search(text)
        text, self._carried = (text[: cut.start()], text[cut.start() :]) if cut else (text, "")
        self._start = 0
        for mark in _STRUCTURE.finditer(text):
            found = self._meet(mark.group(), mark.start(), text)
            if found is not None:
                yield found
        if self._depth:
            self._keep(text[self._start :])

    def end(self) -> Iterator[Record | Damaged]:
        """What the file ends amid."""
        if self._depth:
            yield self._given_up()

    def _meet(self, mark: str, at: int, text: str) -> Record | Damaged | None:
        """What ends at a mark."""
        if mark[0] == "\n":
            return self._next_line(mark, at)
        if mark[0] == "\\":
            self._line += mark[-1] == "\n"
        elif mark == '"':
            self._in_text = self._depth > 0 and not self._in_text
        elif mark in "{[":
            if not self._in_text and (self._depth or mark == "{"):
                self._open(at, indent=-1)
        elif self._depth and not self._in_text:
            self._depth -= 1
            if not self._depth:
                self._keep(text[self._start : at + 1])
                return self._whole()
        return None

    def _next_line(self, mark: str, at: int) -> Damaged | None:
        """No JSON string goes on in the next line; and an object that begins there may be the next record."""
        self._line += 1
        self._in_text = False
        if mark[-1] != "{":
            return None
        indent = len(mark) - 2
        given_up = self._given_up() if self._depth and indent <= self._indent else None
        self._open(at + len(mark) - 1, indent)
        return given_up

    def _open(self, at: int, indent: int) -> None:
        if not self._depth:
            self._start, self._begun, self._indent = at, self._line, indent
        self._depth += 1

    def _keep(self, part: str) -> None:
        self._chars += len(part)
        if self._chars <= LONGEST_RECORD:
            self._parts.append(part)

    def _given_up(self) -> Damaged:
        self._depth, self._chars, self._in_text = 0, 0, False
        self._parts.clear()
        return Damaged(self._begun, "begins an object that does not end")

    def _whole(self) -> Record | Damaged:
        text, chars = "".join(self._parts), self._chars
        self._parts.clear()
        self._chars = 0
        if chars > LONGEST_RECORD:
            return Damaged(self._begun, f"is longer than {LONGEST_RECORD >> 20} MB; export it as JSON lines")
        if _ESCAPED_BYTE.search(text):
            return Damaged(self._begun, "is not UTF-8")
        try:
            return Record(self._begun, parsed(text))
        except BadText as error:
            return Damaged(self._begun, str(error))


def _csv_rows(stream: io.BufferedReader) -> Iterator[Record | Damaged]:
    csv.field_size_limit(LONGEST_RECORD)
    text = io.TextIOWrapper(stream, "utf-8-sig", errors=_KEEPS_BYTES, newline="")
    rows = csv.reader(text, strict=True)
    header: list[str] = []
    while True:
        begun = rows.line_num + 1
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield Damaged(begun, f"is not CSV ({error})")
            continue
        if cells is None:
            break
        if not cells:
            continue
        if not header:
            header = cells
        elif any(map(_ESCAPED_BYTE.search, cells)):
            yield Damaged(begun, "is not UTF-8")
        elif len(cells) != len(header):
            yield Damaged(begun, f"has {len(cells)} columns, the header {len(header)}")
        else:
            yield Record(begun, dict(zip(header, cells, strict=True)))
    text.detach()


_READERS: Mapping[str, Callable[[io.BufferedReader], Iterator[Record | Damaged]]] = {
    "lines": _json_lines,
    "values": _json_values,
    "csv": _csv_rows,
}
