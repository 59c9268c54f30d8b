"""Both clients: what is said of a query becomes the contract's fields, and nothing is dropped."""

import pytest

import pointsman
from pointsman import v1


async def test_complete_sends_the_query_and_returns_the_answer(call, running):
    """Plain values become the contract's fields."""
    answer = await call(
        "complete",
        "2 + 2?",
        dial=0.25,
        latency_weight=0.01,
        max_cost_usd=0.01,
        max_latency_ms=1500,
        min_quality=0.5,
        tools=[{"type": "function", "function": {"name": "add"}}],
        response_format={"type": "json_object"},
        task="sum",
        domain="maths",
        language="en",
        labels={"team": "a"},
        session_id="s-1",
        end_user_id="u-1",
        models=["small"],
        require_tags=["region:eu"],
        include_predictions=True,
    )
    assert answer.answer.text == "Four."
    (request,) = running.service.requests
    assert request.include_predictions
    query = request.query
    assert (query.messages[0].role, query.messages[0].content) == (v1.ROLE_USER, "2 + 2?")
    assert query.preference == v1.Preference(
        dial=0.25, latency_weight=0.01, max_cost_usd=0.01, max_latency_ms=1500, min_quality=0.5
    )
    assert list(query.tools_json) == ['{"type": "function", "function": {"name": "add"}}']
    assert query.response_format_json == '{"type": "json_object"}'
    assert query.hints == v1.Hints(task="sum", domain="maths", language="en", labels={"team": "a"})
    assert (query.session_id, query.end_user_id) == ("s-1", "u-1")
    assert (list(query.models), list(query.require_tags)) == (["small"], ["region:eu"])


async def test_what_is_not_said_is_absent(call, running):
    """It is the tenant's own, or the model's default, and not 0."""
    await call("complete", "2 + 2?")
    query = running.service.requests[0].query
    assert {field.name for field, _ in query.ListFields()} == {"messages"}


async def test_generation_parameters_may_be_given_directly_or_in_params(call, running):
    """A temperature of 0 among them; what only some provider knows goes to it as it is."""
    await call("complete", "a", temperature=0, top_p=0.5, max_tokens=5, stop="\n", seed=7)
    await call("complete", "a", params={"temperature": 0.0, "stop": ["\n", "."], "logit_bias": {"5": 1}}, max_tokens=5)
    first, second = (r.query.params for r in running.service.requests)
    assert first == v1.GenerationParams(temperature=0.0, top_p=0.5, max_tokens=5, stop=["\n"], seed=7)
    assert second == v1.GenerationParams(
        temperature=0.0, max_tokens=5, stop=["\n", "."], extra_json='{"logit_bias": {"5": 1}}'
    )


async def test_keywords_take_the_place_of_what_a_whole_query_says(call, running):
    """And leave the rest of it, and the caller's own message, as they are."""
    chat = [v1.ChatMessage(role=v1.ROLE_USER, content="a")]
    query = v1.Query(messages=chat, models=["small", "large"], preference=v1.Preference(cost_weight=3, min_quality=0.5))
    await call("route", query, models=["tiny"], dial=0.0)
    sent = running.service.requests[0].query
    assert (sent.messages[0].content, list(sent.models)) == ("a", ["tiny"])
    assert (sent.preference.WhichOneof("tradeoff"), sent.preference.min_quality) == ("dial", 0.5)
    assert list(query.models) == ["small", "large"]


async def test_every_query_gets_a_request_id_of_its_own(call, running):
    """So that retries are safe; one that the caller gives is kept."""
    for method in ("route", "complete", "stream_complete"):
        await call(method, "a")
        await call(method, "a")
        await call(method, "a", request_id="mine")
    ids = [r.request_id for r in running.service.requests]
    assert ids[2::3] == ["mine"] * 3
    assert len(set(ids)) == 7
    assert all(ids)


