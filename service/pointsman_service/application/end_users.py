"""Who asks and who judges, without saying who: pseudonyms of end users."""

from __future__ import annotations

import hashlib

HEX_DIGITS = 16
"""Of the digest: two of a million end users of a tenant share one with a probability of 3e-8."""


def pseudonym(tenant: str, end_user_id: str | None) -> str | None:
    """What the log knows an end user by: the same for the same id of the same tenant, None where none was told.

    It hides an id that nobody can guess; who can guess one can confirm the guess.

    >>> pseudonym("acme", "ann")
    '58158820c40bcd7c'
    >>> pseudonym("acme", "ann") == pseudonym("other", "ann")
    False
    """
    if end_user_id is None:
        return None
    return hashlib.sha256(f"{tenant}\0{end_user_id}".encode("utf-8", "replace")).hexdigest()[:HEX_DIGITS]
