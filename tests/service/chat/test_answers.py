"""From a completion to an answer: whose figure the cost is, and when tokens are estimated."""

import pytest
from pointsman_service.chat.answers import answer_of
from pointsman_service.chat.completion import Completion
from pointsman_service.domain import ChatMessage, ModelAnswer, ModelConfig, ModelPrices, Question, Usage
from pointsman_service.errors import ModelCallError

QUESTION = Question((ChatMessage("user", "x" * 40),))
CONFIGURED = ModelPrices(1.0, 10.0, "configured")
LISTED = ModelPrices(2.0, 20.0, "litellm")


def _answer(completion: Completion, prices: ModelPrices | None, cost_source: str = "prices") -> ModelAnswer:
    model = ModelConfig("m", "openai", "m-1", cost_source=cost_source)
    return answer_of(completion, model=model, question=QUESTION, prices=prices, latency_ms=5.0)


@pytest.mark.parametrize(
    ("prices", "stated", "cost_source", "cost", "source"),
    [
        (CONFIGURED, None, "prices", 100e-6 + 500e-6, "configured"),
        (CONFIGURED, 0.5, "prices", 100e-6 + 500e-6, "configured"),
        (CONFIGURED, 0.5, "response", 0.5, "response"),
        (CONFIGURED, None, "response", 100e-6 + 500e-6, "configured"),
        (LISTED, 0.5, "prices", 0.5, "response"),
        (LISTED, None, "prices", 200e-6 + 1000e-6, "litellm"),
        (None, 0.5, "prices", 0.5, "response"),
        (None, None, "prices", 0.0, "unknown"),
        (None, 0.0, "prices", 0.0, "unknown"),
        (LISTED, 0.0, "prices", 200e-6 + 1000e-6, "litellm"),
        (CONFIGURED, 0.0, "response", 0.0, "response"),
    ],
)
def test_the_cost_names_whose_figure_it_is(prices, stated, cost_source, cost, source):
    """Configured prices, then the response's own figure, then the price map; the response first where asked."""
    answer = _answer(Completion("hi", "stop", usage=Usage(100, None, 50), stated_cost_usd=stated), prices, cost_source)
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
    answer = _answer(Completion("y" * 100, "stop", usage=Usage(counted_in, None, counted_out)), CONFIGURED)
    assert ((answer.input_tokens, answer.output_tokens), answer.tokens_estimated) == (tokens, estimated)


@pytest.mark.parametrize(
    ("completion", "kind"),
    [
        (Completion(" \n", "stop", usage=Usage(100, None, 1)), "empty"),
        (Completion("", "length", usage=Usage(100, None, 50)), "empty"),
        (Completion("half a", "content_filter", usage=Usage(100, None, 3)), "refused"),
        (Completion("", "stop", usage=Usage(100, None, 5), refusal="no"), "refused"),
    ],
)
def test_what_cannot_be_used_is_an_error_that_carries_its_cost(completion, kind):
    """The provider charges for it, so the budget must know."""
    with pytest.raises(ModelCallError) as caught:
        _answer(completion, CONFIGURED)
    assert caught.value.kind == kind
    assert caught.value.cost_usd == pytest.approx((100 + 10 * completion.usage.output_tokens) / 1e6)


def test_a_refusal_beside_a_text_is_an_answer():
    """The text is there to be judged, and the refusal beside it."""
    answer = _answer(Completion("I would rather not", "stop", refusal="no"), CONFIGURED)
    assert (answer.text, answer.refusal) == ("I would rather not", "no")


def test_what_a_provider_tells_beside_the_text_reaches_the_answer():
    """Reasoning, parts, and the tokens that were cached or thought."""
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    told = Completion("", "stop", parts=(picture,), reasoning="a cat, then", usage=Usage(9, 4, 7, 5))
    answer = _answer(told, CONFIGURED)
    assert (answer.parts, answer.reasoning) == ((picture,), "a cat, then")
    assert (answer.cached_input_tokens, answer.reasoning_tokens) == (4, 5)


def test_reasoning_alone_is_an_empty_answer():
    """Its tokens are charged, also where nobody counted them."""
    with pytest.raises(ModelCallError) as caught:
        _answer(Completion("", "length", reasoning="z" * 400), CONFIGURED)
    assert caught.value.kind == "empty"
    assert caught.value.cost_usd == pytest.approx((10 + 10 * 100) / 1e6)


def test_sound_has_the_format_that_was_asked_for():
    """The response does not say it; the request's word beats the model's."""
    sound = {"type": "input_audio", "input_audio": {"data": "AA=="}}
    model = ModelConfig("m", "openai", "m-1", params={"audio": {"format": "mp3"}})
    question = Question(QUESTION.messages, params={"audio": {"format": "wav"}})
    completion = Completion("Hello", "stop", parts=(sound,))
    for asked, heard in ((QUESTION, "mp3"), (question, "wav")):
        answer = answer_of(completion, model=model, question=asked, prices=None, latency_ms=1.0)
        assert answer.parts[0]["input_audio"] == {"data": "AA==", "format": heard}
    assert _answer(completion, None).parts == (sound,)
