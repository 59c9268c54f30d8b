"""What the main process tells of certificates: that they expire soon, and what became of a renewal.

Loaded only where there are some: it brings gRPC, which the main process of several workers does without.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from pointsman_service.config.sections import Settings
from pointsman_service.domain.tls_files import TlsFiles
from pointsman_service.errors import ConfigurationError
from pointsman_service.observability.structured_log import structlog
from pointsman_service.process.supervised import all_running
from pointsman_service.rpc.certificates import Certificates, Pair

WATCH_S = 5.0
DAY_S = 86_400.0
SOON_DAYS = 14
"""Renewals are due at a third of a certificate's life, 30 days for the usual 90: who has 14 left has missed it."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger("pointsman")


def certificates_of(settings: Settings) -> list[Certificates]:
    """Of each address that has its own; each says what becomes of a renewal. Raises ConfigurationError."""
    return [Certificates(files, _teller(files)) for files in settings.tls_files()]


def expiry_lines(settings: Settings, now: datetime | None = None) -> Iterator[str]:
    """A line for each certificate that has expired or soon will. Raises ConfigurationError."""
    return (line for each in certificates_of(settings) for line in _expiring(each.pair, now))


@asynccontextmanager
async def certificates_watched(settings: Settings) -> AsyncGenerator[None]:
    """Read now, and watch inside the block. Raises ConfigurationError."""
    found = certificates_of(settings)
    async with all_running({"certificates": lambda: _watch(found)}):
        yield


async def _watch(found: list[Certificates]) -> None:
    clock = asyncio.get_running_loop().time
    told_at = clock() - DAY_S
    while True:
        for each in found:
            each.look()
        if clock() - told_at >= DAY_S:
            told_at = clock()
            for line in (line for each in found for line in _expiring(each.pair)):
                _log.warning(line)
        await asyncio.sleep(WATCH_S)


def _expiring(pair: Pair, now: datetime | None = None) -> Iterator[str]:
    left = pair.expires - (now or datetime.now(UTC))
    day = pair.expires.strftime("%Y-%m-%d %H:%M UTC")
    if left.total_seconds() <= 0:
        yield f"a certificate has expired at {day}: clients refuse the connection; renew it, it is read when it changes"
    elif left.days < SOON_DAYS:
        yield f"a certificate expires in {left.days} days, at {day}; renew it, it is read when it changes"


def _teller(files: TlsFiles) -> Callable[[Pair | ConfigurationError], None]:
    def tell(news: Pair | ConfigurationError) -> None:
        if isinstance(news, ConfigurationError):
            _log.error("a new certificate is not taken, the one before stays", why=str(news))
        else:
            _log.info("a new certificate is in force", section=files.section, expires=news.expires.isoformat())

    return tell
