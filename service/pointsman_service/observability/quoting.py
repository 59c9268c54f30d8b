"""What log lines may quote: everything, or, where texts may not be kept (`store_prompts`), nothing that anybody said.

An exception's message can hold a piece of a prompt or of an answer; its class and its frames, which are code, cannot.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any

from pointsman_service.domain.withheld import WITHHELD

QUOTING = ("LiteLLM", "openai", "httpx", "httpcore")
"""Loggers of libraries that quote prompts and answers."""


class _InUse:
    """Whether this process may write words into its log: lines have no other way to learn of it."""

    words = True


def keep_words(kept: bool) -> None:
    """From now on, lines of this process's log may, or may not, quote."""
    _InUse.words = kept


def words_kept() -> bool:
    """Whether they may."""
    return _InUse.words


def without_quotes(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The processor for structlog: an exception's frames and class, without what it says."""
    if not _InUse.words and (error := _error_in(event.get("exc_info"))) is not None:
        del event["exc_info"]
        event["exception"] = frames_of(error)
    return event


def frames_of(error: BaseException) -> str:
    """Where it came from and what class it has: all of a traceback but the words.

    >>> try:
    ...     int("a secret")
    ... except ValueError as e:
    ...     "secret" in frames_of(e).splitlines()[-1], frames_of(e).splitlines()[-1].split(":")[0]
    (False, 'ValueError')
    """
    return "\n".join(_frames(error, set()))


def _frames(error: BaseException, seen: set[int]) -> Iterator[str]:
    if id(error) in seen:
        return
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _frames(before, seen)
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    for each in inner:
        yield from _frames(each, seen)
    yield from (f"  {f.filename}:{f.lineno} in {f.name}" for f in traceback.extract_tb(error.__traceback__))
    yield f"{type(error).__qualname__}: {WITHHELD}"


def _error_in(exc_info: object) -> BaseException | None:
    """Of the forms that logging takes: an exception, sys.exc_info()'s three, or True for the one that is handled."""
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1]
    elif exc_info is True:
        exc_info = sys.exc_info()[1]
    return exc_info if isinstance(exc_info, BaseException) else None
