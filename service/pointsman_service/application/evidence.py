"""What shall teach nothing any more, and what shall again: a change like any other, of which the learner hears.

What would be left out is counted by the rule that the fold leaves it out by, over the whole log; in a thread, since a
hundred thousand events take seconds to read.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from msgspec.structs import replace
from pointsman_learner.events import (
    EpisodeRecorded,
    Event,
    EvidenceForgotten,
    EvidenceRestored,
    FeedbackRecorded,
    JobApplied,
    OutcomeReported,
    SessionOutcomeRecorded,
    ShadowRecorded,
    WarmStarted,
)
from pointsman_learner.forgetting import left_out_by

from pointsman_service.application.admin_part import AdminPart
from pointsman_service.application.changes import Edit
from pointsman_service.application.end_users import pseudonym
from pointsman_service.domain.configuration import Key
from pointsman_service.domain.operations import ChangeContext, Changed, Evidence, ForgottenEvidence
from pointsman_service.errors import Fault, InvalidRequest
from pointsman_service.ports import Logged, Reads, Unreadable

_COUNTED: dict[type[Event], str] = {
    EpisodeRecorded: "episodes",
    FeedbackRecorded: "feedback",
    OutcomeReported: "outcomes",
    ShadowRecorded: "outcomes",
    SessionOutcomeRecorded: "session_outcomes",
    WarmStarted: "warm_starts",
    JobApplied: "job_changes",
}


class EvidenceAdmin(AdminPart):
    """Implements the part of `rpc.application.Admin` that is about what teaches."""

    async def forget_evidence(
        self, evidence: Evidence, change: ChangeContext, *, dry_run: bool
    ) -> Changed[ForgottenEvidence]:
        """See the port. Under a known id it is counted again, and nothing changes."""
        authors = await asyncio.to_thread(_authors, self._p.log, evidence)
        # Numbers of authors, and not the end user's id: who guesses that could confirm it from the log.
        named = {**asdict(evidence), "end_user_id": None, "authors": authors}
        said = {name: value for name, value in named.items() if value not in {None, ()}}
        event = _event(evidence, authors, _id_of(said, change, self._p.now()), self._p.now())
        counts = await asyncio.to_thread(_counted, self._p.log, event)
        if dry_run:
            return Changed(ForgottenEvidence("", **counts))
        note = f"{event.forget_id}: " + ", ".join(f"{name} {value}" for name, value in said.items())
        edit = Edit(Key(""), taught=[event], note=note)
        replayed = await self._p.changes.make("ForgetEvidence", said, change, lambda _: edit)
        return Changed(ForgottenEvidence(event.forget_id, **counts), replayed)

    async def restore_evidence(self, forget_id: str, change: ChangeContext) -> bool:
        """See the port."""
        in_force = await asyncio.to_thread(_in_force, self._p.log)

        def edit(_: object) -> Edit:
            if forget_id not in in_force:
                raise InvalidRequest([("forget_id", "nothing is forgotten under it")], Fault.UNKNOWN_VALUE)
            return Edit(Key(""), taught=[EvidenceRestored(forget_id, self._p.now())], note=forget_id)

        return await self._p.changes.make("RestoreEvidence", {"forget_id": forget_id}, change, edit)


def _authors(log: Reads, evidence: Evidence) -> tuple[int, ...]:
    """Numbers of an end user, as its words have them, () where none is asked for. Raises InvalidRequest."""
    if evidence.end_user_id is None:
        return ()
    known_as = pseudonym(evidence.tenant or "", evidence.end_user_id)
    found = {
        e.author
        for e in (logged.event for logged in _all(log))
        if isinstance(e, FeedbackRecorded | SessionOutcomeRecorded) and e.end_user == known_as and e.author is not None
    }
    if not found:
        raise InvalidRequest([("end_user_id", "the log knows no word of this end user")], Fault.UNKNOWN_VALUE)
    return tuple(sorted(found))


def _counted(log: Reads, event: EvidenceForgotten) -> dict[str, int]:
    found: Counter[str] = Counter()
    begun: set[str] = set()
    for logged in _all(log):
        if isinstance(logged.event, Unreadable):
            continue
        for forget_id in left_out_by([event], logged.event, logged.episode, begun):
            begun.add(forget_id)
            found[_COUNTED[type(logged.event)]] += 1
    return dict(found)


def _in_force(log: Reads) -> set[str]:
    """Ids under which something is forgotten now."""
    ids: set[str] = set()
    for logged in _all(log):
        if isinstance(logged.event, EvidenceForgotten):
            ids.add(logged.event.forget_id)
        elif isinstance(logged.event, EvidenceRestored):
            ids.discard(logged.event.forget_id)
    return ids


def _all(log: Reads) -> Iterator[Logged]:
    after = 0
    while page := log.read(after):
        yield from page
        after = page[-1].position


def _event(evidence: Evidence, authors: tuple[int, ...], forget_id: str, at: float) -> EvidenceForgotten:
    named = {name: value for name, value in asdict(evidence).items() if name != "end_user_id"}
    return replace(EvidenceForgotten(forget_id, at, authors=authors), **named)


def _id_of(said: dict[str, Any], change: ChangeContext, at: float) -> str:
    """The same for the same request_id; without one, each is another."""
    of = change.request_id or f"{sorted(said.items())} {at}"
    return f"forget-{hashlib.sha256(of.encode('utf-8', 'replace')).hexdigest()[:12]}"
