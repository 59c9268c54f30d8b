"""What a request may hold at most: whatever there is too much of is told by its field, and is not read."""

import json

import pytest
from pointsman import v1
from pointsman_service.domain.json_bounds import MOST_DEEP, MOST_VALUES, BadJson, parsed_object
from pointsman_service.domain.request_limits import Limits
from pointsman_service.domain.violations import MOST_VIOLATIONS
from pointsman_service.errors import Fault, InvalidRequest
from pointsman_service.rpc.read_outcome import read_outcome
from pointsman_service.rpc.read_query import read_query
from pointsman_service.rpc.read_warm_start import read_warm_start
from pointsman_service.rpc.validation import Violations

LIMITS = Limits()
USER = v1.ChatMessage(role=v1.ROLE_USER, content="hi")
TOOL = '{"type": "function", "function": {"name": "f", "parameters": %s}}'


def refused(**query):
    """The violations of a query, by field."""
    request = v1.RouteRequest(query=v1.Query(**({"messages": [USER]} | query)))
    with pytest.raises(InvalidRequest) as error:
        read_query(request, LIMITS)
    return dict(error.value.violations)


def deep(levels):
    """An object that deep."""
    return '{"a": ' * (levels - 1) + "{}" + "}" * (levels - 1)


def params(extra):
    """Generation parameters with these further ones."""
    return v1.GenerationParams(extra_json=extra if isinstance(extra, str) else json.dumps(extra))


@pytest.mark.parametrize("levels", [MOST_DEEP + 1, 900, 5_000, 20_000])
@pytest.mark.parametrize("opening", ['{"a": ', "["])
def test_deep_json_is_refused_wherever_it_stands(levels, opening):
    """An object 900 deep parses; what reads it later would fail, as a defect of the service."""
    closing = "}" if opening[0] == "{" else "]"
    inner = opening * levels + "1" + closing * levels
    for query, field in (
        ({"tools_json": [TOOL % inner]}, "query.tools_json[0]"),
        ({"response_format_json": '{"type": "json_object", "x": ' + inner + "}"}, "query.response_format_json"),
        ({"params": params('{"thinking": ' + inner + "}")}, "query.params.extra_json"),
    ):
        assert set(refused(**query)) == {field}


def test_nesting_is_counted_and_not_brackets():
    """A schema with many objects side by side is none that is deep; brackets within texts are none."""
    wide = '{"enum": [' + ", ".join(["{}"] * 500) + '], "of": "' + "[" * 500 + '"}'
    assert len(parsed_object(wide, 10_000)["enum"]) == 500
    assert parsed_object(deep(MOST_DEEP), 10_000)
    with pytest.raises(BadJson, match=f"more than {MOST_DEEP} objects and lists deep"):
        parsed_object(deep(MOST_DEEP + 1), 10_000)


def test_values_are_counted():
    """However small each is; commas within a text are none."""
    assert parsed_object('{"a": "' + "," * (2 * MOST_VALUES) + '"}', 10**6)
    with pytest.raises(BadJson, match=f"more than {MOST_VALUES} values"):
        parsed_object('{"a": [' + "1," * MOST_VALUES + "1]}", 10**6)


@pytest.mark.parametrize("number", ["1" * 21, "-" + "9" * 5_000, "1e400", "NaN", "-Infinity"])
def test_numbers_that_nothing_can_hold_are_refused(number):
    """Neither the log nor a provider could."""
    assert set(refused(params=params('{"seed": ' + number + "}"))) == {"query.params.extra_json"}


