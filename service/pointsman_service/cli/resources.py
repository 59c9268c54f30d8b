"""What operators change: models, tenants and taxonomy nodes, which the contract treats alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pointsman_service.cli import output
from pointsman_service.cli.changes import change_of, differences, refuse_nothing
from pointsman_service.cli.fields import Field, Given, put
from pointsman_service.cli.messages import plain
from pointsman_service.cli.pages import Asked, every

if TYPE_CHECKING:
    from pointsman import Client

READ_AGAIN = 3
"""How often a change that rests on what was read is computed anew, where somebody was quicker."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of them. message: its name in the contract; slot: the field of requests and responses that carries one.

    key: the field with its name; section: of the configuration; fields: what can be set; computed: what nobody sets.
    """

    message: str
    slot: str
    key: str
    section: str
    fields: Sequence[Field]
    computed: Sequence[str] = ("etag",)

    def every(self, service: Asked, limit: int | None = None) -> list[Any]:
        """The list of them."""
        return every(service, _request(f"List{self.message}s"), f"{self.slot}s", limit)

    def get(self, service: Asked, name: str) -> Any:  # noqa: ANN401 - the message
        """One of them."""
        return getattr(service.call(self._naming("Get", name)), self.slot)

    def create(self, service: Client, name: str, given: Given) -> Any:  # noqa: ANN401 - the message
        """A new one."""
        request = _request(f"Create{self.message}")
        wanted = getattr(request, self.slot)
        put(wanted, {self.key: name, **given})
        return getattr(service.call(request), self.slot)

    def update(
        self, service: Asked, name: str, given: Given, unset: Sequence[str], etag: str | None
    ) -> tuple[Any, Any]:
        """It as it was and as it is now. Only what was said changes; see changes.py.

        Where the change rests on what was read, the etag that was read goes with it, and it is computed anew where
        somebody was quicker. Raises Misuse where nothing was said.
        """
        from pointsman import Aborted

        from pointsman_service.errors import StaleEtag

        refuse_nothing(given, unset, self.fields)
        for left in reversed(range(READ_AGAIN)):
            before = self.get(service, name)
            change = change_of(before, given, unset, self.fields)
            request = _request(f"Update{self.message}")
            wanted = getattr(request, self.slot)
            setattr(wanted, self.key, name)
            if etag or change.rests:
                wanted.etag = etag or before.etag
            change.patch(wanted)
            request.update_mask.paths.extend(change.mask(wanted))
            try:
                return before, getattr(service.call(request), self.slot)
            except (Aborted, StaleEtag):
                if etag or not left:
                    raise
        raise AssertionError  # the last round returns or raises

    def enable(self, name: str, etag: str | None, operator: str | None, address: str, *, as_json: bool) -> None:
        """Enable one, and say so."""
        self._switch("Enable", name, etag, operator, address, as_json=as_json)

    def disable(self, name: str, etag: str | None, operator: str | None, address: str, *, as_json: bool) -> None:
        """Disable one, and say so."""
        self._switch("Disable", name, etag, operator, address, as_json=as_json)

    def _switch(
        self, verb: str, name: str, etag: str | None, operator: str | None, address: str, *, as_json: bool
    ) -> None:
        from pointsman_service.cli.connection import connect

        with connect(address, operator=operator) as service:
            after = getattr(service.call(self._naming(verb, name, etag)), self.slot)
        output.as_json(plain(after)) if as_json else output.note(f"{name}: {verb.lower()}d")

    def remove(self, name: str, etag: str | None, operator: str | None, address: str, *, as_json: bool) -> None:
        """Remove one, and say so."""
        from pointsman_service.cli.connection import connect

        with connect(address, operator=operator) as service:
            service.call(self._naming("Delete", name, etag))
            hidden = not as_json and self._is_declared(service, name)
        if as_json:
            output.as_json({self.key: name, "removed": True})
        else:
            undo = f"; `pointsman config reset {self.section}.{name}` lets the file speak again" if hidden else ""
            output.note(f"{name}: removed{undo}")

    def tell_change(self, name: str, before: Any, after: Any, *, as_json: bool) -> None:  # noqa: ANN401 - messages
        """What is now as it was not before."""
        if as_json:
            output.as_json(plain(after))
            return
        changed = list(differences(before, after, self.computed))
        output.note(f"{name}: changed" if changed else f"{name}: nothing changed, it was so already")
        if changed:
            output.facts({path: f"{output.cell(was)} -> {output.cell(now)}" for path, was, now in changed})

    def _is_declared(self, service: Client, name: str) -> bool:
        """Whether a file declares what was removed, so that a reset brings it back."""
        changed = _request("ListConfigValues")
        changed.key_prefix, changed.changed_only = f"{self.section}.", True
        return any(
            v.key.replace('"', "") == f"{self.section}.{name}" and v.HasField("hidden_value")
            for v in every(service, changed, "values", None)
        )

    def _naming(self, verb: str, name: str, etag: str | None = None) -> Any:  # noqa: ANN401 - the request
        request = _request(f"{verb}{self.message}")
        setattr(request, self.key, name)
        if etag:
            request.etag = etag
        return request


def _request(method: str) -> Any:  # noqa: ANN401 - the request of a method
    from pointsman import v1

    return getattr(v1, f"{method}Request")()
