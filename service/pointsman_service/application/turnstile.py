"""Whether a call may begin, and when: what every door asks of its calls, whatever protocol they come by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pointsman_service.application.admission import Admission, Limited, Requester
from pointsman_service.application.requesters import Requesters
from pointsman_service.domain.identity import Identity, Limits
from pointsman_service.errors import OverLimit

OPERATORS = Limited("service", "AdminService", Limits(concurrency=16))
"""Of all operators together: a console, a dashboard and some shells; each call may read a page of the log."""


@dataclass(frozen=True, slots=True)
class Turnstile:
    """Asked of each call: when it comes, before its message, before it begins, and when it has ended."""

    admission: Admission
    requesters: Requesters

    def who(self, identity: Identity, tenant: str | None) -> Requester:
        """Who asks. tenant: None for an operator, whose calls are of no tenant.

        Operators wait for no turn: they must get in where callers don't.
        """
        if tenant is None:
            return Requester("", (*self.requesters.of_key(identity), OPERATORS))
        return self.requesters.of(identity, tenant)

    def refusal(self, who: Requester) -> OverLimit | None:
        """Why the call may not begin, None where it may; one object for all who are told the same."""
        return self.admission.refusal(who, queues=bool(who.turns_as))

    async def spare(self) -> None:
        """Return when a refusal keeps no call waiting that may begin."""
        await self.admission.turns.spare()

    def enter(self, who: Requester) -> Sequence[str]:
        """Count the call as running, its message there or not; what `end` takes. Raises OverLimit."""
        return self.admission.enter(who)

    async def turn(self, who: Requester) -> None:
        """Return when it is the call's turn to begin."""
        if who.turns_as:
            await self.admission.turns.turn(who.turns_as)

    def end(self, entered: Sequence[str]) -> None:
        """The call has ended, however it did."""
        self.admission.leave(entered)
