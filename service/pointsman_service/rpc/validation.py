"""The checks of `domain.violations`, and those of the contract's enums, which only this door knows."""

from __future__ import annotations

from pointsman_service.domain import violations
from pointsman_service.errors import Fault
from pointsman_service.rpc.enums import E, Words


class Violations(violations.Violations):
    """What is wrong with a message so far.

    >>> wrong = Violations()
    >>> wrong.between("query.preference.dial", 1.5, 0.0, 1.0)
    False
    >>> wrong.found
    [('query.preference.dial', 'must be between 0 and 1; it is 1.5')]
    """

    __slots__ = ()

    def choice(self, field: str, words: Words[E], value: int) -> str | None:
        """The word for an enum's value, None for UNSPECIFIED. One that the contract does not name is noted."""
        word = words.word(value)
        if word is None and value != words.unspecified:
            self.add(field, _one_of(words, value), Fault.UNKNOWN_VALUE)
        return word

    def required_choice(self, field: str, words: Words[E], value: int) -> str:
        """The word for an enum's value, "" where there is none, and that is noted."""
        word = words.word(value)
        if word is None:
            self.add(field, _one_of(words, value), Fault.UNKNOWN_VALUE)
        return word or ""


def _one_of(words: Words[E], value: int) -> str:
    return f"must be one of {', '.join(words.names)}; it is {value or words.unspecified_name}"
