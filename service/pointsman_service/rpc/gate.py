"""The gate before every call: whether it may begin, and when. What may not is refused before it is received."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from pointsman_service.application.admission import Requester
from pointsman_service.application.turnstile import Turnstile
from pointsman_service.errors import OverLimit
from pointsman_service.rpc.caller import Admitted

_WHO: ContextVar[Requester] = ContextVar("requester")


@dataclass(frozen=True, slots=True)
class Gate:
    """The turnstile of a door that asks it in one task, at the moments that gRPC has."""

    turnstile: Turnstile

    def refusal(self, admitted: Admitted) -> OverLimit | None:
        """Why the call may not begin, None where it may."""
        who = self.turnstile.who(admitted.identity, admitted.tenant)
        _WHO.set(who)
        return self.turnstile.refusal(who)

    async def spare(self) -> None:
        """See Turnstile."""
        await self.turnstile.spare()

    def enter(self) -> Sequence[str]:
        """See Turnstile."""
        return self.turnstile.enter(_WHO.get())

    async def turn(self) -> None:
        """See Turnstile."""
        await self.turnstile.turn(_WHO.get())

    def end(self, entered: Sequence[str]) -> None:
        """See Turnstile."""
        self.turnstile.end(entered)


class OpenGate:
    """Lets everything in: of a server that has no limits, in tests."""

    def refusal(self, admitted: Admitted) -> OverLimit | None:  # noqa: ARG002 - see Gate
        """See Gate."""
        return None

    async def spare(self) -> None:
        """See Gate."""

    def enter(self) -> Sequence[str]:
        """See Gate."""
        return ()

    async def turn(self) -> None:
        """See Gate."""

    def end(self, entered: Sequence[str]) -> None:
        """See Gate."""
