"""What goes wrong with a service from outside: its disk."""

from __future__ import annotations

import resource
from collections.abc import Callable, Mapping

from .live_service import LiveService


def _fill_disk(service: LiveService) -> None:
    """No file of it may grow any more; as root cannot be asked for a small disk, the limit stands in for one."""
    resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


def _free_disk(service: LiveService) -> None:
    resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


TROUBLES: Mapping[str, Callable[[LiveService], None]] = {
    "full_disk": _fill_disk,
    "free_disk": _free_disk,
}
