"""What a response says that it cost, in every form that providers and gateways have for it."""

import pytest
from pointsman_service.chat.stated_cost import cost_of_headers, stated_cost_of


@pytest.mark.parametrize(
    ("payload", "usd"),
    [
        ({"usage": {"cost": 0.0042}}, 0.0042),
        ({"usage": {"cost": "0.0042"}}, 0.0042),
        ({"usage": {"cost": " $0.0042 "}}, 0.0042),
        ({"usage": {"cost": {"input_tokens_cost": 0.001, "total_cost": 0.0042}}}, 0.0042),
        ({"usage": {"cost": {"total_cost": "0.0042"}}}, 0.0042),
        ({"usage": {"cost": 0.0002, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.004}}}, 0.0042),
        ({"usage": {"cost": 0, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.0042}}}, 0.0042),
        ({"usage": {"cost": 0.0042, "is_byok": False, "cost_details": {"upstream_inference_cost": 0.004}}}, 0.0042),
        ({"usage": {"cost_details": {"upstream_inference_cost": 0.0042}}}, 0.0042),
        ({"usage": {"estimated_cost": 0.0042}}, 0.0042),
        ({"usage": {"total_cost": 0.0042}}, 0.0042),
        ({"usage": {"cost_in_usd_ticks": 42_000_000}}, 0.0042),
        ({"cost": 0.0042}, 0.0042),
        ({"_hidden_params": {"response_cost": 0.0042}}, 0.0042),
        ({"provider_metadata": {"gateway": {"cost": "0.0042"}}}, 0.0042),
        ({"pointsman_recorded_cost_usd": 0.0042}, 0.0042),
        (cost_of_headers({"x-litellm-response-cost": "0.0042"}), 0.0042),
        ({"usage": {"cost": 0}}, 0.0),
    ],
)
def test_each_known_form_is_read(payload, usd):
    """As a number or a text, beside the tokens, in the body, in a header."""
    assert stated_cost_of(payload) == pytest.approx(usd)


@pytest.mark.parametrize(
    "cost",
    [-0.5, "-0.5", "much", "", None, True, [0.1], {}, float("nan"), float("inf"), 1e9, "1e30", 10**400, {"total": -1}],
)
def test_what_no_cost_can_be_is_not_read(cost):
    """Below 0, no number, or more than any call costs; then the next form is looked at."""
    assert stated_cost_of({"usage": {"cost": cost}}) is None
    assert stated_cost_of({"usage": {"cost": cost, "estimated_cost": 0.5}}) == 0.5


def test_headers_that_say_nothing_add_nothing():
    """Neither an empty one nor another's."""
    assert cost_of_headers({"x-litellm-response-cost": "", "x-cost": "1"}) == {}