def test_everything_together_is_bounded_as_well():
    """Many messages of many parts, many tool calls, many tools: each within its bound, too much in all."""
    parts = v1.ChatMessage(role=v1.ROLE_USER, parts=[v1.ContentPart(text="x")] * 250)
    assert "parts together" in refused(messages=[parts] * 9)["query.messages"]
    call = v1.ToolCall(tool_call_id="c", function="f", arguments_json='{"a": "' + "x" * 150_000 + '"}')
    calls = v1.ChatMessage(role=v1.ROLE_ASSISTANT, tool_calls=[call])
    assert "tool calls of" in refused(messages=[USER, calls, calls, calls])["query.messages"]
    small = v1.ToolCall(tool_call_id="c", function="f", arguments_json="{}")
    many = v1.ChatMessage(role=v1.ROLE_ASSISTANT, tool_calls=[small] * 2_001)
    assert "2001 tool calls together" in refused(messages=[USER, many])["query.messages"]
    tool = TOOL % ('{"description": "' + "x" * 150_000 + '"}')
    assert "characters together" in refused(tools_json=[tool] * 3)["query.tools_json"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"models": ["m"] * 100_000}, "query.models"),
        ({"require_tags": ["t"] * 100_000}, "query.require_tags"),
        ({"tools_json": ["{"] * 100_000}, "query.tools_json"),
        ({"messages": [v1.ChatMessage()] * 100_000}, "query.messages"),
        ({"hints": v1.Hints(labels={f"\n{i}": "x" for i in range(50_000)})}, "query.hints.labels"),
        ({"params": v1.GenerationParams(stop=[""] * 100_000)}, "query.params.stop"),
    ],
)
def test_of_what_is_too_many_only_the_first_are_read(query, field):
    """So the work, and what is said of it, is bounded by the limits and not by the request."""
    request = v1.RouteRequest(query=v1.Query(**({"messages": [USER]} | query)))
    with pytest.raises(InvalidRequest) as error:
        read_query(request, LIMITS)
    assert field in dict(error.value.violations)
    assert len(error.value.violations) <= MOST_VIOLATIONS


def test_violations_are_noted_up_to_a_bound():
    """A caller is told a dozen."""
    wrong = Violations()
    for i in range(10 * MOST_VIOLATIONS):
        wrong.add(str(i), "is wrong", Fault.MALFORMED)
    assert len(wrong.found) == MOST_VIOLATIONS


@pytest.mark.parametrize(
    ("extra", "why"),
    [
        ({"temperature": "hot"}, '"temperature" must be a number'),
        ({"logit_bias": {str(i): 1 for i in range(2_000)}}, '"logit_bias" must be an object of at most 1024'),
        ({"stop": ["x"] * 17}, '"stop" must be'),
        ({"n": 2}, 'must not set "n"'),
        ({f"p{i}": 1 for i in range(65)}, "has 65 entries"),
    ],
)
def test_further_parameters_are_held_to_their_types_and_ranges(extra, why):
    """By name, since they share a field."""
    assert why in refused(params=params(extra))["query.params.extra_json"]


@pytest.mark.parametrize("limit", [-1, 0, "many", True, 1e308, -(10**18), [1], None])
def test_a_limit_that_makes_no_sense_is_none(limit):
    """Nobody reckons with it, and it reaches no provider."""
    request = v1.RouteRequest(query=v1.Query(messages=[USER], params=params({"max_tokens": limit, "seed": 1})))
    assert read_query(request, LIMITS).question.params == {"seed": 1}


def outcome(**fields):
    """The violations of an outcome, by field."""
    with pytest.raises(InvalidRequest) as error:
        read_outcome(v1.ReportOutcomeRequest(**({"episode_id": "e"} | fields)))
    return dict(error.value.violations)


def test_a_report_has_few_verdicts_and_one_of_each_judge():
    """A hundred reports with 64 names each stopped a learner for good."""
    assert set(outcome(verdicts=[v1.Verdict(judge=f"j{i}", score=0.5) for i in range(33)])) == {"verdicts"}
    assert set(outcome(verdicts=[v1.Verdict(judge="j", score=0.5)] * 2)) == {"verdicts"}
    assert set(outcome(verdicts=[v1.Verdict(judge="j", score=0.5)] * 100_000)) == {"verdicts"}
    assert set(outcome(usage=v1.Usage(input_tokens=100_000_001))) == {"usage.input_tokens"}


def test_a_warm_start_is_bounded_in_every_list():
    """Outcomes of a query, scores of an outcome, judges in all."""
    many = [v1.KnownOutcome(model=f"m{i}", quality=1.0, weight=1.0) for i in range(5_000)]
    scored = [
        v1.KnownOutcome(model="m", quality=1.0, weight=1.0, judge_scores={f"j{q}-{i}": 1.0 for i in range(60)})
        for q in range(2)
    ]
    for queries, field in (
        ([v1.KnownQuery(prompt="x", outcomes=many)], "queries[0].outcomes"),
        ([v1.KnownQuery(prompt="x", outcomes=[each]) for each in scored], "queries judge_scores"),
    ):
        with pytest.raises(InvalidRequest) as error:
            read_warm_start(v1.WarmStartRequest(queries=queries), LIMITS)
        assert field in dict(error.value.violations)
