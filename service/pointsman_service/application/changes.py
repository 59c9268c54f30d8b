"""Changes of the configuration while the service runs: computed from what is in force, and appended by compare-and-set.

Where another process was quicker, the change is computed again from what that one left. A half-finished change never
shows: what an operator did and what the learner is told of it are one transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from pointsman_learner.events import Event, OperatorActed

from pointsman_service.application.in_force import ConfigurationWatch
from pointsman_service.application.refusals import field_of, told
from pointsman_service.domain.configuration import InForce, Key, Refused
from pointsman_service.domain.nameable import Nameable, may_be_called, misnamed
from pointsman_service.domain.operations import ChangeContext
from pointsman_service.errors import Fault, InvalidRequest, LogUnavailable, PointsmanError
from pointsman_service.ports import ConfigurationRules, ConfigurationStore, Overtaken

ATTEMPTS = 20
"""Every lost race means that another change was made, so this many in a row are no accident."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change as computed. subject: the entry that it is about, or the key that was asked for.

    put: values by key, None clears; reset: keys whose changes are undone first; taught: what the learner must be told
    besides what follows from the configuration; note: in words, for what changes no value.
    """

    subject: Key
    put: Mapping[Key, Any] = field(default_factory=dict)
    reset: Sequence[Key] = ()
    taught: Sequence[Event] = ()
    note: str = ""


class ChangesHeard(Protocol):
    """Hears what became of each change."""

    def changed(self, acted: OperatorActed) -> None:
        """It was made."""

    def refused(self, method: str, by: str, error: PointsmanError) -> None:
        """It was not."""


class Changes:
    """Makes them. now: seconds since the epoch."""

    def __init__(
        self,
        store: ConfigurationStore,
        rules: ConfigurationRules,
        watch: ConfigurationWatch,
        now: Callable[[], float],
        *,
        nameable: Callable[[], Nameable] | None = None,
        heard: ChangesHeard | None = None,
    ) -> None:
        """nameable: what a change may name, None where whoever makes it has the file in hand."""
        self._store = store
        self._rules = rules
        self._watch = watch
        self._now = now
        self._nameable = nameable
        self._heard = heard

    async def make(
        self, method: str, content: Mapping[str, Any], change: ChangeContext, edit: Callable[[InForce], Edit]
    ) -> bool:
        """Whether it had been made before, under the same request_id; then nothing changes.

        content: what was asked, by which the same id with other content is told. edit: computes the change, and may
        raise. Raises RequestConflict, InvalidRequest, InUse, LogUnavailable, and what `edit` raises.
        """
        try:
            return await self._make(method, content, change, edit)
        except PointsmanError as error:
            if self._heard is not None:
                self._heard.refused(method, change.by, error)
            raise

    async def _make(
        self, method: str, content: Mapping[str, Any], change: ChangeContext, edit: Callable[[InForce], Edit]
    ) -> bool:
        fingerprint = fingerprint_of(method, content)
        if self.known(method, fingerprint, change):
            return True
        for _ in range(ATTEMPTS):
            before = self._watch.newest()
            computed = edit(before)
            acted = self._acted(method, fingerprint, change, computed)
            taught = [*self._taught(before, acted, computed), *computed.taught]
            try:
                receipt = await self._store.act(acted, taught, before.layers.version)
            except Overtaken:
                continue
            self._watch.check()
            if self._heard is not None and not receipt.replayed:
                self._heard.changed(acted)
            return receipt.replayed
        raise LogUnavailable("the configuration is being changed by others all the time; retry", reason="overtaken")

    async def record(
        self, method: str, content: Mapping[str, Any], change: ChangeContext, perform: Callable[[], Awaitable[None]]
    ) -> bool:
        """As `make`, for what changes no value: done, then logged, so that a retry after a crash does it again."""
        fingerprint = fingerprint_of(method, content)
        if self.known(method, fingerprint, change):
            return True
        await perform()
        note = ", ".join(f"{name}: {value}" for name, value in content.items())
        return await self.make(method, content, change, lambda _: Edit(Key(""), note=note))

    def known(self, method: str, fingerprint: str, change: ChangeContext) -> bool:
        """Whether this was done under the same id. Raises RequestConflict where something else was."""
        return change.request_id is not None and self._store.acted(change.request_id, fingerprint, method) is not None

    def _acted(self, method: str, fingerprint: str, change: ChangeContext, edit: Edit) -> OperatorActed:
        return OperatorActed(
            at=self._now(),
            by=change.by,
            method=method,
            request_id=change.request_id,
            fingerprint=fingerprint,
            put={str(key): value for key, value in edit.put.items()},
            reset=tuple(str(key) for key in edit.reset),
            note="; ".join(filter(None, (edit.note, change.operator and f"for {change.operator}"))),
            client=change.client,
        )

    def _taught(self, before: InForce, acted: OperatorActed, edit: Edit) -> Sequence[Event]:
        try:
            after = self._rules.in_force(before.layers.after(acted, before.layers.version))
        except Refused as e:
            raise told(e, edit.subject, acted.method) from e
        self._refuse_misnamed(after, acted)
        return self._rules.taught(before, after, acted.at)

    def _refuse_misnamed(self, after: InForce, acted: OperatorActed) -> None:
        """Raises InvalidRequest where a model that was touched would send to whom, or what, no change may name."""
        if self._nameable is None:
            return
        touched = (Key.parse(text) for text in (*acted.put, *acted.reset))
        # Whatever a model names, it can be switched off.
        names = {k.name for k in touched if k.kind == "models" and not _only_disables(acted, k)}
        wrong = [
            (field_of(key) if acted.method != "ResetConfig" else "key", why)
            for name in sorted(names & after.models.keys())
            if may_be_called(after, name)
            for key, why in misnamed(after, name, self._nameable())
        ]
        if wrong:
            raise InvalidRequest(wrong, Fault.NOT_ALLOWED)


def _only_disables(acted: OperatorActed, model: Key) -> bool:
    return not acted.reset and acted.put == {str(replace(model, field="enabled")): False}


def fingerprint_of(method: str, content: Mapping[str, Any]) -> str:
    """Digest of what was asked.

    >>> fingerprint_of("DeleteModel", {"name": "a"}) == fingerprint_of("DeleteModel", {"name": "b"})
    False
    """
    said = json.dumps([method, content], sort_keys=True, default=list)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]
