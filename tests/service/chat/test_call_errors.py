"""Responses that are no completions: what kind of failure each is, as data and in words."""

import pytest
from pointsman_service.chat.call_errors import error_of_status
from pointsman_service.errors import ModelCallError

from tests.service.chat.whole import read_completion


def test_an_error_in_a_good_response_has_the_status_that_it_names():
    """Gateways answer 200 with an error in the body."""
    for code, kind in ((429, "rate_limited"), (401, "auth"), ("odd", "unavailable"), (7, "unavailable")):
        with pytest.raises(ModelCallError) as caught:
            read_completion({"error": {"message": "no", "code": code}})
        assert caught.value.kind == kind
    with pytest.raises(ModelCallError, match="just words"):
        read_completion({"error": "just words"})


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, ""), (410, ""), (400, "model_not_found"), (404, "DeploymentNotFound"), (400, "model_decommissioned")],
)
def test_a_model_that_the_provider_does_not_know_is_a_kind_of_its_own(status, code):
    """Neither another question nor waiting cures it."""
    error = error_of_status(status, {"error": {"message": "no such model", "code": code}})
    assert (error.kind, error.retryable) == ("unknown_model", False)


def test_the_kind_is_data_and_not_a_part_of_the_message():
    """Nobody has to parse it, and nobody reads it twice."""
    error = error_of_status(401, {"error": {"message": "bad key"}})
    assert str(error) == "the provider answered 401: bad key"
    assert (error.kind, error.facts["kind"]) == ("auth", "auth")


def test_long_messages_of_providers_are_cut():
    """They end up in logs and in errors to callers."""
    assert len(str(error_of_status(500, "x" * 10_000))) < 300
