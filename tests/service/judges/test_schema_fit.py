"""JSON schemas are checked as JSON Schema says, in work that is bounded whatever the schema."""

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pointsman_service.judges import schema_check
from pointsman_service.judges.schema_check import Check
from pointsman_service.judges.schema_fit import _KEYWORDS, matches_schema

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.5, 1.0, 2.5])
    | st.sampled_from(["", "a", "ab"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
LEAVES = st.one_of(
    st.booleans(),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])}
    ),
    st.fixed_dictionaries({"type": st.lists(st.sampled_from(["null", "integer", "string"]), min_size=1, unique=True)}),
    st.fixed_dictionaries({"enum": st.lists(VALUES, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"const": VALUES}),
    st.fixed_dictionaries(
        {},
        optional={
            "minimum": st.integers(-2, 2),
            "exclusiveMaximum": st.integers(-2, 2),
            "multipleOf": st.sampled_from([1, 2, 0.5]),
            "minLength": st.integers(0, 2),
            "maxLength": st.integers(0, 2),
            "minItems": st.integers(0, 2),
            "maxItems": st.integers(0, 2),
            "uniqueItems": st.booleans(),
            "minProperties": st.integers(0, 2),
            "maxProperties": st.integers(0, 2),
            "required": st.lists(st.sampled_from("abc"), unique=True, max_size=2),
            "dependentRequired": st.dictionaries(st.sampled_from("ab"), st.just(["c"]), max_size=1),
        },
    ),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            "additionalProperties": inner,
            "propertyNames": inner,
            "items": inner,
            "prefixItems": st.lists(inner, min_size=1, max_size=2),
            "contains": inner,
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
            "if": inner,
            "then": inner,
            "else": inner,
            "dependentSchemas": st.dictionaries(st.sampled_from("ab"), inner, max_size=1),
        },
    ),
    max_leaves=5,
).filter(lambda schema: isinstance(schema, dict))


@given(value=VALUES, schema=SCHEMAS)
@settings(max_examples=200, deadline=None)
def test_what_is_read_of_a_schema_is_read_as_the_reference_implementation_does(value, schema):
    """Held against the jsonschema package, keyword by keyword and nested."""
    assert matches_schema(value, schema) == jsonschema.Draft202012Validator(schema).is_valid(value)


@given(value=VALUES, inner=SCHEMAS)
@settings(max_examples=100, deadline=None)
def test_references_within_the_schema_are_followed(value, inner):
    """By JSON pointer, into definitions and around in circles."""
    schema = {"$ref": "#/$defs/a~1b/0", "$defs": {"a/b": [inner]}}
    assert matches_schema(value, schema) == matches_schema(value, inner)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://127.0.0.1:9/never-fetched.json"},
        {"$ref": "#/definitions/missing"},
        {"$ref": "#"},
        {"type": "no such type"},
        {"properties": 7, "required": 7, "items": 7, "enum": 7, "allOf": {}, "anyOf": [], "minimum": "x"},
        {"not": {"pattern": "^(a+)+$"}},
        {"oneOf": [{"pattern": "^a"}, {"pattern": "^b"}]},
        {"if": {"pattern": "^a"}, "then": False},
        {"patternProperties": {"^x": True}, "additionalProperties": False},
    ],
)
def test_what_cannot_be_read_is_not_the_answers_fault(schema):
    """A schema that makes no sense, leads elsewhere, or hangs on a pattern finds nothing wrong."""
    assert matches_schema({"x": "b"}, schema)


def doubling(depth):
    """Two references at each level to the next: 2 ** depth checks for a naive reader."""
    defs = {str(i): {"allOf": [{"$ref": f"#/$defs/{i + 1}"}] * 2} for i in range(depth)}
    return {"$ref": "#/$defs/0", "$defs": defs | {str(depth): {"type": "object"}}}


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ({}, doubling(40)),
        ({}, {"$ref": "#"}),
        ([{"n": i, "deep": [{}] * 20} for i in range(5000)], {"uniqueItems": True}),
        ([[i] for i in range(5000)], {"items": {"enum": [[j] for j in range(5000)]}}),
        (list(range(100_000)), {"items": {"anyOf": [*({"const": -1} for _ in range(100)), True]}}),
        ({str(i): i for i in range(100_000)}, {"additionalProperties": {"type": "integer"}}),
        ({}, {"required": [str(i) for i in range(1_000_000)]}),
        ({}, {"not": {"x": [[]] * 1_000_000}}),
    ],
)
def test_a_check_is_given_up_after_a_counted_number_of_steps(value, schema):
    """What is given up is not found wrong, and no step was done beyond the bound."""
    check = Check(schema, _KEYWORDS)
    with pytest.raises(schema_check.TooMuch):
        check.fits(value, schema, 0)
    assert matches_schema(value, schema)


def test_a_large_honest_answer_is_still_checked():
    """Five hundred records of ten fields are within the bound."""
    record = {"type": "object", "properties": {str(i): {"type": "integer"} for i in range(10)}, "required": ["0"]}
    rows = [{str(i): i for i in range(10)} for _ in range(500)]
    assert matches_schema(rows, {"type": "array", "items": record})
    assert not matches_schema([*rows, {"1": 1}], {"type": "array", "items": record})
