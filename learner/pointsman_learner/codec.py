"""Values as the log holds them, and back: the one codec of events, snapshots' facts and checkpoints' heads.

The text is JSON, which SQL reads with json_extract. A field that has its default is left out (floats excepted, unless
it is the default itself); predictions, actions and alternatives are arrays without names; arrays of numbers, which only
a context has, are as `vectors` says.

Measured on one core, an episode of one step over nine models: bytes, and microseconds to write and to read.

  msgspec structs as JSON                      2,304     17     19; reading back what is written, 23 more
  the same as msgpack, arrays in float16       2,112      4      8; SQL reads none of it
  dataclasses by msgspec as JSON               3,712     22     24; and a microsecond to make each, not a tenth
  dictionaries by hand, json, before           3,456     66     64; without constraints and actions

EVERY FORMAT IS READ FOR EVER, from release 0.2.0 on: no field of an event is renamed, removed or given another meaning;
one that is added has a default, under which old events read as they were meant; those of `array_like` structs are added
at the end, with a default.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar, get_origin

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from pointsman_learner.events import EpisodeRecorded, Event
from pointsman_learner.vectors import packed, unpacked

T = TypeVar("T")


class NoJson(ValueError):  # noqa: N818 - named for the fact
    """The text is damaged: it is no JSON at all, of whatever version."""


def encode(event: Event) -> str:
    """An event as the log holds it. Raises ValueError where it could not be read back: here, and not in the learner.

    >>> from pointsman_learner.events import BudgetPut
    >>> encode(BudgetPut(0.5, "acme", 3.0))
    '{"kind":"budget","at":0.5,"tenant":"acme","usd_per_thousand":3.0}'
    """
    text = _text(_said_once(event) if isinstance(event, EpisodeRecorded) else event)
    again = _decoded(_ALL_BUT_ARRAYS, text)
    if isinstance(again, EpisodeRecorded) and isinstance(event, EpisodeRecorded):
        again = replace(again, context=event.context)  # arrays have no one equality
    if again != event:
        _strictly(event)  # a list for a tuple is as good; what is no number is not
    return text


def decode(text: str | bytes) -> Event:
    """The event that `encode` was given. Raises NoJson, or ValueError where it is none, as of a kind not known here."""
    return _decoded(_EVENTS, text)


def _decoded(by: msgspec.json.Decoder[Event], text: str | bytes) -> Event:
    try:
        event = by.decode(text)
    except msgspec.ValidationError as e:
        raise ValueError(f"no event: {e}") from e
    except msgspec.DecodeError as e:
        raise NoJson(f"no event: {e}") from e
    if isinstance(event, EpisodeRecorded) and event.decision.feature_version is None:
        return replace(event, decision=replace(event.decision, feature_version=event.context.feature_version))
    return event


def to_json(value: object) -> str:
    """A value as JSON. Raises ValueError where a number is not finite or something is no JSON type.

    A lone surrogate, which a provider's text may hold and no database takes, becomes a question mark.
    """
    text = _text(value)
    if "null" in text:
        _strictly(value)  # msgspec writes null for what is no number: raise instead
    return text


def from_json(text: str | bytes, of: type[T]) -> T:
    """A value of the given type. Raises ValueError where the text is none."""
    try:
        return msgspec.json.decode(text, type=of, dec_hook=_read)
    except msgspec.MsgspecError as e:
        raise ValueError(f"no {of.__name__}: {e}") from e


def to_builtins(value: object) -> Any:  # noqa: ANN401 - JSON
    """A value as dicts, lists, texts and numbers, as the log has it."""
    return msgspec.to_builtins(value, enc_hook=_written)


def _said_once(event: EpisodeRecorded) -> EpisodeRecorded:
    """Without the feature version that the context says, too."""
    if event.decision.feature_version != event.context.feature_version:
        return event
    return replace(event, decision=replace(event.decision, feature_version=None))


def _text(value: object) -> str:
    try:
        return _ENCODER.encode(value).decode()
    except UnicodeEncodeError:
        return _strictly(value)
    except (TypeError, NotImplementedError) as e:
        raise ValueError(f"{type(value).__name__} cannot be logged as JSON: {e}") from e


def _strictly(value: object) -> str:
    """The same by the standard library, which raises ValueError for what is no number, and mends surrogates."""
    try:
        text = json.dumps(to_builtins(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as e:
        raise ValueError(f"{type(value).__name__} cannot be logged as JSON: {e}") from e
    return text.encode("utf-8", "replace").decode()


def _written(value: object) -> object:
    if isinstance(value, np.ndarray) and value.dtype == np.float32 and value.ndim == 1:
        return packed(value)
    if isinstance(value, np.floating):
        return float(value)
    raise NotImplementedError(f"{type(value).__name__} is no JSON type")


def _read(of: type, value: object) -> object:
    if get_origin(of) is not np.ndarray or not isinstance(value, str):
        raise NotImplementedError(f"{of} is not written so")
    return unpacked(value)


_ENCODER = msgspec.json.Encoder(enc_hook=_written)
_EVENTS: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event, dec_hook=_read)
_NOTHING: NDArray[np.float32] = np.zeros(0, np.float32)
_ALL_BUT_ARRAYS: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event, dec_hook=lambda _of, _value: _NOTHING)
"""The same, with nothing for an array: what `_written` packs can be unpacked, and is not tried again at every event."""
