"""Counts of tokens that no call can have: not known, never charged for, never a defect."""

import pytest
from pointsman_service.chat.answers import MOST_USD, answer_of
from pointsman_service.chat.usage import MAX_TOKENS, usage_of
from pointsman_service.domain import ChatMessage, ModelConfig, ModelPrices, Question, Usage

from tests.service.chat.whole import read_completion

ABSURD = [2**63, 10**18, 2**31 - 1, MAX_TOKENS + 1, 10**400, -1, -(2**63), float("nan"), float("inf"), "9", True, [5]]
DEAREST = ModelPrices(150.0, 600.0, "litellm")


@pytest.mark.parametrize("tokens", ABSURD)
@pytest.mark.parametrize("field", ["prompt_tokens", "completion_tokens", "total_tokens"])
def test_an_impossible_count_is_not_known(tokens, field):
    """The others stand."""
    told = {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14, field: tokens}
    expected = {"prompt_tokens": 9, "completion_tokens": 5} | ({} if field == "total_tokens" else {field: None})
    assert usage_of({"usage": told}) == Usage(expected["prompt_tokens"], None, expected["completion_tokens"])


@pytest.mark.parametrize("tokens", ABSURD)
@pytest.mark.parametrize("prices", [DEAREST, ModelPrices(1e9, 1e9, "configured"), None])
def test_no_answer_costs_more_than_a_call_can(tokens, prices):
    """10^18 tokens were logged as $5e11, and 2^63 could not be logged at all."""
    usage = {"prompt_tokens": tokens, "completion_tokens": tokens, "total_tokens": tokens}
    payload = {"choices": [{"message": {"content": "42"}, "finish_reason": "stop"}], "usage": usage}
    answer = answer_of(
        read_completion(payload),
        model=ModelConfig("m", "openai", "m"),
        question=Question((ChatMessage("user", "6 times 7?"),)),
        prices=prices,
        latency_ms=1.0,
    )
    assert answer.text == "42"
    assert 0.0 <= answer.cost_usd <= MOST_USD
    assert 0 <= answer.input_tokens <= MAX_TOKENS
    assert 0 <= answer.output_tokens <= MAX_TOKENS
    assert answer.tokens_estimated
