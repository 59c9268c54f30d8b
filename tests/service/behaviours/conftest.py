"""litellm is imported once for all rows: it takes seconds."""

import pytest
from pointsman_service.adapters.callers.litellm_caller import _import_litellm


@pytest.fixture(scope="session", autouse=True)
def litellm_is_loaded() -> None:
    """So that no row's time limit pays for it."""
    _import_litellm()
