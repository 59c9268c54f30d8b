"""How long a provider asks to be left alone: said in headers, in the body, or in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

EPOCH_S = 1e9
"""Above this a number of seconds is a date (since 1970), not a pause; above its thousandfold, in milliseconds."""

LONGEST_S = 7 * 86_400.0
"""A longer pause is not believed: the clocks differ, or it is not in the unit it seems to be in."""

_UNITS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_PIECE = re.compile(
    r"(\d+(?:\.\d+)?)\s*(ms|milliseconds?|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)?(?![a-z])"
)
_IN_WORDS = re.compile(
    r"(?:try again|retry|retry[- ]after|wait|available again|resets?)\s*(?:in|after|for|:)?\s*(?:about\s*)?"
    r"((?:\d+(?:\.\d+)?\s*(?:ms|milliseconds?|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?)(?![a-z])\s*)+)",
)
_READ_CHARS = 2000  # of a message: the hint is near its beginning


def retry_after_of(headers: Mapping[str, str], payload: object, now: float) -> float | None:
    """Seconds until the provider may be asked again, None where it does not say.

    headers: of the response, in any case. payload: its body, parsed where it is JSON. now: seconds since 1970.

    >>> retry_after_of({"Retry-After": "2"}, None, 0.0), retry_after_of({"retry-after-ms": "1500"}, None, 0.0)
    (2.0, 1.5)
    >>> retry_after_of({}, {"error": {"message": "Please try again in 1m2.5s. Visit ..."}}, 0.0)
    62.5
    """
    named = {str(name).lower(): str(value) for name, value in headers.items()}
    return next((s for s in _hints(named, payload, now) if s is not None and s <= LONGEST_S), None)


def _hints(named: Mapping[str, str], payload: object, now: float) -> Iterator[float | None]:
    milliseconds = _number(named.get("retry-after-ms"))
    yield None if milliseconds is None else max(0.0, milliseconds / 1e3)
    yield _pause(named.get("retry-after"), now)
    yield from (_pause(value, now) for value in _stated(payload))
    yield _of_used_up_limit(named, now)
    yield _pause(named.get("x-ratelimit-reset"), now)
    yield _in_words(payload)


def _of_used_up_limit(named: Mapping[str, str], now: float) -> float | None:
    """OpenAI and Anthropic tell when each limit resets; the pause is that of the limit that is used up."""
    pauses = []
    for kind in ("requests", "tokens", "input-tokens", "output-tokens"):
        for left, reset in (
            (f"x-ratelimit-remaining-{kind}", f"x-ratelimit-reset-{kind}"),
            (f"anthropic-ratelimit-{kind}-remaining", f"anthropic-ratelimit-{kind}-reset"),
        ):
            if _number(named.get(left)) == 0.0 and (pause := _pause(named.get(reset), now)) is not None:
                pauses.append(pause)
    return max(pauses, default=None)


def _stated(payload: object) -> Iterator[object]:
    """What a body says in fields: `retry_after`, OpenRouter's headers of the provider, Google's RetryInfo."""
    places = [payload, *_children(payload, "error")]
    for place in (*places, *(child for p in places for child in _children(p, "metadata"))):
        if isinstance(place, Mapping):
            yield from (place[key] for key in ("retry_after", "retry_after_seconds", "retryAfter") if key in place)
            passed_on = place.get("headers")
            if isinstance(passed_on, Mapping):
                by_name = {str(name).lower(): value for name, value in passed_on.items()}
                yield from (by_name[key] for key in ("retry-after", "x-ratelimit-reset") if key in by_name)
            details = place.get("details")
            for detail in details[:20] if isinstance(details, list) else ():
                if isinstance(detail, Mapping) and "retryDelay" in detail:
                    yield detail["retryDelay"]


def _children(value: object, key: str) -> Iterator[Any]:
    if isinstance(value, Mapping) and key in value:
        yield value[key]


def _in_words(payload: object) -> float | None:
    error = payload.get("error", payload) if isinstance(payload, Mapping) else payload
    message = error.get("message") if isinstance(error, Mapping) else error
    found = _IN_WORDS.search(" ".join(message[:_READ_CHARS].lower().split())) if isinstance(message, str) else None
    return _duration(found[1]) if found else None


def _pause(value: object, now: float) -> float | None:
    """Seconds from: a number of them, "6m0s", a date in seconds or milliseconds, an HTTP or an ISO date."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    number = _number(value)
    if number is not None:
        if number >= EPOCH_S * 1e3:
            return max(0.0, number / 1e3 - now)
        return max(0.0, number - now if number >= EPOCH_S else number)
    text = str(value).strip()
    return _duration(text.lower()) if text[:1].isdigit() and not _iso(text) else _until(text, now)


def _number(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and abs(number) < float("inf") else None


def _duration(text: str) -> float | None:
    """Seconds of "1m2.5s", "250ms", "20 seconds"."""
    pieces = _PIECE.findall(text)
    if not pieces or _PIECE.sub("", text).strip(" ,.;"):
        return None
    return sum(
        float(number) * _UNITS["ms" if unit.startswith(("ms", "mil")) else (unit[:1] or "s")] for number, unit in pieces
    )


def _iso(text: str) -> bool:
    return bool(re.match(r"\d{4}-\d\d-\d\d", text))


def _until(text: str, now: float) -> float | None:
    try:
        date = datetime.fromisoformat(text) if _iso(text) else parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)
