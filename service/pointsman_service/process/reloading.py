"""SIGHUP: the file is read again, and what it says of what can change is in force at once.

That is models, tenants, keys and kinds of queries, the service's limits, what changes may name, and the log's level.

Whole or not at all: a file that is wrong anywhere changes nothing. It goes through the log, as a start's declaration
does, so every process hears of it and it is in the audit trail. What is wired at the start (addresses, storage, judges,
learner, jobs) stays until a restart, and is told. What operators changed stays over it, as ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from pointsman_service.config.sections import Settings
from pointsman_service.config.values import leaves
from pointsman_service.errors import ConfigurationError, PointsmanError
from pointsman_service.observability.structured_log import structlog
from pointsman_service.process.declaring import checked, declare_to, hidden_lines, let_in_lines
from pointsman_service.process.live import with_live
from pointsman_service.process.opening import rules, storage_of

RELOADED_BY = "reload"
MOST_TOLD = 12
"""Keys in a line."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


class Reloading:
    """Reads the file again whenever asked. running: the settings as they took effect; asked: set by a signal.

    levels: takes the log's level for all processes, which is no matter of the log's readers.
    """

    def __init__(
        self,
        running: Settings,
        reread: Callable[[], Settings],
        asked: asyncio.Event,
        levels: Callable[[str], None] = lambda _level: None,
    ) -> None:
        self._running, self._reread, self._asked, self._levels = running, reread, asked, levels

    async def watch(self) -> None:
        """Wait for who asks, for ever; several at once are one."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            await self.reload()

    async def reload(self) -> None:
        """Read, check, declare; or leave everything as it is, and say what is wrong and where."""
        try:
            wanted = await asyncio.to_thread(self._reread)
            merged = reloaded(self._running, wanted)
            lines = await _declared(merged)
        except PointsmanError as error:
            _log.error("the file was not taken, everything stays as it is", why=str(error))
            return
        if merged.observability.log_level != self._running.observability.log_level:
            self._levels(merged.observability.log_level)
        self._running = merged
        for line in lines:
            _log.warning(line)
        if kept := list(needing_a_restart(merged, wanted)):
            more = {"more": len(kept) - MOST_TOLD} if len(kept) > MOST_TOLD else {}
            _log.warning("what the file says of these needs a restart", keys=kept[:MOST_TOLD], **more)
        _log.info("the file was read again", models=len(merged.models), tenants=len(list(merged.tenants.items())))


def reloaded(running: Settings, wanted: Settings) -> Settings:
    """The running settings with what can change: recorded models that stand in for others stay with the recording.

    Raises ConfigurationError where a file of models has none any more: more likely its end is missing than that
    recorded answers are to stand in for them.
    """
    if not wanted.models and running.given.file.get("models"):
        raise ConfigurationError(
            "models: there are none any more, where there were; a file without any needs a restart"
        )
    told = {key: getattr(wanted.learner, key) for key in ("taxonomy", "public_priors", "public_results")}
    learner = running.learner.model_copy(update=told)
    models = running.models if wanted.on_replay else wanted.models
    update = {"models": models, "tenants": wanted.tenants, "keys": wanted.keys, "learner": learner}
    return with_live(running, wanted).model_copy(update=update).with_given(wanted.given)


def needing_a_restart(merged: Settings, wanted: Settings) -> Iterator[str]:
    """Keys that the file says otherwise than what is in force after it was read."""
    replayed = {"models", "judges"} if wanted.on_replay else set()
    for section in type(wanted).model_fields:
        now, then = (_leaves(settings, section) for settings in (merged, wanted))
        if section not in replayed:
            yield from sorted(
                key for key in now | then if now.get(key) != then.get(key) and not _a_free_port(key, then)
            )


def _a_free_port(key: str, wanted: dict[str, Any]) -> bool:
    """Any port was asked for, or none was named: the one that was taken is what the file says."""
    return key in {"server.port", "admin.port", "http.port"} and not wanted.get(key)


def _leaves(settings: Settings, section: str) -> dict[str, Any]:
    value = settings.model_dump(mode="json", include={section})[section]
    return {f"{section}.{key}": said for key, said in leaves(value)} if isinstance(value, dict) else {section: value}


async def _declared(settings: Settings) -> list[str]:
    storage = await asyncio.to_thread(storage_of, settings)
    try:
        layers = await declare_to(storage, settings, RELOADED_BY)
        let_in = let_in_lines(checked(rules(), layers), settings.admin.nameable())
        return [*hidden_lines(layers), *let_in]
    finally:
        await storage.close()
