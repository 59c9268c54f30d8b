"""Calls and their money: what stands for an unknown price, what judges spend, who is called while money is short."""

import pytest
from pointsman_learner.estimators.prices import PriceList
from pointsman_learner.types import Model
from pointsman_service.application.call_price import IMAGE_TOKENS, dearest_of, quoted
from pointsman_service.application.judge_calls import JudgeCaller, Payer, paid_by
from pointsman_service.domain import ChatMessage, ModelConfig, Question
from pointsman_service.errors import ModelCallError

from tests.service.application.conftest import MODELS

UNKNOWN = ModelConfig("unknown", "openai", "unknown", "http://unused/v1", unpriced=True)
HI = Question((ChatMessage("user", "hi"),), params={"max_tokens": 1000})


def test_a_model_without_a_price_is_planned_as_the_dearest():
    """Of each half; what nobody knows is not preferred for being cheap."""
    prices = PriceList.of([Model("a", 1.0, 10.0), Model("b", 3.0, 2.0), Model("c"), Model("d", 5.0)])
    assert prices.per_token.tolist() == pytest.approx([1e-6, 3e-6, 3e-6, 3e-6])
    assert prices.fixed[2] == prices.fixed[3] == prices.fixed[0]


def test_a_model_without_a_price_is_held_as_the_dearest():
    """Its answer, too, counts at that price."""
    quote = quoted(UNKNOWN, HI, dearest_of([*MODELS, UNKNOWN]))
    assert quote.least_usd == quoted(MODELS[2], HI, None).least_usd


def test_an_image_is_held_though_it_is_no_text():
    """By the dearest count of one."""
    picture = ({"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},)
    seen = Question((ChatMessage("user", "hi", picture),), params={"max_tokens": 1000})
    more = quoted(MODELS[0], seen, None).least_usd - quoted(MODELS[0], HI, None).least_usd
    assert more == pytest.approx(IMAGE_TOKENS * 1e-6)


async def test_an_answer_of_unknown_price_counts_at_the_dearest_and_is_logged_as_unknown(build, ask):
    """A ceiling must not be had for nothing."""
    h = build(models=(*MODELS, UNKNOWN), ceilings={"acme": 10.0})
    h.caller.answers["unknown"] = h.caller.answer("hello", cost_usd=0.0, cost_source="unknown")
    done = await h.router.complete(ask(models=("unknown",)), h.me)
    assert done.steps[0].cost_known is False
    assert h.storage.ledger.spent("acme", 1000.0) == pytest.approx((10 * 1.0 + 20 * 100.0) / 1e6)


async def test_a_query_goes_to_a_model_that_can_be_paid(build, ask):
    """The dear one could cost .41 of .2; the reason stands with the decision."""
    h = build(ceilings={"acme": 0.2})
    h.policy.models = ("large", "small")
    done = await h.router.complete(ask(), h.me)
    assert done.model == "small"
    assert h.policy.constraints.excluded == {"large": "ceiling"}


async def test_what_a_judge_calls_is_held_settled_and_is_its_bill(build):
    """However dear it turns out; and where the ceiling has no room, nothing is called."""
    h = build(ceilings={"acme": 0.05})
    judges = JudgeCaller(h.caller, h.purse)
    h.caller.answers["small"] = h.caller.answer("8", cost_usd=0.03)
    payer = Payer("acme", capped=True)
    with paid_by(payer):
        await judges.call(MODELS[0], HI, 1.0)
        with pytest.raises(ModelCallError, match="no room"):
            await judges.call(MODELS[0], Question(HI.messages, params={"max_tokens": 3000}), 1.0)
    assert (payer.calls, payer.bill_usd) == (1, 0.03)
    assert h.storage.ledger.spent("acme", 1000.0) == pytest.approx(0.03)
    assert h.purse.bid(h.purse.quote(MODELS[0], HI)).usd == pytest.approx(0.03)  # what it was seen to cost


async def test_a_judges_call_that_failed_may_be_billed(build, failing):
    """Then nobody knows its bill, and all that was held counts."""
    h = build(ceilings={"acme": 0.05})
    h.caller.answers["small"] = failing("timeout")
    payer = Payer("acme", capped=True)
    with paid_by(payer), pytest.raises(ModelCallError):
        await JudgeCaller(h.caller, h.purse).call(MODELS[0], HI, 1.0)
    assert payer.bill_usd is None
    assert h.storage.ledger.spent("acme", 1000.0) > 0.01