async def test_a_caller_who_runs_one_model_says_so(call, running):
    """By default the decision is the beginning of a cascade."""
    await call("route", "a")
    await call("route", "a", single_call=True)
    assert [r.single_call for r in running.service.requests] == [False, True]


@pytest.mark.parametrize(
    ("method", "said", "complaint"),
    [
        ("complete", {"dail": 1.0}, "dail is unknown to complete: did you mean dial"),
        ("complete", {"model": "small"}, "did you mean models"),
        ("route", {"cost": 0.1}, "cost is unknown to route"),
        ("route", {"metadata_": []}, "did you mean metadata"),
        ("stream_complete", {"optimist": True}, "did you mean optimistic"),
        ("complete", {"single_call": True}, "single_call is unknown to complete"),
        ("complete", {"frequency_penalty": 0.1}, "frequency_penalty is unknown to complete: it takes"),
        ("complete", {"temperature": 0.1, "params": {"temperature": 0.2}}, "temperature is given twice"),
        ("complete", {"dial": 0.5, "cost_weight": 1.0}, "dial and cost_weight exclude each other"),
        ("complete", {"dial": None}, "dial is None: leave it out, or give a number"),
        ("complete", {"dial": "0.5"}, "dial must be a number, not '0.5'"),
        ("complete", {"dial": True}, "dial must be a number, not True"),
        ("complete", {"temperature": 10**400}, "temperature is out of range"),
        ("complete", {"max_tokens": 5.5}, "max_tokens must be a whole number, not 5.5"),
        ("complete", {"max_tokens": 2**40}, "max_tokens is out of range"),
        ("complete", {"session_id": None}, "session_id is None: leave it out, or give a text"),
        ("complete", {"session_id": b"s"}, "session_id must be a text"),
        ("complete", {"request_id": "r-\ud800"}, "request_id has half a surrogate pair at 2"),
        (
            "complete",
            {"models": "small"},
            r"models must be a list of texts, not 'small': put it in brackets, \['small'\]",
        ),
        ("complete", {"models": ["small", None]}, r"models\[1\] is None"),
        ("complete", {"require_tags": "region:eu"}, "require_tags must be a list"),
        ("complete", {"stop": ["a", 1]}, r"stop\[1\] must be a text, not 1"),
        ("complete", {"stop": {"a"}, "dial": 2j}, "dial must be a number"),
        ("complete", {"tools": {"type": "function"}}, "tools must be a list of dicts"),
        ("complete", {"tools": ["add"]}, r"tools\[0\] must be a dict, not 'add'"),
        ("complete", {"response_format": "json"}, "response_format must be a dict, not 'json'"),
        ("complete", {"params": {"logit_bias": object()}}, "params cannot be written as JSON"),
        ("complete", {"params": {"top_k": float("nan")}}, "params cannot be written as JSON"),
        ("complete", {"params": "temperature=0"}, "params must be a dict"),
        ("complete", {"labels": ["a"]}, "labels must be a dict"),
        ("complete", {"labels": {"a": 1}}, r"labels\['a'\] must be a text, not 1"),
        ("complete", {"include_predictions": 1}, "include_predictions must be True or False, not 1"),
        ("stream_complete", {"optimistic": "yes"}, "optimistic must be True or False, not 'yes'"),
        ("stream_complete", {"trace": None}, "trace is None"),
    ],
)
async def test_what_cannot_be_said_is_refused_before_it_is_sent(call, running, method, said, complaint):
    """With the keyword, and what to do."""
    with pytest.raises(pointsman.InvalidRequest, match=complaint) as caught:
        await call(method, "a", **said)
    assert caught.value.field_violations[0][0].partition("[")[0] in {*said, "stop"}
    assert running.service.requests == []


def test_numbers_of_other_libraries_are_numbers(running):
    """What registers as one with Python's numbers, as numpy's do."""
    from fractions import Fraction

    with pointsman.Client(running.address) as client:
        client.route("a", dial=Fraction(1, 4))
    assert running.service.requests[0].query.preference.dial == 0.25
