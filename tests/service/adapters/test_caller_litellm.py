"""What is particular to the litellm adapter: when it loads, and which releases it refuses."""

import importlib.metadata
import subprocess
import sys

import pytest
from pointsman_service.adapters.callers.litellm_caller import LiteLLMCaller
from pointsman_service.adapters.prices.book import PriceBook
from pointsman_service.domain import ChatMessage, ModelConfig, Question
from pointsman_service.errors import ConfigurationError, ModelCallError

HELLO = Question((ChatMessage("user", "Hello"),))


@pytest.mark.parametrize("version", ["1.82.7", "1.82.8"])
def test_releases_that_stole_credentials_are_refused(version):
    """Before anything of them is imported, and with what to do."""
    with pytest.raises(ConfigurationError, match=r"steals credentials.*pip install"):
        LiteLLMCaller(PriceBook(), installed_version=lambda: version)


def test_a_missing_litellm_stops_the_start():
    """The message is the command that installs it."""

    def missing() -> str:
        raise importlib.metadata.PackageNotFoundError("litellm")

    with pytest.raises(ConfigurationError, match="pip install"):
        LiteLLMCaller(PriceBook(), installed_version=missing)


def test_litellm_is_not_imported_before_the_first_call():
    """Neither by the module nor by making a caller and looking up a price: that is seconds and 190 MB saved."""
    program = """
import sys
from pointsman_service.adapters.callers.litellm_caller import LiteLLMCaller
from pointsman_service.adapters.prices.book import PriceBook
from pointsman_service.domain import ModelConfig
prices = PriceBook()
LiteLLMCaller(prices)
assert prices(ModelConfig("m", "litellm", "gpt-4o-mini")) is not None
assert "litellm" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, env={"PYTHONPATH": ":".join(sys.path)})


async def test_a_caller_that_never_called_closes_at_once():
    """Closing does not load litellm."""
    await LiteLLMCaller(PriceBook()).close()


async def test_an_import_that_takes_longer_than_the_time_limit_is_no_timeout_of_the_model():
    """It says so, and goes on, for the next call."""
    caller = LiteLLMCaller(PriceBook())
    with pytest.raises(ModelCallError) as caught:
        await caller.call(ModelConfig("m", "litellm", "openai/m", "http://127.0.0.1:1/v1"), HELLO, 1e-6)
    assert (caught.value.kind, caught.value.retryable) == ("unavailable", True)
    assert "still being loaded" in str(caught.value)
    await caller.preload()
    await caller.close()


async def test_a_broken_litellm_is_unavailable(monkeypatch):
    """A call says so as any failed call does; preload says it as a mistake of the installation."""
    monkeypatch.setitem(sys.modules, "litellm", None)
    caller = LiteLLMCaller(PriceBook())
    with pytest.raises(ModelCallError, match="cannot be imported") as caught:
        await caller.call(ModelConfig("m", "litellm", "openai/m"), HELLO, 5.0)
    assert caught.value.kind == "unavailable"
    with pytest.raises(ConfigurationError):
        await caller.preload()
    await caller.close()


async def test_a_name_without_a_provider_is_an_unknown_model():
    """The operator's to mend: the message says how."""
    caller = LiteLLMCaller(PriceBook())
    await caller.preload()
    with pytest.raises(ModelCallError, match="Provider") as caught:
        await caller.call(ModelConfig("m", "litellm", "no-such-model"), HELLO, 5.0)
    assert caught.value.kind == "unknown_model"
    await caller.close()


async def test_what_litellm_loaded_is_quiet_and_local():
    """No telemetry, no banners, no price map from the network."""
    caller = LiteLLMCaller(PriceBook())
    await caller.preload()
    litellm = sys.modules["litellm"]
    assert litellm.telemetry is False
    assert litellm.suppress_debug_info is True
    await caller.close()


def test_litellm_searches_no_answer_for_secrets():
    """Two dozen patterns over a text that a provider sent, several times an error, would stand in every call's way."""
    program = """
import asyncio
from pointsman_service.adapters.callers.litellm_caller import LiteLLMCaller
from pointsman_service.adapters.prices.book import PriceBook
asyncio.run(LiteLLMCaller(PriceBook()).preload())
from litellm._logging import redact_string
print(redact_string("Bearer sk-0123456789abcdef"))
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "Bearer sk-0123456789abcdef"
