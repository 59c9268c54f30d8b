"""From messages to changes of the configuration: which fields a request names, under the configuration's keys.

Each kind of resource has one table, `Changeable`: what of it can be changed, by the path in its message. A create takes
what is given; an update takes what its mask names, and None for what is named and absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from pointsman_service.domain.near_miss import nearest
from pointsman_service.domain.operations import Fields
from pointsman_service.domain.request_limits import Limits
from pointsman_service.errors import Fault
from pointsman_service.rpc.presence import Told
from pointsman_service.rpc.validation import Violations

Read = Callable[[Told, str, Limits], Any]
"""The JSON value of one field of a message, None where it is absent; what is wrong with it is noted."""

_MASK = "update_mask"
_MAX_PATHS = 100


@dataclass(frozen=True, slots=True)
class Changeable:
    """What can be changed of one kind of resource.

    name: the request's field that holds the resource. identity: the field that names it; check_name: notes what a new
    one cannot be called. fields: how each path is read; keys: the configuration's, where it is not the path. shown:
    paths that only answers carry. rivals: paths that a value at the other clears, since at most one of them holds.
    """

    name: str
    identity: str
    check_name: Callable[[Violations, str, str], str]
    fields: Mapping[str, Read]
    keys: Mapping[str, str] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    rivals: Mapping[str, str] = field(default_factory=dict)

    def given(self, resource: Message, limits: Limits, wrong: Violations) -> Fields:
        """Every field that has a value, and None for its rival: what a file says of it some day must not join in."""
        read = self._read(resource, self.fields, limits, wrong)
        found = {path: value for path, value in read.items() if value is not None}
        return {self._key(path): value for path, value in self._alone(found).items()}

    def masked(self, resource: Message, mask: FieldMask, limits: Limits, wrong: Violations) -> Fields:
        """Every field that the mask names; None clears it."""
        named = self._named(mask, wrong)
        read = self._read(resource, named, limits, wrong)
        return {self._key(path): value for path, value in self._alone(read).items()}

    def _alone(self, read: dict[str, Any]) -> dict[str, Any]:
        """With None for each rival of what has a value."""
        return read | {
            rival: None for path, rival in self.rivals.items() if read.get(path) is not None and rival not in read
        }

    def _read(self, resource: Message, paths: Iterable[str], limits: Limits, wrong: Violations) -> dict[str, Any]:
        return {path: self._value(resource, path, limits, wrong) for path in paths}

    def _value(self, resource: Message, path: str, limits: Limits, wrong: Violations) -> Any:  # noqa: ANN401 - JSON
        *above, leaf = path.split(".")
        message, prefix = resource, f"{self.name}."
        for part in above:
            message, prefix = getattr(message, part), f"{prefix}{part}."
        return self.fields[path](Told(message, prefix, wrong), leaf, limits)

    def _key(self, path: str) -> str:
        return self.keys.get(path, path)

    def _named(self, mask: FieldMask, wrong: Violations) -> list[str]:
        """The fields of the mask, those below a message that it names among them."""
        if not mask.paths:
            wrong.add(_MASK, "must name the fields to change", Fault.REQUIRED)
        wrong.at_most(_MASK, len(mask.paths), _MAX_PATHS)
        named: dict[str, None] = {}
        for path in mask.paths[:_MAX_PATHS]:
            below = [known for known in self.fields if known == path or known.startswith(f"{path}.")]
            named.update(dict.fromkeys(below))
            if not below:
                wrong.add(_MASK, self._why_not(path), Fault.UNKNOWN_VALUE)
        return list(named)

    def _why_not(self, path: str) -> str:
        if path == "*":
            return 'must name each field to change: "*" would clear what a newer version knows'
        if path == self.identity:
            return f'must not name "{path}", which cannot be changed'
        if path in self.shown:
            return f'must not name "{path}", which only answers carry'
        return f'names "{path[:80]}", which is no field of {self.name}{nearest(path[:80], list(self.fields))}'
