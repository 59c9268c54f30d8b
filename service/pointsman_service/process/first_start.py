"""What the configuration declares, and telling it to a log that is still empty, before anything else is in it.

The learner knows models, budgets and the taxonomy from the log alone; so the first query must not come before them.
Later changes of the configuration are appended by the learner's process when it has caught up.
"""

from __future__ import annotations

import asyncio
import time

from pointsman_service.adapters.embedder_wordllama import shared_embedder
from pointsman_service.adapters.operator_changes import OperatorFile
from pointsman_service.adapters.prices import PriceBook
from pointsman_service.application.taxonomy_nodes import placed_nodes
from pointsman_service.config.declared import Configured, Declared
from pointsman_service.config.sections import Settings
from pointsman_service.config.taxonomy_file import read_taxonomy
from pointsman_service.process.wiring import budgets_of, priced_models, storage_of


def configured(settings: Settings) -> Configured:
    """What the configuration declares, with what operators changed on top. Raises ConfigurationError."""
    changes = OperatorFile(settings.storage.folder).read()
    models = {m.name: m for m in priced_models(settings, PriceBook())} | dict(changes.models)
    entries = read_taxonomy(settings.learner.taxonomy)
    return Configured(
        models=[m.as_learner_model() for m in models.values()],
        budgets={**budgets_of(settings), **changes.budgets},
        nodes=placed_nodes(entries, shared_embedder()),
    )


async def declare_to_an_empty_log(settings: Settings) -> int:
    """Append all that is configured where nothing was ever logged; how many events."""
    storage = storage_of(settings)
    try:
        if await storage.log.end() > 0:
            return 0
        events = list(Declared().differences(configured(settings), time.time()))
        await asyncio.gather(*(storage.log.append(event) for event in events))  # one queue: they keep their order
        return len(events)
    finally:
        await storage.close()
