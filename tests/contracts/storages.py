"""The storages that the suites hold to the contracts of their ports. Another one is named in STORAGES."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pointsman_service.adapters.sqlite.storage import Storage, StorageSettings, open_storage


@asynccontextmanager
async def sqlite(folder: Path, **settings: Any) -> AsyncIterator[Storage]:
    """One file in the folder."""
    storage = open_storage(folder, StorageSettings(**settings))
    try:
        yield storage
    finally:
        await storage.close()


STORAGES = {"sqlite": sqlite}


def opening(part: Callable[[Storage], Any], **settings: Any) -> Any:
    """A fixture `opener`: given a folder, it opens there the part that a suite is about, of each storage in turn."""

    @pytest.fixture(name="opener", params=sorted(STORAGES))
    def opener(request: pytest.FixtureRequest) -> Callable[[Path], AbstractAsyncContextManager[Any]]:
        @asynccontextmanager
        async def opened(folder: Path) -> AsyncIterator[Any]:
            async with STORAGES[request.param](folder, **settings) as storage:
                yield part(storage)

        return opened

    return opener
