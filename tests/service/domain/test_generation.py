"""Which parameters of a caller may reach a provider, and with which values."""

import inspect
import json

import pytest
from pointsman_service.chat.request import request_body
from pointsman_service.config import parse
from pointsman_service.domain import ChatMessage, ModelConfig, Question
from pointsman_service.domain.generation import GENERATION, KNOWN, is_known, is_setting, unknown_param, wrong_value
from pointsman_service.errors import ConfigurationError

SMUGGLED = {
    "api_base": "http://attacker.example",
    "base_url": "http://attacker.example",
    "api_key": "sk-mine",
    "headers": {"x": "y"},
    "extra_headers": {"x": "y"},
    "extra_body": {"api_base": "http://attacker.example"},
    "optional_params": {"api_base": "http://attacker.example"},
    "proxies": {"https": "http://attacker.example"},
    "mock_response": "forged",
    "model_list": [],
    "fallbacks": ["other"],
    "custom_llm_provider": "openai",
    "callbacks": ["x"],
    "success_callback": ["x"],
    "timeout": 1e9,
    "aws_bedrock_runtime_endpoint": "http://attacker.example",
    "vertex_credentials": "{}",
    "_skip_mcp_handler": False,
    "shared_session": 1,
}


def litellms_own():
    """Every name that the installed litellm takes for a setting of its own."""
    import litellm
    from litellm.types.utils import all_litellm_params

    return set(all_litellm_params) | set(inspect.signature(litellm.acompletion).parameters)


@pytest.mark.parametrize("adapter", ["openai", "litellm"])
def test_nothing_that_is_not_known_reaches_a_provider(adapter):
    """Whatever its value: addresses, keys, callbacks, invented answers, and what hides them."""
    model = ModelConfig("m", adapter, "m", base_url="http://here.example")
    body = request_body(model, Question((ChatMessage("user", "hi"),), params={**SMUGGLED, "temperature": 0}))
    assert set(body) == {"temperature", "model", "messages"}


def test_no_setting_of_litellms_is_a_parameter_of_callers():
    """But for what OpenAI has, too."""
    from litellm.types.utils import all_litellm_params

    assert not set(all_litellm_params) & set(GENERATION)


def test_an_operator_cannot_allow_callers_litellms_addresses_and_keys():
    """Nor anything else that litellm keeps for itself and that is made of such words, now or in a later release."""
    named = [n for n in litellms_own() if any(w in n for w in ("key", "base", "url", "header", "host", "endpoint"))]
    own = [n for n in named if n not in KNOWN]
    assert len(own) > 40
    assert all(is_setting(name) for name in own)
    with pytest.raises(ConfigurationError, match=r"allow_params must not hold \"api_base\""):
        parse(_model(allow_params=["api_base"]))


def test_a_direct_model_may_be_allowed_any_field_of_its_body():
    """The query's own fields excepted."""
    settings = parse(_model(base_url="http://h/v1", allow_params=["priority"]))
    (model,) = settings.model_configs()
    body = request_body(model, Question((ChatMessage("user", "hi"),), params={"priority": 3, "other": 1}))
    assert (body["priority"], "other" in body) == (3, False)
    with pytest.raises(ConfigurationError, match='must not allow "messages"'):
        parse(_model(base_url="http://h/v1", allow_params=["messages"]))


def _model(**fields):
    return {"models": [{"name": "m", "input_usd_per_million": 1, "output_usd_per_million": 1, **fields}]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", "hot"),
        ("temperature", -1),
        ("temperature", 10**400),
        ("top_p", True),
        ("seed", 2**63),
        ("stop", ["x"] * 17),
        ("stop", "x" * 201),
        ("stop", [["x"]]),
        ("logit_bias", {str(i): 1 for i in range(1_025)}),
        ("logit_bias", {"5": "much"}),
        ("logit_bias", {"5": 101}),
        ("top_logprobs", 10**6),
        ("user", {"id": 5}),
        ("user", "a\nb"),
        ("metadata", {"k": "v" * 513}),
        ("metadata", {str(i): "v" for i in range(17)}),
        ("guided_grammar", "x" * 20_001),
        ("tool_choice", 5),
        ("functions", [5]),
    ],
)
def test_values_have_their_types_and_ranges(name, value):
    """What is wrong is said, whatever the value."""
    assert wrong_value(name, value).startswith(("must be", "must hold", "each must"))


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_every_known_parameter_takes_null_and_says_what_else_it_takes(name):
    """Null is left off; an object of texts in texts fits few of them, and never breaks the check."""
    assert wrong_value(name, None) is None
    for value in ({"a": [{}]}, [], "", "x", 0, -1, 1.5, True, float("nan"), 10**400):
        said = wrong_value(name, value)
        assert said is None or json.dumps(said)


def test_the_nearest_name_is_told():
    """And what an operator can do, where none is near."""
    assert 'did you mean "temperature"' in unknown_param("temprature")
    assert "allow_params" in unknown_param("api_base")
    assert len(unknown_param("x" * 10_000)) < 200
    assert is_known("max_tokens")
    assert not is_known("api_base")
