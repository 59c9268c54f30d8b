"""What the file says of the service's own limits and of what changes may name, as a process has it in force.

A reload tells the log, as a start does; each process that follows the log hears of it, and takes it while it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pointsman_service.config.doors import AdminSection, ServerSection
from pointsman_service.config.sections import Settings
from pointsman_service.domain.configuration import Key, Layers
from pointsman_service.domain.nameable import Nameable

LIVE: Mapping[str, Sequence[str]] = {
    "server": ("requests_per_second", "concurrency", "feedback_per_minute", "queue_wait_s"),
    "admin": ("key_env_pattern", "base_url_hosts"),
}
"""Keys by section that need no restart, and are in no list of entries."""


class Live:
    """Follows the log. settings: what the process was started with, which holds until the log says otherwise.

    >>> from pointsman_service.domain.configuration import Declared
    >>> live = Live(Settings())
    >>> live.follow(Layers(declared={Key("admin", "", "base_url_hosts"): Declared(["api.example.org"], "file")}))
    >>> live.nameable().hosts
    ('api.example.org',)
    """

    def __init__(self, settings: Settings) -> None:
        self.server: ServerSection = settings.server
        self._admin: AdminSection = settings.admin
        self._hears: Callable[[ServerSection], None] = lambda _server: None

    def nameable(self) -> Nameable:
        """What a change at run time may name now."""
        return self._admin.nameable()

    def limits_go_to(self, hears: Callable[[ServerSection], None]) -> None:
        """Who is told of the service's limits, now and whenever they change."""
        self._hears = hears
        hears(self.server)

    def follow(self, layers: Layers) -> None:
        """Take what was declared last."""
        self._admin = self._admin.model_copy(update=_said("admin", layers))
        server = self.server.model_copy(update=_said("server", layers))
        if server != self.server:
            self.server = server
            self._hears(server)


def with_live(running: Settings, wanted: Settings) -> Settings:
    """The running settings with all that needs no restart of the wanted ones.

    >>> wanted = Settings(server={"concurrency": 5, "workers": 2})
    >>> taken = with_live(Settings(), wanted).server
    >>> taken.concurrency, taken.workers
    (5, 1)
    """
    taken = {"observability": ("log_level",), **LIVE}
    update = {
        section: getattr(running, section).model_copy(
            update={field: getattr(getattr(wanted, section), field) for field in fields}
        )
        for section, fields in taken.items()
    }
    return running.model_copy(update=update)


def _said(section: str, layers: Layers) -> dict[str, Any]:
    keys = {field: Key(section, "", field) for field in LIVE[section]}
    return {field: layers.declared[key].value for field, key in keys.items() if key in layers.declared}
