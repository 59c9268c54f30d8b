"""Keys are taken out of every text that a provider had a hand in, before anybody sees or stores it.

A provider may say a key again: plain, in a header or an address it quotes, in JSON, in base64. So each key is looked
for in every form it is likely to take, and by its beginning, since texts are cut.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from pointsman_service.domain.spelled_keys import SpelledKey, spans

REDACTED = "[key]"

SHORTEST = 8
"""Characters of the shortest key that is looked for: what is shorter is no secret, and may be a word of any answer."""

HEAD = 12
"""Characters by which a key is known where the rest of it is missing: more than "sk-ant-" or "sk-proj-" have."""

TAIL = 4
"""Characters of a key's beginning that are taken out at the end of a text that was cut within the key."""

OWN_MARK = "pm_"
_OWN = re.compile(r"pm_[0-9a-f]{12}_[0-9a-f]{8,}", re.IGNORECASE)
"""API keys of this service, cut ones too; no table has them, since only their hashes are kept."""

_NAMES_OF_SECRETS = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)(_ID)?$", re.IGNORECASE)
_CREDENTIALS_IN_URL = re.compile(r"^[a-z][a-z0-9+.-]*://([^/@\s]+)@", re.IGNORECASE)


class Redactor:
    """Knows the keys in use. Grows as they are used; never forgets one, since a text may come late.

    >>> redactor = Redactor({"SOME_API_KEY": "sk-live-0123456789"})
    >>> redactor.text("Invalid token: Bearer sk-live-0123456789.")
    'Invalid token: Bearer [key].'
    >>> redactor.text("it is " + base64.b64encode(b"user:sk-live-0123456789").decode()).startswith("it is dXNlcjp[key]")
    True
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        """environ: what its variables named like keys hold is a key, whether a model names them or litellm does."""
        self._known: dict[str, SpelledKey] = {}
        self._forms: dict[str, tuple[str, ...]] = {}  # by their first HEAD characters
        for name, value in (environ or {}).items():
            if _NAMES_OF_SECRETS.search(name):
                self.knows(value)
            elif found := _CREDENTIALS_IN_URL.match(value):  # of a proxy, say
                self.knows(found[1])
                self.knows(found[1].partition(":")[2])

    def knows(self, secret: str) -> None:
        """Look for this one, too; what is shorter than SHORTEST is not looked for."""
        secret = secret.strip()
        if len(secret) < SHORTEST or secret in self._known:
            return
        self._known = {**self._known, secret: SpelledKey(secret)}
        forms = dict(self._forms)
        for form in _forms_of(secret):
            forms[form[:HEAD]] = tuple(dict.fromkeys((*forms.get(form[:HEAD], ()), form)))
        self._forms = forms

    def text(self, text: str) -> str:
        """The text without keys; the same object where it has none. Our own are known by their form.

        >>> Redactor().text("Bearer pm_0123456789ab_" + "f" * 64 + " is not valid")
        'Bearer [key] is not valid'
        """
        if OWN_MARK in text:
            text = _OWN.sub(REDACTED, text)
        for head, forms in self._forms.items():
            text = _without(text, head, forms)
        return _without_spans(text, spans(text, self._known.values()))

    def value(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """A JSON value without keys in any of its texts, names of fields included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.value(k): self.value(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.value(v) for v in value]
        if isinstance(value, tuple):
            return tuple(self.value(v) for v in value)
        return value

    def held_back(self, text: str) -> int:
        """How many characters at the end of a text that goes on may be the beginning of a key.

        >>> Redactor({"KEY": "sk-live-0123456789"}).held_back("Your key is sk-li")
        5
        """
        return max((_overlap(text, form) for forms in self._forms.values() for form in forms), default=0)


def _without(text: str, head: str, forms: tuple[str, ...]) -> str:
    """Without what begins as one of the forms does, as far as it goes on as any of them."""
    start = text.find(head)
    if start < 0:
        return _without_end(text, forms)
    pieces, done = [], 0
    while start >= 0:
        pieces += [text[done:start], REDACTED]
        done = start + max(_common(text, start, form) for form in forms)
        start = text.find(head, done)
    return "".join((*pieces, _without_end(text[done:], forms)))


def _without_spans(text: str, found: list[tuple[int, int]]) -> str:
    """Without what stands between the beginning and the end of each; they may overlap."""
    pieces, done = [], 0
    for start, end in found:
        if start >= done:
            pieces += [text[done:start], REDACTED]
        done = max(done, end)
    return "".join((*pieces, text[done:])) if pieces else text


def _common(text: str, start: int, form: str) -> int:
    """Length of the form's beginning that stands at `start`."""
    there = text[start : start + len(form)]
    return next((i for i, (a, b) in enumerate(zip(there, form, strict=False)) if a != b), len(there))


def _without_end(text: str, forms: tuple[str, ...]) -> str:
    """Without the beginning of a key where the text was cut within it."""
    if not text.endswith("..."):
        return text
    cut = text[:-3]
    length = max(_overlap(cut, form) for form in forms)
    return text if length < TAIL else f"{cut[: len(cut) - length]}{REDACTED}..."


def _overlap(text: str, form: str) -> int:
    """Length of the longest end of the text that is a beginning of the form, but not all of it."""
    first = form[0]
    start = text.find(first, max(0, len(text) - len(form) + 1))
    while start >= 0:
        if form.startswith(text[start:]):
            return len(text) - start
        start = text.find(first, start + 1)
    return 0


def _forms_of(secret: str) -> Iterator[str]:
    yield secret
    yield from (quote(secret, safe=""), quote(secret), quote_plus(secret), quote(quote(secret, safe=""), safe=""))
    yield re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), quote(secret, safe=""))
    in_json = json.dumps(secret)[1:-1]
    yield from (
        in_json,
        in_json.replace("/", "\\/"),
        json.dumps(in_json)[1:-1],
        html.escape(secret),
        repr(secret)[1:-1],
    )
    yield from (secret.encode().hex(), secret.encode().hex().upper())
    yield from (encoded for encoded in _in_base64(secret.encode()) if len(encoded) >= SHORTEST)


def _in_base64(secret: bytes) -> Iterator[str]:
    """What is the same in base64 whatever stands before and after it: Basic credentials hold the key behind a user."""
    for before in range(3):
        whole = bytes(before) + secret
        whole = whole[: len(whole) - len(whole) % 3]
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            # The characters that what stands before it has a part in.
            yield encode(whole).decode()[(0, 2, 3)[before] :]
