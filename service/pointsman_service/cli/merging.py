"""How `set` puts what is said together with what is there: it never takes away what was not named.

A list gets more entries, a parameter joins the others, a deployment keeps what is not said of it. `--unset FIELD`
clears a field, `--unset FIELD.ENTRY` takes one entry out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from pointsman_service.cli.failures import Misuse


class Merging(Protocol):
    """One way to do it. Values are as the message has them."""

    adds: bool
    """Whether the outcome rests on what was there."""

    def merged(self, before: Any, said: Any) -> Any:  # noqa: ANN401 - by field
        """What is there afterwards."""

    def without(self, before: Any, entry: str) -> Any:  # noqa: ANN401 - by field
        """The same without an entry. Raises Misuse where there is no such entry."""


class Whole:
    """What is said takes the place of what was there."""

    adds = False

    def merged(self, before: object, said: Any) -> Any:  # noqa: ANN401, ARG002 - as the protocol has it
        """What was said."""
        return said

    def without(self, before: object, entry: str) -> Any:  # noqa: ANN401, ARG002 - as the protocol has it
        """Has no entries."""
        raise Misuse(f"--unset: there is no entry {entry!r} in a field of one value; name the field alone")


class Listed:
    """Texts, each once, in the order in which they were said.

    >>> Listed().merged(["eu"], ["gold", "eu"]), Listed().without(["eu", "gold"], "eu")
    (['eu', 'gold'], ['gold'])
    """

    adds = True

    def merged(self, before: Iterable[Any], said: Iterable[Any]) -> list[Any]:
        """Those there, then the new ones."""
        return list(dict.fromkeys((*before, *said)))

    def without(self, before: Iterable[Any], entry: str) -> list[Any]:
        """The others."""
        entries = list(before)
        if entry not in entries:
            raise _absent(entry, [str(e) for e in entries])
        return [e for e in entries if e != entry]


class Parameters:
    """A JSON object as text: a parameter that is said takes the place of the one of its name.

    >>> Parameters().merged('{"temperature": 0.2, "seed": 1}', '{"seed": 2}')
    '{"temperature": 0.2, "seed": 2}'
    """

    adds = True

    def merged(self, before: str, said: str) -> str:
        """Both."""
        return json.dumps({**json.loads(before or "{}"), **json.loads(said)})

    def without(self, before: str, entry: str) -> str:
        """The others; nothing where there are none, which clears the field."""
        present: dict[str, Any] = json.loads(before or "{}")
        if entry not in present:
            raise _absent(entry, list(present))
        del present[entry]
        return json.dumps(present) if present else ""


class Named:
    """Messages with a name each: what is said of one that is there joins the rest of it. key: the name's field."""

    adds = True

    def __init__(self, key: str) -> None:
        self._key = key

    def merged(self, before: Iterable[Any], said: Iterable[Any]) -> list[Any]:
        """Those there, changed where they were named, then the new ones."""
        present = {getattr(m, self._key): m for m in before}
        for message in said:
            name = getattr(message, self._key)
            whole = type(message)()
            whole.CopyFrom(present.get(name, message))
            whole.MergeFrom(message)
            present[name] = whole
        return list(present.values())

    def without(self, before: Iterable[Any], entry: str) -> list[Any]:
        """The others."""
        present = {getattr(m, self._key): m for m in before}
        if entry not in present:
            raise _absent(entry, list(present))
        return [m for name, m in present.items() if name != entry]


WHOLE, LISTED, PARAMETERS = Whole(), Listed(), Parameters()


def pairs(said: Sequence[str], option: str) -> Mapping[str, str]:
    """`KEY=VALUE` each. Raises Misuse.

    >>> pairs(["a=1", "b=x=y"], "--label")
    {'a': '1', 'b': 'x=y'}
    """
    found: dict[str, str] = {}
    for each in said:
        key, equals, value = each.partition("=")
        if not (key and equals):
            raise Misuse(f"{option} {each}: write KEY=VALUE")
        found[key] = value
    return found


def parameters(said: Sequence[str], option: str = "--param") -> str:
    """`KEY=JSON` each, as one JSON object; what is no JSON is a text.

    >>> parameters(["temperature=0.2", "user=anna", 'stop=["END"]'])
    '{"temperature": 0.2, "user": "anna", "stop": ["END"]}'
    """
    return json.dumps({key: _json_or_text(value) for key, value in pairs(said, option).items()})


def _json_or_text(value: str) -> Any:  # noqa: ANN401 - whatever JSON it is
    try:
        return json.loads(value)
    except ValueError:
        return value


def _absent(entry: str, present: Sequence[str]) -> Misuse:
    from pointsman_service.domain.near_miss import nearest

    return Misuse(f"--unset: there is no {entry!r}{nearest(entry, present) if present else '; there are no entries'}")
