"""A judge that calls a model has a price for plans, whoever states it."""

import pytest
from pointsman_service.domain import JudgeConfig, ModelConfig, ModelPrices
from pointsman_service.process.wiring import priced_judge

MODELS = {name: ModelConfig(name, "openai", name) for name in ("small", "large")}
PRICES = {"small": ModelPrices(1.0, 1.0, "configured"), "large": ModelPrices(10.0, 10.0, "configured")}


@pytest.mark.parametrize(
    ("judge", "cost_usd"),
    [
        (JudgeConfig("j", "format"), 0.0),
        (JudgeConfig("j", "rubric", model="small"), 0.0009),
        (JudgeConfig("j", "rubric", model="small", cost_usd=0.5), 0.5),
        (JudgeConfig("j", "consistency"), 0.009),
        (JudgeConfig("j", "consistency", options={"models": ["small"]}), 0.0009),
        (JudgeConfig("j", "consistency", cost_usd=0.5), 0.5),
    ],
)
def test_a_judge_that_calls_models_is_never_free(judge, cost_usd):
    """It costs what the call of its model is likely to; one that may call several, the dearest's."""
    assert priced_judge(judge, MODELS, lambda model: PRICES[model.name]).cost_usd == pytest.approx(cost_usd)
