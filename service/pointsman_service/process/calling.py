"""How models are called at one place: which adapter, within which times, without what was refused, without keys."""

from __future__ import annotations

from pointsman_service.adapters.callers.choice import CallerChoice
from pointsman_service.adapters.callers.learning_refusals import RefusalsLearntCaller
from pointsman_service.adapters.callers.litellm_caller import LiteLLMCaller
from pointsman_service.adapters.callers.openai_caller import OpenAICaller
from pointsman_service.adapters.callers.redacting import RedactingCaller
from pointsman_service.adapters.callers.timed import TimedCaller
from pointsman_service.domain.redaction import Redactor
from pointsman_service.ports import ModelCaller, PriceLookup
from pointsman_service.process.descriptors import pool_of_providers


def caller_at_one_place(prices: PriceLookup, litellm: LiteLLMCaller, redactor: Redactor) -> ModelCaller:
    """Asks once, where the model is; what comes back has no key in it."""
    openai = OpenAICaller(prices, connections=pool_of_providers())
    choice = CallerChoice({"openai": openai, "litellm": litellm})
    return RedactingCaller(TimedCaller(RefusalsLearntCaller(choice)), redactor)
