"""How much is written, and in which colours: as configured, by NO_COLOR and FORCE_COLOR, and changed while it runs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TextIO

from pointsman_service.observability.structured_log import structlog


class _InForce:
    """The process's levels: a line knows no other place to look at."""

    configured = "info"
    now = "info"


def configured_level(level: str) -> None:
    """The level that the settings say, from now on."""
    _InForce.configured = level
    change_level(None)


def reconfigured_level(level: str) -> None:
    """The settings say another level now. One that was asked for by hand stays until it is taken back."""
    by_hand = _InForce.now if _InForce.now != _InForce.configured else None
    _InForce.configured = level
    change_level(by_hand)


def change_level(level: str | None) -> None:
    """Another level until the next change; None for the configured one. Raises KeyError for a word that is none."""
    _InForce.now = level or _InForce.configured
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(_number(_InForce.now)))


def level_now() -> str:
    """The level in force."""
    return _InForce.now


def is_debug() -> bool:
    """Whether lines of single requests are written."""
    return _InForce.now == "debug"


def in_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether lines on this stream are coloured: NO_COLOR forbids it, FORCE_COLOR asks for it, else on a terminal.

    Each counts where it is set to anything but nothing (https://no-color.org, https://force-color.org).

    >>> import io
    >>> in_colour(io.StringIO(), {"FORCE_COLOR": "1"}), in_colour(io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"})
    (True, False)
    """
    if environ.get("NO_COLOR"):
        return False
    return bool(environ.get("FORCE_COLOR")) or stream.isatty()


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]
