"""What `set` sends: an update whose mask names what was said, and nothing else."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.fields import Field, Given, by_path, put
from pointsman_service.cli.messages import plain

if TYPE_CHECKING:
    from google.protobuf.message import Message


@dataclass(frozen=True, slots=True)
class Change:
    """values: what fields shall be, by path; cleared: fields that shall be absent.

    rests: whether values were put together with what was there, so that they hold only as long as it is the same.
    """

    values: Given
    cleared: Sequence[str]
    rests: bool

    def mask(self, message: Message) -> list[str]:
        """The paths that change, those that exclude them among them: a dial takes the place of a lambda."""
        named = dict.fromkeys((*self.values, *self.cleared))
        return list(dict.fromkeys((*named, *(other for path in self.values for other in _excluded(message, path)))))

    def patch(self, message: Message) -> None:
        """Put the values into a message that has nothing of them yet."""
        put(message, self.values)


def refuse_nothing(given: Given, unset: Sequence[str], fields: Sequence[Field]) -> None:
    """Raises Misuse where nothing was said."""
    if not given and not unset:
        raise Misuse(f"say what to change: {', '.join(f.option.partition('/')[0] for f in fields)} or --unset FIELD")


def change_of(before: Message, given: Given, unset: Sequence[str], fields: Sequence[Field]) -> Change:
    """What was said, put together with what is there. Raises Misuse where something unknown was said."""
    known, named = by_path(fields), [_named(word, fields) for word in unset]
    whole = {f.path for f, entry in named if entry is None}
    taken_out = [(f.path, entry) for f, entry in named if entry is not None]
    values = {}
    for path in dict.fromkeys((*given, *(path for path, _ in taken_out))):
        merging, value = known[path].merging, _at(before, path)
        value = _empty(value) if path in whole else value
        for entry in (entry for other, entry in taken_out if other == path):
            value = merging.without(value, entry)
        values[path] = merging.merged(value, given[path]) if path in given else value
    # A list whose last entry was taken out is cleared.
    kept = {path: value for path, value in values.items() if path in given or value not in ([], "")}
    cleared = [path for path in dict.fromkeys((*whole, *values)) if path not in kept]
    if "models" in cleared and "models" not in whole:
        raise Misuse("that takes the last model out; without a list every model may be called, as --unset models says")
    return Change(kept, cleared, rests=any(known[path].merging.adds and path not in whole for path in values))


def differences(before: Message, after: Message, ignored: Sequence[str]) -> Iterator[tuple[str, Any, Any]]:
    """The fields that are not as they were: path, before, after. ignored: fields that nobody sets."""
    was, now = (dict(_flat({k: v for k, v in plain(m).items() if k not in ignored})) for m in (before, after))
    for path in dict.fromkeys((*was, *now)):
        if was.get(path) != now.get(path):
            yield path, was.get(path), now.get(path)


def _named(word: str, fields: Sequence[Field]) -> tuple[Field, str | None]:
    """The field that `--unset` names, and the entry of it; options' names will do, too."""
    names = {name: field for field in fields for name in _names(field)}
    for whole, entry in ((word, None), _split(word)):
        field = names.get(whole.removeprefix("--").replace("-", "_"))
        if field is not None:
            return field, entry
    from pointsman_service.domain.near_miss import nearest

    known = sorted({f.path.removesuffix("_json") for f in fields})
    raise Misuse(f"--unset {word}: no such field{nearest(word.replace('-', '_'), known)}")


def _split(word: str) -> tuple[str, str | None]:
    field, _, entry = word.partition(".")
    return field, entry or None


def _names(field: Field) -> set[str]:
    last = field.path.rpartition(".")[2]
    return {field.path, last, last.removesuffix("_json"), field.name}


def _at(message: Message, path: str) -> Any:  # noqa: ANN401 - by field
    return functools.reduce(getattr, path.split("."), message)


def _empty(value: Any) -> Any:  # noqa: ANN401 - by field
    return "" if isinstance(value, str) else []


def _excluded(message: Message, path: str) -> list[str]:
    """The other members of the oneof that a field is in."""
    *above, name = path.split(".")
    owner = functools.reduce(getattr, above, message)
    group = owner.DESCRIPTOR.fields_by_name[name].containing_oneof
    return [".".join((*above, f.name)) for f in group.fields if f.name != name] if group else []


def _flat(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, each in value.items():
        if isinstance(each, Mapping) and each:
            yield from _flat(each, f"{above}{key}.")
        elif each is not None:
            yield f"{above}{key}", each
