"""The limit on an answer in the word that a model takes: learnt from the refusal that names it."""

import pytest
from pointsman_service.application.limited_calls import LimitedCaller
from pointsman_service.domain import ChatMessage, ModelConfig, Question
from pointsman_service.errors import ModelCallError

MODEL = ModelConfig("m", "openai", "m-1", "http://unused/v1")
OLD = "the provider answered 400: Unsupported parameter: 'max_tokens' is not supported with this model. Use {} instead."
NEITHER = "the provider answered 400: Unrecognized request argument supplied: max_completion_tokens"
LONG = "the provider answered 400: max_tokens is too large: 4096. This model supports at most 2048 completion tokens."


class Provider:
    """Refuses as long as `refusals` by parameter says so; remembers the bodies' parameters."""

    def __init__(self, refusals):
        self.refusals, self.seen = refusals, []

    def _take(self, model, question):
        params = {**model.params, **question.params}
        self.seen.append(params)
        for name, why in self.refusals.items():
            if name in params:
                raise ModelCallError(why, kind="invalid", status=400)

    async def call(self, model, question, timeout_s):
        assert timeout_s <= 5.0
        self._take(model, question)
        return "answer"

    async def stream(self, model, question, timeout_s):
        self._take(model, question)
        yield "piece"
        yield "answer"

    async def close(self):
        pass


def asking(**params):
    """A question with these parameters."""
    return Question((ChatMessage("user", "hi"),), params=params)


async def ask(caller, model=MODEL, *, stream=False, **params):
    """Ask either way."""
    if stream:
        return [piece async for piece in caller.stream(model, asking(**params), 5.0)][-1]
    return await caller.call(model, asking(**params), 5.0)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_model_that_refuses_max_tokens_is_asked_in_the_other_word(stream):
    """At once, and from then on without the detour."""
    provider = Provider({"max_tokens": OLD.format("'max_completion_tokens'")})
    caller = LimitedCaller(provider)
    for _ in range(2):
        assert await ask(caller, stream=stream, max_tokens=100, seed=1) == "answer"
    renamed = {"max_completion_tokens": 100, "seed": 1}
    assert provider.seen == [{"max_tokens": 100, "seed": 1}, renamed, renamed]


async def test_a_model_that_refuses_both_words_gets_none():
    """Rather than no answer."""
    provider = Provider({"max_tokens": OLD.format("'max_completion_tokens'"), "max_completion_tokens": NEITHER})
    assert await ask(LimitedCaller(provider), max_tokens=100) == "answer"
    assert provider.seen[-1] == {}


async def test_a_limit_of_the_models_own_is_renamed_as_well():
    """What operators set in its parameters."""
    provider = Provider({"max_tokens": OLD.format("'max_completion_tokens'")})
    model = ModelConfig("m", "openai", "m-1", params={"max_tokens": 50, "top_p": 1})
    assert await ask(LimitedCaller(provider), model) == "answer"
    assert provider.seen[-1] == {"top_p": 1, "max_completion_tokens": 50}


async def test_a_limit_beyond_what_a_model_can_is_its_longest_answer():
    """Where the refusal says how long that is."""

    class Short(Provider):
        def _take(self, model, question):
            super()._take(model, question)
            if question.params["max_tokens"] > 2048:
                raise ModelCallError(LONG, kind="invalid", status=400)

    provider = Short({})
    caller = LimitedCaller(provider)
    for _ in range(2):
        assert await ask(caller, max_tokens=4096) == "answer"
    assert [said["max_tokens"] for said in provider.seen] == [4096, 2048, 2048]


@pytest.mark.parametrize(
    "error",
    [
        ModelCallError("the provider answered 400: temperature is not supported", kind="invalid"),
        ModelCallError("the provider answered 400: max_tokens must be positive", kind="invalid"),
        ModelCallError("the provider answered 503: max_tokens is not supported just now", kind="unavailable"),
    ],
)
async def test_other_refusals_are_the_calls_own(error):
    """Another parameter, a value that makes no sense, an outage."""

    class Broken(Provider):
        def _take(self, model, question):
            super()._take(model, question)
            raise error

    provider = Broken({})
    with pytest.raises(ModelCallError) as raised:
        await ask(LimitedCaller(provider), max_tokens=100)
    assert raised.value is error
    assert len(provider.seen) == 1
