"""From a completion to an answer: whose figure the cost is, and when tokens are estimated."""

import pytest
from pointsman_service.chat.answers import answer_of
from pointsman_service.chat.wire import Completion
from pointsman_service.domain import ChatMessage, ModelAnswer, ModelConfig, ModelPrices, Question
from pointsman_service.errors import ModelCallError

QUESTION = Question((ChatMessage("user", "x" * 40),))
CONFIGURED = ModelPrices(1.0, 10.0, "configured")
LISTED = ModelPrices(2.0, 20.0, "litellm")


def _answer(completion: Completion, prices: ModelPrices | None, cost_from: str = "prices") -> ModelAnswer:
    model = ModelConfig("m", "openai", "m-1", cost_from=cost_from)
    return answer_of(completion, model=model, question=QUESTION, prices=prices, latency_ms=5.0)


@pytest.mark.parametrize(
    ("prices", "stated", "cost_from", "cost", "source"),
    [
        (CONFIGURED, None, "prices", 100e-6 + 500e-6, "configured"),
        (CONFIGURED, 0.5, "prices", 100e-6 + 500e-6, "configured"),
        (CONFIGURED, 0.5, "response", 0.5, "response"),
        (CONFIGURED, None, "response", 100e-6 + 500e-6, "configured"),
        (LISTED, 0.5, "prices", 0.5, "response"),
        (LISTED, None, "prices", 200e-6 + 1000e-6, "litellm"),
        (None, 0.5, "prices", 0.5, "response"),
        (None, None, "prices", 0.0, "unknown"),
    ],
)
def test_the_cost_names_whose_figure_it_is(prices, stated, cost_from, cost, source):
    """Configured prices, then the response's own figure, then the price map; the response first where asked."""
    answer = _answer(Completion("hi", "stop", (), 100, 50, stated), prices, cost_from)
    assert answer.cost_usd == pytest.approx(cost)
    assert answer.cost_source == source


@pytest.mark.parametrize(
    ("counted_in", "counted_out", "tokens", "estimated"),
    [
        (7, 3, (7, 3), False),
        (None, None, (10, 25), True),
        (0, 0, (10, 25), True),
        (7, None, (7, 25), True),
        (7, 0, (7, 25), True),
    ],
)
def test_tokens_that_nobody_counted_are_estimated(counted_in, counted_out, tokens, estimated):
    """Also those that a gateway counts as zero, which no chat request has."""
    answer = _answer(Completion("y" * 100, "stop", (), counted_in, counted_out), CONFIGURED)
    assert ((answer.input_tokens, answer.output_tokens), answer.tokens_estimated) == (tokens, estimated)


@pytest.mark.parametrize(
    ("completion", "kind"),
    [
        (Completion(" \n", "stop", (), 100, 1), "empty"),
        (Completion("", "length", (), 100, 50), "empty"),
        (Completion("half a", "content_filter", (), 100, 3), "refused"),
        (Completion("", "stop", (), 100, 5, refusal="no"), "refused"),
    ],
)
def test_what_cannot_be_used_is_an_error_that_carries_its_cost(completion, kind):
    """The provider charges for it, so the budget must know."""
    with pytest.raises(ModelCallError) as caught:
        _answer(completion, CONFIGURED)
    assert caught.value.kind == kind
    assert caught.value.cost_usd == pytest.approx((100 + 10 * completion.output_tokens) / 1e6)


def test_a_refusal_beside_a_text_is_an_answer():
    """The text is there to be judged."""
    assert _answer(Completion("I would rather not", "stop", (), 1, 1, refusal="no"), CONFIGURED).text
